"""`manage.py doctor`: what is wrong is named, with what to do; nothing is sent."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.models import Customer
from karlos_site import checks, diagnosis
from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer
from tests.conversations import twilio_server
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def twilio(settings: Settings) -> Iterator[TwilioServer]:
    settings.TWILIO_ACCOUNT_SID = "AC" + "a" * 32
    settings.TWILIO_AUTH_TOKENS = ["the token of the tests"]
    with twilio_server.served() as server:
        settings.TWILIO_API_BASE_URL = server.url
        yield server


@pytest.fixture
def llm(settings: Settings) -> Iterator[ResponsesServer]:
    with ResponsesServer().running() as server:
        settings.OPENAI_API_KEY = responses_server.KEY
        settings.OPENAI_BASE_URL = server.url
        settings.OPENAI_MODEL = responses_server.MODEL
        yield server


@pytest.fixture
def everything(
    live_server: LiveServer, settings: Settings, twilio: TwilioServer, llm: ResponsesServer, redis: None
) -> None:
    settings.DEBUG = True
    settings.PUBLIC_BASE_URL = live_server.url


def wrong() -> dict[str, str]:
    return {finding.name: finding.wrong for finding in diagnosis.findings() if finding.wrong}


def test_where_all_is_well_nothing_is_wrong_but_that_no_worker_runs(everything: None) -> None:
    assert wrong() == {"workers": "none answers"}


def test_nothing_is_sent(everything: None, twilio: TwilioServer, llm: ResponsesServer) -> None:
    wrong()
    assert (twilio.posts, twilio.typing, llm.requests) == ([], [], [])


def test_a_token_that_twilio_refuses_is_named(everything: None, twilio: TwilioServer) -> None:
    twilio.list_status = 401
    assert "(20003)" in wrong()["WhatsApp"]


def test_a_key_that_openai_refuses_is_named(everything: None, settings: Settings) -> None:
    settings.OPENAI_API_KEY = "another"
    assert wrong()["language model"] == "OpenAI answered 401 (invalid_api_key)."


def test_a_model_that_nobody_knows_is_named(everything: None, settings: Settings) -> None:
    settings.OPENAI_MODEL = "gpt-0"
    assert wrong()["language model"] == "OpenAI answered 404 (model_not_found)."


def test_without_a_key_the_rules_need_nobody(everything: None, settings: Settings) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    assert "language model" not in wrong()


def test_an_address_that_does_not_lead_here_is_named(everything: None, settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:1"
    assert "can't be reached" in wrong()["public address"]


def test_work_that_nobody_does_is_named(everything: None) -> None:
    Customer.objects.create(due_at=Now() - timedelta(minutes=1))
    Customer.objects.create(due_at=Now() - timedelta(minutes=1), lease_until=Now() + timedelta(minutes=1))
    assert wrong()["work"].startswith("1 customers")


def test_the_command_says_what_to_do_and_fails(everything: None) -> None:
    said = StringIO()
    with pytest.raises(CommandError, match="1 to be seen to"):
        call_command("doctor", stdout=said)
    assert "Start a worker" in said.getvalue()
    assert "ok     database" in said.getvalue()


def test_it_looks_on_where_the_settings_would_stop_a_start(everything: None, settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "karlos.example.com"
    assert [message.id for message in checks.surroundings()] == ["karlos.E011"]
    assert wrong()["settings"].startswith("karlos.E011")
