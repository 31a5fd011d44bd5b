"""The tables of the stock and of the terms it is lent on."""

from inventory.models.credit_terms import CreditTerms
from inventory.models.vehicle import Vehicle, VehicleQuerySet

__all__ = ("CreditTerms", "Vehicle", "VehicleQuerySet")
