"""The list of vehicles as a file, and that file as the stock."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from inventory import stock_import
from inventory.models import Vehicle

Add = Callable[..., Vehicle]
EXPORT = "/admin/inventory/vehicle/export/"
CSV, XLSX = "0", "1"

pytestmark = pytest.mark.django_db


def exported(client: Client, path: Path, kind: str, **filters: str) -> Path:
    """What the list's own filters leave of the stock, as a file."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    answer = client.post(f"{EXPORT}?{query}", {"format": kind, "resource": "0"})
    path.write_bytes(answer.content)
    return path


@pytest.mark.parametrize(("kind", "name"), [(CSV, "stock.csv"), (XLSX, "stock.xlsx")])
def test_an_export_can_be_imported_again_and_changes_nothing(
    admin_client: Client, add: Add, tmp_path: Path, kind: str, name: str
) -> None:
    add(price_mxn="250000.50", has_bluetooth=True, has_car_play=False, length_mm=4500, seats=5, colour="Azul, claro")
    add(status="sold", fuel="plug_in_hybrid", transmission="dual_clutch", body_type="suv", trim='2.0 "S" ñandú')
    add(trim="=HYPERLINK(1)", location="-1")
    stock_import.import_stock(exported(admin_client, tmp_path / "before.csv", CSV))
    before = list(Vehicle.objects.values())
    report = stock_import.import_stock(exported(admin_client, tmp_path / name, kind))
    assert (report.new, report.changed, report.unchanged) == (0, 0, 3)
    assert list(Vehicle.objects.values()) == before


def test_what_a_spreadsheet_would_run_is_shown_instead(admin_client: Client, add: Add, tmp_path: Path) -> None:
    add(trim="=HYPERLINK(1)", location="@SUM(1)")
    written = exported(admin_client, tmp_path / "stock.csv", CSV).read_text(encoding="utf-8-sig")
    assert ",'=HYPERLINK(1)," in written
    assert ",'@SUM(1)," in written


def test_only_what_the_list_shows_is_exported(admin_client: Client, add: Add, tmp_path: Path) -> None:
    add(stock_id=1, make="Kia")
    add(stock_id=2, make="Mazda", status="sold")
    path = exported(admin_client, tmp_path / "stock.csv", CSV, status__exact="sold")
    assert [line.split(",")[0] for line in path.read_text(encoding="utf-8-sig").splitlines()] == ["stock_id", "2"]
    assert "Kia" not in exported(admin_client, tmp_path / "found.csv", CSV, q="mazda").read_text()


def test_the_list_offers_export_to_who_sees_it_and_import_to_who_may(admin_client: Client) -> None:
    page = admin_client.get("/admin/inventory/vehicle/").content.decode()
    assert EXPORT in page
    assert "/admin/inventory/stockimport/add/" in page
    user = User.objects.create_user("mira", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    other = Client()
    other.force_login(user)
    assert other.get(EXPORT).status_code == 403
