"""What staff narrow the stock by."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from inventory.models import Vehicle, VehiclePhoto

Choices = Iterable[tuple[Any, Any]]


# So long a new make may be missing here, and no page reads the whole stock for its filters.
_KEPT_SECONDS = 60


def _values(field: str, **narrowed: str) -> Choices:
    """Every value there is, read anew once a minute."""
    key = f"stock values {field} {sorted(narrowed.items())!r}".encode().hex()
    stock = Vehicle.objects.filter(**narrowed).exclude(**{field: ""}).order_by(field)
    values = cache.get_or_set(key, lambda: list(stock.values_list(field, flat=True).distinct()), _KEPT_SECONDS)
    return [(value, value) for value in values or ()]


class _Column(DropdownFilter):  # type: ignore[misc] # unfold has no types
    """The vehicles with one value in the column that the parameter is named after."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class MakeFilter(_Column):
    """Every make there is."""

    title = _("make")
    parameter_name = "make"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return _values("make")


class ModelFilter(_Column):
    """The models of the make that was chosen: of all makes there are too many to choose from."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        make = request.GET.get("make", "")
        return _values("model", make=make) if make else ()


class LocationFilter(_Column):
    """Where it stands."""

    title = _("location")
    parameter_name = "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return _values("location")


class DaysFilter(DropdownFilter):  # type: ignore[misc]
    """How long it has been in stock."""

    title = _("days in stock")
    parameter_name = "days"
    # Parameter to the fewest days and the first that is too many.
    _SPANS = {"0-30": (0, 31), "31-60": (31, 61), "61-90": (61, 91), "91": (91, None)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("0-30", _("up to 30")), ("31-60", _("31 to 60")), ("61-90", _("61 to 90")), ("91", _("over 90"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
        fewest, too_many = self._SPANS.get(self.value() or "", (None, None))
        now = timezone.now()
        if fewest is not None:
            queryset = queryset.filter(created_at__lte=now - timedelta(days=fewest))
        if too_many is not None:
            queryset = queryset.filter(created_at__gt=now - timedelta(days=too_many))
        return queryset


class MissingFilter(DropdownFilter):  # type: ignore[misc]
    """What is not recorded, and so can't be told to customers."""

    title = _("missing")
    parameter_name = "missing"
    _TEXTS = ("trim", "transmission", "body_type", "fuel", "colour", "location")
    _FIGURES = ("seats", "has_bluetooth", "has_car_play")

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        fields = [(name, Vehicle._meta.get_field(name).verbose_name) for name in (*self._TEXTS, *self._FIGURES)]  # type: ignore[union-attr] # no relations
        return [("photo", _("photo")), *fields, ("dimensions", _("dimensions"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
        match self.value():
            case "photo":
                return queryset.filter(~Exists(VehiclePhoto.objects.filter(vehicle=OuterRef("pk"))))
            case "dimensions":
                return queryset.filter(Q(length_mm=None) | Q(width_mm=None) | Q(height_mm=None))
            case name if name in self._TEXTS:
                return queryset.filter(**{str(name): ""})
            case name if name in self._FIGURES:
                return queryset.filter(**{f"{name}__isnull": True})
        return queryset
