"""How amounts are written in the pages of the stock."""

from decimal import Decimal

from django import template

from inventory import values

register = template.Library()


@register.filter
def pesos(amount: Decimal) -> str:
    """ "$250,000" or "-$12,500.50" """
    return values.pesos(amount)
