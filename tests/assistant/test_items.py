"""What a thread is made of, and what of it is stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.items import Item, Opaque, Remark, Said, ToolCall, ToolResult, from_json, storable, to_json

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    "item",
    [
        Said("customer", "hola"),
        Said("assistant", "¡Hola!"),
        Said("staff", "Buenas tardes."),
        ToolCall("call_1", "fetch_vehicles_data", '{"models":  ["jetta"]}'),
        ToolResult("call_1", '{"total": 0}'),
    ],
)
def test_an_item_comes_back_as_it_was_stored(item: Item) -> None:
    stored = to_json(item)
    assert stored is not None
    kind, content = stored
    assert from_json(kind, json.loads(json.dumps(content))) == item


@pytest.mark.parametrize("item", [Opaque({"type": "reasoning"}), Remark("Read: nothing.")])
def test_what_belongs_to_the_turn_is_not_stored(item: Item) -> None:
    assert to_json(item) is None


def test_the_models_own_form_of_a_call_is_not_stored() -> None:
    stored = to_json(ToolCall("call_1", "x", "{}", raw={"id": "fc_1"}))
    assert "fc_1" not in json.dumps(stored)


def test_an_item_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="thought"):
        from_json("thought", {"text": "hm"})


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_made_storable_and_loses_nothing_readable(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert storable(kept) == kept
    assert kept == "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")
