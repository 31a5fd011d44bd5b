"""What staff do with a stock file in the admin: look, tick, confirm, read the report, take it back."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from celery.contrib.testing.worker import start_worker
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inventory import stock_workbook, tasks
from inventory.admin.stock_import import FILE_MOST_BYTES
from inventory.models import StockImport, StockImportRow, Vehicle
from inventory.stock_problem import StockFileError
from karlos_site import celery_app
from tests.site.programs import eventually

Add = Callable[..., Vehicle]

IMPORTS = "/admin/inventory/stockimport/"
HEADINGS = "stock_id,km,price,make,model,year,colour"
SENTRA = "1,40000,250000,Nissan,Sentra,2019,"
State, Outcome = StockImport.State, StockImportRow.Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(admin_client: Client) -> Client:
    return admin_client


def upload(client: Client, *rows: str, name: str = "stock.csv", content: bytes | None = None) -> StockImport:
    """The file is uploaded and a worker checks it."""
    data = "\n".join([HEADINGS, *rows]).encode() if content is None else content
    client.post(f"{IMPORTS}add/", {"file": SimpleUploadedFile(name, data)})
    return worked(StockImport.objects.latest("pk"))


def worked(stock_import: StockImport) -> StockImport:
    tasks.work_on_import(stock_import.pk)
    stock_import.refresh_from_db()
    return stock_import


def press(client: Client, stock_import: StockImport, step: str, **said: Any) -> str:
    """A button of the page, and the page after it."""
    return client.post(f"{IMPORTS}{stock_import.pk}/{step}/", said, follow=True).content.decode()


def confirm(client: Client, stock_import: StockImport, **said: Any) -> StockImport:
    press(client, stock_import, "confirm", save="1", **said)
    return worked(stock_import)


def page(client: Client, stock_import: StockImport, show: str = "") -> str:
    return client.get(f"{IMPORTS}{stock_import.pk}/change/", {"show": show}).content.decode()


def row(stock_import: StockImport, stock_id: int) -> StockImportRow:
    return stock_import.rows.get(stock_id=stock_id)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)  # type: ignore[union-attr]
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def seller(*permissions: str) -> Client:
    """Someone who may do just that."""
    user = User.objects.create_user("lupe", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_a_preview_tells_what_is_new_changed_missing_and_wrong_and_saves_nothing(staff: Client, add: Add) -> None:
    add(stock_id=1)
    add(stock_id=2)
    add(stock_id=3)
    add(stock_id=4)
    found = upload(
        staff,
        SENTRA.replace("250000", "239000"),
        SENTRA.replace("1,", "2,", 1),
        "9,10,300000,Kia,Rio,2020,Rojo",
        "x,10,300000,Kia,Rio,2020,",
        "3,10000000,300000,Kia,Rio,2020,",
    )
    assert (found.state, found.new, found.changed, found.unchanged) == (State.READY, 1, 1, 1)
    assert not found.can_withdraw, "of one row nobody knows which car it is"
    shown = page(staff, found, "changed")
    assert "$250,000" in shown
    assert "$239,000" in shown
    assert "escriba el kilometraje" in page(staff, found, "error")
    assert "Kia Rio 2020" in page(staff, found, "new")
    assert set(Vehicle.objects.values_list("price_mxn", flat=True)) == {Decimal(250000)}


def test_the_good_rows_are_saved_and_the_others_come_back_to_be_corrected(staff: Client, add: Add) -> None:
    car = add(stock_id=1)
    found = upload(staff, SENTRA.replace("250000", "239000"), "2,10,barato,Kia,Rio,2020,=Rojo")
    assert "indique que el resto" in press(staff, found, "confirm", save="1")
    confirm(staff, found, without_the_rest="on")
    car.refresh_from_db()
    assert (found.state, car.price_mxn) == (State.DONE, Decimal(239000))
    failed = staff.get(f"{IMPORTS}{found.pk}/rows/").content
    heading, first = failed.decode("utf-8-sig").splitlines()
    assert heading == f"{HEADINGS},problem"
    assert first.startswith("2,10,barato,Kia,Rio,2020,'=Rojo,")
    again = upload(staff, content=failed.replace(b"barato", b"310000"))
    assert (again.state, again.new) == (State.READY, 1)


def test_what_is_hardly_right_must_be_ticked_or_stays_out(staff: Client, add: Add) -> None:
    add(stock_id=1)
    add(stock_id=2)
    found = upload(staff, SENTRA.replace("250000", "25000"), SENTRA.replace("1,40000", "2,400"))
    assert "250,000.00 a 25,000.00" in page(staff, found)
    press(staff, found, "confirm", save="1")
    assert StockImport.objects.get().state == State.READY, "nobody has ticked anything"
    cheap, young = row(found, 1), row(found, 2)
    confirm(staff, found, shown=[cheap.pk, young.pk], ticked=[young.pk], without_the_rest="on")
    assert dict(Vehicle.objects.values_list("stock_id", "mileage_km")) == {1: 40_000, 2: 400}
    assert Vehicle.objects.get(stock_id=1).price_mxn == Decimal(250000)
    assert row(found, 1).outcome == Outcome.LEFT_OUT


def test_all_can_be_ticked_at_once_and_a_tick_can_be_taken_back(staff: Client, add: Add) -> None:
    add(stock_id=1)
    found = upload(staff, SENTRA.replace("250000", "25000"))
    press(staff, found, "confirm", tick_all="1")
    assert row(found, 1).is_ticked
    press(staff, found, "confirm", shown=[row(found, 1).pk])
    assert not row(found, 1).is_ticked


def test_cars_missing_from_the_file_are_withdrawn_if_staff_say_so(staff: Client, add: Add) -> None:
    add(stock_id=1)
    add(stock_id=2)
    add(stock_id=3, status="sold")
    found = upload(staff, SENTRA)
    assert "Retirar el auto disponible" in page(staff, found)
    confirm(staff, found, withdraw_missing="on")
    assert found.withdrawn == 1
    statuses = dict(Vehicle.objects.values_list("stock_id", "status"))
    assert statuses == {1: "available", 2: "withdrawn", 3: "sold"}


def test_a_car_that_somebody_changed_since_the_preview_is_told_and_left_alone(staff: Client, add: Add) -> None:
    edited, sold, free = add(stock_id=1), add(stock_id=2), add(stock_id=3)
    found = upload(staff, *(SENTRA.replace("1,", f"{n},", 1).replace("250000", "239000") for n in (1, 3)))
    edited.price_mxn = Decimal(245000)
    edited.save()
    sold.status = "sold"
    sold.save()
    confirm(staff, found, withdraw_missing="on")
    for car in (edited, sold, free):
        car.refresh_from_db()
    assert (edited.price_mxn, sold.status, free.price_mxn) == (Decimal(245000), "sold", Decimal(239000))
    assert {row(found, 1).outcome, row(found, 2).outcome} == {Outcome.OVERTAKEN}
    assert (found.changed, found.withdrawn) == (1, 0)


def test_every_vehicle_keeps_who_changed_it_and_why(staff: Client, add: Add) -> None:
    car = add(stock_id=1)
    found = confirm(staff, upload(staff, SENTRA.replace("250000", "239000")))
    last = car.history.first()
    assert (last.price_mxn, last.history_type) == (Decimal(239000), "~")
    assert last.history_change_reason == f"import {found.pk}: stock.csv"
    assert last.history_user == User.objects.get(username="admin")


def test_an_undo_gives_back_what_was_and_keeps_what_was_edited_since(staff: Client, add: Add) -> None:
    cheaper, painted = add(stock_id=1, colour="Rojo"), add(stock_id=2)
    found = upload(
        staff,
        "1,40000,239000,Nissan,Sentra,2019,Azul",
        "2,40000,239000,Nissan,Sentra,2019,",
        "9,10,300000,Kia,Rio,2020,",
    )
    confirm(staff, found)
    cheaper.refresh_from_db()
    cheaper.price_mxn = Decimal(229000)
    cheaper.save()
    press(staff, found, "undo")
    worked(found)
    cheaper.refresh_from_db()
    painted.refresh_from_db()
    assert (cheaper.price_mxn, cheaper.colour, painted.price_mxn) == (Decimal(229000), "Rojo", Decimal(250000))
    assert Vehicle.objects.get(stock_id=9).status == "withdrawn"
    assert row(found, 1).kept == ["price_mxn"]
    assert "Editado después, y se conserva: precio" in page(staff, found, "kept")
    assert painted.history.first().history_change_reason == f"undo of import {found.pk}: stock.csv"


def test_an_import_is_undone_once(staff: Client, add: Add) -> None:
    car = add(stock_id=1)
    found = confirm(staff, upload(staff, SENTRA.replace("250000", "239000")))
    press(staff, found, "undo")
    worked(found)
    Vehicle.objects.update(price_mxn=239000)
    assert "Alguien se adelantó" in press(staff, found, "undo")
    worked(found)
    car.refresh_from_db()
    assert car.price_mxn == Decimal(239000)


def test_a_worker_that_runs_twice_or_again_after_another_died_changes_nothing_more(staff: Client, add: Add) -> None:
    add(stock_id=1)
    found = upload(staff, SENTRA.replace("250000", "239000"), "9,10,300000,Kia,Rio,2020,")
    StockImport.objects.update(state=State.CHECKING, content=f"{HEADINGS}\n{SENTRA}\n".encode())
    worked(found)
    assert (found.rows.count(), found.new) == (0, 0), "the check begins anew"
    found = confirm(staff, upload(staff, SENTRA.replace("250000", "239000")))
    histories = Vehicle.history.count()
    worked(found)
    assert Vehicle.history.count() == histories


def test_where_no_worker_is_heard_of_staff_begin_again(staff: Client) -> None:
    staff.post(f"{IMPORTS}add/", {"file": SimpleUploadedFile("stock.csv", f"{HEADINGS}\n{SENTRA}".encode())})
    waiting = StockImport.objects.get()
    assert "hx-get" in page(staff, waiting)
    assert "HX-Refresh" not in staff.get(f"{IMPORTS}{waiting.pk}/progress/").headers
    StockImport.objects.update(asked_at="2020-01-01T00:00Z")
    assert "Comenzar de nuevo" in page(staff, waiting)
    press(staff, waiting, "again")
    assert "Comenzar de nuevo" not in page(staff, waiting)
    worked(waiting)
    assert staff.get(f"{IMPORTS}{waiting.pk}/progress/").headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("stock.csv", b"a,b\n1,2\n", "no se conoce esta columna"),
        ("stock.xlsx", b"PK\x03\x04broken", "está dañado"),
        ("stock.csv", b"\xd0\xcf\x11\xe0", "Excel antiguo"),
    ],
)
def test_a_file_that_is_no_stock_is_refused_in_words(staff: Client, name: str, content: bytes, says: str) -> None:
    found = upload(staff, name=name, content=content)
    assert found.state == State.REFUSED
    assert says in page(staff, found)


@pytest.mark.parametrize(("name", "size"), [("stock.xlsm", 10), ("stock.exe", 10), ("stock.csv", FILE_MOST_BYTES + 1)])
def test_a_file_of_the_wrong_kind_or_size_is_not_taken(staff: Client, name: str, size: int) -> None:
    answer = staff.post(f"{IMPORTS}add/", {"file": SimpleUploadedFile(name, b"x" * size)})
    assert answer.status_code == 200
    assert not StockImport.objects.exists()


def test_a_workbook_is_read_as_it_shows_its_numbers(staff: Client) -> None:
    headings = ("Folio", "Kilometraje", "Precio", "Marca", "Modelo", "Año", "Bluetooth")
    found = upload(
        staff, name="autos.xlsx", content=workbook(headings, (7, 40000.0, 250000.5, "Kia", "Rio", 2020, True))
    )
    confirm(staff, found)
    car = Vehicle.objects.get()
    assert (car.mileage_km, car.price_mxn, car.has_bluetooth) == (40_000, Decimal("250000.50"), True)
    assert row(found, 7).line == 2


def test_a_preview_is_discarded_and_a_saved_import_is_not(staff: Client, add: Add) -> None:
    unwanted = upload(staff, SENTRA)
    press(staff, unwanted, "discard")
    assert not StockImport.objects.exists()
    saved = confirm(staff, upload(staff, SENTRA))
    assert "no descartar" in press(staff, saved, "discard")
    assert staff.get(f"{IMPORTS}{saved.pk}/delete/").status_code == 403


def test_who_may_only_look_changes_nothing(staff: Client, add: Add) -> None:
    add(stock_id=1)
    found = upload(staff, SENTRA.replace("250000", "239000"))
    looker = seller("view_stockimport")
    assert "$239,000" in page(looker, found)
    assert 'name="save"' not in page(looker, found)
    for step in ("confirm", "undo", "again", "discard"):
        assert looker.post(f"{IMPORTS}{found.pk}/{step}/", {"save": "1"}).status_code == 403
    assert looker.get(f"{IMPORTS}add/").status_code == 403
    assert Client().get(f"{IMPORTS}{found.pk}/rows/").status_code == 302
    assert StockImport.objects.get().state == State.READY


def test_prices_are_changed_by_who_may_change_them(add: Add) -> None:
    add(stock_id=1)
    client = seller("add_stockimport", "view_stockimport")
    found = upload(client, SENTRA.replace("250000", "239000"))
    assert "no tiene ese permiso" in press(client, found, "confirm", save="1")
    assert StockImport.objects.get().state == State.READY
    User.objects.get(username="lupe").user_permissions.add(Permission.objects.get(codename="price_vehicle"))
    confirm(client, found)
    assert Vehicle.objects.get().price_mxn == Decimal(239000)


@contextmanager
def working() -> Iterator[None]:
    """A Celery worker in a thread of this process."""
    with start_worker(celery_app, perform_ping_check=False, pool="solo", loglevel="WARNING"):
        yield


@pytest.mark.django_db(transaction=True)
def test_a_worker_checks_saves_and_undoes(staff: Client) -> None:
    with working():
        staff.post(f"{IMPORTS}add/", {"file": SimpleUploadedFile("stock.csv", f"{HEADINGS}\n{SENTRA}".encode())})
        found = StockImport.objects.get()
        assert eventually(lambda: StockImport.objects.get().state == State.READY)
        press(staff, found, "confirm", save="1")
        assert eventually(lambda: StockImport.objects.get().state == State.DONE)
        press(staff, found, "undo")
        assert eventually(lambda: StockImport.objects.get().state == State.UNDONE)
    assert Vehicle.objects.get().status == "withdrawn"


def test_a_workbook_with_macros_or_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    def made(name: str, **parts: bytes) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", parts.pop("book", b"<workbook/>"))
            for part, content in parts.items():
                archive.writestr(f"xl/{part}", content)
        return path

    macros = made("macros.xlsx", **{"vbaProject.bin": b"x"})
    bomb = made("bomb.xlsx", **{"sharedStrings.xml": b" " * (stock_workbook.STRINGS_MOST_BYTES + 1)})
    entities = made("entities.xlsx", book=b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook/>')
    for path, says in ((macros, "macros"), (bomb, "too large"), (entities, "not as Excel writes it")):
        with pytest.raises(StockFileError, match=says):
            next(stock_workbook.records(path, path.name))
