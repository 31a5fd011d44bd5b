"""What the page is told: whatever changed since it last asked."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from simulator import faults
from simulator.models import Customer, Message, Revision

# A page that opens shows this many of the newest messages, and goes on from there.
FIRST_MESSAGES = 500


def since(cursor: int) -> dict[str, Any]:
    """Changes after the cursor, and the next cursor. A cursor from before the database was emptied begins anew."""
    current = Revision.current()
    if cursor == current and cursor:
        return {"cursor": current}
    if cursor > current:
        cursor = 0
    messages = Message.objects.select_related("customer").since(cursor)
    return {
        "cursor": current,
        "is_whole": cursor == 0,
        "customers": [customer(row) for row in Customer.objects.since(cursor)],
        "messages": [message(row) for row in reversed(messages.order_by("-pk")[:FIRST_MESSAGES])],
        "faults": faults.switched_on(),
    }


def customer(row: Customer) -> dict[str, Any]:
    """A customer as JSON; `typing_ms` is how much longer Karlos is seen typing."""
    left = row.typing_until - timezone.now() if row.typing_until else None
    return {
        "id": row.pk,
        "name": row.profile_name,
        "phone": row.phone,
        "identity": row.phone or row.bsuid,
        "typing_ms": max(int(left.total_seconds() * 1000), 0) if left else 0,
    }


def message(row: Message) -> dict[str, Any]:
    """A message as JSON, seen from the phone: `is_mine` when the customer wrote it."""
    return {
        "id": row.pk,
        "sid": row.sid,
        "customer": row.customer_id,
        "is_mine": row.is_inbound,
        "kind": row.kind,
        "body": row.body,
        "status": row.status,
        "error_code": row.error_code,
        "http_status": row.webhook_http_status,
        "at": row.created_at.isoformat(),
        "media": reverse("simulator:media", args=[row.media_id]) if row.media_id else None,
        "media_url": row.media_url,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "place": row.place_label,
        "address": row.place_address,
        "ad": {"headline": row.referral_headline, "body": row.referral_body} if row.referral_source_id else None,
        "choices": row.choices,
        "choices_label": row.choices_label,
        "written_by": row.written_by,
    }
