"""What happens on the customer's side: messages go out to Karlos as webhooks, and chats are opened and read."""

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from simulator import background, carrier, courier, envelope, faults, number
from simulator.models import Customer, Media, Message, new_sid


def add(name: str, phone: str | None) -> Customer:
    """A customer with a phone of their own; without a number, one whom WhatsApp shows under a user name only."""
    return Customer.objects.create(
        profile_name=name, phone=phone, bsuid=_new_bsuid(), position=Customer.objects.count() + 1
    )


def find_or_add(address: str) -> Customer:
    """Whoever has this WhatsApp address; someone new when nobody has."""
    identity = address.removeprefix("whatsapp:")
    if identity.startswith("+"):
        known = {"profile_name": identity, "bsuid": _new_bsuid(), "position": Customer.objects.count() + 1}
        return Customer.objects.get_or_create(phone=identity, defaults=known)[0]
    known = {"profile_name": identity, "position": Customer.objects.count() + 1}
    return Customer.objects.get_or_create(bsuid=identity, defaults=known)[0]


def new_media(content_type: str, content: bytes) -> Media:
    return Media(sid=new_sid("ME"), content_type=content_type, content=content)


def send(message: Message) -> None:
    """Complete a customer's new message, store it and post its webhook, which may take as long as Twilio allows."""
    is_rich = message.media or message.kind == Message.Kind.BUTTON
    message.sid = new_sid("IM" if number.is_on_conversations() else "MM" if is_rich else "SM")
    message.direction = Message.Direction.INBOUND
    message.idempotency_token = str(uuid.uuid4())
    message.sent_at = timezone.now()
    message.webhook_form = envelope.added(message) if number.is_on_conversations() else envelope.inbound(message)
    with transaction.atomic():
        if message.media:
            message.media.save()
        message.save()
    post_again(message.sid)


def post_again(sid: str) -> None:
    """The very same webhook: same SID, same token, same signature."""
    background.start(_post, sid)


def _post(sid: str) -> None:
    message = Message.objects.get(sid=sid)
    url = settings.PUBLIC_BASE_URL + (number.EVENTS_PATH if sid.startswith("IM") else number.INBOUND_PATH)
    try:
        http_status = courier.post(url, message.webhook_form or {}, message.idempotency_token)
    except courier.NotDelivered:
        http_status = 0
    taken = 200 <= http_status < 300
    itself = Message.objects.filter(sid=sid)
    itself.change(webhook_http_status=http_status)
    # The typing indicator may have come first: what was read stays read.
    itself.exclude(status=Message.Status.READ).change(
        status=Message.Status.DELIVERED if taken else Message.Status.FAILED
    )


def read(customer: Customer) -> None:
    """The chat is open on the customer's phone: what was delivered is read, and its sender told."""
    if faults.is_on(faults.NO_READ_RECEIPTS):
        return
    unread = customer.messages.filter(direction=Message.Direction.OUTBOUND, status=Message.Status.DELIVERED)
    for sid in list(unread.values_list("sid", flat=True)):
        if unread.filter(sid=sid).change(status=Message.Status.READ):
            background.start(carrier.report, sid, [Message.Status.READ])


def see_typing(message: Message, seconds: float) -> None:
    """Karlos types: the customer sees it, and that their message and those before it were read."""
    until = timezone.now() + timedelta(seconds=seconds)
    Customer.objects.filter(pk=message.customer_id).change(typing_until=until)
    earlier = Message.objects.filter(
        customer=message.customer_id, direction=Message.Direction.INBOUND, pk__lte=message.pk
    )
    earlier.exclude(status__in=[Message.Status.READ, Message.Status.FAILED]).change(status=Message.Status.READ)


def _new_bsuid() -> str:
    return f"MX.{secrets.randbelow(10**16):016d}"
