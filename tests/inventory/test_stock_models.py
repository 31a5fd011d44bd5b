"""What a vehicle and the credit terms may be, whoever writes them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from inventory.models import CreditTerms, Vehicle

Add = Callable[..., Vehicle]

AGAINST_THE_RULES: list[dict[str, Any]] = [
    {"stock_id": 0},
    {"make": ""},
    {"model": ""},
    {"year": 1949},
    {"year": 2101},
    {"price_mxn": 0},
    {"price_mxn": -1},
    {"price_mxn": 100_000_000},
    {"mileage_km": 2_000_000},
    {"seats": 0},
    {"seats": 61},
    {"length_mm": 499},
    {"width_mm": 10_001},
    {"height_mm": 0},
    {"transmission": "magic"},
    {"body_type": "boat"},
    {"fuel": "steam"},
    {"status": "lost"},
]


@pytest.mark.parametrize("wrong", AGAINST_THE_RULES, ids=str)
def test_the_database_keeps_the_rules_even_past_the_forms(add: Add, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        add(**wrong)


@pytest.mark.parametrize("wrong", AGAINST_THE_RULES, ids=str)
def test_people_are_told_what_is_against_the_rules(wrong: dict[str, Any], db: None) -> None:
    usual = {"stock_id": 1, "make": "Kia", "model": "Rio", "year": 2019, "mileage_km": 1, "price_mxn": 1}
    vehicle = Vehicle(**(usual | wrong))
    with pytest.raises(ValidationError) as caught:
        vehicle.full_clean()
    assert set(wrong) & set(caught.value.message_dict)


def test_a_stock_id_is_given_once(add: Add) -> None:
    add(stock_id=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        add(stock_id=5)


def test_next_years_model_is_sold_already_and_the_one_after_is_not(db: None) -> None:
    this_year = timezone.localdate().year
    vehicle = Vehicle(stock_id=1, make="Kia", model="Rio", year=this_year + 1, mileage_km=1, price_mxn=1)
    vehicle.full_clean()
    vehicle.year = this_year + 2
    with pytest.raises(ValidationError):
        vehicle.full_clean()


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Mazda", "Mazda 3", "Mazda 3"),
        ("KIA", "FORTE", "KIA FORTE"),
        ("MG", "MG5", "MG MG5"),
        ("Land Rover", "Land Rover Defender", "Land Rover Defender"),
    ],
)
def test_a_make_that_the_model_repeats_is_said_once(make: str, model: str, name: str) -> None:
    vehicle = Vehicle(make=make, model=model, year=2018, stock_id=315464)
    assert vehicle.name == name
    assert str(vehicle) == f"{name} 2018 (315464)"


def test_only_what_is_available_is_for_sale(add: Add) -> None:
    available = add()
    for status in ("reserved", "sold", "withdrawn"):
        add(status=status)
    assert list(Vehicle.objects.for_sale()) == [available]


def test_a_recorded_transmission_is_believed_before_the_trim(add: Add) -> None:
    vehicle = add(trim="1.8 CVT", transmission="manual")
    assert (vehicle.transmission_read, vehicle.transmission_is_read) == ("manual", False)


def test_a_blank_transmission_and_body_are_read_and_said_to_be_read(add: Add) -> None:
    vehicle = add(make="Nissan", model="Frontier", trim="2.5 PRO-4X AUTO 4WD")
    assert (vehicle.transmission, vehicle.transmission_read, vehicle.transmission_is_read) == ("", "automatic", True)
    assert (vehicle.body_type, vehicle.body_type_read, vehicle.body_type_is_read) == ("", "pickup", True)


def test_saving_one_field_keeps_what_is_searched_by_true(add: Add) -> None:
    vehicle = add(trim="1.8 CVT")
    vehicle.trim = "1.8 MT"
    vehicle.save(update_fields=["trim"])
    vehicle.refresh_from_db()
    assert vehicle.transmission_read == "manual"


def test_without_a_row_the_terms_are_those_of_the_settings_and_nothing_is_written(db: None) -> None:
    terms = CreditTerms.current()
    assert (terms.annual_rate, terms.terms_months) == (Decimal("0.10"), [36, 48, 60, 72])
    assert terms.minimum_down_payment_share == 0
    assert not CreditTerms.objects.exists()


def test_the_settings_rate_is_the_one_to_begin_with(settings: Any, db: None) -> None:
    settings.CREDIT_ANNUAL_RATE = Decimal("0.15")
    assert CreditTerms.current().annual_rate == Decimal("0.15")


def test_there_is_one_set_of_terms(db: None) -> None:
    CreditTerms(annual_rate=Decimal("0.12")).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditTerms(id=2).save()
    assert CreditTerms.current().annual_rate == Decimal("0.12")


@pytest.mark.parametrize("months", [[], [35], [73], [36, 36], [True], ["36"], "36", [48.0], None])
def test_terms_are_different_whole_months_within_what_is_lent(months: object, db: None) -> None:
    with pytest.raises(ValidationError) as caught:
        CreditTerms(terms_months=months).full_clean()
    assert "terms_months" in caught.value.message_dict


@pytest.mark.parametrize("wrong", [{"annual_rate": Decimal("2.1")}, {"minimum_down_payment_share": Decimal(1)}])
def test_a_rate_or_down_payment_out_of_range_is_refused_by_forms_and_database(
    wrong: dict[str, Decimal], db: None
) -> None:
    with pytest.raises(ValidationError):
        CreditTerms(**wrong).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditTerms(**wrong).save()
