"""Threads: 30 minutes, sliding; the id in Redis, everything that matters in the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache as default_cache
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from assistant.items import Item, Said, ToolCall, ToolResult
from conversations import staff, threads
from conversations.models import Customer, Thread
from conversations.models import Item as Row
from inventory.models import Vehicle
from tests.conftest import redis_is_emptied
from tests.conversations.conftest import Answer, Write

# django-redis adds to Django's cache what the tests look at: keys, times to live.
cache: Any = default_cache

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(db: None) -> Customer:
    return Customer.objects.create()


def last_used(thread: Thread, ago: timedelta) -> None:
    Thread.objects.filter(pk=thread.pk).update(used_at=Now() - ago)


def test_the_thread_id_is_in_redis_for_thirty_minutes(customer: Customer, redis: None) -> None:
    thread = threads.upsert(customer)
    (key,) = cache.keys("thread:*")
    assert cache.get(key) == str(thread.pk)
    assert 29 * 60 < cache.ttl(key) <= 30 * 60


def test_every_use_renews_the_thirty_minutes(customer: Customer, redis: None) -> None:
    thread = threads.upsert(customer)
    (key,) = cache.keys("thread:*")
    cache.expire(key, timeout=5)
    assert threads.upsert(customer) == thread
    assert cache.ttl(key) > 29 * 60


def test_after_thirty_minutes_a_new_thread_begins(customer: Customer, redis: None) -> None:
    thread = threads.upsert(customer)
    redis_is_emptied()
    last_used(thread, timedelta(minutes=31))
    assert threads.upsert(customer) != thread


def test_a_redis_that_forgot_everything_loses_no_thread(customer: Customer, redis: None) -> None:
    thread = threads.upsert(customer)
    redis_is_emptied()
    assert threads.upsert(customer) == thread


def test_without_any_redis_the_database_knows(customer: Customer, settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert threads.upsert(customer) == threads.upsert(customer)


def test_an_id_that_is_not_this_customers_is_not_used(customer: Customer, redis: None) -> None:
    threads.upsert(customer)
    (key,) = cache.keys("thread:*")
    other = threads.upsert(Customer.objects.create())
    cache.set(key, str(other.pk))
    assert threads.upsert(customer) != other


def test_items_come_back_as_they_were(customer: Customer) -> None:
    thread = threads.upsert(customer)
    gained: list[Item] = [
        Said("customer", "hola"),
        ToolCall("c1", "fetch_vehicles_data", '{"models": ["sentra"]}'),
        ToolResult("c1", '{"total": 1}'),
        Said("assistant", "Hay uno"),
        Said("staff", "Soy Luis"),
    ]
    threads.append(thread, gained)
    assert list(threads.read(thread)) == gained


def test_a_long_thread_is_cut_in_front_of_the_customers_words(customer: Customer) -> None:
    thread = threads.upsert(customer)
    for n in range(30):
        threads.append(
            thread,
            [Said("customer", str(n)), ToolCall(f"c{n}", "x", "{}"), ToolResult(f"c{n}", "{}"), Said("assistant", "a")],
        )
    items = threads.read(thread)
    assert len(items) <= threads.ITEMS_MOST
    assert isinstance(items[0], Said)
    calls = {item.call_id for item in items if isinstance(item, ToolCall)}
    assert calls == {item.call_id for item in items if isinstance(item, ToolResult)}


def test_karlos_knows_what_staff_wrote_when_he_gets_the_conversation_back(
    write: Write, answer: Answer, django_user_model: type[User]
) -> None:
    customer = write("quiero hablar con una persona")
    answer(customer)
    staff.reply(customer, "Soy Luis, ¿qué auto viste?")
    write("el sentra")
    user = django_user_model.objects.create_user("luis")
    assert staff.give_back(customer, user.pk)
    assert "Sentra" in answer(write("sí, ese"))[0]
    said = list(Row.objects.filter(kind__in=["customer", "staff"]).values_list("kind", "content__text"))
    assert said == [
        ("customer", "quiero hablar con una persona"),
        ("staff", "Soy Luis, ¿qué auto viste?"),
        ("customer", "el sentra"),
        ("customer", "sí, ese"),
    ]


def test_yesterdays_car_is_remembered_and_looked_up_again(
    write: Write, answer: Answer, stock: dict[int, Vehicle]
) -> None:
    customer = write("me interesa el 201")
    answer(customer)
    threads.forget(customer)
    Vehicle.objects.filter(stock_id=201).update(price_mxn=275_000)
    (text,) = answer(write("hola de nuevo, ¿sigue disponible el que vi ayer?"))
    assert "Sentra 2019" in text
    assert "$275,000" in text
    assert Thread.objects.count() == 2


def test_without_a_word_of_before_yesterdays_car_is_not_brought_up(write: Write, answer: Answer) -> None:
    customer = write("me interesa el 201")
    answer(customer)
    threads.forget(customer)
    assert "Sentra" not in answer(write("hola"))[0]
