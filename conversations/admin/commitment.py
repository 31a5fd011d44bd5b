"""What people of the dealership have to see to, in the admin: handoffs, visits and leads."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from assistant import sentences
from conversations.admin.figure import OfFigure
from conversations.admin.rows import OfCustomer, ReadOnly
from conversations.models import Handoff, Lead, Visit


class HandoffsLeft(admin.SimpleListFilter):
    """How far a person has got with it."""

    title = _("to do")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", _("nobody has taken it")),
            ("overdue", _("overdue")),
            ("taken", _("still with a person")),
            ("ended", _("Karlos's again")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Handoff]) -> QuerySet[Handoff]:
        waiting = Q(closed_at=None, taken_at=None)
        left = {
            "waiting": waiting,
            "overdue": waiting & Q(due_at__lt=Now()),
            "taken": Q(closed_at=None, taken_at__isnull=False),
            "ended": Q(closed_at__isnull=False),
        }
        return queryset.filter(left.get(self.value() or "", Q()))


@admin.register(Handoff)
class HandoffAdmin(ReadOnly):
    """Conversations given to a person: those that nobody has taken first, the longest overdue on top."""

    list_display = ("opened_at", "who", "reason", "due_at", "left", "taken_by", "closed_at", "closed_by")
    list_filter = (OfFigure, HandoffsLeft, "reason", "ending")
    list_select_related = ("customer", "taken_by", "closed_by")
    fields = (
        ("who", "reason"),
        "summary",
        ("opened_at", "due_at"),
        ("told_at", "resume_at"),
        ("taken_at", "taken_by"),
        ("closed_at", "closed_by", "ending"),
        "turn",
    )
    readonly_fields = ("who",)
    ordering = (
        Case(When(closed_at=None, taken_at=None, then=Value(0)), When(closed_at=None, then=Value(1)), default=Value(2)),
        Case(When(closed_at=None, then="due_at")).asc(nulls_last=True),
        "-closed_at",
    )

    @display(  # type: ignore[untyped-decorator] # unfold has no types
        description=_("state"), label={"late": "danger", "waiting": "warning", "taken": "info", "ended": "success"}
    )
    def left(self, handoff: Handoff) -> tuple[str, Any]:
        if handoff.closed_at:
            return "ended", handoff.get_ending_display()
        if handoff.taken_at:
            return "taken", _("taken")
        is_late = handoff.due_at is not None and handoff.due_at < timezone.now()
        return ("late", _("overdue")) if is_late else ("waiting", _("to be taken"))


class Work(OfCustomer):
    """What somebody owns and must see to by a time."""

    list_editable = ("owner",)
    list_select_related = ("customer", "vehicle", "owner")
    autocomplete_fields = ("vehicle",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An owner is chosen among those who work here, and not made in passing."""
        if db_field.name != "owner":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        kwargs["queryset"] = User.objects.filter(is_active=True, is_staff=True).order_by("username")
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        field.widget.can_add_related = field.widget.can_change_related = False
        field.widget.can_delete_related = field.widget.can_view_related = False
        return field


class VisitsLeft(admin.SimpleListFilter):
    """Whether there is something to do for a visit."""

    title = _("to do")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to be confirmed")), ("overdue", _("overdue")), ("ahead", _("ahead"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        unconfirmed = Q(state=Visit.State.ASKED)
        left = {
            "open": unconfirmed,
            "overdue": unconfirmed & Q(due_at__lt=Now()),
            "ahead": Q(state__in=Visit.OPEN, starts_at__gte=Now()),
        }
        return queryset.filter(left.get(self.value() or "", Q()))


class VisitForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """The visit's page."""

    def clean(self) -> dict[str, Any]:
        """A customer has one visit ahead: another can't be opened again beside it."""
        cleaned: dict[str, Any] = super().clean() or {}
        others = Visit.objects.filter(customer=self.instance.customer, state__in=Visit.OPEN).exclude(
            pk=self.instance.pk
        )
        if cleaned.get("state") in Visit.OPEN and others.exists():
            self.add_error("state", _("This customer has another visit ahead."))
        return cleaned


@admin.register(Visit)
class VisitAdmin(Work):
    """Visits that customers asked for: someone of the dealership confirms them. The nearest of those ahead comes first."""

    form = VisitForm
    list_display = ("starts_at", "who", "vehicle", "shown_state", "owner", "due_at", "overdue")
    list_filter = (OfFigure, VisitsLeft, "state", "starts_at", ("owner", admin.RelatedOnlyFieldListFilter))
    search_fields = ("customer__profile_name", "customer__identities__value")
    fields = ("customer", "vehicle", "starts_at", "state", "owner", "due_at", "created_at", "turn")
    readonly_fields = ("customer", "created_at", "turn")
    ordering = (Case(When(state__in=Visit.OPEN, then="starts_at")).asc(nulls_last=True), "-starts_at")
    actions = ("confirm", "call_off", "mark_done")

    @display(  # type: ignore[untyped-decorator] # unfold has no types
        description=_("state"),
        ordering="state",
        label={Visit.State.ASKED: "warning", Visit.State.CONFIRMED: "success", Visit.State.DONE: "info"},
    )
    def shown_state(self, visit: Visit) -> tuple[str, str]:
        return visit.state, visit.get_state_display()

    @display(description=_("overdue"), label={"late": "danger"})  # type: ignore[untyped-decorator] # unfold has no types
    def overdue(self, visit: Visit) -> Any:
        is_late = visit.state == Visit.State.ASKED and visit.due_at < timezone.now()
        return ("late", _("overdue")) if is_late else None

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

    def _move(self, request: HttpRequest, visits: QuerySet[Visit], state: Visit.State) -> None:
        moved = 0
        for visit in visits:
            visit.state = state
            visit.owner_id = visit.owner_id or request.user.pk
            visit.save(update_fields=["state", "owner"])
            self.log_change(request, visit, [{"changed": {"fields": [str(_("state"))]}}])
            moved += 1
        told = ngettext("%(count)d visit is now: %(state)s.", "%(count)d visits are now: %(state)s.", moved)
        self.message_user(request, told % {"count": moved, "state": state.label}, messages.SUCCESS)


class LeadsLeft(admin.SimpleListFilter):
    """Whether there is something to do for a lead."""

    title = _("to do")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to do")), ("overdue", _("overdue")), ("done", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        left = {
            "open": Q(done_at=None),
            "overdue": Q(done_at=None, due_at__lt=Now()),
            "done": Q(done_at__isnull=False),
        }
        return queryset.filter(left.get(self.value() or "", Q()))


@admin.register(Lead)
class LeadAdmin(Work):
    """What customers want that a person must see to, the most urgent first."""

    list_display = ("kind", "who", "vehicle", "amount", "note", "owner", "due_at", "left")
    list_filter = (OfFigure, LeadsLeft, "kind", ("owner", admin.RelatedOnlyFieldListFilter))
    search_fields = ("customer__profile_name", "customer__identities__value", "note")
    fields = ("customer", "kind", "vehicle", "amount_mxn", "note", "owner", "due_at", "done_at", "created_at", "turn")
    readonly_fields = ("customer", "kind", "created_at", "turn")
    ordering = (Case(When(done_at=None, then="due_at")).asc(nulls_last=True), "-done_at")
    actions = ("mark_done",)

    @admin.display(description=_("amount, MXN"), ordering="amount_mxn", empty_value="-")
    def amount(self, lead: Lead) -> str | None:
        return None if lead.amount_mxn is None else sentences.pesos(lead.amount_mxn)

    @display(  # type: ignore[untyped-decorator] # unfold has no types
        description=_("state"), ordering="done_at", label={"late": "danger", "open": "warning", "done": "success"}
    )
    def left(self, lead: Lead) -> Any:
        if lead.done_at:
            return "done", _("done")
        return ("late", _("overdue")) if lead.due_at < timezone.now() else ("open", _("to do"))

    @admin.action(description=_("Mark as done"), permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: QuerySet[Lead]) -> None:
        leads = list(queryset.filter(done_at=None))
        Lead.objects.filter(pk__in=[lead.pk for lead in leads], done_at=None).update(done_at=Now())
        for lead in leads:
            self.log_change(request, lead, [{"changed": {"fields": [str(_("done"))]}}])
        told = ngettext("%(count)d lead is done.", "%(count)d leads are done.", len(leads))
        self.message_user(request, told % {"count": len(leads)}, messages.SUCCESS)
