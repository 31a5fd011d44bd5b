"""The rows behind a figure of the dashboard: each list shows those that the figure counts."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from conversations import figures

LABELS = {
    "conversations": _("conversations"),
    "replied": _("conversations that got a reply"),
    "without_person": _("answered without a person"),
    "handed_off": _("handed to a person"),
    "waited": _("handed to a person and taken"),
    "visits": _("visits"),
    "visits_done": _("visits that took place"),
    "visits_missed": _("did not come"),
    "leads": _("leads"),
    "failed_turns": _("not answered"),
    "failed_messages": _("not delivered"),
    "blocked": _("withheld by the guardrails"),
    "paid": _("paid language model"),
    "messages_in": _("messages received"),
    "messages_out": _("messages sent"),
    "delivered": _("messages delivered"),
}


def link(request: HttpRequest, name: str, first: date, last: date) -> str:
    """The list of the rows that a figure counts; empty for who may not see it."""
    options = figures.ROWS[name].model._meta
    if not request.user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    page = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return f"{page}?{urlencode({OfFigure.parameter_name: f'{name}.{first}.{last}'})}"


class OfFigure(admin.SimpleListFilter):
    """The rows of one figure over some days, as the dashboard asks for them; else it is not there."""

    title = _("figure")
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        if not self.value():
            return []
        name, first, last = self._asked()
        days = f"{formats.date_format(first, 'SHORT_DATE_FORMAT')} - {formats.date_format(last, 'SHORT_DATE_FORMAT')}"
        return [(str(self.value()), f"{LABELS[name]}, {days}".capitalize())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        name, first, last = self._asked()
        rows = figures.ROWS[name]
        if rows.model is not queryset.model:
            raise IncorrectLookupParameters
        return rows.of(queryset, first, last)

    def _asked(self) -> tuple[str, date, date]:
        name, _dot, days = str(self.value()).partition(".")
        try:
            first, last = map(date.fromisoformat, days.split("."))
        except ValueError as e:
            raise IncorrectLookupParameters from e
        if name not in figures.ROWS:
            raise IncorrectLookupParameters
        return name, first, last
