"""Whose conversations a member of staff sees."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from conversations.models import Customer


def customers_of(user: User | AnonymousUser) -> QuerySet[Customer]:
    """Everyone's for who has the permission; else one's own and nobody's."""
    customers = Customer.objects.all()
    if not user.is_authenticated:
        return customers.none()
    if user.has_perm("conversations.view_every_customer"):
        return customers
    return customers.filter(Q(owner=user.pk) | Q(owner=None))


def limited(rows: QuerySet[Any], user: User | AnonymousUser) -> QuerySet[Any]:
    """Of rows that each belong to a customer, those of the customers that this member of staff sees."""
    if user.has_perm("conversations.view_every_customer"):
        return rows
    return rows.filter(customer__in=customers_of(user))
