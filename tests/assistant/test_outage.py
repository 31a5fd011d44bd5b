"""An outage of the language model's server is remembered for a moment: the next customer need not wait for it."""

import contextlib
import threading

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from assistant.llm import LLMUnavailable
from assistant.llm.openai_responses import OpenAIResponses
from tests.assistant.conftest import request
from tests.assistant.responses_server import ResponsesServer, error, hang, says

pytestmark = pytest.mark.usefixtures("redis")


def asked(server: ResponsesServer) -> bool:
    """Whether the server was asked when we wanted to know something."""
    before = len(server.requests)
    with contextlib.suppress(LLMUnavailable):
        OpenAIResponses("gpt-6-luna", "low").respond(request())
    return len(server.requests) > before


def half_a_minute_passes() -> None:
    cache.delete("llm:away")


def test_after_three_failures_nobody_asks_any_more(server: ResponsesServer) -> None:
    server.behave(lambda _: error(500))
    assert [asked(server) for _ in range(4)] == [True, True, True, False]


def test_failures_that_are_not_in_a_row_do_not_count(server: ResponsesServer) -> None:
    for _ in range(3):
        server.script(*[error(500)] * 4, says("hola"))  # each failure is repeated once by the SDK
        assert [asked(server) for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize(("status", "code"), [(429, "insufficient_quota"), (401, "invalid_api_key")])
def test_one_answer_that_says_so_itself_is_enough(server: ResponsesServer, status: int, code: str) -> None:
    server.behave(lambda _: error(status, code))
    assert [asked(server), asked(server)] == [True, False]


def test_a_long_wait_that_is_asked_for_is_given(server: ResponsesServer) -> None:
    server.behave(lambda _: error(429, "rate_limit_exceeded", retry_after="60"))
    assert [asked(server), asked(server)] == [True, False]


def test_a_request_that_is_refused_says_nothing_of_the_next(server: ResponsesServer) -> None:
    server.behave(lambda _: error(400, "invalid_request"))
    assert all(asked(server) for _ in range(5))


def test_after_half_a_minute_one_asks_and_the_others_wait_for_what_it_finds(server: ResponsesServer) -> None:
    server.behave(lambda _: error(401))
    asked(server)
    half_a_minute_passes()
    server.behave(lambda _: hang())
    probe = threading.Thread(target=asked, args=(server,))
    probe.start()
    while len(server.requests) < 2:
        assert probe.is_alive()
    assert not asked(server)
    server.forget()
    probe.join()


def test_when_it_serves_again_everyone_asks(server: ResponsesServer) -> None:
    server.behave(lambda _: error(401))
    asked(server)
    half_a_minute_passes()
    server.behave(lambda _: says("hola"))
    assert all(asked(server) for _ in range(3))


def test_why_it_is_not_asked_is_said(server: ResponsesServer) -> None:
    server.behave(lambda _: error(429, "insufficient_quota"))
    asked(server)
    with pytest.raises(LLMUnavailable, match="Not asked: OpenAI answered 429 \\(insufficient_quota\\)"):
        OpenAIResponses("gpt-6-luna", "low").respond(request())


def test_without_the_cache_everyone_asks(server: ResponsesServer, settings: Settings) -> None:
    server.behave(lambda _: error(500))
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert all(asked(server) for _ in range(5))
