"""The stock that comes with the project."""

import pytest
from django.conf import settings

from inventory.models import Vehicle
from inventory.stock_import import import_stock


@pytest.mark.django_db
def test_the_sample_stock_is_worth_talking_about() -> None:
    report = import_stock(settings.ROOT / "fixtures/vehicles.csv")
    assert report.new >= 120
    assert report.warnings == ()
    for_sale = Vehicle.objects.for_sale()
    assert for_sale.filter(model="Mazda 3").count() == 6
    for body in ("sedan", "hatchback", "suv", "pickup", "minivan"):
        assert for_sale.filter(body_type_read=body).count() >= 2, body
    assert for_sale.filter(fuel="hybrid").exists()
    assert for_sale.filter(price_mxn__lt=200_000).count() >= 5
    assert for_sale.filter(transmission="").exclude(transmission_read="").exists()
    assert for_sale.filter(has_car_play=None).exists()
    assert for_sale.count() < report.new
