"""What an import of stock means for people: open conversations and quotes about cars whose price or status it changed."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from conversations import access, quotes, window
from conversations.models import Customer, Message, Quote
from inventory import stock_words
from inventory.models import StockImport, StockImportRow
from inventory.stock_words import Change

_MOST = 50
_TOLD = ("price_mxn", "status")


@dataclass(frozen=True, kw_only=True)
class Car:
    """A car as the import knows it, and what it changed of what customers were told."""

    name: str
    stock_id: int
    changes: list[Change]


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Somebody who was told of these cars, and still may be written to or waits for a person."""

    customer: Customer
    cars: list[Car]


@dataclass(frozen=True, kw_only=True)
class QuoteOfCar:
    quote: Quote
    car: Car


@dataclass(frozen=True, kw_only=True)
class Touched:
    """The newest of each; `more` that are not shown."""

    conversations: list[Conversation]
    quotes: list[QuoteOfCar]
    more: int


def by(stock_import: StockImport, user: User) -> Touched:
    """As far as this member of staff sees the customers."""
    cars = {car.stock_id: car for car in map(_car, _rows(stock_import))}
    conversations = _conversations(cars, user) if cars else []
    told = _quotes(stock_import, user)
    return Touched(
        conversations=conversations[:_MOST],
        quotes=[QuoteOfCar(quote=quote, car=cars[quote.stock_id]) for quote in told[:_MOST]],
        more=max(0, len(conversations) - _MOST) + max(0, told.count() - _MOST),
    )


def _rows(stock_import: StockImport) -> QuerySet[StockImportRow]:
    saved = [StockImportRow.Outcome.SAVED, StockImportRow.Outcome.UNDONE, StockImportRow.Outcome.KEPT]
    of_known = ~Q(what=StockImportRow.What.NEW) & Q(outcome__in=saved)
    told = Q(changes__has_key="price_mxn") | Q(changes__has_key="status")
    return stock_import.rows.filter(of_known & told).order_by("stock_id")


def _car(row: StockImportRow) -> Car:
    changes = [change for change in stock_words.changes(row) if change.field in _TOLD]
    return Car(name=row.car, stock_id=row.stock_id or 0, changes=changes)


def _conversations(cars: dict[int, Car], user: User) -> list[Conversation]:
    waiting = Q(handoffs__closed_at=None, handoffs__isnull=False)
    open_ones = access.customers_of(user).filter(Q(last_inbound_at__gt=Now() - window.LASTS) | waiting).distinct()
    told: dict[int, set[int]] = {}
    messages = Message.objects.filter(customer__in=open_ones).exclude(cars={}).values_list("customer_id", "cars")
    for customer_id, named in messages.iterator():
        touched = {int(stock_id) for stock_id in named} & cars.keys()
        if touched:
            told.setdefault(customer_id, set()).update(touched)
    customers = Customer.objects.filter(pk__in=told).order_by("-last_inbound_at")
    return [Conversation(customer=customer, cars=_of(cars, told[customer.pk])) for customer in customers]


def _of(cars: dict[int, Car], stock_ids: Iterable[int]) -> list[Car]:
    return [cars[stock_id] for stock_id in sorted(stock_ids)]


def _quotes(stock_import: StockImport, user: User) -> QuerySet[Quote]:
    fresh = Quote.objects.filter(
        made_at__gt=Now() - quotes.ADDRESS_LASTS, stock_id__in=_rows(stock_import).values("stock_id")
    )
    return access.limited(fresh, user).select_related("customer").order_by("-made_at", "-pk")
