"""The stock in the admin: vehicles with their photos and prices, imports, and the credit terms."""

from inventory.admin import credit_terms, stock_import, vehicle

__all__ = ("credit_terms", "stock_import", "vehicle")
