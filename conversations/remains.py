"""What is left of an erased customer: every column of every table is searched for the words that pointed at them."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from conversations.models import Customer, Erasure
from conversations.personal_data import PLACES, as_stored

# Of each column so many rows are named.
NAMED_MOST = 20
# The simulator is the customer's phone and Twilio, which is asked by its own addresses.
_ELSEWHERE = frozenset({"simulator"})
_HIDDEN = "[…]"
# What staff or Karlos wrote freely beside something else; in it the customer is made unknown.
_FREE = {
    "admin.logentry": ("object_repr", "change_message"),
    "inventory.historicalvehicle": ("history_change_reason",),
    "conversations.note": ("text",),
    "conversations.lead": ("note",),
    "conversations.handoff": ("summary",),
    "conversations.settingsversion": ("reason",),
}


def found(words: Sequence[str], beside: Sequence[str] = (), *, since: datetime) -> list[str]:
    """Where one of these words still stands, as "table.column: rows"; those of `beside` only outside the rows of customers.

    Who came since, even with the same number, is another customer.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")  # it may read every message that there is
        return [told for model in _searched() for told in _in_table(model, words, beside, since)]


def hide(words: Sequence[str]) -> None:
    """Where staff wrote of the customer beside something else, these words give way."""
    spelled = [spelling for word in words for spelling in as_stored(word)]
    if not spelled:
        return
    pattern = re.compile("|".join(map(re.escape, sorted(spelled, key=len, reverse=True))), re.IGNORECASE)
    for label, names in _FREE.items():
        for name in names:
            rows = apps.get_model(label)._default_manager.all()
            for pk, text in _saying(rows, name, words).values_list("pk", name):
                rows.filter(pk=pk).update(**{name: pattern.sub(_HIDDEN, text)})


def _searched() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model is not Erasure and model._meta.app_label not in _ELSEWHERE]


def _in_table(model: type[models.Model], words: Sequence[str], beside: Sequence[str], since: datetime) -> list[str]:
    rows = model._default_manager.all()
    if path := PLACES.get(model._meta.label_lower):
        newcomers = Customer.objects.filter(created_at__gte=since)
        rows = rows.exclude(**{f"{path}__in": newcomers.values("pk")})
    else:
        words = [*words, *beside]
    told = []
    for field in model._meta.fields:
        if not isinstance(field, models.CharField | models.TextField | models.JSONField | models.FileField):
            continue
        pks = list(_saying(rows, field.name, words).values_list("pk", flat=True)[:NAMED_MOST])
        if pks:
            told.append(f"{model._meta.label_lower}.{field.name}: {', '.join(map(str, pks))}")
    return told


def _saying(rows: QuerySet[Any], name: str, words: Sequence[str]) -> QuerySet[Any]:
    spelled = [spelling for word in words for spelling in as_stored(word)]
    if not spelled:
        return rows.none()
    as_text: Any = Cast(name, models.TextField())
    found: QuerySet[Any] = rows.alias(as_text=as_text)
    return found.filter(reduce(or_, (Q(as_text__icontains=word) for word in spelled)))
