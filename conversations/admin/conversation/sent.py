"""What staff send to a customer from the page of the conversation. The page gets JSON: that it was sent, or why not."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from conversations import cards, proposals, staff
from conversations.admin.conversation import asked
from conversations.models import Customer

_PRICE = re.compile(r"\d{1,9}\.\d\d")


@require_POST
def reply(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Send what was written, with a car or a photo if one was chosen."""
    text, seen = request.POST.get("text", "").strip(), asked.number(request.POST.get("seen"))
    if not text:
        return _refused(_("Write something first."))
    return _done(
        lambda: staff.reply(customer, text, request.user.pk, seen=seen, shown=_shown(request)),
        *(request, customer, gettext_noop("Wrote to the customer")),
    )


@require_POST
def approve(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Send what Karlos proposed, or what was made of it."""
    seen, edited = asked.number(request.POST.get("seen")), request.POST.get("text")
    return _done(
        lambda: proposals.approve(customer, request.user.pk, asked.turn(request), seen=seen, edited=edited),
        *(request, customer, gettext_noop("Approved what Karlos proposed")),
    )


@require_POST
def discard(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Nothing of what Karlos proposed is sent."""
    return _done(
        lambda: proposals.discard(customer, request.user.pk, asked.turn(request)),
        *(request, customer, gettext_noop("Discarded what Karlos proposed")),
    )


def _done(act: Callable[[], object], request: HttpRequest, customer: Customer, what: str) -> HttpResponseBase:
    """Do it and keep that it was done, or tell why it could not be."""
    try:
        act()
    except staff.NotSent as e:
        return _refused(str(e))
    asked.keep(request, customer, what)
    return JsonResponse({"sent": True})


def _refused(why: str) -> HttpResponseBase:
    return JsonResponse({"error": why}, status=409)


def _shown(request: HttpRequest) -> staff.Shown:
    stock_id, price = asked.number(request.POST.get("car")), request.POST.get("price", "")
    if not stock_id:
        return staff.Shown()
    if not _PRICE.fullmatch(price):
        raise staff.NotSent(_("Choose the car again."))
    photo_id = asked.number(request.POST.get("photo"))
    photo = cards.photo_of(stock_id, photo_id) if photo_id else ""
    if photo_id and not photo:
        raise staff.NotSent(_("This photo is gone: choose another."))
    return staff.Shown(cars={str(stock_id): price}, photo=photo)
