"""What a customer's words say, read by code once and for both models: names, figures, what they point at and what they ask."""

from collections.abc import Sequence
from datetime import datetime

from assistant.items import Item, Remark, Said
from assistant.reading import amounts, facts, names, pointing, times
from assistant.reading.amounts import thousands
from assistant.reading.plain import plain
from assistant.reading.reading import Reading
from assistant.reading.shown import shown

__all__ = ("Reading", "last_words", "read", "remarks", "thousands")


def read(items: Sequence[Item], now: datetime) -> Reading:
    """What the customer's last words say, in the light of what was shown to them before."""
    text = last_words(items)
    reading = Reading(text=text, plain_text=plain(text))
    names.read(reading)
    amounts.read(reading, shown(items))
    when = times.read(reading.plain_text, now)
    reading.day, reading.at = when.day, when.at
    reading.pointed = pointing.pointed(reading.plain_text, reading.loose, shown(items))
    return reading


def last_words(items: Sequence[Item]) -> str:
    """What the customer said since anybody else spoke."""
    said: list[str] = []
    for item in reversed(items):
        if isinstance(item, Said) and item.author == "customer":
            said.append(item.text)
        elif isinstance(item, Said):
            break
    return "\n".join(reversed(said))


def remarks(items: Sequence[Item], now: datetime) -> tuple[Remark, ...]:
    """The reading as facts for a language model: nothing if nothing was read."""
    known = facts.of(read(items, now))
    if not known:
        return ()
    return (Remark("Read from the customer's last words by code: " + "; ".join(known) + ".", is_ground=True),)
