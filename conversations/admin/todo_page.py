"""The page of everything that somebody must see to, and what its buttons do."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assistant.sentences import pesos
from conversations import access, todo
from conversations.models import Handoff, Lead, Visit
from inventory.admin import exported

A_PAGE = 50
_KINDS = {
    todo.HANDOFF: _("Waits for a person"),
    todo.CONFIRM: _("Visit to be confirmed"),
    todo.TOOK_PLACE: _("Did they come?"),
    Lead.Kind.CALLBACK: _("Call back"),
    Lead.Kind.OFFER: _("Offer"),
    Lead.Kind.TRADE_IN: _("Trade-in"),
    Lead.Kind.WATCH: _("Their car has come"),
    Lead.Kind.HOLD: _("Hold a car"),
    Lead.Kind.ACCESS: _("Asks which data we have"),
    Lead.Kind.ERASURE: _("Wants their data erased"),
}
_ICONS = {
    todo.HANDOFF: "support_agent",
    todo.CONFIRM: "event",
    todo.TOOK_PLACE: "event_available",
    Lead.Kind.CALLBACK: "call",
    Lead.Kind.OFFER: "sell",
    Lead.Kind.TRADE_IN: "swap_horiz",
    Lead.Kind.WATCH: "notifications_active",
    Lead.Kind.HOLD: "lock_clock",
    Lead.Kind.ACCESS: "policy",
    Lead.Kind.ERASURE: "delete_forever",
}
_TABLES: dict[str, tuple[type[Model], str]] = {
    "handoff": (Handoff, "conversations.change_customer"),
    "visit": (Visit, "conversations.change_visit"),
    "lead": (Lead, "conversations.change_lead"),
}


def _asked(request: HttpRequest) -> dict[str, Any]:
    whose = request.GET.get("whose", "")
    return {"whose": whose if whose in {"mine", "nobody"} else "", "kind": request.GET.get("kind", "")}


def exported_rows(request: HttpRequest) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of all that the page would show, leaf after leaf."""
    user = _staff(request)
    headings = [str(heading) for heading in (_("kind"), _("customer"), _("due"), _("owner"), _("vehicle"), _("note"))]
    tasks = todo.tasks(user, **_asked(request), limit=exported.ROWS_MOST)
    return headings, [_cells(_shown(user, task)) for task in tasks]


def _cells(shown: dict[str, Any]) -> list[Any]:
    task, row = shown["task"], shown["row"]
    cars = ", ".join(str(car) for car in shown["cars"])
    return [shown["label"], row.customer, task.due_at, task.owner or "", cars, getattr(row, "note", "")]


def context(request: HttpRequest) -> dict[str, Any]:
    """What the page shows."""
    user = _staff(request)
    asked = _asked(request)
    counted = todo.counted(user, **asked)
    page = Paginator(range(counted.total), A_PAGE).get_page(request.GET.get("p"))
    offset = max(page.start_index() - 1, 0)
    return {
        "title": _("To do"),
        "tasks": [_shown(user, task) for task in todo.tasks(user, **asked, offset=offset, limit=A_PAGE)],
        "counted": counted,
        "page": page,
        **asked,
        "kinds": [(name, _KINDS[name]) for name in todo.kinds_for(user)],
        "staff": list(User.objects.filter(is_active=True, is_staff=True).order_by("username")),
        "now": timezone.now(),
        "query": request.GET.urlencode(),
    }


def _shown(user: User, task: todo.Task) -> dict[str, Any]:
    """A task with its words, its cars and the table whose buttons it has."""
    row = task.row
    table = "handoff" if task.kind == todo.HANDOFF else "visit" if isinstance(row, Visit) else "lead"
    arrived = [arrival.vehicle for arrival in row.arrivals.all()] if isinstance(row, Lead) else []
    own = [vehicle] if (vehicle := getattr(row, "vehicle", None)) else []
    return {
        "task": task,
        "row": row,
        "table": table,
        "label": _KINDS[task.kind],
        "icon": _ICONS[task.kind],
        "amount": pesos(amount) if (amount := getattr(row, "amount_mxn", None)) else "",
        "cars": list(dict.fromkeys([*arrived, *own])),
        "may_change": user.has_perm(_TABLES[table][1]),
    }


def changeable(request: HttpRequest, what: str, pk: int) -> Any:
    """The row, if this member of staff may see and change it."""
    user = _staff(request)
    if what not in _TABLES or not user.has_perm(_TABLES[what][1]):
        raise PermissionDenied
    rows = _TABLES[what][0]._default_manager.select_related("customer")
    return get_object_or_404(rows, pk=pk, customer__in=access.customers_of(user))


def act(request: HttpRequest, row: Any) -> Any:
    """Do what the button says; what it changed, for the history. Raises visits.Taken."""
    match (request.POST.get("do"), row):
        case ("take", Handoff() | Lead() | Visit()):
            todo.assign(row, _staff(request))
            return _("owner")
        case ("assign", Lead() | Visit()):
            owners = User.objects.filter(is_active=True, is_staff=True)
            todo.assign(row, get_object_or_404(owners, pk=request.POST.get("owner") or 0))
            return _("owner")
        case ("done", Lead()):
            todo.done(row)
            return _("done")
        case ("keep_watching", Lead()):
            todo.keep_watching(row)
            return _("due")
        case ("hour" | "tomorrow" as until, Lead() | Visit()):
            todo.postpone(row, until)
            return _("due")
        case _:
            raise PermissionDenied


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
