"""What staff do with the stock and the credit terms."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from inventory.models import CreditTerms, Vehicle

Add = Callable[..., Vehicle]

VEHICLES = "/admin/inventory/vehicle/"
TERMS = "/admin/inventory/creditterms/"


@pytest.fixture
def staff(admin_client: Client) -> Client:
    return admin_client


def test_the_list_shows_and_finds_vehicles(staff: Client, add: Add) -> None:
    add(stock_id=315464, make="Mazda", model="Mazda 3", trim="2.0 SEDAN I TA")
    add(stock_id=2, make="KIA", model="Rio")
    for asked in ("3154", "mazda", "SEDAN"):
        page = staff.get(VEHICLES, {"q": asked}).content.decode()
        assert "315464" in page
        assert "Rio" not in page.split("<tbody")[1]


def test_the_list_filters_by_what_was_read(staff: Client, add: Add) -> None:
    add(trim="1.8 MT", stock_id=111)
    add(trim="1.8 CVT", stock_id=222)
    page = staff.get(VEHICLES, {"transmission_read__exact": "manual"}).content.decode()
    assert ("111" in page.split("<tbody")[1], "222" in page.split("<tbody")[1]) == (True, False)


def test_price_and_status_are_edited_in_the_list(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    staff.post(
        VEHICLES,
        {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": vehicle.pk,
            "form-0-price_mxn": "239999.50",
            "form-0-status": "reserved",
            "_save": "",
        },
    )
    vehicle.refresh_from_db()
    assert (vehicle.price_mxn, vehicle.status) == (Decimal("239999.50"), "reserved")


@pytest.mark.parametrize("status", ["available", "reserved", "sold", "withdrawn"])
def test_several_vehicles_are_marked_at_once_and_each_change_is_logged(staff: Client, add: Add, status: str) -> None:
    vehicles = [add(status="sold" if status == "available" else "available") for _ in range(2)]
    staff.post(VEHICLES, {"action": f"mark_{status}", "_selected_action": [vehicle.pk for vehicle in vehicles]})
    assert set(Vehicle.objects.values_list("status", flat=True)) == {status}
    assert LogEntry.objects.count() == 2


def test_a_vehicle_against_the_rules_is_refused_in_words(staff: Client, add: Add) -> None:
    form = {"stock_id": 7, "make": "Kia", "model": "Rio", "status": "available", "mileage_km": 1, "trim": ""}
    page = staff.post(f"{VEHICLES}add/", form | {"year": 1890, "price_mxn": "-5"}).content.decode()
    assert "1950" in page
    assert not Vehicle.objects.exists()


def test_a_vehicle_is_added_with_what_its_trim_tells(staff: Client) -> None:
    form = {
        "stock_id": 7,
        "make": "Kia",
        "model": "Forte",
        "status": "available",
        "mileage_km": 1,
        "trim": "2.0 EX IVT",
    }
    unknown = {"has_bluetooth": "unknown", "has_car_play": "unknown"}
    staff.post(f"{VEHICLES}add/", form | unknown | {"year": 2020, "price_mxn": "250000"})
    vehicle = Vehicle.objects.get()
    assert (vehicle.transmission, vehicle.transmission_read, vehicle.body_type_read) == ("", "cvt", "sedan")
    assert vehicle.has_bluetooth is None
    assert staff.get(f"{VEHICLES}{vehicle.pk}/change/").status_code == 200


@pytest.mark.django_db
def test_the_terms_are_set_once_and_then_edited(staff: Client) -> None:
    assert staff.get(f"{TERMS}add/").status_code == 200
    words = {"assumptions_spanish": "Tasa de {rate}%.", "assumptions_english": "Rate of {rate}%."}
    terms = {"annual_rate": "0.129", "terms_months": ["36", "60"], "minimum_down_payment_share": "0.2", **words}
    staff.post(f"{TERMS}add/", terms)
    set_terms = CreditTerms.current()
    assert (set_terms.annual_rate, set_terms.terms_months) == (Decimal("0.129"), [36, 60])
    assert staff.get(f"{TERMS}add/").status_code == 403
    staff.post(f"{TERMS}1/change/", terms | {"annual_rate": "0.11"})
    assert CreditTerms.current().annual_rate == Decimal("0.11")
    assert CreditTerms.objects.count() == 1


def test_the_terms_cannot_be_deleted_or_out_of_range(staff: Client) -> None:
    CreditTerms().save()
    assert staff.post(f"{TERMS}1/delete/", {"post": "yes"}).status_code == 403
    page = staff.post(
        f"{TERMS}1/change/", {"annual_rate": "10", "terms_months": ["36"], "minimum_down_payment_share": "0"}
    )
    assert page.status_code == 200
    assert CreditTerms.current().annual_rate == Decimal("0.10")


def test_a_term_set_elsewhere_can_still_be_ticked(staff: Client) -> None:
    CreditTerms(terms_months=[40, 48]).save()
    assert 'value="40"' in staff.get(f"{TERMS}1/change/").content.decode()


def test_the_form_begins_with_the_usual_terms_ticked(staff: Client) -> None:
    page = staff.get(f"{TERMS}add/").content.decode()
    ticked = [
        box
        for box in page.split("<input ")
        if 'name="terms_months"' in box and box.partition(">")[0].endswith(" checked")
    ]
    assert len(ticked) == 4


def test_figures_that_are_only_read_have_their_thousands_marked(staff: Client, client: Client, add: Add) -> None:
    add(mileage_km=123_456, price_mxn=250_000)
    looker = User.objects.create_user("mira", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_vehicle"))
    assert "123,456" in staff.get(VEHICLES).content.decode()
    client.force_login(looker)
    assert "250,000.00" in client.get(VEHICLES).content.decode()
