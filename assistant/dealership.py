"""What the dealership says of itself: staff's text in the database, the marked example until there is any."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from assistant import questions
from assistant.models import DealershipText, OpeningHours
from assistant.sentences import PROMPTS
from inventory import stamp

TOPICS: tuple[str, ...] = tuple(DealershipText.Topic.values)


@dataclass(frozen=True)
class Told:
    """What customers may be told on one topic, in their language."""

    topic: str
    text: str
    is_example: bool


@cache
def _examples() -> dict[str, dict[str, str]]:
    return tomllib.loads((PROMPTS / "dealership.toml").read_text(encoding="utf-8"))


def start_from_examples() -> int:
    """Write the example texts for the topics that have none, marked as examples. Returns how many were written.

    The example questions come with the first of them: whoever deletes one does not want it back.
    """
    if not DealershipText.objects.exists():
        questions.start_from_examples()
    missing = set(_examples()) - set(DealershipText.objects.values_list("topic", flat=True))
    rows = [
        DealershipText(topic=topic, spanish=text["es"], english=text["en"], is_example=True)
        for topic, text in _examples().items()
        if topic in missing
    ]
    return len(DealershipText.objects.bulk_create(rows, ignore_conflicts=True))


def tell(topics: list[str], language: str) -> tuple[list[Told], list[str]]:
    """What is known on these topics, and the topics that nothing is known on.

    A topic that staff have not touched is told from the example; one that they have emptied is not known.
    """
    rows = _texts()
    known, unknown = [], []
    for topic in dict.fromkeys(topics):
        fact = _of_row(rows[topic], language) if topic in rows else _of_example(topic, language)
        if fact:
            known.append(fact)
        else:
            unknown.append(topic)
    return known, unknown


@stamp.kept
def _texts() -> dict[str, DealershipText]:
    return {row.topic: row for row in DealershipText.objects.all()}


def _of_row(row: DealershipText, language: str) -> Told | None:
    text = (row.english.strip() if language == "en" else "") or row.spanish.strip()
    return Told(row.topic, text, row.is_example) if text else None


def _of_example(topic: str, language: str) -> Told | None:
    text = _examples().get(topic)
    return Told(topic, text["en" if language == "en" else "es"], is_example=True) if text else None


def name() -> str:
    """The dealership's name."""
    known, _ = tell(["name"], "es")
    return known[0].text if known else ""


# Until staff write their own: the hours of the example text.
_EXAMPLE_HOURS = {**dict.fromkeys(range(5), (time(9), time(19))), 5: (time(9), time(15))}


def hours_on(day: date) -> tuple[time, time] | None:
    """When the dealership opens and closes on a day; None if it stays closed."""
    return _hours().get(day.weekday())


@stamp.kept
def _hours() -> dict[int, tuple[time, time]]:
    return {row.weekday: (row.opens, row.closes) for row in OpeningHours.objects.all()} or _EXAMPLE_HOURS


def opens_at(now: datetime) -> datetime:
    """When it opens next; while it is open, now."""
    for days in range(8):
        day = now.date() + timedelta(days=days)
        if (hours := hours_on(day)) is None:
            continue
        opens, closes = (datetime.combine(day, at, tzinfo=now.tzinfo) for at in hours)
        if now < closes:
            return max(now, opens)
    raise AssertionError("unreachable: it opens on one day of the week at least")
