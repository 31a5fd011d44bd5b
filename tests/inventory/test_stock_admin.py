"""A day with the stock: photos, prices with their reasons, what two people do at once, and what remains of it all."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory import photos
from inventory.models import CreditTerms, Vehicle
from tests.inventory.conftest import picture

Add = Callable[..., Vehicle]
VEHICLES = "/admin/inventory/vehicle/"


class Form(HTMLParser):
    """What a browser would send of a page's forms if nobody typed anything."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "input" and name and said.get("type") not in {"checkbox", "file", "submit", "radio"}:
            self.fields.setdefault(name, said.get("value") or "")
        elif tag == "select":
            self._select = name
            self.fields.setdefault(name, "")
        elif tag == "option" and "selected" in said:
            self.fields[self._select] = said.get("value") or ""


def page_of(vehicle: Vehicle) -> str:
    return f"{VEHICLES}{vehicle.pk}/change/"


def filled(client: Client, address: str) -> dict[str, str]:
    """The form at this address as it is loaded now."""
    return Form(client.get(address).content.decode()).fields


def save(client: Client, vehicle: Vehicle, form: dict[str, str], **typed: Any) -> str:
    """Save the vehicle's page with what was typed; what the page then says."""
    answer = client.post(page_of(vehicle), form | typed | {"_continue": ""}, follow=True)
    return answer.content.decode()


@pytest.fixture
def staff(admin_client: Client) -> Client:
    admin_client.cookies["django_language"] = "en"
    return admin_client


@pytest.fixture
def seller(db: None, client: Client) -> Client:
    """May change cars, but no prices."""
    user = User.objects.create_user("vende", first_name="Vera", last_name="Vende", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_vehicle", "change_vehicle", "add_vehicle"]))
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


# --- Photos ---


def test_photos_are_added_to_the_page_put_in_order_and_taken_away(staff: Client, add: Add, media: Path) -> None:
    vehicle = add()
    save(staff, vehicle, filled(staff, page_of(vehicle)), new_photos=[picture("a.jpg"), picture("b.png", kind="PNG")])
    first, second = vehicle.photos.all()
    form = filled(staff, page_of(vehicle))
    save(staff, vehicle, form | {"photos-0-position": "1", "photos-1-position": "0", "photos-1-caption": "dashboard"})
    assert [photo.caption for photo in vehicle.photos.all()] == ["dashboard", ""]
    form = filled(staff, page_of(vehicle))
    assert form["photos-0-id"] == str(second.pk)
    save(staff, vehicle, form | {"photos-1-DELETE": "on"})
    assert vehicle.photos.get() == second
    told = [record.history_change_reason for record in vehicle.history.all()]
    assert told == ["1 photo removed", "photos put in order or described", "2 photos added", None]
    assert first.pk


def test_who_arranges_photos_after_somebody_else_is_told_before_anything_is_lost(
    staff: Client, seller: Client, add: Add, media: Path
) -> None:
    vehicle = add()
    save(staff, vehicle, filled(staff, page_of(vehicle)), new_photos=[picture("a.jpg"), picture("b.jpg")])
    loaded = filled(staff, page_of(vehicle))
    hers = filled(seller, page_of(vehicle))
    save(seller, vehicle, hers | {"photos-0-position": "1", "photos-1-position": "0", "photos-1-caption": "front"})
    page = save(staff, vehicle, loaded | {"photos-0-caption": "dashboard"})
    assert "Not saved: meanwhile Vera Vende changed the photos" in page
    assert [photo.caption for photo in vehicle.photos.all()] == ["front", ""]
    again = Form(page).fields
    assert again["photos-0-caption"] == "dashboard", "what was typed is still there"
    save(staff, vehicle, again)
    assert "dashboard" in {photo.caption for photo in vehicle.photos.all()}


def test_photos_that_nobody_touches_stand_in_nobodys_way(staff: Client, seller: Client, add: Add, media: Path) -> None:
    vehicle = add()
    save(staff, vehicle, filled(staff, page_of(vehicle)), new_photos=[picture("a.jpg")])
    loaded = filled(staff, page_of(vehicle))
    save(seller, vehicle, filled(seller, page_of(vehicle)) | {"photos-0-caption": "front"})
    save(staff, vehicle, loaded | {"colour": "Azul"})
    vehicle.refresh_from_db()
    assert (vehicle.colour, vehicle.photos.get().caption) == ("Azul", "front")


def test_the_stock_is_searched_without_accents_by_every_word_and_the_beginning_of_a_number(
    staff: Client, add: Add
) -> None:
    add(stock_id=120, make="Mazda", model="CX-5", year=2019, trim="i Grand Touring", colour="Azul Índigo")
    add(stock_id=512, make="Kia", model="Rio", year=2021, trim="LX", colour="Gris")

    def found(words: str) -> set[int]:
        page = staff.get(VEHICLES, {"q": words})
        return {vehicle.stock_id for vehicle in page.context["cl"].result_list}

    asked = ("INDIGO", "mazda 2019", "51", "12", "touring cx-5", "kia azul", "%", "2021 gris")
    assert [found(words) for words in asked] == [{120}, {120}, {512}, {120}, {120}, set(), set(), {512}]


def test_a_file_that_is_no_photo_is_refused_and_what_was_typed_stays(staff: Client, add: Add, media: Path) -> None:
    vehicle = add()
    page = save(
        staff,
        vehicle,
        filled(staff, page_of(vehicle)),
        colour="Rojo",
        new_photos=[picture(), SimpleUploadedFile("list.pdf", b"%PDF-1.4")],
    )
    assert "list.pdf is no photo that can be read" in page
    assert "None of the photos was kept" in page
    assert 'value="Rojo"' in page
    assert not vehicle.photos.exists()
    vehicle.refresh_from_db()
    assert vehicle.colour == ""


def test_a_car_has_so_many_photos_and_no_more(staff: Client, add: Add, media: Path) -> None:
    vehicle = add()
    photos.add(vehicle, [photos.prepare(picture())] * photos.MOST_PER_VEHICLE)
    assert "30 photos at most" in save(staff, vehicle, filled(staff, page_of(vehicle)), new_photos=[picture()])


def test_a_new_car_comes_with_its_photos(staff: Client, media: Path) -> None:
    typed = {"stock_id": 7, "make": "Kia", "model": "Rio", "year": 2020, "price_mxn": "250000", "mileage_km": 1}
    staff.post(f"{VEHICLES}add/", filled(staff, f"{VEHICLES}add/") | typed | {"new_photos": [picture()]})
    assert Vehicle.objects.get().photos.count() == 1


def test_staff_see_photos_and_strangers_do_not(staff: Client, add: Add, media: Path) -> None:
    (photo,) = photos.add(add(), [photos.prepare(picture())])
    address = f"{VEHICLES}photos/{photo.pk}/thumbnail.jpg"
    assert address in staff.get(VEHICLES).content.decode()
    answer = staff.get(address)
    assert (answer["Content-Type"], "max-age" in answer["Cache-Control"]) == ("image/jpeg", True)
    assert staff.get(address.replace("thumbnail", "image")).status_code == 200
    assert Client().get(address).status_code == 302
    other = Client()
    other.force_login(User.objects.create_user("otro", is_staff=True))
    assert other.get(address).status_code == 403


# --- Prices and their reasons ---


def test_a_price_changes_on_the_page_with_a_reason_and_not_without(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    form = filled(staff, page_of(vehicle))
    assert "Say why the price changes" in save(staff, vehicle, form, price_mxn="240000")
    vehicle.refresh_from_db()
    assert vehicle.price_mxn == 250_000
    save(staff, vehicle, form, price_mxn="240000", reason="60 days in stock")
    record = vehicle.history.first()
    assert (record.price_mxn, record.history_change_reason) == (Decimal(240_000), "60 days in stock")
    assert record.history_user == User.objects.get(username="admin")


def test_saving_a_page_on_which_nothing_was_typed_is_no_version(staff: Client, add: Add) -> None:
    vehicle = add()
    save(staff, vehicle, filled(staff, page_of(vehicle)))
    assert vehicle.history.count() == 1


def test_the_list_says_where_a_price_was_edited(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    staff.post(VEHICLES, filled(staff, VEHICLES) | {"form-0-price_mxn": "245000", "_save": ""})
    assert vehicle.history.first().history_change_reason == "Edited in the list"


def test_who_may_not_change_prices_cannot_by_any_way(seller: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    form = filled(seller, page_of(vehicle))
    assert "price_mxn" not in form
    save(seller, vehicle, form, price_mxn="1", reason="because", colour="Rojo")
    page = seller.get(VEHICLES).content.decode()
    assert "250,000.00" in page
    assert "change_prices" not in page
    row = Form(page).fields
    seller.post(VEHICLES, row | {"form-0-price_mxn": "1", "form-0-status": "reserved", "_save": ""})
    seller.post(VEHICLES, {"action": "change_prices", "_selected_action": [vehicle.pk]})
    assert seller.post(f"{VEHICLES}prices/", {"by": "percent", "figure": "-50"}).status_code == 403
    assert seller.get(f"{VEHICLES}add/").status_code == 403
    vehicle.refresh_from_db()
    assert (vehicle.price_mxn, vehicle.colour, vehicle.status) == (Decimal(250_000), "Rojo", "reserved")


# --- Two people at once ---


def test_who_saves_second_is_told_what_changed_and_loses_nothing(staff: Client, seller: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000, colour="Azul")
    form = filled(staff, page_of(vehicle))
    save(seller, vehicle, filled(seller, page_of(vehicle)), colour="Rojo", status="reserved")
    page = save(staff, vehicle, form, price_mxn="240000", reason="60 days in stock")
    assert "Vera Vende" in page
    assert "colour: Azul → Rojo" in page
    assert "status: Available → Reserved" in page
    vehicle.refresh_from_db()
    assert (vehicle.price_mxn, vehicle.colour) == (Decimal(250_000), "Rojo")
    again = Form(page).fields
    assert (again["price_mxn"], again["reason"], again["colour"]) == ("240000", "60 days in stock", "Rojo")
    save(staff, vehicle, again)
    vehicle.refresh_from_db()
    assert (vehicle.price_mxn, vehicle.colour, vehicle.status) == (Decimal(240_000), "Rojo", "reserved")


def test_what_both_changed_stays_as_typed_and_is_saved_only_after_it_was_read(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    form = filled(staff, page_of(vehicle))
    vehicle.price_mxn = Decimal(230_000)
    vehicle.save()
    page = save(staff, vehicle, form, price_mxn="240000", reason="a reason")
    assert "price, MXN: $250,000 → $230,000" in page
    assert Vehicle.objects.get().price_mxn == 230_000
    save(staff, vehicle, Form(page).fields)
    assert Vehicle.objects.get().price_mxn == 240_000


def test_a_row_of_the_list_never_puts_an_old_price_back(staff: Client, add: Add) -> None:
    mine, theirs = add(make="Audi", price_mxn=250_000), add(make="BMW", price_mxn=300_000)
    loaded = filled(staff, VEHICLES)
    theirs.price_mxn = Decimal(290_000)
    theirs.save()
    staff.post(VEHICLES, loaded | {"form-0-price_mxn": "245000", "_save": ""})
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.price_mxn, theirs.price_mxn) == (Decimal(245_000), Decimal(290_000))


def test_a_row_that_somebody_else_saved_meanwhile_is_refused_and_keeps_what_was_typed(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    loaded = filled(staff, VEHICLES)
    vehicle.status = "sold"
    vehicle.save()
    page = staff.post(VEHICLES, loaded | {"form-0-price_mxn": "245000", "_save": ""}).content.decode()
    assert "status: Available → Sold" in page
    assert Vehicle.objects.get().price_mxn == 250_000
    again = Form(page).fields
    assert (again["form-0-price_mxn"], again["form-0-status"]) == ("245000", "sold")
    staff.post(VEHICLES, again | {"_save": ""})
    assert (Vehicle.objects.get().price_mxn, Vehicle.objects.get().status) == (Decimal(245_000), "sold")


# --- Many prices at once ---


def begin(staff: Client, *vehicles: Vehicle) -> dict[str, str]:
    chosen = {"action": "change_prices", "_selected_action": [vehicle.pk for vehicle in vehicles]}
    return Form(staff.post(VEHICLES, chosen).content.decode()).fields


def prices(*vehicles: Vehicle) -> list[Decimal]:
    return [Vehicle.objects.get(pk=vehicle.pk).price_mxn for vehicle in vehicles]


def test_prices_are_looked_at_first_and_then_changed_with_their_reason(staff: Client, add: Add) -> None:
    one, other, sold = add(price_mxn="249999.50"), add(price_mxn=300_000), add(price_mxn=100_000, status="sold")
    form = begin(staff, one, other, sold) | {"by": "percent", "figure": "-4.5", "step_mxn": "100", "reason": "November"}
    page = staff.post(f"{VEHICLES}prices/", form | {"preview": ""}).content.decode()
    assert "$238,700" in page
    assert "$286,500" in page
    assert "the price that was agreed stays" in page
    assert "2 prices would change" in page
    assert prices(one, other, sold) == [Decimal("249999.50"), 300_000, 100_000]
    done = staff.post(f"{VEHICLES}prices/", Form(page).fields | {"apply": ""}, follow=True).content.decode()
    assert "2 prices changed." in done
    assert prices(one, other, sold) == [238_700, 286_500, 100_000]
    record = one.history.first()
    assert (record.history_change_reason, record.history_user.username) == ("November", "admin")
    assert record.prev_record.price_mxn == Decimal("249999.50")
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("asked", "price", "becomes"),
    [
        (("amount", "-10000", "0.01"), "250000.55", "240000.55"),
        (("percent", "3", "1000"), "250000", "258000"),
        (("percent", "10", "0.01"), "0.05", "0.06"),
        (("amount", "50", "100"), "250000", "250100"),
    ],
)
def test_prices_are_rounded_as_the_page_says(
    staff: Client, add: Add, asked: tuple[str, str, str], price: str, becomes: str
) -> None:
    vehicle = add(price_mxn=price)
    form = begin(staff, vehicle) | dict(zip(("by", "figure", "step_mxn"), asked, strict=True)) | {"reason": "x"}
    staff.post(f"{VEHICLES}prices/", form | {"apply": ""})
    assert prices(vehicle) == [Decimal(becomes)]


def test_a_car_whose_price_would_be_none_is_named_and_stays(staff: Client, add: Add) -> None:
    cheap, dear = add(price_mxn=9_000), add(price_mxn=99_995_000)
    form = begin(staff, cheap, dear) | {"by": "amount", "step_mxn": "1", "reason": "x"}
    for figure in ("-10000", "10000"):
        page = staff.post(f"{VEHICLES}prices/", form | {"figure": figure}).content.decode()
        assert "a price must be above 0 and below 100 million" in page
    staff.post(f"{VEHICLES}prices/", form | {"figure": "-10000", "apply": ""})
    assert prices(cheap, dear) == [9_000, 99_985_000]


def test_no_price_changes_without_a_reason(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    form = begin(staff, vehicle) | {"figure": "-5", "reason": " ", "apply": ""}
    assert "required" in staff.post(f"{VEHICLES}prices/", form).content.decode()
    assert prices(vehicle) == [250_000]


def test_if_one_of_the_cars_was_saved_meanwhile_none_changes(staff: Client, add: Add) -> None:
    one, other = add(price_mxn=250_000), add(price_mxn=300_000)
    form = begin(staff, one, other) | {"figure": "-5", "reason": "November"}
    other.colour = "Rojo"
    other.save()
    page = staff.post(f"{VEHICLES}prices/", form | {"apply": ""}).content.decode()
    assert "No price was changed" in page
    assert str(other) in page
    assert prices(one, other) == [250_000, 300_000]
    staff.post(f"{VEHICLES}prices/", Form(page).fields | {"apply": ""})
    assert prices(one, other) == [237_500, 285_000]


def test_a_forged_choice_of_cars_changes_nothing(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000)
    form = {"seen": f'{{"{vehicle.pk}": "2026-01-01"}}', "by": "percent", "figure": "-50", "reason": "x", "apply": ""}
    assert staff.post(f"{VEHICLES}prices/", form).status_code == 302
    assert staff.get(f"{VEHICLES}prices/").status_code == 302
    assert prices(vehicle) == [250_000]


def test_more_cars_than_anybody_can_look_at_are_refused_in_words(staff: Client, add: Add) -> None:
    first = add()
    Vehicle.objects.bulk_create(
        Vehicle(stock_id=10_000 + n, make="Kia", model="Rio", year=2020, mileage_km=1, price_mxn=1) for n in range(1000)
    )
    for action in ("change_prices", "mark_sold"):
        chosen = {"action": action, "select_across": "1", "_selected_action": [first.pk]}
        assert "At most 1,000 vehicles at a time" in staff.post(VEHICLES, chosen, follow=True).content.decode()
    assert not Vehicle.objects.filter(status="sold").exists()


# --- The history ---


def test_the_history_tells_who_changed_what_from_what_to_what_and_why(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=250_000, colour="")
    save(staff, vehicle, filled(staff, page_of(vehicle)), price_mxn="240000", colour="Rojo", reason="60 days in stock")
    staff.post(VEHICLES, {"action": "mark_sold", "_selected_action": [vehicle.pk]})
    page = staff.get(f"{VEHICLES}{vehicle.pk}/history/").content.decode()
    for told in ("<s>$250,000</s>", "<b>$240,000</b>", "<s>not recorded</s>", "<b>Rojo</b>", "60 days in stock"):
        assert told in page
    assert page.index("<b>Sold</b>") < page.index("<b>Rojo</b>") < page.index("Added")
    assert "nobody in the admin" in page


def test_a_long_history_has_pages_that_fit_together(staff: Client, add: Add) -> None:
    vehicle = add(mileage_km=0)
    for km in range(1, 61):
        vehicle.mileage_km = km
        vehicle.save()
    pages = [staff.get(f"{VEHICLES}{vehicle.pk}/history/", {"p": p}).content.decode() for p in (1, 2)]
    assert "<s>10 km</s>" in pages[0]
    assert "<b>11 km</b>" in pages[0]
    assert "<b>10 km</b>" in pages[1]
    assert "Added" in pages[1]


def test_the_history_is_for_those_who_may_see_the_stock(add: Add, client: Client) -> None:
    vehicle = add()
    client.force_login(User.objects.create_user("otro", is_staff=True))
    assert client.get(f"{VEHICLES}{vehicle.pk}/history/").status_code == 403


# --- The list ---


def rows(client: Client, **asked: str) -> str:
    return client.get(VEHICLES, asked).content.decode().partition('id="result_list"')[2].partition("</table>")[0]


def test_the_list_tells_days_and_monthly_payment_on_terms_that_it_names(staff: Client, add: Add) -> None:
    vehicle = add(price_mxn=268_999)
    Vehicle.objects.update(created_at=timezone.now() - timedelta(days=45, hours=1))
    CreditTerms(terms_months=[36, 48]).save()
    page = staff.get(VEHICLES).content.decode()
    assert "20 % down, 48 months, 10 % a year" in page
    assert "$5,458.01" in page
    assert ">45<" in rows(staff).replace("\n", "").replace(" ", "")
    CreditTerms.objects.update(minimum_down_payment_share=Decimal("0.3"))
    assert "30 % down" in staff.get(VEHICLES).content.decode()
    Vehicle.objects.update(status="sold")
    assert ">45<" not in rows(staff).replace("\n", "").replace(" ", "")
    assert vehicle.pk


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ({"make": "Kia"}, {"901"}),
        ({"make": "Kia", "model": "Rio"}, {"901"}),
        ({"make": "Kia", "model": "Forte"}, set()),
        ({"year_from": "2019", "year_to": "2020"}, {"901"}),
        ({"price_mxn_from": "400000"}, {"902"}),
        ({"mileage_km_to": "50000"}, {"901"}),
        ({"status__exact": "reserved"}, {"902"}),
        ({"missing": "photo"}, {"902"}),
        ({"missing": "trim"}, {"902"}),
        ({"missing": "seats"}, {"902"}),
        ({"missing": "dimensions"}, {"901", "902"}),
        ({"missing": "nonsense"}, {"901", "902"}),
        ({"days": "0-30"}, {"901"}),
        ({"days": "91"}, {"902"}),
        ({"days": "31-60"}, set()),
    ],
)
def test_the_list_is_narrowed_as_people_expect(
    staff: Client, add: Add, media: Path, asked: dict[str, str], finds: set[str]
) -> None:
    kia = add(stock_id=901, make="Kia", model="Rio", year=2020, trim="LX", seats=5, mileage_km=10_000)
    photos.add(kia, [photos.prepare(picture())])
    add(stock_id=902, make="Ford", model="Ka", year=2010, mileage_km=90_000, price_mxn=450_000, status="reserved")
    Vehicle.objects.filter(stock_id=902).update(created_at=timezone.now() - timedelta(days=91))
    found = rows(staff, **asked)
    assert {stock_id for stock_id in ("901", "902") if stock_id in found} == finds


def test_a_page_of_the_list_takes_as_many_queries_with_fifty_cars_as_with_two(
    staff: Client, add: Add, media: Path
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            staff.get(VEHICLES)
        # The frame of every page, such as the sidebar, has queries of its own.
        return sum('FROM "inventory_' in query["sql"] for query in asked)

    add()
    add()
    few = queries()
    for _ in range(58):
        photos.add(add(), [photos.prepare(picture())])
    assert queries() == few
    assert few <= 10


def test_no_page_counts_every_car_of_a_large_stock(staff: Client, add: Add) -> None:
    add()
    with CaptureQueriesContext(connection) as asked:
        staff.get(VEHICLES)
    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"] and "inventory_vehicle" in query["sql"]]
    assert counts
    assert all("LIMIT 10001" in sql for sql in counts)
