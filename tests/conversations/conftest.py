"""A dealership with a WhatsApp number, customers who write to it, and a Twilio that does what the test says."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from celery import Celery
from celery.signals import before_task_publish
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings
from twilio.request_validator import RequestValidator

from assistant.llm import outage
from conversations import delivery, tasks, turns
from conversations.models import Customer, Message, Turn
from inventory.models import Vehicle
from karlos_site import celery_app
from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer
from tests.conversations import twilio_server
from tests.conversations.twilio_server import TwilioServer

# SQLite drops no connections.
collect_ignore = [] if connection.vendor == "postgresql" else ["test_database.py"]

NUMBER = "whatsapp:+14155238886"
TOKEN = "the token of the tests"
PUBLIC = "https://karlos.example"
_counter = itertools.count(1)

Post = Callable[..., HttpResponse]


def sid(prefix: str = "SM") -> str:
    """A fresh MessageSid."""
    return f"{prefix}{next(_counter):032x}"


@pytest.fixture(autouse=True)
def whatsapp(settings: Settings) -> None:
    """Our account, our number, no quiet time, and nobody at Twilio's end."""
    settings.TWILIO_ACCOUNT_SID = "AC" + "a" * 32
    settings.TWILIO_AUTH_TOKENS = [TOKEN, "the old token"]
    settings.TWILIO_WHATSAPP_NUMBER = NUMBER
    settings.TWILIO_TRANSPORT = "messaging"
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:1"
    settings.PUBLIC_BASE_URL = PUBLIC
    settings.ANSWER_DELAY_SECONDS = settings.MEDIA_RETRY_SECONDS = 0
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""


@pytest.fixture
def twilio(settings: Settings) -> Iterator[TwilioServer]:
    with twilio_server.served() as server:
        settings.TWILIO_API_BASE_URL = server.url
        yield server
    assert server.wrong == []


def form(text: str = "", **fields: str) -> dict[str, str]:
    """The form that Twilio posts for a text message."""
    message_sid = fields.get("MessageSid", sid())
    return {
        "SmsMessageSid": message_sid,
        "NumMedia": "0",
        "ProfileName": "Ana Pérez",
        "MessageType": "text",
        "SmsSid": message_sid,
        "WaId": "5215512345678",
        "SmsStatus": "received",
        "Body": text,
        "To": NUMBER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": message_sid,
        "AccountSid": "AC" + "a" * 32,
        "From": "whatsapp:+5215512345678",
        "ApiVersion": "2010-04-01",
        **fields,
    }


def unsigned(client: Client, fields: dict[str, str], **headers: str) -> HttpResponse:
    """Post a form with the headers given and no others."""
    content_type = "application/x-www-form-urlencoded"
    body = urlencode(fields)
    return client.post("/api/twilio/inbound", body, content_type=content_type, headers=headers)  # type: ignore[return-value]


def signature(path: str, fields: dict[str, Any], token: str = TOKEN) -> str:
    """What Twilio would send in X-Twilio-Signature."""
    return str(RequestValidator(token).compute_signature(PUBLIC + path, fields))


@pytest.fixture
def post(client: Client) -> Post:
    """Post a signed form as Twilio does."""

    def post(fields: dict[str, str], path: str = "/api/twilio/inbound", **headers: str) -> HttpResponse:
        headers.setdefault("X-Twilio-Signature", signature(path, fields))
        return client.post(path, urlencode(fields), content_type="application/x-www-form-urlencoded", headers=headers)  # type: ignore[return-value]

    return post


Write = Callable[..., Customer]


@pytest.fixture
def write(transactional_db: None, post: Post) -> Write:
    """A customer, who has been told of privacy, writes; the message is stored and due."""

    def write(text: str = "", **fields: str) -> Customer:
        fields_sent = form(text, **fields)
        assert post(fields_sent).status_code == 200
        Customer.objects.filter(privacy_told_at=None).update(privacy_told_at=Now())
        return Message.objects.get(sid=fields_sent["MessageSid"]).customer

    return write


Answer = Callable[[Customer], list[str]]


@pytest.fixture
def answer(stock: dict[int, Vehicle]) -> Answer:
    """A worker answers the customer; the texts that were recorded for sending."""

    def answer(customer: Customer) -> list[str]:
        turn = turns.run(customer.pk, lambda _: None)
        return [] if turn is None else texts(turn)

    return answer


def texts(turn: Turn) -> list[str]:
    return list(turn.messages.filter(author="assistant").order_by("part").values_list("text", flat=True))


def deliver_all() -> None:
    """Workers deliver everything that is due, and what comes due behind it."""
    while message_ids := delivery.due(100):
        for message_id in message_ids:
            tasks.deliver_message(message_id)


def make_due(message: Message) -> None:
    """Let the time until the message's next step pass."""
    Message.objects.filter(pk=message.pk).update(next_step_at=Now() - timedelta(seconds=1))


def age(customer: Customer, **times: timedelta) -> None:
    """Let time pass for a customer: each named time lies so long ago."""
    Customer.objects.filter(pk=customer.pk).update(**{name: Now() - ago for name, ago in times.items()})


_rings: list[tuple[str, int]] = []


@before_task_publish.connect(weak=False)
def _note_ring(sender: str, body: Any, **_: Any) -> None:
    _rings.append((sender, body[0][0]))


@pytest.fixture
def rung() -> list[tuple[str, int]]:
    """Every ring so far in this test: task and argument. Cleared by the test if it wants to."""
    _rings.clear()
    return _rings


@contextmanager
def no_broker() -> Iterator[None]:
    """A broker that refuses connections."""
    away = Celery("away", broker="redis://127.0.0.1:1/0")
    away.conf.task_publish_retry_policy = {"max_retries": 0}
    away.set_current()
    yield
    celery_app.set_current()


@pytest.fixture
def llm(settings: Settings) -> Iterator[ResponsesServer]:
    """A language model on loopback that says what the test scripts."""
    with ResponsesServer().running() as server:
        outage.forget()
        settings.OPENAI_API_KEY = responses_server.KEY
        settings.OPENAI_BASE_URL = server.url
        settings.OPENAI_MODEL = responses_server.MODEL
        yield server
