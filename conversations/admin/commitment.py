"""Conversations given to a person, in the admin, and what visits and leads have in common: an owner and a time."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.admin.figure import OfFigure
from conversations.admin.rows import OfCustomer, ReadOnly
from conversations.models import Handoff


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
