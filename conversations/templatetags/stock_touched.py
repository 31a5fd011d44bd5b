"""The part of an import's report that is about customers."""

from typing import Any

from django import template

from conversations import touched
from inventory.models import StockImport

register = template.Library()


@register.inclusion_tag("conversations/touched.html", takes_context=True)
def stock_touched(context: dict[str, Any], stock_import: StockImport) -> dict[str, Any]:
    """Nothing for who may not see customers."""
    user = context["request"].user
    may_see = user.has_perm("conversations.view_customer")
    return {"touched": touched.by(stock_import, user) if may_see else None}
