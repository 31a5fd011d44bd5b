"""What the tools promised becomes work for a person: handoffs, visits and leads, each applied once."""

from datetime import datetime

from assistant.answer import BookVisit, CancelVisit, Effect, HandOff, RecordInterest
from conversations import limits, summary, visits
from conversations.models import Customer, Handoff, Lead, Limits, Turn, Visit
from inventory import prepared
from inventory.models import Vehicle
from inventory.prepared import Gap

# Within which, of opening hours, a person has to see to it.
LEAD_MINUTES = 240

_OPEN_LEADS = prepared.select(Lead.objects.filter(customer=Gap("customer"), done_at=None).values_list("kind"))


def apply(effect: Effect, customer: Customer, turn: Turn | None = None) -> None:
    """Write what an effect asks for, inside the transaction that records the turn. Raises visits.Taken."""
    match effect:
        case HandOff():
            hand_off(effect, customer, turn)
        case BookVisit():
            visits.book(effect, customer, turn)
        case CancelVisit():
            visits.call_off(customer)
        case RecordInterest():
            _record(effect, customer, turn)


def hand_off(effect: HandOff, customer: Customer, turn: Turn | None = None) -> None:
    """Give the conversation to a person, if none has it yet."""
    Handoff.objects.get_or_create(
        customer=customer,
        closed_at=None,
        defaults={
            "turn": turn,
            "reason": effect.reason[:40],
            "summary": summary.of(customer, turn, effect.summary),
            "due_at": limits.open_minutes_on(Limits.current().take_minutes),
        },
    )


def recorded(customer: Customer, visit: Visit | None) -> frozenset[str]:
    """What people have to see to for this customer: kinds of leads, "visit", "handoff"."""
    open_records = {kind for (kind,) in _OPEN_LEADS.rows(customer=customer.pk)}
    if visit:
        open_records.add("visit")
    if customer.is_with_person:
        open_records.add("handoff")
    return frozenset(open_records)


def _record(effect: RecordInterest, customer: Customer, turn: Turn | None) -> None:
    """The same wish again, while it is open, is the same work; another car to wait for is another."""
    vehicle = Vehicle.objects.filter(stock_id=effect.stock_id).first() if effect.stock_id is not None else None
    lead = _open_lead(effect, customer, vehicle) or Lead(
        customer=customer, kind=effect.kind, vehicle=vehicle, owner_id=customer.owner_id
    )
    lead.turn, lead.amount_mxn, lead.note = turn, effect.amount_mxn, effect.note
    lead.wish, lead.due_at, lead.alerted_at = dict(effect.wish), _due(effect), None
    lead.save()


def _open_lead(effect: RecordInterest, customer: Customer, vehicle: Vehicle | None) -> Lead | None:
    alike = customer.leads.filter(kind=effect.kind, vehicle=vehicle, done_at=None).order_by("pk")
    return next((lead for lead in alike if effect.kind != Lead.Kind.WATCH or lead.wish == effect.wish), None)


def _due(effect: RecordInterest) -> datetime | None:
    """When the customer wants to be called; else within the hours that people have. Who waits for a car waits for it to come."""
    if effect.wish:
        return None
    return effect.wanted_at or limits.open_minutes_on(LEAD_MINUTES)
