"""What is over its time is deleted every night, kind by kind, and the figures stay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from conversations import retention, tasks
from conversations.models import (
    Clearance,
    Customer,
    DailyFigures,
    Erasure,
    Handoff,
    Lead,
    Limits,
    Message,
    Note,
    Quote,
    Thread,
    Turn,
    Visit,
)
from inventory.models import Vehicle
from karlos_site.sessions import SessionStore
from tests.conversations.test_quotes import quoted

pytestmark = pytest.mark.django_db(transaction=True)

AT_FOUR = datetime.fromisoformat("2026-11-30T04:00:00-06:00")


@pytest.fixture(autouse=True)
def kept_here(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def talked(days_ago: int, *, customer: Customer | None = None) -> Customer:
    """A customer wrote and was answered so many days ago."""
    when = AT_FOUR - timedelta(days=days_ago)
    customer = customer or Customer.objects.create(profile_name="Ana Pérez")
    Customer.objects.filter(pk=customer.pk).update(created_at=when, last_inbound_at=AT_FOUR)
    thread = Thread.objects.create(customer=customer, started_at=when, used_at=when)
    turn = Turn.objects.create(customer=customer, thread=thread, state="done", opened_at=when)
    said = {"customer": customer, "turn": turn, "created_at": when}
    Message.objects.create(**said, author="customer", handling="answered", text="hola")
    Message.objects.create(**said, author="assistant", delivery="read", text="¡Hola!", sending_at=when)
    Note.objects.create(customer=customer, text="amable", created_at=when)
    return customer


@pytest.fixture
def night() -> Callable[[], Clearance | None]:
    def night() -> Clearance | None:
        with time_machine.travel(AT_FOUR, tick=False):
            return retention.tonight()

    return night


def test_words_go_after_their_time_and_the_figures_stay(night: Callable[[], Clearance | None]) -> None:
    Limits.objects.create(conversation_days=30)
    customer = talked(40)
    talked(10, customer=customer)
    cleared = night()
    assert cleared
    assert cleared.deleted["conversations"] == 5
    assert [model.objects.count() for model in (Message, Turn, Thread, Note)] == [2, 1, 1, 1]
    day = (AT_FOUR - timedelta(days=40)).date()
    assert DailyFigures.objects.get(day=day).conversations == 1
    assert DailyFigures.objects.get(day=day).messages_in == 1


def test_what_waits_for_somebody_stays(night: Callable[[], Clearance | None]) -> None:
    Limits.objects.create(conversation_days=30, work_days=30, customer_days=30)
    old = AT_FOUR - timedelta(days=40)
    customer = talked(40)
    Customer.objects.update(last_inbound_at=old)
    Message.objects.create(customer=customer, author="customer", handling="waiting", created_at=old)
    Lead.objects.create(customer=customer, kind="callback", due_at=old, created_at=old)
    Lead.objects.create(customer=customer, kind="offer", due_at=old, created_at=old, done_at=old)
    Handoff.objects.create(customer=customer, reason="asked", opened_at=old)
    Visit.objects.create(customer=customer, starts_at=old, due_at=old, state="done")
    night()
    assert list(Message.objects.values_list("handling", flat=True)) == ["waiting"]
    assert list(Lead.objects.values_list("kind", flat=True)) == ["callback"]
    assert Handoff.objects.count() == 1
    assert not Visit.objects.exists()
    assert Customer.objects.count() == 1


def test_who_has_not_written_for_long_is_erased(night: Callable[[], Clearance | None]) -> None:
    Limits.objects.create(customer_days=30)
    talked(40)
    Customer.objects.update(last_inbound_at=AT_FOUR - timedelta(days=40))
    stays = talked(5)
    cleared = night()
    assert cleared
    assert cleared.deleted["customers"] == 1
    assert list(Customer.objects.all()) == [stays]
    assert Erasure.objects.get().erased_by is None


def test_quotes_traces_and_sessions_have_times_of_their_own(
    night: Callable[[], Clearance | None], admin_user: object, stock: dict[int, Vehicle]
) -> None:
    Limits.objects.create(quote_days=30, trace_days=30)
    quoted(stock, customer=talked(1))
    Quote.objects.update(made_at=AT_FOUR - timedelta(days=31))
    LogEntry.objects.create(user=admin_user, action_flag=2, object_repr="x")  # type: ignore[misc]
    LogEntry.objects.update(action_time=AT_FOUR - timedelta(days=31))
    sessions = SessionStore.get_model_class().objects
    sessions.create(session_key="x", session_data="", expire_date=AT_FOUR - timedelta(hours=1))
    cleared = night()
    assert cleared
    assert {"quotes": 1, "traces": 1, "sessions": 1}.items() <= cleared.deleted.items()


def test_it_is_done_once_a_night_and_never_by_day(night: Callable[[], Clearance | None]) -> None:
    with time_machine.travel(AT_FOUR - timedelta(hours=2), tick=False):
        assert retention.tonight() is None
    assert night()
    assert night() is None
    assert Clearance.objects.count() == 1


def test_beat_rings_for_it_and_staff_read_what_it_did(settings: Settings, admin_client: Client) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["keep_retention"]["task"] == tasks.keep_retention.name
    Clearance.objects.create(day=timezone.localdate(), deleted={"quotes": 7}, finished_at=timezone.now())
    shown = admin_client.get("/admin/conversations/clearance/").content.decode()
    assert "cotizaciones: 7" in shown
