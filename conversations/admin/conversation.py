"""The page of one conversation: what it shows, what it asks for every few seconds, and what staff send from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from conversations import access, cards, chat, presence, proposals, staff, window
from conversations.admin import receipt
from conversations.models import Customer, Handoff, Note, Turn, Visit

QUOTES_MOST = 5
NOTES_MOST = 10
NOTE_CHARACTERS_MOST = 4000
# How many of the last messages may still change: their ticks are looked at again.
LIVELY = 15
_PRICE = re.compile(r"\d{1,9}\.\d\d")


@dataclass(frozen=True)
class View:
    """An address below a customer's, and whether only who may write may call it."""

    address: str
    respond: Callable[..., HttpResponseBase]
    writes: bool

    @property
    def name(self) -> str:
        return self.respond.__name__


def page(request: HttpRequest, customer: Customer, context: dict[str, Any], *, may_write: bool) -> HttpResponseBase:
    """The whole page; from then on it brings itself up to date."""
    said = chat.latest(customer)
    staff.look(customer, said.newest)
    presence.say(customer.pk, _user(request), is_typing=False)
    context |= {
        "title": str(customer),
        "customer": customer,
        "original": customer,
        "may_write": may_write,
        "page": said,
        "lively_from": _lively_from(said),
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
        "is_overdue": handoff and not handoff.taken_at and handoff.due_at and handoff.due_at < timezone.now(),
        "present": presence.others(customer.pk, _user(request)),
        "window": {"is_open": left > 0, "hours": int(left // 3600), "minutes": int(left % 3600 // 60)},
        "proposed": proposed,
        "proposed_text": proposals.text(proposed),
        "phone": customer.identities.filter(kind="phone").values_list("value", flat=True).first(),
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


def _user(request: HttpRequest) -> User:
    """Who is logged in: the admin lets nobody else in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


# --- What the page asks for -----------------------------------------------------------------------------------------


@require_GET
def news(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """What changed since the page last asked; asking says that somebody has the conversation open."""
    said = chat.since(customer, _number(request.GET.get("first")))
    staff.look(customer, said.newest)
    presence.say(customer.pk, _user(request), is_typing=request.GET.get("typing") == "1")
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
    said = chat.earlier(customer, _number(request.GET.get("before")))
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
    turn = get_object_or_404(access.limited(Turn.objects.filter(customer=customer), request.user), pk=_turn(request))
    uses = list(turn.tool_uses.order_by("position"))
    context = {"turn": turn, "receipts": [receipt.Receipt.of(use) for use in uses], "cars": receipt.cars(turn, uses)}
    return TemplateResponse(request, "conversations/chat/receipt.html", context)


# --- What staff send from it ----------------------------------------------------------------------------------------


@require_POST
def reply(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Send what was written, with a car or a photo if one was chosen."""
    text = request.POST.get("text", "").strip()
    if not text:
        return _refused(_("Write something first."))
    try:
        staff.reply(customer, text, request.user.pk, seen=_number(request.POST.get("seen")), shown=_shown(request))
    except staff.NotSent as e:
        return _refused(str(e))
    _keep(request, customer, gettext_noop("Wrote to the customer"))
    return JsonResponse({"sent": True})


def _shown(request: HttpRequest) -> staff.Shown:
    stock_id, price = _number(request.POST.get("car")), request.POST.get("price", "")
    if not stock_id:
        return staff.Shown()
    if not _PRICE.fullmatch(price):
        raise staff.NotSent(_("Choose the car again."))
    photo_id = _number(request.POST.get("photo"))
    photo = cards.photo_of(stock_id, photo_id) if photo_id else ""
    if photo_id and not photo:
        raise staff.NotSent(_("This photo is gone: choose another."))
    return staff.Shown(cars={str(stock_id): price}, photo=photo)


@require_POST
def approve(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Send what Karlos proposed, or what was made of it."""
    seen, edited = _number(request.POST.get("seen")), request.POST.get("text")
    try:
        proposals.approve(customer, request.user.pk, _turn(request), seen=seen, edited=edited)
    except staff.NotSent as e:
        return _refused(str(e))
    _keep(request, customer, gettext_noop("Approved what Karlos proposed"))
    return JsonResponse({"sent": True})


@require_POST
def discard(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Nothing of what Karlos proposed is sent."""
    try:
        proposals.discard(customer, request.user.pk, _turn(request))
    except staff.NotSent as e:
        return _refused(str(e))
    _keep(request, customer, gettext_noop("Discarded what Karlos proposed"))
    return JsonResponse({"sent": True})


@require_POST
def take_over(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """The conversation is this person's."""
    staff.take_over(customer, request.user.pk)
    _keep(request, customer, gettext_noop("Took the conversation over"))
    return _told(request, customer, _("The conversation is yours until you give it back."))


@require_POST
def give_back(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Karlos answers again."""
    if staff.give_back(customer, request.user.pk):
        _keep(request, customer, gettext_noop("Gave the conversation back to Karlos"))
    return _told(request, customer, _("The conversation is Karlos's again."))


@require_POST
def assign(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Whose customer it is; nobody's if none is named."""
    named = _number(request.POST.get("owner"))
    owner = get_object_or_404(User, pk=named, is_staff=True, is_active=True) if named else None
    Customer.objects.filter(pk=customer.pk).update(owner=owner)
    told = _("The customer is now: %(owner)s.") % {"owner": staff.name(owner) if owner else _("nobody's")}
    _keep(request, customer, told)
    if access.customers_of(request.user).filter(pk=customer.pk).exists():
        return _told(request, customer, told)
    messages.success(request, told)
    return redirect("admin:conversations_customer_changelist")


@require_POST
def note(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Something for colleagues; the customer and Karlos never see it."""
    if text := request.POST.get("note", "").strip()[:NOTE_CHARACTERS_MOST]:
        Note.objects.create(customer=customer, user=_user(request), text=text)
        _keep(request, customer, gettext_noop("Noted something"))
    return redirect("admin:conversations_customer_change", customer.pk)


def _keep(request: HttpRequest, customer: Customer, what: str) -> None:
    """Who did what stays in the history."""
    LogEntry.objects.log_actions(_user(request).pk, [customer], CHANGE, what, single_object=True)


def _told(request: HttpRequest, customer: Customer, what: str) -> HttpResponseBase:
    """Say it, and go back to the conversation."""
    messages.success(request, what)
    return redirect("admin:conversations_customer_change", customer.pk)


def _refused(why: str) -> HttpResponseBase:
    return JsonResponse({"error": why}, status=409)


def _turn(request: HttpRequest) -> int:
    return _number(request.GET.get("turn") or request.POST.get("turn"))


def _number(text: str | None) -> int:
    """What is no number, or none that the database holds, is 0, which no row has."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


VIEWS = (
    View("news", news, writes=False),
    View("earlier", earlier, writes=False),
    View("looked-up", looked_up, writes=False),
    View("cars", cars, writes=True),
    View("reply", reply, writes=True),
    View("approve", approve, writes=True),
    View("discard", discard, writes=True),
    View("take-over", take_over, writes=True),
    View("give-back", give_back, writes=True),
    View("assign", assign, writes=True),
    View("note", note, writes=True),
)
