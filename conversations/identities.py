"""Who wrote: the customer of the identities that a message carries, made if none is known."""

from functools import cache

from django.db.models import CharField

from conversations.models import Customer, Identity
from conversations.whatsapp import Inbound
from inventory import prepared
from inventory.prepared import Gap, Select

Pair = tuple[str, str]

_NEW = prepared.insert(Customer(**prepared.gaps_of(Customer, "channel")))
_KNOWN_BY = prepared.insert(Identity(**prepared.gaps_of(Identity, "customer_id", "kind", "value")))


def customer_of(inbound: Inbound) -> Customer:
    """The customer of these identities, the row locked: whoever closes a turn of this customer comes before or after, not in between.

    The surest identity decides. A phone that belonged to someone with another business-scoped id has changed hands: it
    moves to the newcomer. One whose owner had no such id yet is the same person's.
    """
    known = {pair: owner for pair in inbound.identities if (owner := _locked(pair))}
    decisive = next(
        (pair for pair in inbound.identities if pair in known and _decides(pair, known[pair], inbound)), None
    )
    customer = known[decisive] if decisive else _NEW.add(Customer(channel=inbound.channel))
    for kind, value in inbound.identities:
        if (kind, value) not in known:
            _KNOWN_BY.add(Identity(customer=customer, kind=kind, value=value))
        elif known[kind, value] != customer:
            Identity.objects.filter(kind=kind, value=value).update(customer=customer)
    return customer


def _locked(pair: Pair) -> Customer | None:
    """The customer who is known by this, in one statement with the lock. SQLite has one writer anyway."""
    return _owner().first(kind=pair[0], value=pair[1])


@cache
def _owner() -> Select[Customer]:
    by = {name: Gap(name, CharField()) for name in ("kind", "value")}
    owners = Customer.objects.filter(identities__kind=by["kind"], identities__value=by["value"])
    return prepared.select(owners.select_for_update(of=("self",), no_key=True))


def _decides(pair: Pair, owner: Customer, inbound: Inbound) -> bool:
    """Whether this known identity tells who it is."""
    if pair[0] == Identity.Kind.BUSINESS_USER:
        return True
    ids = [value for kind, value in inbound.identities if kind == Identity.Kind.BUSINESS_USER]
    if not ids:
        return True
    theirs = Identity.objects.filter(customer=owner, kind=Identity.Kind.BUSINESS_USER)
    return not theirs.exclude(value__in=ids).exists()
