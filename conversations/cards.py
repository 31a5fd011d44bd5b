"""A car as a member of staff shows it to a customer: our sentences, with the figures of this moment."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from assistant.sentences import count, pesos, say
from inventory import financing, photos
from inventory.financing import FinancingError
from inventory.models import CreditTerms, Vehicle, VehiclePhoto

FOUND_MOST = 8
PHOTOS_MOST = 6


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One of a car's photos, and where it is seen."""

    pk: int
    address: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """The words, the price that they rest on, and what the car looks like."""

    stock_id: int
    name: str
    price_mxn: Decimal
    text: str
    photos: tuple[Photo, ...]


def found(words: str, language: str) -> list[Card]:
    """Cars for sale that these words name (make, model, trim, year or stock id), the cheapest first."""
    vehicles = _named(words.split()).prefetch_related("photos")[:FOUND_MOST]
    terms = CreditTerms.current()
    return [_card(vehicle, language, terms) for vehicle in vehicles]


def _named(words: list[str]) -> QuerySet[Vehicle]:
    vehicles = Vehicle.objects.for_sale()
    for word in words:
        named = Q(make__icontains=word) | Q(model__icontains=word) | Q(trim__icontains=word)
        if word.isdecimal() and len(word) < 10:
            named |= Q(year=int(word)) | Q(stock_id=int(word))
        vehicles = vehicles.filter(named)
    return vehicles.order_by("price_mxn", "stock_id")


def _card(vehicle: Vehicle, language: str, terms: CreditTerms) -> Card:
    title = " ".join(filter(None, (f"*{vehicle.name} {vehicle.year}*", vehicle.trim)))
    figures = say(
        language,
        "card_figures",
        mileage=count(vehicle.mileage_km),
        price=pesos(vehicle.price_mxn),
        stock_id=vehicle.stock_id,
    )
    return Card(
        stock_id=vehicle.stock_id,
        name=f"{vehicle.name} {vehicle.year}",
        price_mxn=vehicle.price_mxn,
        text="\n".join([title, figures, *_payment(vehicle, language, terms)]),
        photos=tuple(Photo(pk=p.pk, address=photos.address(p)) for p in list(vehicle.photos.all())[:PHOTOS_MOST]),
    )


def _payment(vehicle: Vehicle, language: str, terms: CreditTerms) -> list[str]:
    """The least down payment over the longest term, with what it rests on; nothing of a car that can't be financed."""
    months = max(terms.terms_months)
    down = financing.minimum_down_payment(vehicle.price_mxn, terms)
    try:
        estimate = financing.estimate(vehicle.price_mxn, down, months, terms)
    except FinancingError:
        return []
    figures = {"monthly": pesos(estimate.monthly_mxn), "months": months}
    if down:
        told = say(language, "card_payment", down_payment=pesos(down), **figures)
    else:
        told = say(language, "card_payment_alone", **figures)
    return [told, f"_{terms.assumptions_in(language)}_"]


def photo_of(stock_id: int, photo_id: int) -> str:
    """Where WhatsApp fetches this photo of the car; empty if it is not, or no longer, one of them."""
    photo = VehiclePhoto.objects.filter(pk=photo_id, vehicle__stock_id=stock_id).first()
    return photos.address(photo) if photo else ""
