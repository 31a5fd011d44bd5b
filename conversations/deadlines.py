"""The deadlines of a handoff: whoever waits for a person is told when one answers, and in the end Karlos goes on."""

import logging

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from assistant import dealership, escalation
from assistant.answer import RecordInterest
from assistant.items import Said
from assistant.sentences import say
from conversations import alerts, commitments, doorbell, limits, notices, staff, threads, window, words
from conversations.models import Customer, Handoff, Limits, Message

logger = logging.getLogger(__name__)


def due(limit: int) -> list[int]:
    """Handoffs whose deadline has come, the longest waiting first."""
    return list(_due().order_by("due_at").values_list("pk", flat=True)[:limit])


def _due() -> QuerySet[Handoff]:
    """Of those that nobody has taken, in conversations that we may write in."""
    late = Q(told_at=None, due_at__lte=Now()) | Q(resume_at__lte=Now())
    return Handoff.objects.filter(
        late,
        closed_at=None,
        taken_at=None,
        customer__opted_out_at=None,
        customer__channel=Customer.Channel.WHATSAPP,
    )


def keep(handoff_id: int) -> None:
    """Do what is due for a handoff. Safe to run twice, anywhere and at any time."""
    customer_id = Handoff.objects.filter(pk=handoff_id).values_list("customer_id", flat=True).first()
    if customer_id is None:  # erased since the ring
        return
    with transaction.atomic():
        staff.lock(customer_id)
        handoff = _due().filter(pk=handoff_id).select_related("customer").first()
        if handoff is None:
            return
        if handoff.told_at is None:
            _tell(handoff)
        elif window.is_open(customer_id):
            _go_on(handoff)
        else:  # only a person can reach the customer now
            Handoff.objects.filter(pk=handoff_id).update(resume_at=None)
            return
    logger.info("Handoff %s of customer %s is overdue", handoff_id, customer_id)


# --- The first deadline -----------------------------------------------------------------------------------------


def _tell(handoff: Handoff) -> None:
    """Tell the customer when somebody answers, and staff that somebody waits. Karlos goes on later, unless he only proposes."""
    resume_at = None
    if not limits.proposes(handoff.customer):
        resume_at = limits.open_minutes_on(Limits.current().resume_minutes)
    Handoff.objects.filter(pk=handoff.pk).update(told_at=Now(), resume_at=resume_at)
    language = handoff.customer.language or "es"
    now = timezone.localtime()
    closed = escalation.until_open(language, now)
    hours = dealership.hours_on(now.date())
    if closed or hours is None or resume_at is None:
        text = "\n\n".join(filter(None, (say(language, "still_waiting"), closed)))
    else:
        when = {"closes": f"{hours[1]:%H:%M}", "resumes": f"{resume_at:%H:%M}"}
        text = f"{say(language, 'still_waiting')} {say(language, 'answered_today', **when)}"
    notices.send(handoff.customer, text, is_notice=True)
    transaction.on_commit(lambda: _alert(handoff))


def _alert(handoff: Handoff) -> None:
    subject = _("A customer waits for a person: %(reason)s") % {"reason": handoff.get_reason_display()}
    alerts.send(subject, [alerts.page(handoff.customer)])


# --- The second deadline ----------------------------------------------------------------------------------------


def _go_on(handoff: Handoff) -> None:
    """Close it, leave to staff as a lead what was wanted of them, and answer what came in the meantime."""
    customer = handoff.customer
    Handoff.objects.filter(pk=handoff.pk).update(closed_at=Now(), resume_at=None, ending=Handoff.Ending.NOT_TAKEN)
    callback = RecordInterest(kind="callback", stock_id=None, amount_mxn=None, note=handoff.summary)
    commitments.apply(callback, customer, handoff.turn)
    notices.send(customer, say(customer.language or "es", "karlos_goes_on"))
    unanswered = customer.messages.filter(
        handling=Message.Handling.WITH_PERSON, created_at__gte=handoff.opened_at
    ).order_by("id")
    for message in unanswered:
        threads.unnote(customer, Said("customer", words.of(message)))
    if unanswered.update(handling=Message.Handling.WAITING, turn=None):
        Customer.objects.filter(pk=customer.pk).update(due_at=Now(), waiting_since=Coalesce("waiting_since", Now()))
        transaction.on_commit(lambda: doorbell.ring_now(customer.pk))
