"""Who has waited long for an answer gets one sentence, once: work outran the workers, or one of them died."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from assistant.sentences import say
from conversations import notices, staff
from conversations.models import Customer, Handoff, Message

LANGUAGES = ("es", "en")


def ask_for(limit: int) -> int:
    """Tell those who have waited too long that they are not forgotten; how many they were."""
    return sum(_ask(customer_id) for customer_id in _impatient().values_list("pk", flat=True)[:limit])


@transaction.atomic
def _ask(customer_id: int) -> bool:
    staff.lock(customer_id)
    customer = _impatient().filter(pk=customer_id).first()  # not answered, and not told, since we looked
    if customer is None:
        return False
    notices.send(customer, say(customer.language or "es", "still_working"))
    return True


def _impatient() -> QuerySet[Customer]:
    """Due, by the database's clock, and waiting for long; not with a person, not opted out, not told since they wrote."""
    told = Message.objects.filter(
        customer=OuterRef("pk"),
        text__in=[say(language, "still_working") for language in LANGUAGES],
        created_at__gte=OuterRef("waiting_since"),
    )
    return Customer.objects.filter(
        ~Exists(told),
        ~Exists(Handoff.objects.filter(customer=OuterRef("pk"), closed_at=None)),
        channel=Customer.Channel.WHATSAPP,
        opted_out_at=None,
        due_at__lte=Now(),
        waiting_since__lt=Now() - timedelta(seconds=settings.PATIENCE_SECONDS),
    )
