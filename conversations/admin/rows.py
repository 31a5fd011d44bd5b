"""What the lists of conversations have in common: the way to the customer's page, and rows that only Karlos writes."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from conversations import access
from inventory.admin import read_only
from inventory.admin.exported import Exported
from inventory.admin.traced import Traced

COUNTED_MOST = 10_000


class Bounded(Paginator):  # type: ignore[type-arg] # not subscriptable where it runs
    """Pages of the newest rows: no list counts or skips a million of them. What is older is found by search and filters."""

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by().values("pk")[:COUNTED_MOST].count())  # type: ignore[attr-defined] # a queryset


class OfCustomer(Exported, Traced, ModelAdmin):  # type: ignore[misc] # unfold has no types
    """Rows that belong to a customer and are made in the conversation, not here."""

    list_select_related: Any = ("customer",)
    paginator = Bounded
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return access.limited(super().get_queryset(request), request.user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """What belongs to another's customer is not found, like what is not there."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("customer"), ordering="customer__profile_name")
    def who(self, row: Any) -> SafeString:
        """The customer, with the way to the conversation."""
        page = reverse("admin:conversations_customer_change", args=[row.customer_id])
        return format_html('<a class="text-link" href="{}">{}</a>', page, row.customer)


class ReadOnly(OfCustomer, read_only.ReadOnly):
    """Rows that only Karlos writes."""
