"""The stock and the credit terms, as staff see and edit them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from inventory.models import CreditTerms, Vehicle
from inventory.models.credit_terms import TERM_MAX_MONTHS, TERM_MIN_MONTHS

_EVERY_HALF_YEAR = range(TERM_MIN_MONTHS, TERM_MAX_MONTHS + 1, 6)


@admin.register(Vehicle)
class VehicleAdmin(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """Prices and statuses are edited in the list; the rest on the vehicle's own page."""

    list_display = ("stock_id", "full_name", "year", "mileage", "price_mxn", "status")
    list_display_links = ("stock_id", "full_name")
    list_editable = ("price_mxn", "status")
    list_filter = ("status", "make", "body_type_read", "transmission_read", "fuel", "location", "year")
    list_per_page = 50
    search_fields = ("stock_id__startswith", "make", "model", "trim", "colour")
    search_help_text = _("Stock id, make, model, trim or colour")
    ordering = ("make", "model", "-year", "stock_id")
    actions = ("mark_available", "mark_reserved", "mark_sold", "mark_withdrawn")
    readonly_fields = ("transmission_read", "body_type_read", "seats_read", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("stock_id", "status"), ("make", "model"), ("year", "trim"), ("price_mxn", "mileage_km"))}),
        (
            _("What customers ask about"),
            {
                "fields": (
                    ("transmission", "body_type"),
                    ("fuel", "seats"),
                    ("colour", "location"),
                    ("has_bluetooth", "has_car_play"),
                ),
                "description": _("What is left empty is told to customers as not recorded, never as a no."),
            },
        ),
        (_("Dimensions"), {"fields": (("length_mm", "width_mm", "height_mm"),)}),
        (
            _("Kept by Karlos"),
            {"fields": (("transmission_read", "body_type_read", "seats_read"), ("created_at", "updated_at"))},
        ),
    )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever may not edit prices reads them with thousands marked."""
        if self.has_change_permission(request):
            return self.list_display
        return tuple("price" if column == "price_mxn" else column for column in self.list_display)

    @display(description=_("name"), ordering="model", header=True)  # type: ignore[untyped-decorator] # unfold has no types
    def full_name(self, vehicle: Vehicle) -> tuple[str, str]:
        """Make and model, and the trim below."""
        return vehicle.name, vehicle.trim

    @admin.display(description=_("price, MXN"), ordering="price_mxn")
    def price(self, vehicle: Vehicle) -> str:
        return f"{vehicle.price_mxn:,.2f}"

    @admin.display(description=_("mileage, km"), ordering="mileage_km")
    def mileage(self, vehicle: Vehicle) -> str:
        """With thousands marked: it is read, not edited, here."""
        return f"{vehicle.mileage_km:,}"

    @admin.action(description=_("Mark as available"), permissions=["change"])
    def mark_available(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> None:
        """Offer these again."""
        self._mark(request, vehicles, Vehicle.Status.AVAILABLE)

    @admin.action(description=_("Mark as reserved"), permissions=["change"])
    def mark_reserved(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> None:
        """Offer these no more, for now."""
        self._mark(request, vehicles, Vehicle.Status.RESERVED)

    @admin.action(description=_("Mark as sold"), permissions=["change"])
    def mark_sold(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> None:
        """Never offer these again."""
        self._mark(request, vehicles, Vehicle.Status.SOLD)

    @admin.action(description=_("Mark as withdrawn"), permissions=["change"])
    def mark_withdrawn(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> None:
        """Take these out of the stock until the next file has them."""
        self._mark(request, vehicles, Vehicle.Status.WITHDRAWN)

    def _mark(self, request: HttpRequest, vehicles: QuerySet[Vehicle], status: Vehicle.Status) -> None:
        marked = 0
        for vehicle in vehicles.exclude(status=status):
            vehicle.status = status
            vehicle.save(update_fields=["status", "updated_at"])
            self.log_change(request, vehicle, [{"changed": {"fields": [str(_("status"))]}}])
            marked += 1
        told = ngettext("%(count)d vehicle is now: %(status)s.", "%(count)d vehicles are now: %(status)s.", marked)
        self.message_user(request, told % {"count": marked, "status": status.label}, messages.SUCCESS)


class CreditTermsForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """The terms as boxes to tick."""

    terms_months = forms.TypedMultipleChoiceField(
        label=_("Terms, months"), coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = CreditTerms
        fields = (
            "annual_rate",
            "terms_months",
            "minimum_down_payment_share",
            "assumptions_spanish",
            "assumptions_english",
        )
        widgets = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 4})
            for name in ("assumptions_spanish", "assumptions_english")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Also offers a term that was set elsewhere, so that saving does not lose it."""
        super().__init__(*args, **kwargs)
        self.fields["terms_months"].initial = self.instance.terms_months
        terms = sorted({*_EVERY_HALF_YEAR, *self.instance.terms_months})
        self.fields["terms_months"].choices = [(months, str(months)) for months in terms]  # type: ignore[attr-defined]


@admin.register(CreditTerms)
class CreditTermsAdmin(ModelAdmin):  # type: ignore[misc]
    """One set of terms: added once, then edited, never deleted."""

    form = CreditTermsForm
    list_display = ("__str__", "terms_months", "minimum_down_payment_share", "updated_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while there is none."""
        return super().has_add_permission(request) and not CreditTerms.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: CreditTerms | None = None) -> bool:
        """Without a row the settings would come back unnoticed."""
        return False
