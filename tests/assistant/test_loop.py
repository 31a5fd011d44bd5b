"""The loop: whatever the model does, the customer gets an answer and the thread stays well formed."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant import loop, tools
from assistant.answer import Answer, HandOff, Usage, Withheld
from assistant.items import Item, Opaque, Remark, Said, ToolCall, ToolResult, to_json
from assistant.llm import LanguageModel, LLMUnavailable, Reply
from assistant.llm.openai_responses import OpenAIResponses
from assistant.llm.rules import Rules
from inventory.models import Vehicle
from tests.assistant import responses_server as wire
from tests.assistant.conftest import NOW
from tests.assistant.responses_server import ResponsesServer
from tests.assistant.scripted_model import NAME, SPENT, ScriptedModel, asks, call, says

SEARCH, CREDIT, HAND_OFF = "fetch_vehicles_data", "fetch_credit_estimate", "hand_off_to_person"
JETTA_CALL = call(SEARCH, {"models": ["mazda 3"]})
ASKED_FOR_PERSON = {"reason": "asked", "summary": "Quiere una persona."}

pytestmark = pytest.mark.usefixtures("stock")


def nothing() -> None:
    pass


def task(*items: Item, language: str = "es") -> loop.Task:
    return loop.Task(
        instructions="You sell cars.",
        tools=tuple(tool.spec for tool in tools.TOOLS),
        items=items or (Said("customer", "busco un mazda 3"),),
        language=language,
        now=NOW,
        customer_ref="0123abcd",
    )


def answer(*models: LanguageModel, items: Sequence[Item] = (), **more: Any) -> Answer:
    return loop.answer(task(*items), models, nothing, **more)


def open_calls(items: Sequence[Item]) -> list[str]:
    """The ids of calls without a result, of results without a call, and of calls that come twice."""
    waiting: list[str] = []
    wrong: list[str] = []
    seen: set[str] = set()
    for item in items:
        if isinstance(item, ToolCall):
            wrong += [item.call_id] if item.call_id in seen else []
            seen.add(item.call_id)
            waiting.append(item.call_id)
        elif isinstance(item, ToolResult) and item.call_id in waiting:
            waiting.remove(item.call_id)
        elif isinstance(item, ToolResult):
            wrong.append(item.call_id)
        elif isinstance(item, Said):
            wrong += waiting
    return wrong + waiting


# --- The plain course -------------------------------------------------------------------------------------------


def test_words_without_tools_are_the_answer() -> None:
    given_answer = answer(ScriptedModel(says("¿Qué buscas?")))
    assert given_answer.text == "¿Qué buscas?"
    assert given_answer.model == NAME
    assert given_answer.items == (Said("assistant", "¿Qué buscas?"),)
    assert (given_answer.rounds, given_answer.remarks, given_answer.effects) == (1, (), ())


def test_parallel_calls_are_both_run_and_both_answered_in_order() -> None:
    one = call(SEARCH, {"models": ["mazda 3"]}, "call_a")
    two = call(CREDIT, {"stock_id": 201, "down_payment_percent": 20, "months": 48}, "call_b")
    model = ScriptedModel(asks(one, two), says("Hay 6, y serían $5,458.01 al mes."))
    given_answer = answer(model)
    assert given_answer.text == "Hay 6, y serían $5,458.01 al mes."
    assert [type(item) for item in given_answer.items] == [ToolCall, ToolCall, ToolResult, ToolResult, Said]
    assert [receipt.call_id for receipt in given_answer.receipts] == ["call_a", "call_b"]
    assert model.requests[1].items[-4:] == given_answer.items[:4]
    results = [json.loads(item.output) for item in given_answer.items if isinstance(item, ToolResult)]
    assert [results[0]["total"], results[1]["estimates"][0]["monthly"]] == [6, "5458.01"]


def test_tokens_and_rounds_are_counted_over_the_turn() -> None:
    given_answer = answer(ScriptedModel(asks(JETTA_CALL), says("Hay 6.")))
    assert given_answer.rounds == 2
    assert given_answer.usage == SPENT + SPENT == Usage(input_tokens=200, cached_tokens=80, output_tokens=20)


def test_the_models_own_items_stay_within_the_turn() -> None:
    thought = Opaque({"type": "reasoning", "id": "rs_1"})
    model = ScriptedModel(Reply(model=NAME, calls=(JETTA_CALL,), items=(thought, JETTA_CALL)), says("Hay 6."))
    given_answer = answer(model)
    assert thought in model.requests[1].items
    assert [kind for kind, _ in filter(None, map(to_json, given_answer.items))] == [
        "tool_call",
        "tool_result",
        "assistant",
    ]


def test_an_effect_is_told_to_the_model_as_done_and_comes_back_once() -> None:
    once = call(HAND_OFF, ASKED_FOR_PERSON, "call_a")
    again = call(HAND_OFF, ASKED_FOR_PERSON, "call_b")
    given_answer = answer(ScriptedModel(asks(once), asks(again), says("Te responde una persona.")))
    assert given_answer.effects == (HandOff(reason="asked", summary="Quiere una persona."),)
    assert given_answer.receipts[0].result == {"handed_off": True}


def test_the_real_sdk_asks_for_both_tools_in_parallel_and_tells_what_they_gave(server: ResponsesServer) -> None:
    credit = {"stock_id": 201, "down_payment_percent": 20, "months": 48}
    server.behave(wire.both_tools({"models": ["mazda 3"]}, credit))
    given_answer = answer(OpenAIResponses("stand-in-1", "low"), Rules())
    assert given_answer.model == "stand-in-1"
    assert "Tenemos 6" in given_answer.text
    assert "$5,458.01" in given_answer.text
    assert given_answer.remarks == ()
    assert len(server.requests) == 2


# --- What a model does wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (call(SEARCH, '{"models": ["mazda'), "not valid JSON"),
        (call(SEARCH, "[1]"), "not a JSON object"),
        (call("fetch_weather", {}), "no tool 'fetch_weather'"),
        (call(SEARCH, {"colour_of_the_seats": "red"}), "colour_of_the_seats"),
        (call(SEARCH, {"limit": 1000}), "limit"),
        (call(CREDIT, {"stock_id": 999_999}), "No car with stock id 999999"),
    ],
)
def test_a_bad_call_is_told_to_the_model_which_may_try_again(wrong: ToolCall, told: str) -> None:
    model = ScriptedModel(asks(wrong), says("¿Qué buscas?"))
    given_answer = answer(model)
    (result,) = [item for item in model.requests[1].items if isinstance(item, ToolResult)]
    assert told in json.loads(result.output)["error"]
    assert given_answer.text == "¿Qué buscas?"
    assert given_answer.receipts[0].result == json.loads(result.output)


def test_a_good_call_beside_a_bad_one_is_run() -> None:
    bad, good = call("fetch_weather", {}, "call_a"), call(SEARCH, {"models": ["mazda 3"]}, "call_b")
    given_answer = answer(ScriptedModel(asks(bad, good), says("Hay 6.")))
    assert [list(receipt.result) for receipt in given_answer.receipts] == [["error"], ["total", "vehicles", "read_as"]]


def test_ids_that_a_server_gives_twice_are_told_apart() -> None:
    earlier = (Said("customer", "hola"), call(SEARCH, {}), ToolResult("call_1", "{}"), Said("assistant", "Hola"))
    model = ScriptedModel(asks(JETTA_CALL, JETTA_CALL), asks(JETTA_CALL), says("Hay 6."))
    given_answer = answer(model, items=(*earlier, Said("customer", "mazda 3")))
    assert len(given_answer.receipts) == 3
    assert open_calls((*earlier, *given_answer.items)) == []


def test_the_sixth_round_must_speak() -> None:
    lines = [asks(call(SEARCH, {}, f"call_{n}")) for n in range(5)]
    model = ScriptedModel(*lines, says("Hay 9 autos."))
    given_answer = answer(model)
    assert [request.must_speak for request in model.requests] == [False] * 5 + [True]
    assert given_answer.text == "Hay 9 autos."
    assert given_answer.rounds == 6


def test_a_model_that_wants_tools_without_end_gives_way_to_the_rules() -> None:
    model = ScriptedModel(asks(JETTA_CALL))
    given_answer = answer(model, Rules())
    assert len(model.requests) == loop.ROUNDS_MOST
    assert given_answer.model == "rules"
    assert "6 Mazda 3" in given_answer.text
    assert given_answer.remarks == ("The model found no end.",)


def test_with_little_time_left_the_model_must_speak_at_once() -> None:
    model = ScriptedModel(says("¿Qué buscas?"))
    answer(model, turn_seconds=loop.ROUND_SECONDS - 1)
    assert model.requests[0].must_speak
    assert model.requests[0].seconds_left < loop.ROUND_SECONDS


def test_the_rules_still_look_things_up_when_the_model_has_used_all_the_time() -> None:
    given_answer = answer(ScriptedModel(LLMUnavailable("OpenAI did not answer in time.")), Rules(), turn_seconds=0)
    assert given_answer.model == "rules"
    assert "6 Mazda 3" in given_answer.text


@pytest.mark.parametrize(
    "trouble",
    [
        wire.error(401, "invalid_api_key"),
        wire.error(400, "context_length_exceeded"),
        wire.error(429, "insufficient_quota"),
        wire.error(429, "rate_limit_exceeded", retry_after="60"),
        wire.error(500),
        wire.html(),
        wire.failed(),
        wire.incomplete(wire.message("El Mazda")),
        wire.ok(wire.response(wire.refusal())),
        wire.ok(wire.response()),
        wire.ok({"hello": "world"}),
        wire.hung_up(),
    ],
)
def test_when_the_model_cannot_serve_the_rules_answer_the_same_turn(
    server: ResponsesServer, trouble: wire.Answer
) -> None:
    server.behave(lambda _: trouble)
    given_answer = answer(OpenAIResponses("gpt-6-luna", "low"), Rules())
    assert given_answer.model == "rules"
    assert "6 Mazda 3" in given_answer.text
    assert len(given_answer.remarks) == 1
    assert given_answer.remarks[0].startswith("OpenAI")


def test_a_model_that_gives_up_half_way_leaves_nothing_behind_but_what_it_cost() -> None:
    model = ScriptedModel(asks(call(HAND_OFF, ASKED_FOR_PERSON)), LLMUnavailable("Away."))
    given_answer = answer(model, Rules())
    assert given_answer.effects == ()
    assert [receipt.name for receipt in given_answer.receipts] == [SEARCH]
    assert HAND_OFF not in [item.name for item in given_answer.items if isinstance(item, ToolCall)]
    assert given_answer.usage == SPENT


def test_without_any_model_left_a_person_is_brought_in_and_the_words_are_kept() -> None:
    given_answer = answer(ScriptedModel(LLMUnavailable("Away.")))
    assert given_answer.effects == (HandOff(reason="failed", summary="Away."),)
    assert given_answer.items == (Said("assistant", given_answer.text),)
    assert given_answer.model == "rules"


def test_the_lease_is_renewed_before_every_call_and_its_loss_stops_everything() -> None:
    class LeaseLost(Exception):
        pass

    rings: list[int] = []

    def before_call() -> None:
        rings.append(len(rings))
        if len(rings) == 2:
            raise LeaseLost

    model = ScriptedModel(asks(JETTA_CALL), says("Hay 6."))
    with pytest.raises(LeaseLost):
        loop.answer(task(), (model, Rules()), before_call)
    assert len(model.requests) == 1


# --- Guardrails -------------------------------------------------------------------------------------------------


def test_a_figure_from_nowhere_is_withheld_and_the_model_may_mend_it_once() -> None:
    model = ScriptedModel(asks(JETTA_CALL), says("Cuesta $199,000."), says("Cuesta $159,000."))
    given_answer = answer(model)
    assert given_answer.text == "Cuesta $159,000."
    assert given_answer.withheld == (
        Withheld(model=NAME, text="Cuesta $199,000.", violations=("the figure $199,000 comes from nowhere",)),
    )
    (told,) = [item for item in model.requests[2].items if isinstance(item, Remark)]
    assert "Cuesta $199,000." in told.text
    assert [kind for kind, _ in filter(None, map(to_json, given_answer.items))] == [
        "tool_call",
        "tool_result",
        "assistant",
    ]


def test_a_model_that_insists_gives_way_to_the_rules_and_both_are_on_record() -> None:
    model = ScriptedModel(says("Cuesta $199,000."), says("Cuesta $198,000."))
    given_answer = answer(model, Rules())
    assert given_answer.model == "rules"
    assert "$159,000" in given_answer.text
    assert given_answer.remarks == ("Its answer was withheld twice.",)
    assert [(withheld.model, withheld.text) for withheld in given_answer.withheld] == [
        (NAME, "Cuesta $199,000."),
        (NAME, "Cuesta $198,000."),
    ]


def test_a_figure_withheld_is_no_ground_for_itself() -> None:
    model = ScriptedModel(says("Cuesta $199,000."), says("Cuesta $199,000."))
    assert answer(model, Rules()).model == "rules"


# --- Whatever happens -------------------------------------------------------------------------------------------

_calls = st.builds(
    call,
    st.sampled_from([SEARCH, CREDIT, HAND_OFF, "fetch_dealership_information", "fetch_weather"]),
    st.sampled_from(
        [
            "",
            "{",
            "null",
            "NaN",
            {},
            {"models": ["mazda 3"]},
            {"stock_id": 201, "months": 48, "down_payment": 50_000},
            {"topics": ["address"]},
            {"topics": []},
            ASKED_FOR_PERSON,
        ]
    ),
    st.sampled_from(["call_1", "call_2", "call_3"]),
)
_lines = st.one_of(
    st.sampled_from(["¿Qué buscas?", "Cuesta $199,000.", "Hay 6."]).map(says),
    st.lists(_calls, min_size=1, max_size=3).map(lambda calls: asks(*calls)),
    st.just(LLMUnavailable("Away.")),
)


@given(lines=st.lists(_lines, min_size=1, max_size=8))
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_model_does_there_is_an_answer_and_the_thread_is_well_formed(
    stock: dict[int, Vehicle], lines: list[Reply | LLMUnavailable]
) -> None:
    given_answer = answer(ScriptedModel(*lines), Rules())
    assert given_answer.text
    assert open_calls(given_answer.items) == []
    assert given_answer.items[-1] == Said("assistant", given_answer.text)
    assert len(given_answer.receipts) == sum(isinstance(item, ToolCall) for item in given_answer.items)
    json.dumps([receipt.arguments for receipt in given_answer.receipts], allow_nan=False)
