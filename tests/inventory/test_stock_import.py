"""A stock file becomes the stock, whole or not at all."""

import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from inventory.models import StockImport, Vehicle
from inventory.stock_import import Problem, StockFileError, import_stock

Write = Callable[..., Path]
Add = Callable[..., Vehicle]

MAZDA = "315464,54435,238999.0,Mazda,Mazda 3,2018,2.0 SEDAN I TA,Sí,4580.0,2053.0,1450.0,"
KIA = '303734,91224,"$183,999.00",KIA,Rio,2017,1.6 EX MT,No,,,,Sí'

pytestmark = pytest.mark.django_db


def problems_of(path: Path) -> list[Problem]:
    with pytest.raises(StockFileError) as caught:
        import_stock(path)
    assert not Vehicle.objects.exists()
    return caught.value.problems


def only_problem_of(path: Path) -> Problem:
    (problem,) = problems_of(path)
    return problem


def test_a_row_of_the_catalogue_becomes_a_vehicle(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA))
    mazda = Vehicle.objects.get()
    assert (mazda.stock_id, mazda.name, mazda.year, mazda.trim) == (315464, "Mazda 3", 2018, "2.0 SEDAN I TA")
    assert (mazda.mileage_km, mazda.price_mxn) == (54435, Decimal("238999.00"))
    assert (mazda.length_mm, mazda.width_mm, mazda.height_mm) == (4580, 2053, 1450)
    assert mazda.status == Vehicle.Status.AVAILABLE


def test_a_blank_is_not_recorded_and_a_no_is_no(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA, KIA))
    mazda, kia = Vehicle.objects.get(stock_id=315464), Vehicle.objects.get(stock_id=303734)
    assert (mazda.has_bluetooth, mazda.has_car_play) == (True, None)
    assert (kia.has_bluetooth, kia.has_car_play, kia.length_mm) == (False, True, None)


def test_what_the_trim_tells_is_read_at_once(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA))
    mazda = Vehicle.objects.get()
    assert (mazda.transmission, mazda.transmission_read) == ("", "automatic")
    assert (mazda.body_type, mazda.body_type_read) == ("", "sedan")


def test_importing_again_changes_nothing_and_says_so(stock_file: Write) -> None:
    path = stock_file(MAZDA, KIA)
    assert str(import_stock(path)) == "2 new, 0 changed, 0 unchanged"
    before = list(Vehicle.objects.values())
    assert str(import_stock(path)) == "0 new, 0 changed, 2 unchanged"
    assert list(Vehicle.objects.values()) == before


def test_only_what_differs_counts_as_changed(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA, KIA))
    report = import_stock(stock_file(MAZDA.replace("238999.0", "229999"), KIA, MAZDA.replace("315464", "9")))
    assert (report.new, report.changed, report.unchanged) == (1, 1, 1)
    assert Vehicle.objects.get(stock_id=315464).price_mxn == Decimal("229999.00")


def test_a_changed_trim_is_read_anew(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA))
    import_stock(stock_file(MAZDA.replace("SEDAN I TA", "HATCHBACK I MT")))
    mazda = Vehicle.objects.get()
    assert (mazda.transmission_read, mazda.body_type_read) == ("manual", "hatchback")


def test_the_file_is_the_truth_for_the_columns_it_has_blanks_included(stock_file: Write, add: Add) -> None:
    add(stock_id=315464, length_mm=4500, colour="Rojo", seats=5)
    import_stock(stock_file(MAZDA.replace("4580.0", "")))
    mazda = Vehicle.objects.get()
    assert (mazda.length_mm, mazda.colour, mazda.seats) == (None, "Rojo", 5)


def test_a_dry_run_reports_the_same_and_saves_nothing(stock_file: Write) -> None:
    assert import_stock(stock_file(MAZDA, KIA), dry_run=True).new == 2
    assert not Vehicle.objects.exists()


@pytest.mark.parametrize(
    ("column", "cell", "remedy"),
    [
        ("stock_id", "A-7", "whole number"),
        ("km", "-1", "whole kilometres"),
        ("km", "2000000", "whole kilometres"),
        ("km", "77.4", "whole kilometres"),
        ("km", "9" * 400, "whole kilometres"),
        ("price", "cheap", "price in pesos"),
        ("price", "0", "price in pesos"),
        ("price", "461.999,00", "price in pesos"),
        ("price", "100000000", "price in pesos"),
        ("make", "", "write the make"),
        ("model", "  ", "write the model"),
        ("year", "1949", "model year from 1950"),
        ("year", "2950", "model year from 1950"),
        ("version", "x" * 121, "at most 120"),
        ("version", "a\x07b", "control characters"),
        ("bluetooth", "maybe", "Sí or No"),
        ("largo", "499", "millimetres"),
        ("altura", "10001", "millimetres"),
    ],
)
def test_a_bad_cell_names_its_line_column_value_and_remedy(
    stock_file: Write, column: str, cell: str, remedy: str
) -> None:
    headings = [
        "stock_id",
        "km",
        "price",
        "make",
        "model",
        "year",
        "version",
        "bluetooth",
        "largo",
        "ancho",
        "altura",
        "car_play",
    ]
    cells = MAZDA.split(",")
    cells[headings.index(column)] = f'"{cell}"'
    problem = only_problem_of(stock_file(KIA, ",".join(cells)))
    assert (problem.line, problem.column) == (3, column)
    assert problem.value in " ".join(cell.split())[:60] + "..."
    assert remedy in problem.remedy


def test_every_problem_is_told_at_once_and_nothing_is_saved(stock_file: Write) -> None:
    bad = MAZDA.replace("54435", "many").replace("2018", "18")
    told = problems_of(stock_file(bad, KIA, MAZDA.replace("238999.0", "free")))
    assert [(problem.line, problem.column) for problem in told] == [
        (2, "km"),
        (2, "year"),
        (4, "price"),
        (4, "stock_id"),
    ]


def test_a_stock_id_twice_in_a_file_names_both_lines(stock_file: Write) -> None:
    problem = only_problem_of(stock_file(MAZDA, KIA, MAZDA))
    assert (problem.line, problem.value) == (4, "315464")
    assert "line 2" in problem.remedy


def test_a_quoted_line_break_does_not_shift_the_line_numbers(stock_file: Write) -> None:
    broken = MAZDA.replace("2.0 SEDAN I TA", '"2.0\nSEDAN"')
    assert only_problem_of(stock_file(broken, KIA.replace("2017", "old"))).line == 4


def test_a_text_over_several_lines_is_stored_on_one(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA.replace("2.0 SEDAN I TA", '" 2.0\n SEDAN "')))
    assert Vehicle.objects.get().trim == "2.0 SEDAN"


def test_a_row_with_too_few_or_too_many_values_is_told(stock_file: Write) -> None:
    short, long = problems_of(stock_file("1,2,3", MAZDA + ",extra"))
    assert "3 values where there are 12" in short.remedy
    assert "13 values where there are 12" in long.remedy


def test_empty_lines_and_empty_cells_at_the_end_are_forgiven(stock_file: Write) -> None:
    assert import_stock(stock_file("", MAZDA + ",,,", "  ", ",,,,,,,,,,,")).new == 1


def test_quotes_that_do_not_match_are_told_with_the_line_they_begin_on(stock_file: Write) -> None:
    problem = only_problem_of(stock_file(KIA, MAZDA.replace("2.0 SEDAN", '"2.0 SEDAN'), KIA))
    assert problem.line == 3
    assert "quotes" in problem.remedy


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_usual_encodings_and_separators_are_understood(stock_file: Write, encoding: str, separator: str) -> None:
    headings = separator.join(["stock_id", "Año", "Precio", "Marca", "Modelo", "Kilometraje", "Bluetooth"])
    row = separator.join(["7", "2019", "250000", "Citroën", "C3", "40000", "SÍ"])
    import_stock(stock_file(row, headings=headings, encoding=encoding))
    vehicle = Vehicle.objects.get()
    assert (vehicle.make, vehicle.has_bluetooth) == ("Citroën", True)


def test_optional_columns_may_be_in_spanish(stock_file: Write) -> None:
    headings = "stock_id,km,price,make,model,year,transmisión,carrocería,asientos,combustible,color,ubicación,estatus"
    row = "7,40000,250000,Toyota,Sienna,2019,Automática,minivan,8,Híbrido,Gris Oxford,Querétaro,apartado"
    import_stock(stock_file(row, headings=headings))
    vehicle = Vehicle.objects.get()
    assert (vehicle.transmission, vehicle.body_type, vehicle.fuel) == ("automatic", "minivan", "hybrid")
    assert (vehicle.seats, vehicle.colour, vehicle.location) == (8, "Gris Oxford", "Querétaro")
    assert vehicle.status == Vehicle.Status.RESERVED


def test_an_unknown_kind_names_those_that_are_known(stock_file: Write) -> None:
    headings = "stock_id,km,price,make,model,year,fuel"
    problem = only_problem_of(stock_file("7,40000,250000,Toyota,Sienna,2019,vapor", headings=headings))
    assert (problem.value, "gasoline, diesel" in problem.remedy) == ("vapor", True)


def test_headings_that_are_unknown_twice_there_or_missing_are_told(stock_file: Write) -> None:
    headings = "stock_id,km,kilometraje,make,model,year,wheels"
    unknown, twice, missing = problems_of(stock_file("1,2,3,a,b,2019,4", headings=headings))
    assert (unknown.value, unknown.line) == ("wheels", 1)
    assert (twice.column, "twice" in twice.remedy) == ("km", True)
    assert (missing.column, "missing" in missing.remedy) == ("price", True)


def test_a_value_under_no_heading_is_not_lost_silently(stock_file: Write) -> None:
    headings = "stock_id,km,price,make,model,year,"
    assert "7 values where there are 6" in only_problem_of(stock_file("1,2,3,a,b,2019,x", headings=headings)).remedy


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n  \n", "is empty"),
        (b"stock_id,km,price,make,model,year\n", "no vehicles"),
        (b"stock_id,km\n1\x00,2\n", "NUL"),
        (b"PK\x03\x04rest", "is damaged"),
        (b"\x81\xff\x8d", "not text"),
    ],
)
def test_a_file_that_is_no_stock_gets_a_clear_sentence(stock_file: Write, data: bytes, says: str) -> None:
    assert says in only_problem_of(stock_file(data=data)).remedy


def test_a_folder_and_a_missing_file_get_a_clear_sentence(tmp_path: Path) -> None:
    assert "is a folder" in only_problem_of(tmp_path).remedy
    assert "does not exist" in only_problem_of(tmp_path / "nothing.csv").remedy


def test_the_signs_of_a_formula_are_left_out_with_a_warning(stock_file: Write) -> None:
    report = import_stock(stock_file(MAZDA.replace("2.0 SEDAN I TA", "=HYPERLINK(evil)")))
    assert Vehicle.objects.get().trim == "HYPERLINK(evil)"
    assert [(warning.line, warning.column) for warning in report.warnings] == [(2, "version")]


def test_what_staff_marked_sold_or_reserved_stays_so(stock_file: Write, add: Add) -> None:
    add(stock_id=315464, status=Vehicle.Status.SOLD)
    import_stock(stock_file(MAZDA))
    assert Vehicle.objects.get().status == Vehicle.Status.SOLD


def test_a_status_in_the_file_wins_and_a_blank_one_does_not(stock_file: Write, add: Add) -> None:
    add(stock_id=1, status=Vehicle.Status.SOLD)
    add(stock_id=2, status=Vehicle.Status.SOLD)
    headings = "stock_id,km,price,make,model,year,status"
    import_stock(
        stock_file(
            "1,40000,250000,Kia,Rio,2019,disponible",
            "2,40000,250000,Kia,Rio,2019,",
            "3,40000,250000,Kia,Rio,2019,",
            headings=headings,
        )
    )
    assert list(Vehicle.objects.order_by("stock_id").values_list("status", flat=True)) == [
        "available",
        "sold",
        "available",
    ]


def test_missing_vehicles_are_withdrawn_on_request_and_come_back_with_the_file(stock_file: Write, add: Add) -> None:
    add(stock_id=1, status=Vehicle.Status.SOLD)
    import_stock(stock_file(MAZDA, KIA))
    assert str(import_stock(stock_file(KIA), withdraw_missing=True)) == "0 new, 0 changed, 1 unchanged, 1 withdrawn"
    assert Vehicle.objects.get(stock_id=315464).status == Vehicle.Status.WITHDRAWN
    assert Vehicle.objects.get(stock_id=1).status == Vehicle.Status.SOLD
    assert str(import_stock(stock_file(MAZDA, KIA))) == "0 new, 1 changed, 1 unchanged"
    assert Vehicle.objects.get(stock_id=315464).status == Vehicle.Status.AVAILABLE


def test_without_the_request_missing_vehicles_stay_for_sale(stock_file: Write) -> None:
    import_stock(stock_file(MAZDA, KIA))
    import_stock(stock_file(KIA))
    assert Vehicle.objects.for_sale().count() == 2


def test_progress_counts_every_row(stock_file: Write) -> None:
    done: list[int] = []
    import_stock(stock_file(MAZDA, KIA), progress=done.append)
    assert sum(done) == 2


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_leave_the_stock_as_one_of_them_would(stock_file: Write, tmp_path: Path) -> None:
    paths = []
    for price in ("200000", "240000"):
        path = stock_file(*(MAZDA.replace("315464", str(n)).replace("238999.0", price) for n in range(1, 41)))
        paths.append(path.rename(tmp_path / f"{price}.csv"))

    def run(path: Path) -> None:
        import_stock(path)
        connection.close()

    threads = [threading.Thread(target=run, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Vehicle.objects.count() == 40
    assert Vehicle.objects.values("price_mxn").distinct().count() == 1


def test_the_command_says_what_was_new(stock_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_vehicles", str(stock_file(MAZDA, KIA)), "--dry-run")
    call_command("import_vehicles", str(stock_file(MAZDA, KIA)))
    tried, saved, undo = capsys.readouterr().out.splitlines()
    assert tried == "2 new, 0 changed, 0 unchanged (dry run: nothing was saved)"
    assert saved == "2 new, 0 changed, 0 unchanged"
    assert undo.endswith(f"import_vehicles --undo {StockImport.objects.get().pk}")


def test_the_command_fails_with_the_problems_a_hundred_at_most(stock_file: Write) -> None:
    rows = [f"{n},x,1,Kia,Rio,2019,,,,,," for n in range(1, 131)]
    with pytest.raises(CommandError) as caught:
        call_command("import_vehicles", str(stock_file(*rows)))
    told = str(caught.value).splitlines()
    assert caught.value.returncode == 1
    assert told[1].startswith('line 2, km "x": write the mileage')
    assert (len(told), told[-1]) == (102, "and 30 more")


def test_the_command_prints_warnings_beside_the_result(stock_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_vehicles", str(stock_file(MAZDA.replace("2.0 SEDAN I TA", "@SUM(1)"))))
    told = capsys.readouterr()
    assert 'line 2, version "@SUM(1)": it looks like a formula' in told.err
    assert told.out.startswith("1 new, 0 changed, 0 unchanged\n")
