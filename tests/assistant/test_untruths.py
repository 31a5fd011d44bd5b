"""Every figure, car and status that is changed in a true answer is found out, and true answers pass."""

import functools
import random
from collections.abc import Iterator

import pytest
from django.conf import settings

from assistant import guardrails
from inventory.stock_import import import_stock
from tests.assistant import truths, untruths
from tests.assistant.truths import Truth

# One process, which makes the answers once.
pytestmark = [pytest.mark.anywhere, pytest.mark.django_db, pytest.mark.xdist_group("untruths")]

TRUTHS = 300
BLOCKED_MOST = 3
CHANGED_EACH = 3


@pytest.fixture
def three_hundred(db: None) -> list[Truth]:
    import_stock(settings.ROOT / "fixtures/vehicles.csv")
    return _sampled()


@functools.cache
def _sampled() -> list[Truth]:
    known = truths.every()
    assert len(known) >= TRUTHS
    return random.Random(1).sample(known, TRUTHS)


def test_three_hundred_true_answers_pass(three_hundred: list[Truth]) -> None:
    blocked = {truth.text: guardrails.check(truth.text, truth.items).violations for truth in three_hundred}
    assert len([text for text, found in blocked.items() if found]) <= BLOCKED_MOST, blocked


def test_each_of_them_is_caught_with_a_figure_a_car_or_a_status_changed(three_hundred: list[Truth]) -> None:
    sent = [
        (changed, text)
        for truth, changed, text in _changed(three_hundred)
        if not guardrails.check(text, truth.items).violations
    ]
    assert sent == []


def _changed(known: list[Truth]) -> Iterator[tuple[Truth, str, str]]:
    chance = random.Random(2)
    for truth in known:
        ways = [way for way in untruths.of(truth, chance) if way[1] != truth.text]
        for changed, text in chance.sample(ways, min(CHANGED_EACH, len(ways))):
            yield truth, changed, text
