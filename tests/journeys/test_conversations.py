"""A customer's conversation through every process: webhook, broker, worker, model, Twilio's API, delivery reports."""

import pytest

from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer
from tests.journeys.conftest import Start
from tests.journeys.phone import Phone
from tests.site.programs import eventually

# They share a prepared folder.
pytestmark = pytest.mark.xdist_group("stacks")


def hold_the_conversation(ana: Phone) -> None:
    """The three questions of every first day."""
    found = ana.ask("busco un mazda 3")
    assert "6 Mazda 3" in found["body"]
    prices = ("$159,000", "$218,500.50", "$259,000", "$289,000", "$315,000")
    places = [found["body"].index(price) for price in prices]
    assert places == sorted(places)
    assert "$389,000" not in found["body"]
    quoted = ana.ask("el segundo a 4 años con 20% de enganche")
    assert "$4,433.39 al mes" in quoted["body"]
    handed_off = ana.ask("quiero hablar con una persona")
    assert "persona" in handed_off["body"]
    assert {reply["written_by"] for reply in ana.replies()} == {"rules"}
    assert eventually(lambda: all(message["status"] == "read" or not message["is_mine"] for message in ana.messages()))


def test_with_nothing_but_this_machine(start: Start) -> None:
    with start() as karlos:
        ana = Phone(karlos, "Ana")
        hold_the_conversation(ana)
        luis = Phone(karlos, "Luis")
        sid = luis.write("¿tienen sentra?")
        luis.send_again(sid)
        assert eventually(lambda: bool(luis.replies()))
        luis.switch_on("too-many-requests", 1)
        luis.ask("¿y frontier?")
        assert len(luis.replies()) == 2, "a webhook that came twice is answered once"
        luis.ask("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización")
        assert eventually(lambda: luis.replies()[-1]["kind"] == "document"), luis.messages()
        document = luis.session.get(karlos + luis.replies()[-1]["media"], timeout=10)
        assert (document.headers["Content-Type"], document.content[:4]) == ("application/pdf", b"%PDF")


def test_with_the_number_on_twilios_conversations(start: Start) -> None:
    with start(TWILIO_TRANSPORT="conversations", ANSWER_DELAY="0") as karlos:
        ana = Phone(karlos, "Ana")
        found = ana.ask("busco un mazda 3")
        assert found["sid"].startswith("IM")
        ana.tap(found, 1)
        assert eventually(lambda: len(ana.replies()) == 2)
        assert "$218,500.50" in ana.replies()[1]["body"]
        ana.ask("a 60 meses con 50 mil de enganche, con tabla de amortización")
        assert eventually(lambda: ana.replies()[-1]["kind"] == "document"), ana.messages()
        assert eventually(lambda: ana.replies()[-1]["status"] in {"delivered", "read"})


@pytest.mark.servers
def test_on_postgresql_redis_and_rabbitmq(start: Start, servers: dict[str, str]) -> None:
    with start(ANSWER_DELAY="0", **servers) as karlos:
        hold_the_conversation(Phone(karlos, "Ana"))


def test_with_a_language_model_that_asks_for_both_tools_at_once(start: Start) -> None:
    with ResponsesServer().running() as model:
        model.behave(
            responses_server.both_tools(
                {"models": ["mazda 3"]}, {"stock_id": 102, "down_payment_percent": 20, "months": 48}
            )
        )
        with start(ANSWER_DELAY="0", OPENAI_API_KEY="a-key", OPENAI_BASE_URL=model.url) as karlos:
            reply = Phone(karlos, "Ana").ask("busco un mazda 3; el segundo a 4 años con 20% de enganche")
    assert "Tenemos 6:" in reply["body"]
    assert "48 meses: $4,433.39" in reply["body"]
    assert reply["written_by"] == responses_server.MODEL
    first, second = model.requests
    assert [item["type"] for item in second["input"] if "type" in item].count("function_call_output") == 2
    assert first["store"] is False
