"""`manage.py chat`: the same turn at the terminal, with no other process running."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command

from conversations import sweep, terminal
from conversations.models import Customer, Message, Turn
from inventory.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)


def chat(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines) + "\n"))
    out = io.StringIO()
    call_command("chat", "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_line_gets_one_object(monkeypatch: pytest.MonkeyPatch, stock: dict[int, Vehicle]) -> None:
    found, quoted, handed_off = chat(
        monkeypatch, "busco un mazda 3", "el segundo a 4 años con 20% de enganche", "quiero hablar con una persona"
    )
    assert found.keys() == {"reply", "model", "tool_calls", "handed_off"}
    assert found["model"] == "rules"
    assert found["tool_calls"][0]["name"] == "fetch_vehicles_data"
    assert found["tool_calls"][0]["arguments"] == {"models": ["mazda 3"]}
    assert [v["stock_id"] for v in found["tool_calls"][0]["result"]["vehicles"]] == [101, 102, 103, 104, 105]
    assert quoted["tool_calls"][0]["result"]["estimates"][0]["monthly"] == "4433.39"
    assert (found["handed_off"], handed_off["handed_off"]) == (False, True)


def test_after_a_handoff_there_is_an_object_with_no_reply(
    monkeypatch: pytest.MonkeyPatch, stock: dict[int, Vehicle]
) -> None:
    _, silent = chat(monkeypatch, "quiero hablar con una persona", "¿hola?")
    assert silent == {"reply": "", "model": "", "tool_calls": [], "handed_off": True}


def test_new_begins_with_another_customer(monkeypatch: pytest.MonkeyPatch, stock: dict[int, Vehicle]) -> None:
    _, fresh = chat(monkeypatch, "busco un mazda 3", "/new", "el segundo a 4 años con 20% de enganche")
    assert fresh["tool_calls"] == []
    assert Customer.objects.count() == 2


def test_the_terminals_messages_take_the_same_records(
    monkeypatch: pytest.MonkeyPatch, stock: dict[int, Vehicle]
) -> None:
    chat(monkeypatch, "busco un mazda 3")
    assert Turn.objects.get().state == "done"
    assert Message.objects.get(author="assistant").delivery == "delivered"


def test_no_worker_takes_the_terminals_customers(stock: dict[int, Vehicle]) -> None:
    customer = terminal.new_customer("local")
    terminal._is_for_karlos(customer, terminal.Words(text="hola"))
    assert sweep.look() == []


def test_the_history_tells_who_said_what(stock: dict[int, Vehicle]) -> None:
    customer = terminal.customer("local")
    terminal.exchange(customer, "hola")
    assert terminal.customer("local") == customer
    (_, first), (_, second) = terminal.history(customer)
    assert first == "hola"
    assert "Karlos" in second


def test_a_conversation_at_the_prompt(
    monkeypatch: pytest.MonkeyPatch, stock: dict[int, Vehicle], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("/help\nbusco un mazda 3\n/history\n/new\n/quit\n"))
    call_command("chat")
    printed = capsys.readouterr().out
    assert "6 Mazda 3" in printed
    assert "rules · fetch_vehicles_data" in printed
    assert "A new customer." in printed
