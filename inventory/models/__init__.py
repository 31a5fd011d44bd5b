"""The tables of the stock, its photos and imports, and of the terms it is lent on."""

from inventory.models.credit_terms import CreditTerms
from inventory.models.photo import VehiclePhoto
from inventory.models.settings_stamp import SettingsStamp
from inventory.models.stock_import import StockImport, StockImportRow
from inventory.models.vehicle import Vehicle, VehicleQuerySet

__all__ = (
    "CreditTerms",
    "SettingsStamp",
    "StockImport",
    "StockImportRow",
    "Vehicle",
    "VehiclePhoto",
    "VehicleQuerySet",
)
