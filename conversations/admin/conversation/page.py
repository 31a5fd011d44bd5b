"""The page of one conversation, and what it asks for every few seconds."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from conversations import access, cards, chat, presence, proposals, staff, window
from conversations.admin import receipt
from conversations.admin.conversation import asked, template
from conversations.models import Customer, Handoff, Limits, Turn, Visit

QUOTES_MOST = 5
NOTES_MOST = 10
# How many of the last messages may still change: their ticks are looked at again.
LIVELY = 15


def show(request: HttpRequest, customer: Customer, context: dict[str, Any], *, may_write: bool) -> HttpResponseBase:
    """The whole page; from then on it brings itself up to date."""
    said = chat.latest(customer)
    staff.look(customer, said.newest)
    presence.say(customer.pk, asked.user(request), is_typing=False)
    context |= {
        "title": str(customer),
        "customer": customer,
        "original": customer,
        "may_write": may_write,
        "may_export": request.user.has_perm("conversations.export_customer"),
        "may_erase": request.user.has_perm("conversations.erase_customer"),
        "page": said,
        "lively_from": _lively_from(said),
        "templates": template.offered(customer),
        "colleagues": User.objects.filter(is_active=True, is_staff=True).order_by("first_name", "username"),
        **_state(request, customer, may_write=may_write),
        **_beside(customer),
    }
    return TemplateResponse(request, "conversations/conversation.html", context)


def _lively_from(said: chat.Page) -> int:
    lively = [entry.message.pk for entry in said.entries if entry.message][-LIVELY:]
    return lively[0] if lively else 0


def _state(request: HttpRequest, customer: Customer, *, may_write: bool) -> dict[str, Any]:
    """Who answers, who else is here, how long the window is open, and what waits for approval."""
    handoff = Handoff.objects.filter(customer=customer, closed_at=None).select_related("taken_by").first()
    closes_at = window.closes_at(customer)
    left = max((closes_at - timezone.now()).total_seconds(), 0) if closes_at else 0
    proposed = proposals.of(customer)
    return {
        "customer": customer,
        "may_write": may_write,
        "handoff": handoff,
        "all_propose": Limits.current().proposes,
        "is_overdue": handoff and not handoff.taken_at and handoff.due_at and handoff.due_at < timezone.now(),
        "present": presence.others(customer.pk, asked.user(request)),
        "window": {"is_open": left > 0, "hours": int(left // 3600), "minutes": int(left % 3600 // 60)},
        "proposed": proposed,
        "proposed_text": proposals.text(proposed),
        "phone": customer.phone,
    }


def _beside(customer: Customer) -> dict[str, Any]:
    """What people must see to, and what they noted."""
    return {
        "identities": customer.identities.all(),
        "visits": customer.visits.filter(state__in=Visit.OPEN).select_related("vehicle", "owner"),
        "leads": customer.leads.filter(done_at=None).select_related("vehicle", "owner").order_by("due_at"),
        "quotes": customer.quotes.order_by("-made_at", "-pk")[:QUOTES_MOST],
        "notes": customer.notes.select_related("user").order_by("-created_at", "-pk")[:NOTES_MOST],
        "now": timezone.now(),
    }


# --- What the page asks for -----------------------------------------------------------------------------------------


@require_GET
def news(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """What changed since the page last asked; asking says that somebody has the conversation open."""
    said = chat.since(customer, asked.number(request.GET.get("first")))
    staff.look(customer, said.newest)
    presence.say(customer.pk, asked.user(request), is_typing=request.GET.get("typing") == "1")
    may_write = request.user.has_perm("conversations.change_customer")
    state = _state(request, customer, may_write=may_write)
    return JsonResponse(
        {
            "entries": render_to_string("conversations/chat/entries.html", {"page": said}, request),
            "bar": render_to_string("conversations/chat/bar.html", state, request),
            "proposal": render_to_string("conversations/chat/proposal.html", state, request),
            "newest": said.newest,
            "first": _lively_from(said),
            "can_write": state["window"]["is_open"] and not customer.opted_out_at,
        }
    )


@require_GET
def earlier(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """What was said before the first message that the page has."""
    said = chat.earlier(customer, asked.number(request.GET.get("before")))
    entries = render_to_string("conversations/chat/entries.html", {"page": said}, request)
    return JsonResponse({"entries": entries, "first": said.first, "has_earlier": said.has_earlier})


@require_GET
def cars(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Cars to be shown to the customer, in their language."""
    found = cards.found(request.GET.get("q", "").strip(), customer.language or "es")
    return TemplateResponse(request, "conversations/chat/cars.html", {"cards": found})


@require_GET
def looked_up(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """On what ground an answer was given, and what it cost."""
    turn = get_object_or_404(
        access.limited(Turn.objects.filter(customer=customer), request.user), pk=asked.turn(request)
    )
    uses = list(turn.tool_uses.order_by("position"))
    context = {"turn": turn, "receipts": [receipt.Receipt.of(use) for use in uses], "cars": receipt.cars(turn, uses)}
    return TemplateResponse(request, "conversations/chat/receipt.html", context)
