"""Twilio's Message resource: how it reads as JSON, in pages, and which filters a list takes."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from simulator import envelope
from simulator.account import Refused
from simulator.models import Customer, Message

PAGE_SIZE, PAGE_SIZE_MOST = 50, 1000


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list. The token holds on to the newest message of the first page, so that later ones shift nothing."""

    number: int
    size: int
    token: str
    messages: list[Message]
    is_last: bool


def base_uri() -> str:
    return f"/{envelope.API_VERSION}/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages"


def message(row: Message) -> dict[str, Any]:
    """The resource as JSON; times are RFC 2822 in UTC, and what WhatsApp has no price for is null."""
    customer, business = row.customer.address, settings.TWILIO_WHATSAPP_NUMBER
    uri = f"{base_uri()}/{row.sid}"
    return {
        "account_sid": settings.TWILIO_ACCOUNT_SID,
        "api_version": envelope.API_VERSION,
        "body": row.body,
        "date_created": _rfc2822(row.created_at),
        "date_sent": _rfc2822(row.sent_at),
        "date_updated": _rfc2822(row.sent_at or row.created_at),
        "direction": row.direction,
        "error_code": row.error_code,
        "error_message": envelope.ERRORS[row.error_code] if row.error_code else None,
        "from": customer if row.is_inbound else business,
        "messaging_service_sid": None,
        "num_media": "1" if row.media_id or row.media_url else "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": row.sid,
        "status": "received" if row.is_inbound else row.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": business if row.is_inbound else customer,
        "uri": f"{uri}.json",
    }


def page(request: HttpRequest) -> Page:
    """The page that was asked for, newest first."""
    size = min(max(_number(request.GET, "PageSize", PAGE_SIZE), 1), PAGE_SIZE_MOST)
    number = _number(request.GET, "Page", 0)
    rows = _filtered(request.GET).order_by("-pk")
    token = _text(request.GET, "PageToken")
    if token:
        rows = rows.filter(pk__lte=Message.objects.filter(sid=token.removeprefix("PA")).values("pk")[:1])
    found = list(rows[number * size : (number + 1) * size + 1])
    if found and not token:
        token = f"PA{found[0].sid}"
    return Page(number=number, size=size, token=token, messages=found[:size], is_last=len(found) <= size)


def listing(page: Page, query: QueryDict) -> dict[str, Any]:
    """A page as JSON, with the addresses of its neighbours."""
    kept = [(name, query[name]) for name in ("To", "From", "DateSent", "DateSent<", "DateSent>") if name in query]

    def uri(number: int) -> str:
        place = [("PageSize", page.size), ("Page", number)] + ([("PageToken", page.token)] if number else [])
        return f"{base_uri()}.json?{urlencode([*kept, *place])}"

    start = page.number * page.size
    return {
        "end": max(start + len(page.messages) - 1, 0),
        "first_page_uri": uri(0),
        "messages": [message(row) for row in page.messages],
        "next_page_uri": None if page.is_last else uri(page.number + 1),
        "page": page.number,
        "page_size": page.size,
        "previous_page_uri": uri(page.number - 1) if page.number else None,
        "start": start,
        "uri": uri(page.number),
    }


def _filtered(query: QueryDict) -> QuerySet[Message]:
    rows = Message.objects.select_related("customer")
    if to := _text(query, "To"):
        rows = rows.filter(_addressed(to, from_customer=False))
    if sender := _text(query, "From"):
        rows = rows.filter(_addressed(sender, from_customer=True))
    if on := _text(query, "DateSent"):
        begin, end = _span(on)
        rows = rows.filter(sent_at__gte=begin, sent_at__lt=end)
    if not_before := _text(query, "DateSent>"):
        rows = rows.filter(sent_at__gte=_span(not_before)[0])
    if not_after := _text(query, "DateSent<"):
        rows = rows.filter(sent_at__lt=_span(not_after)[1])
    return rows


def _addressed(address: str, *, from_customer: bool) -> Q:
    inbound = Q(direction=Message.Direction.INBOUND)
    if address == settings.TWILIO_WHATSAPP_NUMBER:
        return ~inbound if from_customer else inbound
    identity = address.removeprefix("whatsapp:")
    customers = Customer.objects.filter(Q(phone=identity) | Q(phone=None, bsuid=identity))
    return Q(customer__in=customers) & (inbound if from_customer else ~inbound)


def _span(written: str) -> tuple[datetime, datetime]:
    """A day, or the second that was written, in UTC; the end is not part of it."""
    if day := parse_date(written):
        begin = datetime.combine(day, time(), UTC)
        return begin, begin + timedelta(days=1)
    moment = parse_datetime(written)
    if moment is None:
        raise Refused(400, 20001, f'"{written}" is not a date: write YYYY-MM-DD or an ISO 8601 time.')
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment, moment + timedelta(seconds=1)


def _text(query: QueryDict, name: str) -> str:
    return str(query.get(name, ""))


def _number(query: QueryDict, name: str, default: int) -> int:
    value = _text(query, name)
    return int(value) if value.isdecimal() else default


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment.astimezone(UTC)).replace("GMT", "+0000") if moment else None
