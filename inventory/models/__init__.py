"""The tables of the stock, its photos and the terms it is lent on."""

from inventory.models.credit_terms import CreditTerms
from inventory.models.photo import VehiclePhoto
from inventory.models.vehicle import Vehicle, VehicleQuerySet

__all__ = ("CreditTerms", "Vehicle", "VehiclePhoto", "VehicleQuerySet")
