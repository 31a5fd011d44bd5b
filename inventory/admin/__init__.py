"""The stock in the admin: vehicles with their photos and prices, and the credit terms."""

from inventory.admin import credit_terms, vehicle

__all__ = ("credit_terms", "vehicle")
