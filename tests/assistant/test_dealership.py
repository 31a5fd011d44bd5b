"""What the dealership says of itself: examples until staff write, in the customer's language."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import dealership
from assistant.dealership import TOPICS, Told
from assistant.models import DealershipText

pytestmark = pytest.mark.django_db


def test_a_topic_that_staff_have_not_touched_is_told_from_the_example() -> None:
    (hours,), unknown = dealership.tell(["hours"], "es")
    assert hours.is_example
    assert "Texto de ejemplo" in hours.text
    assert unknown == []


def test_what_staff_wrote_is_told_instead() -> None:
    DealershipText.objects.create(topic="hours", spanish="De 9 a 19.", english="From 9 to 19.")
    assert dealership.tell(["hours"], "es")[0] == [Told("hours", "De 9 a 19.", is_example=False)]
    assert dealership.tell(["hours"], "en")[0] == [Told("hours", "From 9 to 19.", is_example=False)]


@pytest.mark.parametrize("english", ["", "  \n"])
def test_without_an_english_text_the_spanish_one_is_told(english: str) -> None:
    DealershipText.objects.create(topic="hours", spanish="De 9 a 19.", english=english)
    assert dealership.tell(["hours"], "en")[0] == [Told("hours", "De 9 a 19.", is_example=False)]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_topic_that_staff_have_emptied_is_not_known(language: str) -> None:
    DealershipText.objects.create(topic="hours", spanish=" ", english="")
    assert dealership.tell(["hours", "address"], language)[1] == ["hours"]


def test_a_topic_without_text_and_example_is_not_known() -> None:
    assert dealership.tell(["phone", "phone", "delivery"], "es") == ([], ["phone", "delivery"])


def test_topics_come_in_the_order_asked_and_once() -> None:
    known, _ = dealership.tell(["warranty", "address", "warranty"], "es")
    assert [fact.topic for fact in known] == ["warranty", "address"]


def test_the_examples_are_written_once_and_marked() -> None:
    written = dealership.start_from_examples()
    assert written == DealershipText.objects.filter(is_example=True).count() > 5
    assert dealership.start_from_examples() == 0
    assert DealershipText.objects.count() == written


def test_starting_from_examples_leaves_what_staff_wrote() -> None:
    DealershipText.objects.create(topic="hours", spanish="De 9 a 19.")
    dealership.start_from_examples()
    assert DealershipText.objects.get(topic="hours").spanish == "De 9 a 19."
    assert not DealershipText.objects.get(topic="hours").is_example


def test_every_example_is_on_a_topic_that_there_is_and_says_that_it_is_one() -> None:
    dealership.start_from_examples()
    for text in DealershipText.objects.exclude(topic="name"):
        assert text.topic in TOPICS
        assert "(Texto de ejemplo)" in text.spanish
        assert "(Example text)" in text.english


def test_the_dealerships_name_is_what_staff_call_it() -> None:
    assert dealership.name() == "Autos Ejemplo"
    DealershipText.objects.create(topic="name", spanish="Autos del Valle")
    assert dealership.name() == "Autos del Valle"


MINUTES_PER_WEEK = 7 * 24 * 60


@given(minutes=st.integers(0, MINUTES_PER_WEEK))
def test_it_opens_at_the_first_open_moment_from_now_on(minutes: int) -> None:
    now = datetime(2026, 11, 23, tzinfo=ZoneInfo("America/Mexico_City")) + timedelta(minutes=minutes)
    opens_at = dealership.opens_at(now)
    hours = dealership.hours_on(opens_at.date())
    assert hours is not None
    assert now <= opens_at
    assert hours[0] <= opens_at.time() < hours[1]
    assert opens_at == now or opens_at.time() == hours[0]
    assert opens_at - now < timedelta(days=2)
