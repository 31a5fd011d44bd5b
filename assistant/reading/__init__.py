"""What a customer's words say, read by code once and for both models: names, figures, what they point at and what they ask."""

import functools
from collections.abc import Sequence
from datetime import datetime

from assistant.items import Item, Remark, Said
from assistant.reading import amounts, asked, facts, mending, names, phones, pointing, times
from assistant.reading.amounts import thousands
from assistant.reading.plain import parted, plain, without_ad
from assistant.reading.reading import Reading
from assistant.reading.shown import Shown, shown

__all__ = ("Reading", "last_words", "read", "remarks", "thousands")


def read(items: Sequence[Item], now: datetime) -> Reading:
    """What the customer's last words say, in the light of what was shown to them and asked of them before."""
    words, before = last_words(items), shown(items)
    mended = mending.mended(words)
    reading = _corrected(mended, asked.last(items), before)
    reading.text, reading.plain_text = words, without_ad(plain(mended))
    when = times.read(reading.plain_text, now)
    reading.day, reading.at = when.day, when.at
    reading.phone = phones.read(words)
    if several := pointing.each(reading, before):
        reading.stock_ids = several
    else:
        reading.pointed = pointing.pointed(reading, before)
    if reading.asked in {"callback", "trade_in"} and reading.answers_question:
        reading.text = f"{last_words(_before_question(items))}\n{reading.text}"
    elif reading.answers_question:
        return reading.completed_by(read(_before_question(items), now))
    return reading


def _corrected(text: str, question: asked.Asked, before: Shown) -> Reading:
    """Names and figures; what is said after "no, perdón" counts for more than what was said before it."""
    parts = [Reading(text=part, plain_text=plain(part), asked=question) for part in parted("correction", text)]
    for part in parts:
        names.read(part)
        amounts.read(part, before)
    return functools.reduce(lambda earlier, later: later.completed_by(earlier), parts)


def _before_question(items: Sequence[Item]) -> Sequence[Item]:
    """The thread up to the customer's words that Karlos answered with a question."""
    spoken = [n for n, item in enumerate(items) if isinstance(item, Said) and item.author != "customer"]
    end = spoken[-1]
    while end and not (isinstance(items[end - 1], Said)):
        end -= 1
    return items[:end]


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
