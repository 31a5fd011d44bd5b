"""The stock, as staff see and edit it."""

from contextlib import nullcontext
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, re_path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_update_with_history
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, ChoicesDropdownFilter, RangeNumericFilter
from unfold.decorators import display
from unfold.views import ChangeList

from inventory import photos, pictures, repricing, values
from inventory.admin import history, many, prices
from inventory.admin.filters import DaysFilter, LocationFilter, MakeFilter, MissingFilter, ModelFilter
from inventory.admin.photos import PhotoInline, picture_address
from inventory.admin.stock_export import StockExport
from inventory.admin.vehicle_form import VehicleForm, VehicleRow
from inventory.models import Vehicle
from inventory.paging import BoundedPaginator
from inventory.showcase import Showcase

# Those whose days are counted: the others have left.
_IN_STOCK = (Vehicle.Status.AVAILABLE, Vehicle.Status.RESERVED)


class StockList(ChangeList):  # type: ignore[misc] # unfold has no types
    """A page of the stock, with what each of its cars costs a month."""

    def get_results(self, request: HttpRequest) -> None:
        """Only the cars of this page are computed."""
        super().get_results(request)
        self.showcase = Showcase.current()
        for vehicle in self.result_list:
            vehicle.monthly_mxn = self.showcase.monthly(vehicle.price_mxn)


@admin.register(Vehicle)
class VehicleAdmin(StockExport, ModelAdmin):  # type: ignore[misc] # unfold has no types
    """Prices and statuses are edited in the list; the rest on the vehicle's own page, with its photos."""

    form = VehicleForm
    inlines = (PhotoInline,)
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_before_template = "inventory/stock_note.html"
    list_display = ("car", "mileage", "price_mxn", "status", "days_in_stock", "monthly")
    list_editable = ("price_mxn", "status")
    list_filter = (
        ("status", ChoicesCheckboxFilter),
        MakeFilter,
        ModelFilter,
        ("year", RangeNumericFilter),
        ("price_mxn", RangeNumericFilter),
        ("mileage_km", RangeNumericFilter),
        DaysFilter,
        MissingFilter,
        ("body_type_read", ChoicesDropdownFilter),
        ("transmission_read", ChoicesDropdownFilter),
        ("fuel", ChoicesDropdownFilter),
        LocationFilter,
    )
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    search_fields = ("searched",)
    search_help_text = _("Stock id, year, make, model, trim or colour")
    ordering = ("make", "model", "-year", "stock_id")
    warn_unsaved_form = True
    actions = ("change_prices", "mark_available", "mark_reserved", "mark_sold", "mark_withdrawn")
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
        (_("Dimensions"), {"fields": (("length_mm", "width_mm"), "height_mm")}),
        (
            _("Kept by Karlos"),
            {"fields": (("transmission_read", "body_type_read", "seats_read"), ("created_at", "updated_at"))},
        ),
    )

    class Media:
        css = {"all": ("inventory/stock.css",)}

    # --- Who may what ---

    def has_price_permission(self, request: HttpRequest) -> bool:
        """Whoever may change cars may change everything but prices, unless they have this as well."""
        return self.has_change_permission(request) and request.user.has_perm("inventory.price_vehicle")

    def has_reserve_permission(self, request: HttpRequest) -> bool:
        """Sellers reserve and release; they sell and change nothing else."""
        return self.has_change_permission(request) or request.user.has_perm("inventory.reserve_vehicle")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new car needs a price."""
        return bool(super().has_add_permission(request)) and request.user.has_perm("inventory.price_vehicle")

    def get_readonly_fields(self, request: HttpRequest, obj: Vehicle | None = None) -> tuple[str, ...]:
        priced = obj is None or self.has_price_permission(request)
        return self.readonly_fields if priced else (*self.readonly_fields, "price_mxn")

    def get_fieldsets(self, request: HttpRequest, obj: Vehicle | None = None) -> Any:
        """Photos are added, and reasons given, by whoever may save."""
        if obj is not None and not self.has_change_permission(request, obj):
            return self.fieldsets
        (name, first), *others = self.fieldsets
        if obj is not None:
            first = {"fields": (*first["fields"], "reason", "arranged")}  # type: ignore[dict-item]
        return ((name, first), *others, (_("Add photos"), {"fields": ("new_photos",)}))

    def get_inlines(self, request: HttpRequest, obj: Vehicle | None = None) -> Any:
        """A car that is being added has no photos to arrange."""
        return self.inlines if obj else ()

    # --- The list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vehicle]:
        vehicles: QuerySet[Vehicle] = super().get_queryset(request)
        return vehicles.prefetch_related("photos")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.saying(search_term), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StockList]:
        return StockList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever may not edit prices reads them with thousands marked."""
        if self.has_price_permission(request):
            return self.list_display
        return tuple("price" if column == "price_mxn" else column for column in self.list_display)

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[VehicleRow]:
        return type("Row", (VehicleRow,), {"may_price": self.has_price_permission(request)})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Rows are checked and saved in one transaction."""
        with transaction.atomic() if request.method == "POST" else nullcontext():
            response: HttpResponse = super().changelist_view(request, extra_context)
            return response

    @display(description=_("car"), ordering="make", header=True)  # type: ignore[untyped-decorator] # unfold has no types
    def car(self, vehicle: Vehicle) -> tuple[str, str, str, dict[str, Any]]:
        """Name and year, stock id and trim below, and the first photo beside it."""
        first = next(iter(vehicle.photos.all()), None)
        address = picture_address(first, "thumbnail") if first else static("inventory/no-photo.svg")
        return (
            f"{vehicle.name} {vehicle.year}",
            " · ".join(filter(None, (str(vehicle.stock_id), vehicle.trim))),
            "",
            {"path": address, "squared": True, "borderless": True, "width": 64, "height": 48},
        )

    @admin.display(description=_("price, MXN"), ordering="price_mxn")
    def price(self, vehicle: Vehicle) -> str:
        return f"{vehicle.price_mxn:,.2f}"

    @admin.display(description=_("km"), ordering="mileage_km")
    def mileage(self, vehicle: Vehicle) -> str:
        """With thousands marked: it is read, not edited, here."""
        return f"{vehicle.mileage_km:,}"

    @admin.display(description=_("days in stock"), ordering="-created_at")
    def days_in_stock(self, vehicle: Vehicle) -> str:
        """Since it was added, while it is here."""
        return str((timezone.now() - vehicle.created_at).days) if vehicle.status in _IN_STOCK else "–"

    @admin.display(description=_("monthly payment"), ordering="price_mxn")
    def monthly(self, vehicle: Vehicle) -> str:
        """On the terms that the note above the list tells."""
        monthly: Decimal | None = getattr(vehicle, "monthly_mxn", None)
        return values.pesos(monthly) if monthly else "–"

    # --- Many at once ---

    @admin.action(description=_("Change prices…"), permissions=["price"])
    def change_prices(self, request: HttpRequest, vehicles: QuerySet[Vehicle]) -> HttpResponse | None:
        """By percent or by an amount, after a look at what each would become."""
        return prices.begin(request, vehicles, self._context(request))

    def prices_view(self, request: HttpRequest) -> HttpResponse:
        """The page that `change_prices` opens."""
        if not self.has_price_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:inventory_vehicle_changelist"))
        return prices.go_on(request, self._context(request))

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
        chosen = vehicles.exclude(status=status).order_by("pk").prefetch_related(None).select_for_update()
        marked = list(chosen[: repricing.MOST_AT_ONCE + 1])
        if len(marked) > repricing.MOST_AT_ONCE:
            return many.refuse(request)
        now = timezone.now()
        for vehicle in marked:
            vehicle.status, vehicle.updated_at = status, now
        bulk_update_with_history(marked, Vehicle, ["status", "updated_at"], batch_size=500, default_user=request.user)
        many.log(request, marked, "status")
        told = ngettext("%(count)d vehicle is now: %(status)s.", "%(count)d vehicles are now: %(status)s.", len(marked))
        self.message_user(request, told % {"count": len(marked), "status": status.label}, messages.SUCCESS)
        return None

    # --- One vehicle ---

    def save_model(self, request: HttpRequest, obj: Vehicle, form: Any, change: bool) -> None:
        """With its reason; a version in which nothing changed is none."""
        if change and not {field.name for field in Vehicle._meta.fields} & set(form.changed_data):
            return
        if change:
            obj._change_reason = form.change_reason  # type: ignore[attr-defined] # what simple_history reads
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Photos are part of the vehicle, and so of its history."""
        super().save_related(request, form, formsets, change)
        added = photos.add(form.instance, form.cleaned_data.get("new_photos") or [])
        removed = sum(len(formset.deleted_objects) for formset in formsets)
        moved = any(formset.changed_objects for formset in formsets)
        told = [
            ngettext("%(count)d photo added", "%(count)d photos added", len(added)) % {"count": len(added)},
            ngettext("%(count)d photo removed", "%(count)d photos removed", removed) % {"count": removed},
            gettext("photos put in order or described"),
        ]
        if said := [words for words, is_so in zip(told, (added, removed, moved), strict=True) if is_so]:
            form.instance._change_reason = ", ".join(said)
            form.instance.save()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed what, when, from what to what, and why."""
        vehicle = get_object_or_404(Vehicle, pk=object_id)
        if not self.has_view_or_change_permission(request, vehicle):
            raise PermissionDenied
        page, versions = history.page(vehicle, request.GET.get("p", ""))
        context = self._context(request) | {
            "title": gettext("History: %(vehicle)s") % {"vehicle": vehicle},
            "object": vehicle,
            "page": page,
            "versions": versions,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "inventory/vehicle_history.html", context)

    def picture_view(self, request: HttpRequest, photo_id: str, size: Any) -> HttpResponse:
        """A photo, for whoever may see the stock."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return pictures.for_staff(request, photo_id, size)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("prices/", view(self.prices_view), name="inventory_vehicle_prices"),
            re_path(
                r"^photos/(?P<photo_id>\d+)/(?P<size>image|thumbnail)\.jpg$",
                view(self.picture_view, cacheable=True),
                name="inventory_photo",
            ),
        ]
        return [*own, *super().get_urls()]

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        own = {"opts": Vehicle._meta, "model_admin": self, "media": self.media}
        return {**self.admin_site.each_context(request), **own}
