"""Changing many prices from the list: what each would become is looked at first."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from inventory import repricing
from inventory.admin import many
from inventory.admin.vehicle_form import REASON_MOST
from inventory.models import Vehicle
from inventory.repricing import PriceChange
from inventory.showcase import Showcase

_SALT = "inventory.admin.prices"


class PriceForm(forms.Form):
    """How the prices change, and why."""

    by = forms.ChoiceField(
        label=gettext_lazy("Change by"), choices=repricing.By.choices, widget=UnfoldAdminSelectWidget()
    )
    figure = forms.DecimalField(
        label=gettext_lazy("How much"),
        max_digits=11,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        help_text=gettext_lazy("Below zero lowers the prices: -5 percent, or -10000 pesos."),
    )
    step_mxn = forms.TypedChoiceField(
        label=gettext_lazy("Round to"),
        coerce=Decimal,
        choices=[
            ("1000", gettext_lazy("1,000 pesos")),
            ("500", gettext_lazy("500 pesos")),
            ("100", gettext_lazy("100 pesos")),
            ("1", gettext_lazy("1 peso")),
            ("0.01", gettext_lazy("1 cent")),
        ],
        initial="100",
        widget=UnfoldAdminSelectWidget(),
        help_text=gettext_lazy("To the nearest multiple; halves go up."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=REASON_MOST,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Every car's history keeps it."),
    )

    def clean_figure(self) -> Decimal:
        figure: Decimal = self.cleaned_data["figure"]
        if not figure:
            raise forms.ValidationError(_("By 0 nothing changes."))
        return figure

    @property
    def change(self) -> PriceChange:
        """What the form asks for, once it is valid."""
        asked = self.cleaned_data
        return PriceChange(by=repricing.By(asked["by"]), figure=asked["figure"], step_mxn=asked["step_mxn"])


def begin(request: HttpRequest, vehicles: Any, context: dict[str, Any]) -> HttpResponse | None:
    """The page for the cars that were ticked in the list; None, with a message, if they are too many."""
    chosen = list(vehicles[: repricing.MOST_AT_ONCE + 1])
    if len(chosen) > repricing.MOST_AT_ONCE:
        many.refuse(request)
        return None
    return _page(request, PriceForm(initial={"by": "percent"}), chosen, request.GET.urlencode(), context)


def go_on(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What a click on the page does: the preview or, of what was previewed, the change."""
    back = request.POST.get("back", "")
    stock = f"{reverse('admin:inventory_vehicle_changelist')}?{back}"
    try:
        seen = _unsealed(request.POST["seen"])
    except (KeyError, signing.BadSignature):
        return HttpResponseRedirect(stock)
    form = PriceForm(request.POST)
    if form.is_valid() and "apply" in request.POST:
        try:
            changed = repricing.carry_out(form.change, seen, user=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type] # staff
        except repricing.ChangedMeanwhile as e:
            _tell_what_changed(request, e)
        else:
            many.log(request, changed, "price_mxn")
            told = ngettext("%(count)d price changed.", "%(count)d prices changed.", len(changed))
            messages.success(request, told % {"count": len(changed)})
            return HttpResponseRedirect(stock)
    chosen = list(Vehicle.objects.filter(pk__in=seen).order_by("make", "model", "-year", "stock_id"))
    return _page(request, form, chosen, back, context)


def _page(
    request: HttpRequest, form: PriceForm, vehicles: list[Vehicle], back: str, context: dict[str, Any]
) -> HttpResponse:
    rows = []
    if form.is_bound and form.is_valid():
        showcase = Showcase.current()
        rows = [
            (one, showcase.monthly(one.before_mxn), showcase.monthly(one.after_mxn))
            for one in repricing.plan(vehicles, form.change)
        ]
        context = context | {"showcase": showcase}
    context = context | {
        "title": _("Change prices"),
        "form": form,
        "vehicles": vehicles,
        "rows": rows,
        "changing": sum(row[0].kept is None for row in rows),
        "seen": _sealed(vehicles),
        "back": back,
        "media": context["media"] + form.media,
    }
    return TemplateResponse(request, "inventory/prices.html", context)


def _sealed(vehicles: list[Vehicle]) -> str:
    """Which cars were looked at, each as it was saved then."""
    return signing.dumps({str(car.pk): car.updated_at.isoformat() for car in vehicles}, salt=_SALT, compress=True)


def _unsealed(seen: str) -> dict[int, datetime]:
    return {int(pk): datetime.fromisoformat(at) for pk, at in signing.loads(seen, salt=_SALT).items()}


def _tell_what_changed(request: HttpRequest, error: repricing.ChangedMeanwhile) -> None:
    named = ", ".join(str(vehicle) for vehicle in error.vehicles[:5]) or _("some were deleted")
    told = _("No price was changed: meanwhile somebody else saved some of these vehicles (%(named)s). Look again.")
    messages.error(request, told % {"named": named})
