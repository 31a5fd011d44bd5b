"""What PostgreSQL knows of the stock when it plans a search."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from inventory.stock_import import import_stock

pytestmark = pytest.mark.django_db


def test_after_an_import_it_knows_at_once_how_many_vehicles_there_are(stock_file: Callable[..., Path]) -> None:
    import_stock(stock_file("315464,54435,238999.0,Mazda,Mazda 3,2018,2.0 SEDAN I TA,Sí,4580.0,2053.0,1450.0,"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'inventory_vehicle'")
        assert cursor.fetchone() == (1,)
