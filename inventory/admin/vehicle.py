"""The stock, as staff see and edit it."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from inventory.models import Vehicle


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

    def has_reserve_permission(self, request: HttpRequest) -> bool:
        """Sellers reserve and release; they sell and change nothing else."""
        return self.has_change_permission(request) or request.user.has_perm("inventory.reserve_vehicle")

    @admin.action(description=_("Mark as available"), permissions=["reserve"])
    def mark_available(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> None:
        """Offer these again."""
        if not self.has_change_permission(request):
            vehicles = vehicles.filter(status=Vehicle.Status.RESERVED)
        self._mark(request, vehicles, Vehicle.Status.AVAILABLE)

    @admin.action(description=_("Mark as reserved"), permissions=["reserve"])
    def mark_reserved(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> None:
        """Offer these no more, for now."""
        if not self.has_change_permission(request):
            vehicles = vehicles.filter(status=Vehicle.Status.AVAILABLE)
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
