"""What the lists of conversations have in common: the way to the customer's page, and rows that only Karlos writes."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from conversations import access


class OfCustomer(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """Rows that belong to a customer and are made in the conversation, not here."""

    list_select_related: Any = ("customer",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the customers whom this member of staff sees."""
        return access.limited(super().get_queryset(request), request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("customer"), ordering="customer__profile_name")
    def who(self, row: Any) -> SafeString:
        """The customer, with the way to the conversation."""
        page = reverse("admin:conversations_customer_change", args=[row.customer_id])
        return format_html('<a class="text-link" href="{}">{}</a>', page, row.customer)


class ReadOnly(OfCustomer):
    """Rows that only Karlos writes."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
