"""Looks out for cars that customers wait for: staff are told, never the customer."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import ngettext

from conversations import alerts, limits
from conversations.models import Arrival, Lead, SeenForSale
from inventory import matching, named
from inventory.models import Vehicle, VehicleQuerySet
from inventory.wish import Wish

logger = logging.getLogger(__name__)

CARS_MOST = 1000
ROUNDS_MOST = 20
# Within which, of opening hours, somebody should write to the customer.
DUE_MINUTES = 60
MAIL_MOST = 50


def look(cars_most: int = CARS_MOST) -> int:
    """Compare what is for sale with what the last look saw, so many cars at a time; how many arrivals somebody waited for.

    However a car came (import, admin, anything): what is for sale and was not seen is new. Two looks at once see each car once.
    """
    _forget_gone()
    found: list[Arrival] = []
    for _ in range(ROUNDS_MOST):
        try:
            seen, arrivals = _look_at_some(cars_most)
        except IntegrityError:  # another look is at it
            break
        found.extend(arrivals)
        if seen < cars_most:
            break
    if found:
        _alert(found)
    return len(found)


def _forget_gone() -> None:
    """What is not for sale any more is new when it comes back."""
    for_sale = Vehicle.objects.for_sale().filter(pk=OuterRef("vehicle"))
    SeenForSale.objects.filter(~Exists(for_sale)).delete()


@transaction.atomic
def _look_at_some(most: int) -> tuple[int, list[Arrival]]:
    unseen = Vehicle.objects.for_sale().filter(~Exists(SeenForSale.objects.filter(vehicle=OuterRef("pk"))))
    cars = list(unseen.order_by("pk").values_list("pk", flat=True)[:most])
    SeenForSale.objects.bulk_create(SeenForSale(vehicle_id=car) for car in cars)
    return len(cars), _arrived(cars) if cars else []


def _arrived(cars: list[int]) -> list[Arrival]:
    """Write down which of these cars somebody waits for; that lead is work from now on."""
    arrivals: list[Arrival] = []
    for lead in Lead.objects.filter(kind=Lead.Kind.WATCH, done_at=None).exclude(wish={}).iterator():
        known = Arrival.objects.filter(lead=lead, vehicle__in=cars).values_list("vehicle", flat=True)
        coming = _fitting(lead).filter(pk__in=cars).exclude(pk__in=list(known))
        arrivals.extend(Arrival(lead=lead, vehicle=vehicle) for vehicle in coming)
    Arrival.objects.bulk_create(arrivals)
    due_at = limits.open_minutes_on(DUE_MINUTES)
    Lead.objects.filter(pk__in={arrival.lead_id for arrival in arrivals}, due_at=None).update(
        due_at=due_at, alerted_at=None
    )
    return arrivals


def _fitting(lead: Lead) -> VehicleQuerySet:
    """Also cars of which something is not recorded: a person looks before anybody is told."""
    wish = Wish.of_json(lead.wish)
    return Vehicle.objects.for_sale().filter(matching.possible(wish, named.read(wish)))


def _alert(arrivals: Iterable[Arrival]) -> None:
    """One mail for a look, with each car and the conversation of who waits for it."""
    told = list(arrivals)
    subject = ngettext(
        "%(count)d car has come that a customer waits for",
        "%(count)d cars have come that customers wait for",
        len(told),
    )
    lines = [
        f"{arrival.vehicle}: {alerts.page(arrival.vehicle)}\n  {alerts.page(arrival.lead.customer)}"
        for arrival in told[:MAIL_MOST]
    ]
    if len(told) > MAIL_MOST:
        lines.append(settings.PUBLIC_BASE_URL + reverse("admin:conversations_lead_todo"))
    alerts.send(subject % {"count": len(told)}, lines)
    logger.info("%s cars have come that customers wait for", len(told))
