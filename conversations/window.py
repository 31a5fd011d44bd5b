"""WhatsApp's window: a business may write until 24 hours after the customer's last message."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from conversations.models import Customer, Template

# Less five minutes: what is posted just before the end may arrive after it.
LASTS = timedelta(hours=24) - timedelta(minutes=5)


# Of a customer, by the database's clock; as a column.
OPEN = Q(last_inbound_at__gt=Now() - LASTS)


def is_open(customer_id: int) -> bool:
    """Whether this customer may be written to, by the database's clock."""
    return Customer.objects.filter(OPEN, pk=customer_id).exists()


def closes_at(customer: Customer) -> datetime | None:
    """When it closes or closed; None for who never wrote."""
    return customer.last_inbound_at and customer.last_inbound_at + LASTS


def is_over() -> str:
    """The sentence for staff: what they can do instead."""
    if Template.objects.exists():
        return _("WhatsApp's 24 hours since the customer's last message are over: call them, or send a template.")
    return _("WhatsApp's 24 hours since the customer's last message are over: call them.")
