"""The addresses of Twilio's API that Karlos uses: messages, their media, and the typing indicator."""

import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from simulator import carrier, content, faults, phone, resource
from simulator.account import Refused, own, refusal, twilio_endpoint
from simulator.models import Media, Message, new_sid

BODY_LIMIT_CHARACTERS = 1600
HANG_SECONDS = 20
TYPING_SECONDS = 25
_ADDRESS = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,137})")


@twilio_endpoint
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, account_sid: str) -> HttpResponse:
    own(account_sid)
    if request.method == "POST":
        return posted(lambda: _taken(request), resource.message)
    return JsonResponse(resource.listing(resource.page(request), request.GET))


@twilio_endpoint
@require_http_methods(["GET", "DELETE"])
def message(request: HttpRequest, account_sid: str, sid: str) -> HttpResponse:
    own(account_sid)
    row = _message(sid)
    if request.method == "DELETE":
        row.delete()
        return HttpResponse(status=204)
    return JsonResponse(resource.message(row))


def _message(sid: str) -> Message:
    row: Message | None = Message.objects.select_related("customer", "media").filter(sid=sid).first()
    if row is None:
        raise Refused(404, 20404, f"There is no message {sid}.")
    return row


@twilio_endpoint
@require_GET
def media_list(request: HttpRequest, account_sid: str, sid: str) -> HttpResponse:
    own(account_sid)
    row = _message(sid)
    found = [{"sid": row.media.sid, "parent_sid": sid, "content_type": row.media.content_type}] if row.media else []
    return JsonResponse({"media_list": found, "next_page_uri": None, "page": 0, "page_size": 50})


@twilio_endpoint
@require_http_methods(["DELETE"])
def erase_media(_request: HttpRequest, account_sid: str, sid: str, media_sid: str) -> HttpResponse:
    own(account_sid)
    if not Media.objects.filter(sid=media_sid, message__sid=sid).delete()[0]:
        raise Refused(404, 20404, f"There is no media {media_sid}.")
    return HttpResponse(status=204)


@twilio_endpoint
@require_GET
def media(_request: HttpRequest, account_sid: str, sid: str, media_sid: str) -> HttpResponse:
    own(account_sid)
    found = Media.objects.filter(sid=media_sid, message__sid=sid).first()
    if found is None:
        raise Refused(404, 20404, f"There is no media {media_sid}.")
    return HttpResponse(bytes(found.content), content_type=found.content_type)


@twilio_endpoint
@require_POST
def typing(request: HttpRequest) -> HttpResponse:
    if faults.strikes(faults.TYPING_ERROR):
        return refusal(500, 20500, "The server made an error on purpose.")
    inbound = Message.objects.filter(direction=Message.Direction.INBOUND, sid=request.POST.get("messageId", "")).first()
    if request.POST.get("channel") != "whatsapp" or inbound is None:
        raise Refused(400, 20001, "messageId must be a customer's message, and channel must be whatsapp.")
    phone.see_typing(inbound, TYPING_SECONDS)
    return JsonResponse({"success": True})


def posted(take: Callable[[], Message], shown: Callable[[Message], dict[str, Any]]) -> HttpResponse:
    """What comes of a message that is posted, unless one of the faults strikes."""
    if faults.strikes(faults.TOO_MANY_REQUESTS):
        return refusal(429, 20429, "Too many requests: this one was not taken.")
    if faults.strikes(faults.SERVER_ERROR):
        return refusal(500, 20500, "The server made an error on purpose.")
    if faults.strikes(faults.HANG):
        time.sleep(HANG_SECONDS)
        return refusal(503, 20503, "The server was slow on purpose.")
    row = take()
    carrier.carry(row, is_refused=faults.strikes(faults.UNDELIVERED))
    if faults.strikes(faults.LOST):
        return refusal(500, 20500, "The message was taken, and this answer replaced on purpose.")
    return JsonResponse(shown(row), status=201)


def _taken(request: HttpRequest) -> Message:
    """The message as stored, or why it is not taken, in the order in which Twilio looks."""
    form = request.POST
    to, body, media_urls = form.get("To", ""), form.get("Body", ""), form.getlist("MediaUrl")
    if not to:
        raise Refused(400, 21604, "To is missing: name the recipient.")
    if form.get("From", "") != settings.TWILIO_WHATSAPP_NUMBER:
        raise Refused(400, 63007, f"From is not a sender of this account: use {settings.TWILIO_WHATSAPP_NUMBER}.")
    if not _ADDRESS.fullmatch(to):
        raise Refused(400, 21211, "To is not a WhatsApp address: write whatsapp:+E.164 or whatsapp:CC.id.")
    if not body.strip() and not media_urls and not form.get("ContentSid"):
        raise Refused(400, 21619, "There is nothing to send: give Body or MediaUrl.")
    if len(body) > BODY_LIMIT_CHARACTERS:
        raise Refused(400, 21617, f"Body has {len(body)} characters; {BODY_LIMIT_CHARACTERS} is the limit.")
    if len(media_urls) > 1:
        raise Refused(400, 21623, "A WhatsApp message carries one MediaUrl.")
    if media_urls and not media_urls[0].startswith(("http://", "https://")):
        raise Refused(400, 21620, "MediaUrl is not an address that can be fetched.")
    row = Message(
        sid=new_sid("MM" if media_urls else "SM"),
        customer=phone.find_or_add(to),
        direction=Message.Direction.OUTBOUND,
        body=body,
        media_url=media_urls[0] if media_urls else "",
        status_callback=form.get("StatusCallback", ""),
        callbacks=callbacks(),
    )
    content.fill(row, form)
    row.save()
    return row


def callbacks() -> Message.Callbacks:
    if faults.strikes(faults.NO_CALLBACKS):
        return Message.Callbacks.NONE
    if faults.strikes(faults.TWO_CALLBACKS):
        return Message.Callbacks.TWICE
    if faults.strikes(faults.CALLBACKS_REVERSED):
        return Message.Callbacks.REVERSED
    return Message.Callbacks.ONCE
