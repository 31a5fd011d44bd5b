"""A reading: what one message says, as figures and names."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal

from assistant.reading.asked import Asked
from assistant.reading.plain import every, says, without
from inventory.vocabulary import Mention

# "About so much" is this share up and down.
ABOUT = Decimal("0.10")
# How far back from a word its refusal is looked for.
BEFORE_CHARACTERS = 28


@dataclass(kw_only=True)
class Reading:
    """What was read. Amounts are pesos, terms months, years model years; None and empty: not said."""

    text: str
    plain_text: str
    # What Karlos asked right before.
    asked: Asked = ""
    mentions: list[Mention] = field(default_factory=list)
    not_wanted: list[Mention] = field(default_factory=list)
    body_types: list[str] = field(default_factory=list)
    stock_ids: list[int] = field(default_factory=list)
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    price_about: Decimal | None = None
    year_min: int | None = None
    year_max: int | None = None
    mileage_min_km: int | None = None
    mileage_max_km: int | None = None
    seats_min: int | None = None
    colours: list[str] = field(default_factory=list)
    down_payment: Decimal | None = None
    down_payment_percent: Decimal | None = None
    months: list[int] = field(default_factory=list)
    monthly: Decimal | None = None
    income: Decimal | None = None
    dollars: Decimal | None = None
    loose: list[Decimal] = field(default_factory=list)
    pointed: list[int] = field(default_factory=list)
    # A day and a time of day that were named.
    day: date | None = None
    at: time | None = None
    # A phone number, with its country's.
    phone: str | None = None
    # A space to fit into: length, width or height -> millimetres.
    space_mm: dict[str, int] = field(default_factory=dict)

    def says(self, name: str) -> bool:
        """Whether the words contain one of the phrases of that name."""
        return says(name, self.plain_text) is not None

    def is_only(self, name: str) -> bool:
        """Whether the words are phrases of that name and nothing more: "sí, por favor"."""
        return self.says(name) and not re.search(r"\w", without(name, self.plain_text))

    def every(self, name: str) -> list[str]:
        """Each of the phrases of that name that was said."""
        return every(name, self.plain_text)

    @property
    def asks_in_dollars(self) -> bool:
        """A price or a budget in dollars is spoken of."""
        return self.dollars is not None or self.says("dollars")

    def refuses(self, name: str) -> bool:
        """Whether a phrase of that name stands right behind a refusal: "que no sea CVT", "sin automático"."""
        match = says(name, self.plain_text)
        if match is None:
            return False
        return is_refused(self.plain_text[max(0, match.start() - BEFORE_CHARACTERS) : match.start()])

    def completed_by(self, earlier: "Reading") -> "Reading":
        """This reading, and of each thing that it does not say what the earlier one says: who corrects a year keeps the model."""
        kept = {
            name: getattr(earlier, name)
            for together in _TOGETHER
            if not any(getattr(self, name) not in (None, [], {}) for name in together)
            for name in together
        }
        return replace(self, **kept)

    @property
    def answers_question(self) -> bool:
        """Whether these words give what Karlos asked for, so that what was said before still counts."""
        names_car = bool(self.mentions or self.stock_ids or self.pointed)
        has_figures = self.has_credit_figures or self.monthly is not None or self.says("no_down_payment")
        match self.asked:
            case "credit" | "payment":
                return has_figures or names_car
            case "visit" | "callback":
                return self.day is not None or self.at is not None
            case "trade_in":
                return not (self.says("stock_search") or self.says("thanks") or self.is_only("acknowledgement"))
            case _:
                return False

    @property
    def price_range(self) -> tuple[Decimal | None, Decimal | None]:
        """The prices that were asked for; "about" is ten percent up and down, unless a limit was said besides."""
        if self.price_about is None or self.price_min is not None or self.price_max is not None:
            return self.price_min, self.price_max
        return round(self.price_about * (1 - ABOUT)) + Decimal(0), round(self.price_about * (1 + ABOUT)) + Decimal(0)

    @property
    def has_credit_figures(self) -> bool:
        """A down payment, a term or a monthly payment was said."""
        return bool(self.months) or self.down_payment is not None or self.down_payment_percent is not None

    @property
    def names_others(self) -> bool:
        """Names or limits were said by which cars are searched; what a car must have is not among them."""
        limits = (
            self.price_min,
            self.price_max,
            self.price_about,
            self.year_min,
            self.year_max,
            self.mileage_min_km,
            self.mileage_max_km,
            self.seats_min,
        )
        is_named = any(mention.make or mention.absent or mention.alternatives for mention in self.mentions)
        named = is_named or self.not_wanted or self.body_types or self.stock_ids or self.colours
        return bool(named) or any(limit is not None for limit in limits)

    @property
    def has_wish(self) -> bool:
        """Something to search the stock by was said."""
        must_have = (
            "manual",
            "automatic",
            "cvt",
            "bluetooth",
            "car_play",
            "hybrid",
            "electric_car",
            "diesel",
            "gasoline",
        )
        return self.names_others or bool(self.space_mm) or any(self.says(word) for word in must_have)


# What is said anew or kept as one.
_TOGETHER = (
    ("mentions", "not_wanted", "body_types", "stock_ids", "pointed"),
    ("price_min", "price_max", "price_about", "loose"),
    ("year_min", "year_max"),
    ("mileage_min_km", "mileage_max_km"),
    ("seats_min",),
    ("colours",),
    ("down_payment", "down_payment_percent"),
    ("months",),
    ("monthly",),
    ("income",),
    ("dollars",),
    ("space_mm",),
    ("day",),
    ("at",),
)
# "Menos" refuses what follows at once: "menos BMW", but not "menos kilómetros de los Mazda".
_ARTICLE = re.compile(r"\s*(?:el|la|los|las|un|una|the)?\s*")
_ANOTHER_CLAUSE = re.compile(r"[,.;\d]|\bpero\b|\bbut\b")


def is_refused(before: str) -> bool:
    """Whether words that come right before a name refuse it. "menos de 250 mil" refuses nothing."""
    negation = says("not_wanted", before)
    if negation is None:
        return False
    between = before[negation.end() :]
    if negation[0].endswith("menos") and not _ARTICLE.fullmatch(between):
        return False
    return not _ANOTHER_CLAUSE.search(between)
