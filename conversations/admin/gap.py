"""What customers want that Karlos can't answer, the most asked first, and a place to fill in what is not recorded."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import ModelForm, modelform_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assistant.models import DealershipText
from assistant.sentences import pesos
from conversations import gaps
from conversations.admin.rows import ReadOnly
from conversations.models import Gap
from inventory.models import Vehicle

PERIODS = (7, 30, 90, 365)
A_PAGE = 50
_TOPICS = dict(DealershipText.Topic.choices)


@admin.register(Gap)
class GapAdmin(ReadOnly):
    """Who asked for what, as the numbers of the overview count them."""

    list_display = ("asked_at", "who", "kind", "shown_name", "vehicle", "receipt")
    list_filter = ("kind",)
    list_select_related = ("customer", "vehicle")
    search_fields = ("name",)
    fields = ("who", "kind", "shown_name", "vehicle", "asked_at", "turn")
    readonly_fields = ("who", "shown_name")
    ordering = ("-asked_at",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The numbers of the overview open the rows behind them."""
        return lookup in {"name", "name__exact", "asked_at__gte"} or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("asked for"), ordering="name")
    def shown_name(self, gap: Gap) -> str:
        return shown(gap.kind, gap.name)

    @admin.display(description=_("receipt"))
    def receipt(self, gap: Gap) -> SafeString | str:
        if gap.turn_id is None:
            return "-"
        page = reverse("admin:conversations_turn_change", args=[gap.turn_id])
        return format_html('<a class="text-link" href="{}">{}</a>', page, _("What was said"))

    # --- The overview, and filling in --------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        site = self.admin_site.admin_view
        own = [
            path("overview/", site(self.overview), name="conversations_gap_overview"),
            path("blanks/<str:field>/", site(self.blanks), name="conversations_gap_blanks"),
            path("blanks/<str:field>/<int:pk>/", site(self.fill), name="conversations_gap_fill"),
        ]
        return [*own, *super().get_urls()]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """The most asked of each kind, over the last days."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        days = _days(request)
        since = timezone.now() - timedelta(days=days)
        ranked = {kind: self._rows(request, kind, since) for kind in Gap.Kind.values}
        context = self.admin_site.each_context(request) | {
            "title": _("What customers ask for"),
            "days": days,
            "periods": PERIODS,
            "fields": [row for row in ranked[Gap.Kind.FIELD] if row["name"] in gaps.COLUMNS],
            "others": [row for row in ranked[Gap.Kind.FIELD] if row["name"] not in gaps.COLUMNS],
            "topics": ranked[Gap.Kind.TOPIC],
            "names": ranked[Gap.Kind.NAME],
            "budgets": [*ranked[Gap.Kind.PRICE], *ranked[Gap.Kind.PAYMENT]],
            "may_fill": request.user.has_perm("inventory.change_vehicle"),
        }
        return TemplateResponse(request, "conversations/gaps.html", context)

    def _rows(self, request: HttpRequest, kind: str, since: Any) -> list[dict[str, Any]]:
        """Each thing asked for, by how many, with the way to who asked."""
        who = reverse("admin:conversations_gap_changelist")
        return [
            {
                "name": row.name,
                "shown": shown(kind, row.name),
                "customers": row.customers,
                "cars": row.cars,
                "who": f"{who}?{urlencode({'kind__exact': kind, 'name': row.name, 'asked_at__gte': since.isoformat()})}",
            }
            for row in gaps.ranked(request.user, kind, since)
        ]

    def blanks(self, request: HttpRequest, field: str) -> HttpResponse:
        """The cars for sale of which a field is not recorded, those asked about first; each is filled in in its line."""
        column = self._column(request, field)
        cars = gaps.blank(field, request.user, timezone.now() - timedelta(days=_days(request)))
        page = Paginator(cars, A_PAGE).get_page(request.GET.get("p"))
        context = self.admin_site.each_context(request) | {
            "title": _("Not recorded: %(field)s") % {"field": shown(Gap.Kind.FIELD, field)},
            "field": field,
            "label": shown(Gap.Kind.FIELD, field),
            "days": _days(request),
            "page": page,
            "lines": [(car, _form_of(car, column, field)) for car in page],
        }
        return TemplateResponse(request, "conversations/blanks.html", context)

    def fill(self, request: HttpRequest, field: str, pk: int) -> HttpResponse:
        """One edit: it is recorded, with its history, and Karlos tells it from then on. What somebody else filled in stays."""
        column = self._column(request, field)
        if request.method != "POST":
            raise PermissionDenied
        car = get_object_or_404(Vehicle, pk=pk)
        form = _form(column)(request.POST, instance=car, prefix=f"car-{pk}")
        if getattr(car, column) not in (None, ""):
            messages.warning(request, _("%(car)s: somebody has filled it in meanwhile.") % {"car": car})
        elif form.is_valid() and form.cleaned_data[column] not in (None, ""):
            filled = form.save(commit=False)
            filled._change_reason = str(_("Customers asked for it"))
            filled.save(update_fields=[column, "updated_at"])
            gaps.forget_blanks()
            self.log_change(request, filled, [{"changed": {"fields": [str(shown(Gap.Kind.FIELD, field))]}}])
            messages.success(request, _("%(car)s: recorded. Karlos tells it from now on.") % {"car": car})
        else:
            wrong = " ".join(str(error) for errors in form.errors.values() for error in errors)
            messages.error(request, f"{car}: {wrong or _('Nothing was filled in.')}")
        return redirect(f"{reverse('admin:conversations_gap_blanks', args=[field])}?{request.GET.urlencode()}")

    def _column(self, request: HttpRequest, field: str) -> str:
        if not self.has_view_permission(request) or not request.user.has_perm("inventory.change_vehicle"):
            raise PermissionDenied
        if field not in gaps.COLUMNS:
            raise Http404
        return gaps.COLUMNS[field]


def shown(kind: str, name: str) -> str:
    """What was asked for, as staff read it: a field's label, a topic, a name, or a range in pesos."""
    if kind == Gap.Kind.FIELD and name in gaps.COLUMNS:
        return str(label_for_field(gaps.COLUMNS[name], Vehicle))
    if kind == Gap.Kind.TOPIC:
        return str(_TOPICS.get(name, name))
    if kind in {Gap.Kind.PRICE, Gap.Kind.PAYMENT}:
        low, high = (pesos(amount) for amount in gaps.span(kind, name))
        worded = _("%(low)s to %(high)s") if kind == Gap.Kind.PRICE else _("%(low)s to %(high)s a month")
        return worded % {"low": low, "high": high}
    return name


def _form_of(car: Vehicle, column: str, field: str) -> Any:
    """The one box of a car's line, named for who can't see which line it stands in."""
    form = _form(column)(instance=car, prefix=f"car-{car.pk}")
    form.fields[column].widget.attrs["aria-label"] = f"{shown(Gap.Kind.FIELD, field)}: {car}"
    return form


def _form(column: str) -> type[ModelForm]:  # type: ignore[type-arg] # generic only to the type checker
    return modelform_factory(Vehicle, fields=[column])


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days in PERIODS} else 30
