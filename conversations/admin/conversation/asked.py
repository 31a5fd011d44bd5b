"""What a request about a conversation says, and the trace that it leaves."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest

from conversations.models import Customer, Erasure


def user(request: HttpRequest) -> User:
    """Who is logged in: the admin lets nobody else in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def number(text: str | None) -> int:
    """What is no number, or none that the database holds, is 0, which no row has."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def turn(request: HttpRequest) -> int:
    """The turn that it is about."""
    return number(request.GET.get("turn") or request.POST.get("turn"))


def keep(request: HttpRequest, row: Customer | Erasure, what: str) -> None:
    """Who did what stays in the history."""
    LogEntry.objects.log_actions(user(request).pk, [row], CHANGE, what, single_object=True)
