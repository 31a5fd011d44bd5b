"""The diary of visits: nobody and no car is booked twice, whoever notes, confirms or moves a visit."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from assistant.answer import BookVisit
from assistant.diary import Booked, Clash, Diary
from assistant.sentences import moment, say
from conversations import limits, staff, window
from conversations.models import Customer, Lead, Limits, Turn, Visit
from inventory.models import Vehicle

# Within which, of opening hours, a person has to confirm it.
CONFIRM_MINUTES = 120
# Within which somebody calls who did not come.
CALL_MINUTES = 120
# What customers may be told of, each in a sentence of its own.
_TOLD = (Visit.State.CONFIRMED, Visit.State.CANCELLED, Visit.State.MISSED)
# Names the lock under which visits are written.
_LOCK = 7_281_953


class Taken(Exception):
    """The time is not free. `clash` tells why, `free` are the nearest times that are."""

    def __init__(self, clash: Clash, free: tuple[datetime, ...]) -> None:
        super().__init__(f"The time of the visit is taken: {clash}.")
        self.clash = clash
        self.free = free


def diary(customer: Customer, owner_id: int | None, *, since: datetime) -> Diary:
    """The visits of everyone else from then on, as whoever books for this customer and owner must keep clear of them."""
    rules = Limits.current()
    others = Visit.objects.filter(
        state__in=Visit.OPEN, starts_at__gt=since - timedelta(minutes=rules.visit_minutes)
    ).exclude(customer=customer)
    rows = others.order_by("starts_at").values_list("starts_at", "vehicle__stock_id", "owner_id")
    return Diary(
        booked=tuple(
            Booked(starts_at=timezone.localtime(starts_at), stock_id=stock_id, owner=owner)
            for starts_at, stock_id, owner in rows
        ),
        minutes=rules.visit_minutes,
        at_once=rules.visits_at_once,
        owner=owner_id,
    )


def book(effect: BookVisit, customer: Customer, turn: Turn | None) -> None:
    """A customer has one open visit: another time moves it, and has to be confirmed anew. Raises Taken."""
    visit = Visit.open_of(customer) or Visit(customer=customer, owner_id=customer.owner_id)
    if visit.pk is None or visit.starts_at != effect.starts_at:
        visit.state = Visit.State.ASKED
        visit.due_at = min(limits.open_minutes_on(CONFIRM_MINUTES), effect.starts_at)
        visit.alerted_at = visit.told_at = None
    visit.turn = turn
    visit.starts_at = effect.starts_at
    if effect.stock_id is not None:
        visit.vehicle = Vehicle.objects.filter(stock_id=effect.stock_id).first()
    write(visit)


def call_off(customer: Customer) -> None:
    """The customer does not come."""
    lock()
    customer.visits.filter(state__in=Visit.OPEN).update(state=Visit.State.CANCELLED)


def write(visit: Visit) -> None:
    """Save a visit that takes up its time, if that is free. Within a transaction; raises Taken."""
    check(visit)
    visit.save()


@transaction.atomic
def arrange(visit: Visit, state: Visit.State, user_id: int | None) -> None:
    """Staff confirm it, call it off or close it: what nobody owned is theirs. Raises Taken."""
    visit.state = state
    visit.owner_id = visit.owner_id or user_id
    visit.told_at = None
    if state in Visit.OPEN:
        write(visit)
    else:
        visit.save(update_fields=["state", "owner", "told_at"])
    if state == Visit.State.MISSED:
        call_back(visit)


def call_back(visit: Visit) -> None:
    """Who did not come is called, by whoever would have received them, unless they are to be called anyway."""
    customer, kind = visit.customer, Lead.Kind.CALLBACK
    if customer.leads.filter(kind=kind, done_at=None).exists():
        return
    when = formats.date_format(timezone.localtime(visit.starts_at), "SHORT_DATETIME_FORMAT")
    note = _("Did not come to the visit of %(when)s.") % {"when": when}
    due_at = limits.open_minutes_on(CALL_MINUTES)
    Lead.objects.create(
        customer=customer, kind=kind, vehicle=visit.vehicle, owner=visit.owner, note=note, due_at=due_at
    )


def news(visit: Visit) -> str:
    """What staff may tell the customer of it in a ready sentence; empty if there is nothing to tell."""
    if visit.state not in _TOLD:
        return ""
    language = visit.customer.language or "es"
    car = say(language, "visit_told_car", car=f"{visit.vehicle.name} {visit.vehicle.year}") if visit.vehicle else ""
    when = moment(language, timezone.localtime(visit.starts_at))
    return say(language, f"visit_told_{visit.state}", when=when, car=car)


def may_tell(visit: Visit) -> bool:
    """Whether WhatsApp and the customer let us write: only who wrote within its window, and never who opted out."""
    customer = visit.customer
    is_reachable = customer.channel == Customer.Channel.WHATSAPP and customer.opted_out_at is None
    return is_reachable and window.is_open(customer.pk)


def tell(visit: Visit, user_id: int | None) -> bool:
    """Send the ready sentence, once; the conversation stays whose it was. False if it was sent or may not be."""
    text = news(visit)
    if not text or not may_tell(visit):
        return False
    if not Visit.objects.filter(pk=visit.pk, told_at=None).update(told_at=Now()):
        return False
    was_karlos = not visit.customer.is_with_person
    staff.reply(visit.customer, text, user_id)
    if was_karlos:
        staff.give_back(visit.customer, user_id)
    return True


def check(visit: Visit) -> None:
    """That its car, its owner and the house are free then; until the transaction ends nobody else writes a visit. Raises Taken."""
    lock()
    booked = diary(visit.customer, visit.owner_id, since=visit.starts_at)
    stock_id = visit.vehicle.stock_id if visit.vehicle else None
    starts_at = timezone.localtime(visit.starts_at)
    if clash := booked.clash(starts_at, stock_id):
        whole = diary(visit.customer, visit.owner_id, since=timezone.now())
        raise Taken(clash, whole.free_near(starts_at, stock_id, timezone.localtime()))


def lock() -> None:
    """Whoever writes a visit is alone with the diary until the transaction ends. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
