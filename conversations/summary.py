"""What a person should know who gets a conversation, put together from the records."""

from decimal import Decimal

from django.utils.translation import gettext as _

from assistant.sentences import pesos
from conversations.models import Customer, Message, Turn, Visit
from inventory.models import Vehicle

CARS_MOST = 5
QUOTES_MOST = 3
QUESTION_CHARACTERS = 500


def of(customer: Customer, turn: Turn | None, note: str = "") -> str:
    """Who it is, what was shown and quoted, what is noted, and what is open; `note` is the model's own word on it."""
    question = _question(turn)
    parts = {
        _("Customer"): str(customer),
        _("Shown"): "; ".join(_cars(customer)),
        _("Quotes"): "; ".join(_quotes(customer)),
        _("Visit"): "; ".join(_visits(customer)),
        _("To do"): "; ".join(_leads(customer)),
        _("Open question"): f"«{question}»" if question else "",
        _("Note"): "" if question and question in note else note,
    }
    return "\n".join(f"{name}: {told}" for name, told in parts.items() if told)


def _cars(customer: Customer) -> list[str]:
    """The last cars that the customer was told of, with the prices of then."""
    prices: dict[str, str] = {}
    for cars in customer.messages.exclude(cars={}).order_by("-id").values_list("cars", flat=True)[:CARS_MOST]:
        prices = prices | {stock_id: price for stock_id, price in cars.items() if stock_id not in prices}
    shown = list(prices.items())[:CARS_MOST]
    vehicles = {
        vehicle.stock_id: vehicle for vehicle in Vehicle.objects.filter(stock_id__in=[int(car) for car, _ in shown])
    }
    return [f"{vehicles.get(int(car), car)}, {pesos(Decimal(price))}" for car, price in shown]


def _quotes(customer: Customer) -> list[str]:
    return [
        _("%(folio)s: %(car)s, %(monthly)s a month over %(months)d months")
        % {"folio": quote.folio, "car": quote.car, "monthly": pesos(quote.monthly_mxn), "months": quote.months}
        for quote in customer.quotes.order_by("-made_at", "-pk")[:QUOTES_MOST]
    ]


def _visits(customer: Customer) -> list[str]:
    return [
        f"{visit} ({visit.get_state_display()}){f', {visit.vehicle}' if visit.vehicle else ''}"
        for visit in customer.visits.filter(state__in=Visit.OPEN).select_related("vehicle")
    ]


def _leads(customer: Customer) -> list[str]:
    return [
        f"{lead}{f', {lead.vehicle}' if lead.vehicle else ''}"
        for lead in customer.leads.filter(done_at=None).select_related("vehicle").order_by("due_at")
    ]


def _question(turn: Turn | None) -> str:
    """What the customer wrote and nobody has answered."""
    if turn is None:
        return ""
    said = turn.messages.filter(author=Message.Author.CUSTOMER).order_by("id").values_list("text", flat=True)
    return " / ".join(filter(None, said))[:QUESTION_CHARACTERS]
