"""What Prometheus is told, and who may read it."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from pytest_django.fixtures import Settings

from conversations import metrics
from conversations.models import Customer, Message, Turn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis")]


@pytest.fixture
def told(client: Client, settings: Settings) -> str:
    """A customer who has been due for a minute, one message out, one turn."""
    settings.DEBUG = True
    customer = Customer.objects.create(due_at=Now() - timedelta(minutes=1))
    turn = Turn.objects.create(customer=customer, state=Turn.State.DONE, model="rules", rounds=3, input_tokens=700)
    Message.objects.create(customer=customer, turn=turn, author="assistant", delivery="failed", text="A secret", part=1)
    return client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    "line",
    [
        "karlos_customers_due 1.0",
        'karlos_messages{direction="out",state="failed"} 1.0',
        'karlos_turns{model="rules",state="done"} 1.0',
        "karlos_rounds_total 3.0",
        'karlos_tokens_total{kind="input"} 700.0',
        'karlos_part_up{part="database"} 1.0',
    ],
)
def test_what_the_database_knows_is_told(told: str, line: str) -> None:
    assert line in told.splitlines()


def test_how_long_the_oldest_has_been_due_is_told(told: str) -> None:
    (line,) = (line for line in told.splitlines() if line.startswith("karlos_customers_due_oldest_seconds "))
    assert 60 <= float(line.split()[1]) < 90


def test_no_words_and_no_customer_are_in_it(told: str) -> None:
    assert "secret" not in told


def test_what_processes_count_is_told(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    metrics.SWEEPS.inc()
    assert "karlos_sweeps_total" in client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("given", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("", 404), ("Bearer é", 404)]
)
def test_in_production_it_is_for_who_has_the_token(client: Client, settings: Settings, given: str, status: int) -> None:
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics", headers={"Authorization": given}).status_code == status


def test_in_production_without_a_token_it_is_not_there(client: Client, settings: Settings) -> None:
    settings.DEBUG = False
    assert client.get("/metrics").status_code == 404
