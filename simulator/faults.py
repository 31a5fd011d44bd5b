"""What can be made to go wrong, and how often it still will."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from simulator.models import Fault, Revision


@dataclass(frozen=True, kw_only=True)
class Kind:
    name: str
    label: Promise
    explanation: Promise


TOO_MANY_REQUESTS = "too-many-requests"
SERVER_ERROR = "server-error"
HANG = "hang"
LOST = "accepted-then-lost"
UNDELIVERED = "undelivered"
NO_CALLBACKS = "no-callbacks"
TWO_CALLBACKS = "callbacks-twice"
CALLBACKS_REVERSED = "callbacks-out-of-order"
NO_READ_RECEIPTS = "no-read-receipts"
TYPING_ERROR = "typing-error"

KINDS = [
    Kind(name=TOO_MANY_REQUESTS, label=_("429: too many requests"), explanation=_("Not taken; safe to try again.")),
    Kind(name=SERVER_ERROR, label=_("500: server error"), explanation=_("Not taken, but the sender cannot know.")),
    Kind(name=HANG, label=_("No answer"), explanation=_("Hangs until the sender gives up; not taken.")),
    Kind(name=LOST, label=_("Taken, answer lost"), explanation=_("The phone gets it, the sender sees an error.")),
    Kind(name=UNDELIVERED, label=_("Undelivered (63016)"), explanation=_("Taken, then refused by WhatsApp.")),
    Kind(name=NO_CALLBACKS, label=_("No status callbacks"), explanation=_("Delivered, but nobody is told.")),
    Kind(name=TWO_CALLBACKS, label=_("Status callbacks twice"), explanation=_("Each one is posted two times.")),
    Kind(
        name=CALLBACKS_REVERSED, label=_("Status callbacks out of order"), explanation=_("“delivered” before “sent”.")
    ),
    Kind(name=NO_READ_RECEIPTS, label=_("No read receipts"), explanation=_("The customer has switched them off.")),
    Kind(name=TYPING_ERROR, label=_("Typing indicator fails"), explanation=_("500 for “typing…”.")),
]
NAMES = frozenset(kind.name for kind in KINDS)


def switch_on(name: str, times: int | None = None) -> None:
    """From now on; `times` is how often it happens before it ends by itself."""
    with transaction.atomic():
        Revision.advance()
        Fault.objects.update_or_create(name=name, defaults={"left": times})


def switch_off(name: str) -> None:
    with transaction.atomic():
        Revision.advance()
        Fault.objects.filter(name=name).delete()


def is_on(name: str) -> bool:
    return Fault.objects.filter(name=name).exists()


def strikes(name: str) -> bool:
    """Whether it happens this time, which counts as one."""
    if not is_on(name):
        return False
    with transaction.atomic():
        Revision.advance()
        counted = Fault.objects.filter(name=name, left__gt=0).update(left=F("left") - 1)
        Fault.objects.filter(name=name, left=0).delete()
    return bool(counted) or Fault.objects.filter(name=name, left=None).exists()


def switched_on() -> dict[str, int | None]:
    """Name to how many times are left; None until it is switched off."""
    return dict(Fault.objects.values_list("name", "left"))
