"""A server that speaks /v1/responses, and requests to send it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django.fixtures import Settings

from assistant import tools
from assistant.items import Said
from assistant.llm import Request, outage
from tests.assistant.responses_server import ResponsesServer

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.fixture(scope="session")
def responses_server() -> Iterator[ResponsesServer]:
    with ResponsesServer().running() as server:
        yield server


@pytest.fixture
def server(responses_server: ResponsesServer, settings: Settings) -> Iterator[ResponsesServer]:
    """The server, as new, and the settings pointing at it."""
    settings.OPENAI_API_KEY = "a-key"
    settings.OPENAI_BASE_URL = responses_server.url
    responses_server.forget()
    outage.forget()
    yield responses_server
    responses_server.forget()


def request(*items: Any, **more: Any) -> Request:
    """One round about these items, or a greeting."""
    given: dict[str, Any] = {
        "instructions": "You sell cars.",
        "tools": tuple(tool.spec for tool in tools.TOOLS),
        "items": items or (Said("customer", "hola"),),
        "language": "es",
        "now": NOW,
        "customer_ref": "0123abcd",
        "seconds_left": 20.0,
    }
    return Request(**(given | more))
