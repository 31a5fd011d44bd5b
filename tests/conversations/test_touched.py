"""What the report of an import says about customers."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models.functions import Now
from django.test import Client

from conversations import touched
from conversations.models import Customer, Message
from inventory import stock_import
from inventory.models import StockImport, Vehicle

Stock = dict[int, Vehicle]

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Callable[..., Customer]:
    """A customer who was told of these cars so many hours after their last message began the window."""

    def told(name: str, *stock_ids: int, hours_ago: int = 1) -> Customer:
        customer = Customer.objects.create(profile_name=name, last_inbound_at=Now() - timedelta(hours=hours_ago))
        cars = {str(stock_id): "1" for stock_id in stock_ids}
        Message.objects.create(customer=customer, author="assistant", delivery="read", text="...", cars=cars)
        return customer

    return told


@pytest.fixture
def cheaper(stock: Stock, tmp_path: Path) -> StockImport:
    """An import that takes the Sentra's price down and leaves the RAV4 as it is."""
    path = tmp_path / "stock.csv"
    path.write_text(
        "stock_id,km,price,make,model,year\n201,20300,259000,Nissan,Sentra,2019\n301,87600,371500,Toyota,RAV4,2018\n"
    )
    return StockImport.objects.get(pk=stock_import.import_stock(path).number)


def test_open_conversations_about_changed_cars_are_named(
    cheaper: StockImport, told: Callable[..., Customer], admin_user: User
) -> None:
    ana = told("Ana", 201, 301)
    told("Luis", 301)
    told("Eva", 201, hours_ago=40)
    (found,) = touched.by(cheaper, admin_user).conversations
    assert found.customer == ana
    assert [(car.stock_id, car.changes[0].before, car.changes[0].after) for car in found.cars] == [
        (201, "$268,999", "$259,000")
    ]


def test_who_waits_for_a_person_is_named_however_long_ago_they_wrote(
    cheaper: StockImport, told: Callable[..., Customer], admin_user: User
) -> None:
    eva = told("Eva", 201, hours_ago=40)
    eva.handoffs.create(reason="asked")
    assert [found.customer for found in touched.by(cheaper, admin_user).conversations] == [eva]


def test_the_report_shows_them_to_who_may_see_them(
    cheaper: StockImport, told: Callable[..., Customer], admin_client: Client
) -> None:
    theirs = told("Ana", 201)
    theirs.owner = User.objects.create_user("otra")
    theirs.save()
    told("Luis", 201)
    address = f"/admin/inventory/stockimport/{cheaper.pk}/change/"
    page = admin_client.get(address).content.decode()
    assert ("Ana" in page, "Luis" in page) == (True, True)
    seller = User.objects.create_user("lupe", is_staff=True)
    seller.user_permissions.set(Permission.objects.filter(codename__in=["view_stockimport", "view_customer"]))
    client = Client()
    client.force_login(seller)
    page = client.get(address).content.decode()
    assert ("Ana" in page, "Luis" in page) == (False, True)
