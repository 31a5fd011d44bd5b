"""The addresses of Twilio's Conversations that Karlos uses: conversations, their messages and media, and our number's configuration."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from simulator import content, envelope, number, rest
from simulator.account import Refused, twilio_endpoint
from simulator.carrier import KINDS
from simulator.guard import development_only
from simulator.models import Customer, Media, Message, new_sid

PAGE_SIZE = 50


@twilio_endpoint
@require_GET
def conversations(request: HttpRequest) -> HttpResponse:
    rows = Customer.objects.exclude(messages=None).distinct()
    return JsonResponse(_page(request, "conversations", [_conversation(row) for row in rows]))


@twilio_endpoint
@require_http_methods(["GET", "DELETE"])
def conversation(request: HttpRequest, sid: str) -> HttpResponse:
    if request.method == "DELETE":
        _customer(sid).messages.all().delete()
        return HttpResponse(status=204)
    return JsonResponse(_conversation(_customer(sid)))


@twilio_endpoint
@require_GET
def of_participant(request: HttpRequest) -> HttpResponse:
    """The conversations of whoever has this address."""
    found = [row for row in Customer.objects.all() if row.address == request.GET.get("Address")]
    told = [{"conversation_sid": row.conversation_sid, "conversation_state": "active"} for row in found]
    return JsonResponse(_page(request, "conversations", told))


@twilio_endpoint
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, sid: str) -> HttpResponse:
    customer = _customer(sid)
    if request.method == "POST":
        return rest.posted(lambda: _taken(request, customer), message)
    rows = customer.messages.order_by("-pk" if request.GET.get("Order") == "desc" else "pk")
    size = int(request.GET.get("PageSize", PAGE_SIZE))
    return JsonResponse(_page(request, "messages", [message(row) for row in rows[:size]]))


@twilio_endpoint
@require_http_methods(["DELETE"])
def erase_message(_request: HttpRequest, sid: str, message_sid: str) -> HttpResponse:
    _customer(sid).messages.filter(sid=message_sid).delete()
    return HttpResponse(status=204)


def _taken(request: HttpRequest, customer: Customer) -> Message:
    form = request.POST
    body, media_sid = form.get("Body", ""), form.get("MediaSid", "")
    if not body.strip() and not media_sid and not form.get("ContentSid"):
        raise Refused(400, 50511, "There is nothing to send: give Body, MediaSid or ContentSid.")
    if len(body) > rest.BODY_LIMIT_CHARACTERS:
        raise Refused(400, 50505, f"Body has {len(body)} characters; {rest.BODY_LIMIT_CHARACTERS} is the limit.")
    media = Media.objects.filter(sid=media_sid).first() if media_sid else None
    if media_sid and media is None:
        raise Refused(400, 50509, f"There is no media {media_sid}.")
    row = Message(
        sid=new_sid("IM"),
        customer=customer,
        direction=Message.Direction.OUTBOUND,
        body=body,
        media=media,
        kind=KINDS[media.content_type] if media else Message.Kind.TEXT,
        attributes=form.get("Attributes", "{}"),
        status_callback=settings.PUBLIC_BASE_URL + number.EVENTS_PATH,
        callbacks=rest.callbacks(),
        echoes=request.headers.get("X-Twilio-Webhook-Enabled") == "true",
    )
    content.fill(row, form)
    row.save()
    return row


# --- Media --------------------------------------------------------------------------------------------------------


@twilio_endpoint
@require_http_methods(["POST"])
def add_media(request: HttpRequest, service_sid: str) -> HttpResponse:
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if content_type not in KINDS:
        raise Refused(415, 20415, f"{content_type} is not taken.")
    row = Media.objects.create(sid=new_sid("ME"), content_type=content_type, content=request.body)
    return JsonResponse(_media(row), status=201)


@twilio_endpoint
@require_http_methods(["GET", "DELETE"])
def media(request: HttpRequest, service_sid: str, sid: str) -> HttpResponse:
    """What there is to know of a media; its content has an address of its own, which needs no credentials."""
    found = Media.objects.filter(sid=sid).first()
    if found is None:
        raise Refused(404, 20404, f"There is no media {sid}.")
    if request.method == "DELETE":
        found.delete()
        return HttpResponse(status=204)
    return JsonResponse(_media(found))


@development_only
@require_GET
def media_content(_request: HttpRequest, sid: str) -> HttpResponse:
    found = Media.objects.filter(sid=sid).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.content), content_type=found.content_type)


def _media(row: Media) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "service_sid": number.SERVICE_SID,
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "content_type": row.content_type,
        "size": len(row.content),
        "links": {"content_direct_temporary": f"{settings.TWILIO_API_BASE_URL}/media-content/{row.sid}"},
    }


# --- Our number -----------------------------------------------------------------------------------------------------


@twilio_endpoint
@require_http_methods(["POST"])
def add_address(request: HttpRequest) -> HttpResponse:
    return JsonResponse(_address(), status=201)


@twilio_endpoint
@require_http_methods(["GET", "POST", "DELETE"])
def address(request: HttpRequest, sid: str) -> HttpResponse:
    """Our number is configured as long as TWILIO_TRANSPORT says so: nothing is kept here."""
    if request.method == "DELETE":
        return HttpResponse(status=204)
    if not number.is_on_conversations():
        raise Refused(404, 20404, "The number has no address configuration.")
    return JsonResponse(_address())


def _address() -> dict[str, Any]:
    return {
        "sid": "IG" + "0" * 32,
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "type": "whatsapp",
        "address": settings.TWILIO_WHATSAPP_NUMBER,
        "auto_creation": {
            "enabled": True,
            "type": "webhook",
            "conversation_service_sid": number.SERVICE_SID,
            "webhook_url": settings.PUBLIC_BASE_URL + number.EVENTS_PATH,
            "webhook_method": "POST",
            "webhook_filters": ["onMessageAdded", "onDeliveryUpdated"],
        },
    }


# --- As JSON --------------------------------------------------------------------------------------------------------


def message(row: Message) -> dict[str, Any]:
    """The resource as JSON; times are ISO 8601 in UTC."""
    sid = row.customer.conversation_sid
    return {
        "sid": row.sid,
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "conversation_sid": sid,
        "participant_sid": f"MB{row.customer_id:032x}" if row.is_inbound else None,
        "author": row.customer.address if row.is_inbound else "karlos",
        "body": row.body or None,
        "media": envelope.listed(row) or None,
        "attributes": row.attributes,
        "index": row.pk,
        "date_created": envelope.iso(row.created_at),
        "date_updated": envelope.iso(row.created_at),
        "url": f"https://conversations.twilio.com/v1/Conversations/{sid}/Messages/{row.sid}",
    }


def _conversation(row: Customer) -> dict[str, Any]:
    return {
        "sid": row.conversation_sid,
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "chat_service_sid": number.SERVICE_SID,
        "friendly_name": row.profile_name,
        "state": "active",
        "date_created": envelope.iso(row.created_at),
        "date_updated": envelope.iso(row.created_at),
    }


def _customer(sid: str) -> Customer:
    try:
        return Customer.objects.get(pk=int(sid.removeprefix("CH"), 16))
    except (ValueError, Customer.DoesNotExist) as e:
        raise Refused(404, 20404, f"There is no conversation {sid}.") from e


def _page(request: HttpRequest, key: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    url = request.build_absolute_uri()
    meta = {"page": 0, "page_size": PAGE_SIZE, "first_page_url": url, "url": url, "key": key}
    return {key: list(rows), "meta": meta | {"next_page_url": None, "previous_page_url": None}}
