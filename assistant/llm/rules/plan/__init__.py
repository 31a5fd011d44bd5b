"""Which tools the customer's words ask for."""

from assistant.llm.rules.plan import cars, commitments, financing
from assistant.llm.rules.plan.calls import INFORMATION, Call, Step
from assistant.reading import Reading
from assistant.reading.shown import Shown

# Phrases that ask for a text of the dealership: phrase -> topic.
TOPICS = {
    "address": "address",
    "hours": "hours",
    "phone": "phone",
    "warranty": "warranty",
    "returns": "returns",
    "documents": "documents",
    "payment_methods": "payment_methods",
    "credit_conditions": "credit",
    "trade_in": "trade_in",
    "test_drive": "test_drive",
    "home_delivery": "delivery",
    "about": "about",
}


def calls(reading: Reading, before: Shown, done: list[Step]) -> list[Call]:
    """The next calls; none when there is nothing more to look up."""
    if done:
        return financing.after_search(reading, done)
    if (
        first := commitments.handoff(reading)
        or commitments.visit(reading, before)
        or commitments.interest(reading, before)
    ):
        return [first]
    wanted = (_information(reading), financing.highest_price(reading), _about_cars(reading, before))
    return [call for call in wanted if call]


def _information(reading: Reading) -> Call | None:
    topics = [topic for phrase, topic in TOPICS.items() if reading.says(phrase)]
    return (INFORMATION, {"topics": topics}) if topics else None


def _about_cars(reading: Reading, before: Shown) -> Call | None:
    if reading.dollars is not None or len(reading.pointed) > 1 or reading.says("rival_price"):
        return None
    if financing.wants_highest_price(reading):
        return financing.affordable(reading, before)
    return (
        financing.again_quoted(reading, before)
        or financing.quoted(reading, before)
        or financing.affordable(reading, before)
        or cars.like_focus(reading, before)
        or cars.asked_of_focus(reading, before)
        or cars.same_search(reading, before)
        or cars.searched(reading, before)
        or cars.of_focus(reading, before)
    )
