"""What the tools promised becomes work for a person: handoffs, visits and leads, each applied once."""

from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from assistant.answer import BookVisit, CancelVisit, Effect, HandOff, RecordInterest
from conversations import limits, summary
from conversations.models import Customer, Handoff, Lead, Limits, Turn, Visit
from inventory.models import Vehicle

# Within which a person has to see to it.
LEAD_DUE = timedelta(hours=4)
VISIT_DUE = timedelta(hours=2)


def apply(effect: Effect, customer: Customer, turn: Turn | None = None) -> None:
    """Write what an effect asks for, inside the transaction that records the turn."""
    match effect:
        case HandOff():
            hand_off(effect, customer, turn)
        case BookVisit():
            _book(effect, customer, turn)
        case CancelVisit():
            customer.visits.filter(state__in=Visit.OPEN).update(state=Visit.State.CANCELLED)
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


def recorded(customer: Customer) -> frozenset[str]:
    """What people have to see to for this customer: kinds of leads, "visit", "handoff"."""
    open_records = set(customer.leads.filter(done_at=None).values_list("kind", flat=True))
    if open_visit(customer):
        open_records.add("visit")
    if customer.is_with_person:
        open_records.add("handoff")
    return frozenset(open_records)


def open_visit(customer: Customer) -> Visit | None:
    """The visit that the customer still has ahead."""
    return customer.visits.filter(state__in=Visit.OPEN).select_related("vehicle").first()


def _book(effect: BookVisit, customer: Customer, turn: Turn | None) -> None:
    """A customer has one open visit: another time moves it, and has to be confirmed anew."""
    visit = open_visit(customer) or Visit(customer=customer)
    is_moved = visit.pk is None or visit.starts_at != effect.starts_at
    visit.turn = turn
    visit.starts_at = effect.starts_at
    if effect.stock_id is not None:
        visit.vehicle = Vehicle.objects.filter(stock_id=effect.stock_id).first()
    if is_moved:
        visit.state = Visit.State.ASKED
        visit.due_at = min(timezone.now() + VISIT_DUE, effect.starts_at)
    visit.save()


def _record(effect: RecordInterest, customer: Customer, turn: Turn | None) -> None:
    """The same wish again, while it is open, is the same work."""
    vehicle = Vehicle.objects.filter(stock_id=effect.stock_id).first() if effect.stock_id is not None else None
    Lead.objects.update_or_create(
        customer=customer,
        kind=effect.kind,
        vehicle=vehicle,
        done_at=None,
        defaults={"turn": turn, "amount_mxn": effect.amount_mxn, "note": effect.note, "due_at": Now() + LEAD_DUE},
    )
