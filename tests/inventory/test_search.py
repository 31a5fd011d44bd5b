"""What of the stock fits a wish."""

from collections.abc import Callable
from typing import Any

import pytest

from inventory import distinct, search
from inventory.models import Vehicle
from inventory.search import Found, Wish

Add = Callable[..., Vehicle]


def ids(found: Found) -> list[int]:
    return [vehicle.stock_id for vehicle in found.vehicles]


def find(**asked: Any) -> Found:
    return search.find(Wish(**asked))


def test_without_wishes_everything_for_sale_comes_cheapest_first_then_by_stock_id(add: Add) -> None:
    add(stock_id=3, price_mxn=200_000)
    add(stock_id=2, price_mxn=200_000)
    add(stock_id=9, price_mxn=100_000)
    add(stock_id=1, status="sold")
    add(stock_id=4, status="reserved")
    add(stock_id=5, status="withdrawn")
    found = find()
    assert (found.total, ids(found)) == (3, [9, 2, 3])


def test_six_mazda_3_are_counted_and_the_cheapest_five_listed(add: Add) -> None:
    for stock_id in range(1, 7):
        add(stock_id=stock_id, make="Mazda", model="Mazda 3", price_mxn=400_000 - stock_id)
    add(make="Mazda", model="CX-5")
    found = find(models=("mazda 3",))
    assert (found.total, ids(found)) == (6, [6, 5, 4, 3, 2])
    assert [(name.written, name.make, name.model) for name in found.read_as] == [("mazda 3", "Mazda", "Mazda 3")]


def test_pages_follow_each_other_without_repeats(add: Add) -> None:
    for stock_id in range(1, 8):
        add(stock_id=stock_id, price_mxn=100_000)
    pages = [ids(find(limit=3, offset=offset)) for offset in (0, 3, 6, 9)]
    assert pages == [[1, 2, 3], [4, 5, 6], [7], []]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("price", [1, 2, 3, 4]),
        ("-price", [4, 2, 3, 1]),
        ("mileage", [4, 2, 3, 1]),
        ("-mileage", [1, 2, 3, 4]),
        ("year", [1, 2, 3, 4]),
        ("-year", [4, 2, 3, 1]),
    ],
)
def test_every_order_breaks_ties_by_price_and_stock_id(add: Add, sort: str, order: list[int]) -> None:
    add(stock_id=3, price_mxn=200, mileage_km=20, year=2015)
    add(stock_id=2, price_mxn=200, mileage_km=20, year=2015)
    add(stock_id=1, price_mxn=100, mileage_km=30, year=2012)
    add(stock_id=4, price_mxn=300, mileage_km=10, year=2020)
    assert ids(find(sort=sort)) == order


def test_limits_are_inclusive(add: Add) -> None:
    add(stock_id=1, price_mxn=200_000, year=2018, mileage_km=50_000)
    add(stock_id=2, price_mxn=300_000, year=2020, mileage_km=30_000)
    assert ids(find(price_min_mxn=200_000, price_max_mxn=200_000)) == [1]
    assert ids(find(year_min=2018, year_max=2018)) == [1]
    assert ids(find(mileage_min_km=30_000, mileage_max_km=30_000)) == [2]
    assert find(price_max_mxn=199_999).total == 0


def test_names_are_alternatives_and_a_make_whose_model_is_named_does_not_widen(add: Add) -> None:
    add(stock_id=1, make="KIA", model="Rio")
    add(stock_id=2, make="KIA", model="Forte")
    add(stock_id=3, make="Nissan", model="Versa")
    add(stock_id=4, make="Toyota", model="Yaris")
    assert set(ids(find(makes=("kia", "toyota"), models=("rio", "versa")))) == {1, 3, 4}


def test_a_model_is_read_beside_its_make(add: Add) -> None:
    add(stock_id=1, make="Mazda", model="Mazda 3")
    add(stock_id=2, make="Audi", model="A3")
    assert ids(find(makes=("masda",), models=("3",))) == [1]


def test_a_name_that_is_not_in_stock_is_told_and_finds_nothing_else(add: Add) -> None:
    add(make="Mazda", model="Mazda 3")
    found = find(makes=("mazda",), models=("mazda 2",))
    assert (found.total, [(name.make, name.model) for name in found.absent]) == (0, [("Mazda", "Mazda 2")])
    assert find(makes=("tesla",)).total == 0
    assert [name.written for name in find(models=("qwertyuiop",)).absent] == ["qwertyuiop"]


def test_what_is_absent_does_not_stop_what_is_there(add: Add) -> None:
    add(stock_id=1, make="Honda", model="Civic")
    found = find(models=("sivic",), makes=("hiunday",))
    assert (ids(found), [name.make for name in found.absent]) == ([1], ["Hyundai"])


def test_an_unclear_name_is_not_searched_by_but_asked_about(add: Add) -> None:
    add(make="Mazda", model="CX-5")
    add(make="Mazda", model="CX-9")
    found = find(models=("cx",))
    (unclear,) = found.unclear
    assert (found.total, unclear.written) == (0, "cx")
    assert {unclear.model, *(name.model for name in unclear.alternatives)} == {"CX-5", "CX-9"}


def test_excluded_names_are_left_out_in_all_their_writings(add: Add) -> None:
    add(stock_id=1, make="BMW", model="X3")
    add(stock_id=2, make="Bmw", model="Serie 3")
    add(stock_id=3, make="Mazda", model="Mazda 3")
    add(stock_id=4, make="Mazda", model="CX-5")
    assert ids(find(exclude_makes=("bmv",), exclude_models=("mazda 3",))) == [4]
    assert set(ids(find(exclude_makes=("tesla",)))) == {1, 2, 3, 4}


def test_an_automatic_is_any_gearbox_that_shifts_by_itself(add: Add) -> None:
    add(stock_id=1, trim="1.8 ADVANCE AUTO")
    add(stock_id=2, trim="1.8 ADVANCE CVT")
    add(stock_id=3, trim="1.8 TFSI S TRONIC")
    add(stock_id=4, trim="1.8 SENSE MT")
    add(stock_id=5, transmission="automatic", trim="1.8 MT")
    assert set(ids(find(transmissions=("automatic",)))) == {1, 2, 3, 5}
    assert ids(find(exclude_transmissions=("automatic",))) == [4]
    assert ids(find(transmissions=("manual",))) == [4]


def test_an_exclusion_drops_only_what_is_known_and_says_what_is_not(add: Add) -> None:
    add(stock_id=1, trim="1.6 MT")
    add(stock_id=2, trim="1.6 TREND")
    found = find(exclude_transmissions=("manual",))
    assert (ids(found), found.not_recorded) == ([2], ("transmission",))


def test_an_auto_may_still_be_the_cvt_that_is_not_wanted(add: Add) -> None:
    add(stock_id=1, trim="1.6 ADVANCE AUTO")
    found = find(exclude_transmissions=("cvt",))
    assert (ids(found), found.not_recorded) == ([1], ("transmission",))
    assert find(exclude_transmissions=("manual",)).not_recorded == ()


def test_the_body_is_read_from_trim_and_model_where_it_is_blank(add: Add) -> None:
    add(stock_id=1, make="Nissan", model="Frontier")
    add(stock_id=2, make="Mazda", model="Mazda 3", trim="2.5 HATCHBACK S")
    add(stock_id=3, make="Mazda", model="Mazda 3", trim="2.5 I SPORT")
    add(stock_id=4, make="Mazda", model="CX-5", body_type="wagon")
    assert ids(find(body_types=("pickup",))) == [1]
    assert find(body_types=("hatchback",)).not_recorded == ("body_type",)
    assert ids(find(body_types=("wagon", "hatchback"))) == [2, 4]
    assert ids(find(exclude_body_types=("pickup", "wagon"))) == [2, 3]


def test_a_blank_is_reported_only_for_cars_that_otherwise_fit(add: Add) -> None:
    add(stock_id=1, has_car_play=True, seats=5)
    add(stock_id=2, has_car_play=None, seats=5, price_mxn=900_000)
    assert find(features=("car_play",)).not_recorded == ("car_play",)
    found = find(features=("car_play",), price_max_mxn=300_000)
    assert (ids(found), found.not_recorded) == ([1], ())
    assert find(features=("bluetooth", "car_play"), seats_min=7).not_recorded == ()
    add(stock_id=3, has_car_play=None, seats=None)
    assert set(find(features=("car_play",), seats_min=7).not_recorded) == {"car_play", "seats"}


def test_a_no_is_no_match_and_not_unrecorded(add: Add) -> None:
    add(has_bluetooth=False)
    found = find(features=("bluetooth",))
    assert (found.total, found.not_recorded) == (0, ())


def test_dimensions_fuel_seats_and_colour(add: Add) -> None:
    add(stock_id=1, length_mm=4500, width_mm=1800, height_mm=1550, fuel="hybrid", seats=7, colour="Gris Oxford")
    add(stock_id=2, length_mm=4501, width_mm=1801, height_mm=1551, fuel="diesel", seats=5, colour="ROJO")
    for asked in (
        {"length_max_mm": 4500},
        {"width_max_mm": 1800},
        {"height_max_mm": 1550},
        {"fuels": ("hybrid",)},
        {"seats_min": 6},
        {"colours": ("gray",)},
        {"colours": ("grises",)},
    ):
        assert ids(find(**asked)) == [1], asked
    assert ids(find(colours=("roja", "verde"))) == [2]
    assert find(height_max_mm=1500).not_recorded == ()


def test_stock_ids_keep_the_given_order_unless_another_is_asked(add: Add) -> None:
    for stock_id, price in ((1, 300), (2, 200), (3, 100)):
        add(stock_id=stock_id, price_mxn=price)
    assert ids(find(stock_ids=(1, 3, 2, 1))) == [1, 3, 2]
    assert ids(find(stock_ids=(1, 3, 2), limit=1, offset=1)) == [3]
    assert ids(find(stock_ids=(1, 3, 2), sort="price")) == [3, 2, 1]


def test_asked_cars_that_are_not_for_sale_are_named_and_not_offered(add: Add) -> None:
    add(stock_id=1)
    add(stock_id=2, status="sold")
    add(stock_id=3, status="reserved")
    found = find(stock_ids=(3, 1, 2, 99))
    assert ids(found) == [1]
    assert dict(found.unavailable) == {3: "reserved", 2: "sold", 99: "unknown"}
    assert dict(find(stock_ids=(1, 2, 99)).unavailable) == {2: "sold", 99: "unknown"}
    assert find().unavailable == {}


def test_a_search_takes_few_queries(add: Add, django_assert_max_num_queries: Any) -> None:
    for stock_id in range(1, 30):
        add(stock_id=stock_id, make="Mazda", model="Mazda 3", trim="2.5 AUTO", has_car_play=True, height_mm=1450)
    with django_assert_max_num_queries(12):
        find(models=("mazda 3",), transmissions=("automatic",), features=("car_play",), height_max_mm=1500)


def add_like(template: Vehicle, stock_ids: range) -> None:
    Vehicle.objects.bulk_create(
        Vehicle(
            stock_id=number,
            make=template.make,
            model=template.model,
            year=template.year,
            mileage_km=template.mileage_km,
            price_mxn=template.price_mxn,
        )
        for number in stock_ids
    )


def test_the_names_of_a_large_stock_are_found_as_those_of_a_small_one(add: Add) -> None:
    add(make="Mazda", model="Mazda 3", colour="Rojo")
    add(make="Kia", model="Rio", colour="Azul")
    add(make="Kia", model="Soul", status="sold", colour="Verde")
    template = add(make="Kia", model="Forte")
    names = (("Kia", "Forte"), ("Kia", "Rio"), ("Mazda", "Mazda 3"))
    assert distinct.values("make", "model") == names
    assert distinct.values("colour") == (("",), ("Azul",), ("Rojo",))
    add_like(template, range(10_000, 10_000 + distinct.FEW))
    assert distinct.values("make", "model") == names
    assert distinct.values("colour") == (("",), ("Azul",), ("Rojo",))
    assert ids(find(models=("rio",))) != []


def test_nobody_counts_beyond_a_thousand(add: Add) -> None:
    add_like(add(stock_id=1), range(2, 1001))
    found = find()
    assert (found.total, found.is_more) == (1000, False)
    add(stock_id=1001)
    found = find()
    assert (found.total, found.is_more) == (1000, True)
