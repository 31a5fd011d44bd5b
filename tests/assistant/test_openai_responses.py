"""The adapter, through the real SDK, against a server that misbehaves in every known way."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from assistant.answer import Usage
from assistant.items import Opaque, Remark, Said, ToolCall, ToolResult
from assistant.llm import LLMUnavailable, Reply
from assistant.llm.openai_responses import QUOTA_CODES, OpenAIResponses, _is_elsewhere
from tests.assistant.conftest import request
from tests.assistant.responses_server import (
    MODEL,
    Answer,
    ResponsesServer,
    asks,
    call,
    dribble,
    error,
    failed,
    hang,
    html,
    hung_up,
    incomplete,
    message,
    ok,
    reasoning,
    refusal,
    response,
    says,
)

pytestmark = pytest.mark.anywhere

ROOT = Path(__file__).resolve().parents[2]

# Far below what a hang or an obeyed Retry-After takes, far above what a loaded machine needs.
LONG_SECONDS = 15


def respond(*items: Any, **more: Any) -> Reply:
    return OpenAIResponses("gpt-6-luna", "low").respond(request(*items, **more))


def refused(**more: Any) -> str:
    with pytest.raises(LLMUnavailable) as caught:
        respond(**more)
    return str(caught.value)


@pytest.fixture
def at_openai(server: ResponsesServer, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> ResponsesServer:
    """The server under OpenAI's own name: a proxy of ours stands in for the way there."""
    settings.OPENAI_BASE_URL = "http://api.openai.com/v1"
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    return server


# --- What comes out ---------------------------------------------------------------------------------------------


def test_words_come_back_with_the_models_name_and_the_tokens(server: ResponsesServer) -> None:
    server.script(ok(response(message("Hola, ¿qué buscas?"), usage=(291, 128, 23))))
    reply = respond()
    assert reply == Reply(
        model=MODEL,
        text="Hola, ¿qué buscas?",
        usage=Usage(input_tokens=291, cached_tokens=128, output_tokens=23),
    )


def test_parallel_calls_come_back_in_order_with_everything_around_them(server: ResponsesServer) -> None:
    thought, one, two = reasoning(), call("fetch_vehicles_data", {"models": ["jetta"]}), call("hand_off_to_person", {})
    server.script(ok(response(thought, message("Déjame ver.", "commentary"), one, two)))
    reply = respond()
    assert [(c.name, json.loads(c.arguments)) for c in reply.calls] == [
        ("fetch_vehicles_data", {"models": ["jetta"]}),
        ("hand_off_to_person", {}),
    ]
    assert [type(item) for item in reply.items] == [Opaque, Opaque, ToolCall, ToolCall]
    assert reply.items[0] == Opaque(thought)
    assert not reply.text


def test_words_beside_calls_are_not_for_the_customer(server: ResponsesServer) -> None:
    server.script(ok(response(message("Busco."), call("fetch_vehicles_data", {}))))
    assert not respond().text


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ([message("Pienso.", "commentary"), message("Hay seis.")], "Hay seis."),
        ([message("Pienso.", "commentary"), message("Hay seis.", None)], "Hay seis."),
        ([message("Hay seis.", None)], "Hay seis."),
        ([message("Una."), message("Dos.")], "Una.\n\nDos."),
        ([reasoning(), message("  Hay seis.\n")], "Hay seis."),
    ],
)
def test_only_the_final_answer_is_for_the_customer(
    server: ResponsesServer, output: list[dict[str, Any]], text: str
) -> None:
    server.script(ok(response(*output)))
    assert respond().text == text


def test_parts_of_an_unknown_kind_are_not_for_the_customer(server: ResponsesServer) -> None:
    said = message("Hay seis.")
    said["content"].append({"type": "whispered_text", "text": "Ojalá compre."})
    server.script(ok(response() | {"output": [said]}))
    assert respond().text == "Hay seis."


def test_zero_characters_and_halves_of_characters_do_not_reach_the_database(server: ResponsesServer) -> None:
    server.script(says("Ho\0la\ud800"), asks(call("fetch_vehicles_data", '{"makes": ["Ma\0zda"]}')))
    assert respond().text == "Hola"
    assert respond().calls[0].arguments == '{"makes": ["Mazda"]}'


@pytest.mark.parametrize("arguments", ["", None, {"models": ["jetta"]}])
def test_arguments_that_are_no_text_are_still_json(server: ResponsesServer, arguments: Any) -> None:
    server.script(ok(response() | {"output": [call("fetch_vehicles_data", {}) | {"arguments": arguments}]}))
    assert json.loads(respond().calls[0].arguments) == (arguments or {})


def test_unknown_items_are_kept_and_do_no_harm(server: ResponsesServer) -> None:
    unknown = {"type": "telepathy", "id": "tp_1", "waves": [1, 2]}
    server.script(ok(response() | {"output": [unknown, call("fetch_vehicles_data", {})]}))
    assert Opaque(unknown) in respond().items


def test_a_server_that_tells_little_is_still_understood(server: ResponsesServer) -> None:
    said = {"type": "message", "content": [{"type": "output_text", "text": "Hola"}]}
    server.script(ok({"output": [said]}))
    assert respond() == Reply(model="gpt-6-luna", text="Hola")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (incomplete(message("El Jetta cuesta")), "incomplete (max_output_tokens)"),
        (incomplete(reasoning()), "incomplete (max_output_tokens)"),
        (incomplete(reason="content_filter"), "incomplete (content_filter)"),
        (failed("rate_limit_exceeded"), "failed (rate_limit_exceeded)"),
        (ok({"status": "failed", "error": None, "output": None}), "failed (no reason given)"),
        (ok(response(status="queued")), "the status queued"),
        (ok(response(status="cancelled")), "the status cancelled"),
        (ok(response(refusal())), "refused"),
        (ok(response()), "said nothing"),
        (ok(response(reasoning())), "said nothing"),
        (ok(response(message("Pienso.", "commentary"))), "said nothing"),
        (ok(response(message("  "))), "said nothing"),
        (ok(response() | {"output": None}), "not a response"),
        (ok(response() | {"output": "Hola"}), "not a response"),
        (ok(response() | {"output": [None, 5, "Hola", {}]}), "said nothing"),
        (ok(response() | {"output": [{"type": "message", "content": "Hola"}]}), "said nothing"),
        (ok(response() | {"output": [{"type": "function_call", "name": "x", "arguments": "{}"}]}), "can't be read"),
        (ok({"hello": "world"}), "not a response"),
        (ok([1, 2]), "not a response"),
        (ok(None), "not a response"),
        (html(), "no JSON"),
        (Answer(pieces=(b'{"output": [',)), "no JSON"),
        (Answer(pieces=(b"[" * 100_000,)), "no JSON"),
        (Answer(pieces=(b"\xff\xfe{",)), "no JSON"),
        (Answer(), "no JSON"),
    ],
)
def test_a_200_that_is_no_answer_is_told_apart_and_not_asked_again(
    server: ResponsesServer, answer: Answer, reason: str
) -> None:
    server.script(answer)
    assert reason in refused()
    assert len(server.requests) == 1


# --- Failures, and how often they are tried ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(401, "invalid_api_key"), "401 (invalid_api_key)"),
        (error(403), "403"),
        (error(404, "model_not_found"), "404 (model_not_found)"),
        (error(400, "context_length_exceeded"), "400 (context_length_exceeded)"),
        (error(400), "400"),
        (html(404), "404"),
        (error(429, "rate_limit_exceeded", retry_after="30"), "429 (rate_limit_exceeded)"),
        (error(429, "rate_limit_exceeded", retry_after="Fri, 31 Dec 2100 23:59:59 GMT"), "429"),
        (error(429, "rate_limit_exceeded", retry_after_ms="90000"), "429"),
        (error(503, "server_is_overloaded", retry_after="119"), "503 (server_is_overloaded)"),
        (error(500, x_should_retry="true", retry_after="60"), "500"),
        *[(error(429, code, "insufficient_quota"), f"429 ({code})") for code in sorted(QUOTA_CODES)],
    ],
)
def test_what_a_retry_cannot_help_is_asked_once_and_without_waiting(
    server: ResponsesServer, answer: Answer, reason: str
) -> None:
    server.script(answer)
    began = time.monotonic()
    assert reason in refused()
    assert len(server.requests) == 1
    assert time.monotonic() - began < LONG_SECONDS


@pytest.mark.parametrize(
    "answer",
    [
        error(429, "rate_limit_exceeded"),
        error(429, "slow_down", retry_after="0.2"),
        error(429, "rate_limit_exceeded", retry_after="1"),
        error(429, "rate_limit_exceeded", retry_after_ms="50"),
        error(500, "server_error"),
        html(502),
        error(503, "server_is_overloaded"),
        error(409),
        hung_up(),
    ],
)
def test_what_may_pass_is_tried_once_more(server: ResponsesServer, answer: Answer) -> None:
    server.script(answer, says("Aquí estoy."))
    assert respond().text == "Aquí estoy."
    assert len(server.requests) == 2


@pytest.mark.parametrize("answer", [error(429, "rate_limit_exceeded"), error(500), hung_up()])
def test_what_does_not_pass_is_tried_twice_at_most(server: ResponsesServer, answer: Answer) -> None:
    server.behave(lambda _: answer)
    began = time.monotonic()
    refused()
    assert len(server.requests) == 2
    assert time.monotonic() - began < LONG_SECONDS


def test_with_little_time_left_there_is_one_attempt(server: ResponsesServer) -> None:
    server.behave(lambda _: error(500))
    assert "500" in refused(seconds_left=3)
    assert len(server.requests) == 1


def test_a_server_that_hangs_is_left_when_the_time_is_over(server: ResponsesServer) -> None:
    server.script(hang())
    began = time.monotonic()
    assert "in time" in refused(seconds_left=0.3)
    assert time.monotonic() - began < LONG_SECONDS


def test_a_server_that_keeps_the_line_open_with_white_space_is_left_too(server: ResponsesServer) -> None:
    server.script(dribble(response(message("Hola")), pause=0.05))
    began = time.monotonic()
    assert "in time" in refused(seconds_left=0.5)
    assert time.monotonic() - began < LONG_SECONDS


def test_a_slow_body_that_comes_in_time_is_read(server: ResponsesServer) -> None:
    server.script(dribble(response(message("Hola")), pause=0.02, spaces=5))
    assert respond(seconds_left=4).text == "Hola"


def test_without_any_time_left_nothing_is_asked(server: ResponsesServer) -> None:
    assert "No time" in refused(seconds_left=0)
    assert not server.requests


def test_a_server_that_is_not_there_is_unavailable(server: ResponsesServer, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert "can't be reached" in refused(seconds_left=5)


# --- What goes in -----------------------------------------------------------------------------------------------


def test_openai_stores_nothing_and_is_told_all_it_needs(at_openai: ResponsesServer) -> None:
    at_openai.script(says("Hola"))
    respond()
    sent = at_openai.requests[0]
    assert sent["store"] is False
    assert sent["instructions"] == "You sell cars."
    assert sent["model"] == "gpt-6-luna"
    assert sent["tool_choice"] == "auto"
    assert sent["parallel_tool_calls"] is True
    assert sent["reasoning"] == {"effort": "low"}
    assert sent["include"] == ["reasoning.encrypted_content"]
    assert sent["safety_identifier"] == "0123abcd"
    assert {"temperature", "top_p", "previous_response_id", "conversation", "max_tool_calls"}.isdisjoint(sent)


def test_another_server_gets_no_option_that_it_may_not_know(server: ResponsesServer) -> None:
    server.script(says("Hola"))
    respond(Said("customer", "hola"), Remark("Read: nothing."))
    sent = server.requests[0]
    assert set(sent) == {
        "model",
        "instructions",
        "input",
        "store",
        "max_output_tokens",
        "tool_choice",
        "tools",
        "parallel_tool_calls",
    }
    assert {item["role"] for item in sent["input"]} == {"user"}


@pytest.mark.parametrize(
    ("url", "is_elsewhere"),
    [
        ("", False),
        ("https://api.openai.com/v1", False),
        ("https://eu.api.openai.com/v1", False),
        ("https://api.openai.com.example.org/v1", True),
        ("http://127.0.0.1:11434/v1", True),
        ("https://our.openai.azure.com/openai/v1", True),
    ],
)
def test_openai_is_known_by_its_host(settings: Settings, url: str, is_elsewhere: bool) -> None:
    settings.OPENAI_BASE_URL = url
    assert _is_elsewhere() is is_elsewhere


def test_who_must_speak_is_given_no_tool_and_keeps_the_list(server: ResponsesServer) -> None:
    server.script(says("Hola"), says("Hola"))
    respond()
    respond(must_speak=True)
    free, bound = server.requests
    assert bound["tool_choice"] == "none"
    assert bound["tools"] == free["tools"]


def test_the_tools_are_strict_and_the_same_to_the_byte_for_every_customer_and_round(server: ResponsesServer) -> None:
    server.behave(lambda _: says("Hola"))
    respond(customer_ref="one")
    respond(
        Said("customer", "¿y un jetta?"),
        ToolCall("call_1", "fetch_vehicles_data", "{}"),
        ToolResult("call_1", "{}"),
        customer_ref="two",
        language="en",
    )
    first, second = (json.dumps([sent["instructions"], sent["tools"]]) for sent in server.requests)
    assert first == second
    assert all(tool["strict"] is True for tool in server.requests[0]["tools"])


def test_the_time_stands_after_the_customers_last_words_and_nothing_volatile_before(server: ResponsesServer) -> None:
    server.script(says("Hola"))
    respond(
        Said("customer", "hola"),
        Said("assistant", "¡Hola!"),
        Said("customer", "¿abren hoy?"),
        ToolCall("call_1", "fetch_dealership_information", "{}"),
        ToolResult("call_1", "{}"),
    )
    sent = server.requests[0]["input"]
    assert [item["content"] for item in sent[:3]] == ["hola", "¡Hola!", "¿abren hoy?"]
    assert "Monday, 2026-11-23 14:05" in sent[3]["content"]
    assert "2026" not in json.dumps(sent[:3]) + server.requests[0]["instructions"]


def test_the_output_of_a_round_goes_back_word_for_word(at_openai: ResponsesServer) -> None:
    output = [
        reasoning(),
        message("Déjame ver.", "commentary"),
        {"type": "telepathy", "id": "tp_1", "waves": [1, 2.5, None]},
        call("fetch_vehicles_data", '{"models":  ["jetta"] }'),
        call("fetch_credit_estimate", {"stock_id": 201}),
    ]
    at_openai.script(ok(response() | {"output": output}), says("Listo"))
    words = Said("customer", "jetta a 48 meses")
    reply = respond(words)
    results = [ToolResult(c.call_id, '{"total": 0}') for c in reply.calls]
    respond(words, *reply.items, *results)
    sent = at_openai.requests[1]["input"]
    assert json.dumps(sent[2:7]) == json.dumps(output)
    assert sent[7:] == [
        {"type": "function_call_output", "call_id": c["call_id"], "output": '{"total": 0}'} for c in output[3:]
    ]


def test_another_server_gets_calls_in_the_plain_form_and_no_thoughts(server: ResponsesServer) -> None:
    server.script(asks(call("fetch_vehicles_data", {}, "call_7")), says("Listo"))
    words = Said("customer", "jetta")
    reply = respond(words)
    respond(words, *reply.items, ToolResult("call_7", "{}"))
    assert server.requests[1]["input"][2:] == [
        {"type": "function_call", "call_id": "call_7", "name": "fetch_vehicles_data", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_7", "output": "{}"},
    ]


def test_what_was_stored_goes_back_without_the_models_ids(at_openai: ResponsesServer) -> None:
    at_openai.script(says("Listo"))
    respond(
        Said("customer", "jetta"),
        ToolCall("call_7", "fetch_vehicles_data", "{}"),
        ToolResult("call_7", "{}"),
        Said("assistant", "No hay."),
        Said("staff", "Llega el lunes."),
        Said("customer", "gracias"),
        Remark("Read: nothing."),
    )
    sent = at_openai.requests[0]["input"]
    assert not any("id" in item for item in sent)
    assert [item.get("role", item.get("type")) for item in sent] == [
        "user",
        "function_call",
        "function_call_output",
        "assistant",
        "assistant",
        "user",
        "developer",
        "developer",
    ]
    assert sent[4]["content"].endswith("Llega el lunes.")
    assert sent[4]["content"] != "Llega el lunes."


# --- The client -------------------------------------------------------------------------------------------------


def test_the_key_goes_to_the_server_that_the_settings_name(
    server: ResponsesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "another-key")
    server.script(says("Hola"))
    respond()
    assert server.headers[0]["authorization"] == "Bearer a-key"


def test_openai_is_asked_at_its_own_address_whatever_the_environment_says(
    at_openai: ResponsesServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://example.com/OPENAI_BASE_URL_PLACEHOLDER")
    settings.OPENAI_BASE_URL = ""
    from assistant.llm.openai_responses import client  # noqa: PLC0415

    assert str(client().base_url) == "https://api.openai.com/v1/"


def test_two_threads_ask_at_once(server: ResponsesServer) -> None:
    both_asked = threading.Barrier(2, timeout=10)

    def behave(_: dict[str, Any]) -> Answer:
        both_asked.wait()
        return says("Hola")

    server.behave(behave)
    replies: list[str] = []
    threads = [threading.Thread(target=lambda: replies.append(respond().text)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == ["Hola", "Hola"]


def test_after_a_fork_each_process_has_aclient_of_its_own(server: ResponsesServer, tmp_path: Path) -> None:
    server.behave(lambda _: says("Hola"))
    program = """
import os, sys, django
django.setup()
from assistant.llm import openai_responses
from tests.assistant.conftest import request
ask = lambda: openai_responses.OpenAIResponses("m", "low").respond(request()).text
assert ask() == "Hola"
before = openai_responses.client()
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        fine = ask() == "Hola" and openai_responses.client() is not before
        os._exit(0 if fine else 1)
    children.append(child)
assert ask() == "Hola" and openai_responses.client() is before
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "karlos_site.settings",
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "a-key",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == 5
