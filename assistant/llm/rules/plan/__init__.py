"""Which tools the customer's words ask for."""

from assistant import questions
from assistant.llm.rules.plan import cars, commitments, financing
from assistant.llm.rules.plan.calls import CREDIT, HAND_OFF, INFORMATION, PHOTOS, SEARCH, VISIT, Call, Step
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
# As long a question as the tool takes.
_QUESTION_MOST = 500


def calls(reading: Reading, before: Shown, done: list[Step]) -> list[Call]:
    """The next calls; none when there is nothing more to look up."""
    if done:
        return _after(reading, before, done)
    if person := commitments.handoff(reading):
        return [person]
    visit, interest = commitments.visit(reading, before), commitments.interest(reading, before)
    if visit and commitments.needs_car(reading):
        # The car that was named is found first, so that the visit is for it.
        wanted = [_information(reading, before), _about_cars(reading, before)]
    elif visit or interest or (reading.asked == "visit" and commitments.wants_visit(reading, before)):
        # The amount of an offer is no down payment.
        besides = None if interest and not visit and reading.says("offer") else _besides(reading, before)
        wanted = [visit or interest, _information(reading, before), besides]
    else:
        wanted = [_information(reading, before), financing.highest_price(reading), _about_cars(reading, before)]
    return [call for call in wanted if call]


def _after(reading: Reading, before: Shown, done: list[Step]) -> list[Call]:
    """What the cars that were found are needed for: a visit, a payment."""
    names, found = {step.name for step in done}, cars.found(reading, done)
    wanted = []
    if VISIT not in names and commitments.needs_car(reading) and HAND_OFF not in names:
        wanted.append(commitments.visit(reading, before, car=found))
    if PHOTOS not in names and found is not None and reading.says("photos"):
        wanted.append((PHOTOS, {"stock_id": found}))
    if CREDIT not in names and found is not None and done[-1].name == SEARCH and financing.wants_credit(reading):
        wanted.append(financing.estimate(reading, before, found))
    return [call for call in wanted if call]


def _information(reading: Reading, before: Shown) -> Call | None:
    topics = [topic for phrase, topic in TOPICS.items() if reading.says(phrase)]
    if before.quoted is not None and reading.says("interest_paid"):
        topics = [topic for topic in topics if topic != "credit"]
    if questions.is_asked(reading.text):
        return INFORMATION, {"topics": topics, "question": reading.text[:_QUESTION_MOST]}
    return (INFORMATION, {"topics": topics}) if topics else None


def _besides(reading: Reading, before: Shown) -> Call | None:
    """What is asked of the car in the same breath as a visit or a note: its payment, its colour."""
    asks = any(reading.says(phrase) for phrase in (*cars.QUESTIONS, "equipment", "availability"))
    return _about_cars(reading, before) if reading.has_credit_figures or asks else None


def _about_cars(reading: Reading, before: Shown) -> Call | None:
    if reading.asks_in_dollars or len(reading.pointed) > 1 or reading.says("rival_price"):
        return None
    if reading.income is not None and reading.monthly is None:
        return None
    if financing.wants_highest_price(reading):
        return financing.affordable(reading, before)
    return _naming_questions(reading, _look_up(reading, before))


def _naming_questions(reading: Reading, call: Call | None) -> Call | None:
    """A search that also names what is asked of the cars, so that what is not recorded can be told and filled in."""
    if call is None or call[0] != SEARCH or not (about := cars.asked_about(reading)):
        return call
    return SEARCH, call[1] | {"about": about}


def _look_up(reading: Reading, before: Shown) -> Call | None:
    return (
        cars.compared(reading, before)
        or cars.photos(reading, before)
        or cars.returned_to(reading, before)
        or financing.again_quoted(reading, before)
        or financing.quoted(reading, before)
        or financing.affordable(reading, before)
        or cars.like_focus(reading, before)
        or cars.asked_of_focus(reading, before)
        or cars.same_search(reading, before)
        or cars.searched(reading, before)
        or cars.of_focus(reading, before)
    )
