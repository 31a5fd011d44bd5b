"""Visits in the admin: who comes when, confirmed, moved and called off, in a list and in a calendar."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from conversations import visits
from conversations.admin import calendar
from conversations.admin.commitment import Work
from conversations.admin.figure import OfFigure
from conversations.models import Visit

NOT_BEGUN = _("Its time has not come yet.")


class VisitsLeft(admin.SimpleListFilter):
    """Whether there is something to do for a visit."""

    title = _("to do")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("to be confirmed")),
            ("overdue", _("overdue")),
            ("ahead", _("ahead")),
            ("over", _("did they come?")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        unconfirmed = Q(state=Visit.State.ASKED)
        left = {
            "open": unconfirmed,
            "overdue": unconfirmed & Q(due_at__lt=Now()),
            "ahead": Q(state__in=Visit.OPEN, starts_at__gte=Now()),
            "over": Q(state__in=Visit.OPEN, starts_at__lt=Now()),
        }
        return queryset.filter(left.get(self.value() or "", Q()))


class VisitForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """The visit's page."""

    def clean(self) -> dict[str, Any]:
        """A customer has one visit ahead: another can't be opened again beside it. The time must be free, and over for who did not come."""
        cleaned: dict[str, Any] = super().clean() or {}
        others = Visit.objects.filter(customer=self.instance.customer, state__in=Visit.OPEN).exclude(
            pk=self.instance.pk
        )
        if cleaned.get("state") in Visit.OPEN and others.exists():
            self.add_error("state", _("This customer has another visit ahead."))
        elif cleaned.get("state") in Visit.OPEN and cleaned.get("starts_at"):
            self._check_diary(cleaned)
        elif cleaned.get("state") == Visit.State.MISSED and cleaned.get("starts_at", timezone.now()) > timezone.now():
            self.add_error("state", NOT_BEGUN)
        return cleaned

    def _check_diary(self, cleaned: dict[str, Any]) -> None:
        """Within the transaction that saves it, so that nobody books in between."""
        told = {name: cleaned.get(name, getattr(self.instance, name)) for name in ("starts_at", "vehicle", "owner")}
        try:
            visits.check(Visit(pk=self.instance.pk, customer=self.instance.customer, **told))
        except visits.Taken as e:
            self.add_error("starts_at", taken(e))


@admin.register(Visit)
class VisitAdmin(Work):
    """Visits that customers asked for: someone of the dealership confirms them. The nearest of those ahead comes first."""

    form = VisitForm
    change_form_outer_before_template = "conversations/visit.html"
    list_display = ("starts_at", "who", "vehicle", "shown_state", "owner", "due_at", "overdue")
    list_filter = (OfFigure, VisitsLeft, "state", "starts_at", ("owner", admin.RelatedOnlyFieldListFilter))
    search_fields = ("customer__profile_name", "customer__identities__value")
    fields = ("customer", "vehicle", "starts_at", "state", "owner", "due_at", "created_at", "turn")
    readonly_fields = ("customer", "created_at", "turn")
    ordering = (Case(When(state__in=Visit.OPEN, then="starts_at")).asc(nulls_last=True), "-starts_at")
    actions = ("confirm", "call_off", "mark_done", "mark_missed")

    class Media:
        css = {"all": ("conversations/work.css",)}

    @display(  # type: ignore[untyped-decorator] # unfold has no types
        description=_("state"),
        ordering="state",
        label={
            Visit.State.ASKED: "warning",
            Visit.State.CONFIRMED: "success",
            Visit.State.DONE: "info",
            Visit.State.MISSED: "danger",
        },
    )
    def shown_state(self, visit: Visit) -> tuple[str, str]:
        return visit.state, visit.get_state_display()

    @display(description=_("overdue"), label={"late": "danger"})  # type: ignore[untyped-decorator] # unfold has no types
    def overdue(self, visit: Visit) -> Any:
        is_late = visit.state == Visit.State.ASKED and visit.due_at < timezone.now()
        return ("late", _("overdue")) if is_late else None

    def save_model(self, request: HttpRequest, obj: Visit, form: Any, change: bool) -> None:
        """Another time or state is news for the customer again."""
        if {"starts_at", "state"} & set(form.changed_data):
            obj.told_at = None
        super().save_model(request, obj, form, change)
        if "state" in form.changed_data and obj.state == Visit.State.MISSED:
            visits.call_back(obj)

    @admin.action(description=_("Confirm"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Visit]) -> None:
        """Whoever confirms a visit that nobody owns, owns it."""
        self._move(request, queryset.filter(state=Visit.State.ASKED), Visit.State.CONFIRMED)

    @admin.action(description=_("Call off"), permissions=["change"])
    def call_off(self, request: HttpRequest, queryset: QuerySet[Visit]) -> None:
        self._move(request, queryset.filter(state__in=Visit.OPEN), Visit.State.CANCELLED)

    @admin.action(description=_("Mark as having taken place"), permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Visit]) -> None:
        self._move(request, queryset.filter(state__in=Visit.OPEN), Visit.State.DONE)

    @admin.action(description=_("Mark as not having come"), permissions=["change"])
    def mark_missed(self, request: HttpRequest, queryset: QuerySet[Visit]) -> None:
        """Somebody calls them."""
        self._move(request, queryset.filter(state__in=Visit.OPEN), Visit.State.MISSED)

    def _move(self, request: HttpRequest, rows: QuerySet[Visit], state: Visit.State) -> None:
        moved = sum(self.arrange(request, visit, state) for visit in rows.select_related("customer", "vehicle"))
        told = ngettext("%(count)d visit is now: %(state)s.", "%(count)d visits are now: %(state)s.", moved)
        self.message_user(request, told % {"count": moved, "state": state.label}, messages.SUCCESS)

    def arrange(self, request: HttpRequest, visit: Visit, state: Visit.State) -> bool:
        """Into this state; False, and said why, if its time is taken or still ahead."""
        if state == Visit.State.MISSED and not visit.has_begun:
            self.message_user(request, f"{visit}: {NOT_BEGUN}", messages.ERROR)
            return False
        try:
            visits.arrange(visit, state, request.user.pk)
        except visits.Taken as e:
            self.message_user(request, f"{visit}: {taken(e)}", messages.ERROR)
            return False
        self.log_change(request, visit, [{"changed": {"fields": [str(_("state"))]}}])
        return True

    # --- The calendar, and what is done with one click ---------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        site = self.admin_site.admin_view
        own = [
            path("calendar/", site(self.calendar), name="conversations_visit_calendar"),
            path("<int:pk>/arrange/", site(self.arrange_one), name="conversations_visit_arrange"),
        ]
        return [*own, *super().get_urls()]

    def calendar(self, request: HttpRequest) -> HttpResponse:
        """A week of visits within opening hours."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | calendar.context(request)
        return TemplateResponse(request, "conversations/calendar.html", context)

    def arrange_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A button of the visit's page, the calendar or the list of things to do."""
        visit = get_object_or_404(self.get_queryset(request).select_related("customer", "vehicle"), pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, visit):
            raise PermissionDenied
        if request.POST.get("state") == "tell":
            self._tell(request, visit)
        elif request.POST.get("state") in Visit.State.values:
            state = Visit.State(request.POST["state"])
            if self.arrange(request, visit, state):
                self.message_user(request, _("The visit is now: %(state)s.") % {"state": state.label}, messages.SUCCESS)
        return redirect("admin:conversations_visit_change", pk)

    def _tell(self, request: HttpRequest, visit: Visit) -> None:
        if visits.tell(visit, request.user.pk):
            self.message_user(request, _("The message is on its way to the customer."), messages.SUCCESS)
        else:
            self.message_user(request, _("The customer can't be written to now, or knows already."), messages.ERROR)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what can be done with one click, and the sentence for the customer."""
        visit = kwargs["obj"]
        context |= {
            "visit": visit,
            "may_change": self.has_change_permission(request, visit),
            "is_open": visit.state in Visit.OPEN,
            "news": visits.news(visit),
            "may_tell": visits.may_tell(visit),
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


def taken(error: visits.Taken) -> str:
    """Why a time is not free, and which are."""
    why = _CLASHES[error.clash]
    if not error.free:
        return str(why)
    free = ", ".join(date_format(at, "SHORT_DATETIME_FORMAT") for at in error.free)
    return f"{why} {_('Free near it: %(times)s.') % {'times': free}}"


_CLASHES = {
    "car": _("The car has another visit at that time."),
    "owner": _("Whoever receives has another visit at that time."),
    "full": _("As many visits as can be received come at that time."),
}
