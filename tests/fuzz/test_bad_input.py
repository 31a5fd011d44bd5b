"""Whatever comes in: no error of ours, no hang, nothing half stored. `make fuzz` tries many thousand times as much."""

import base64
import json
import os
import string
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from assistant import tools
from assistant.items import ToolCall
from assistant.tools import Asked
from conversations import terminal
from conversations.models import Message
from inventory import stock_import
from inventory.models import Vehicle
from inventory.stock_problem import StockFileError
from tests.conversations.conftest import NUMBER, PUBLIC, TOKEN, whatsapp  # noqa: F401 - a fixture that every test here needs

# How much is tried of the quick ones; of whole turns, which take a hundred times as long, a fiftieth.
INPUTS = int(os.environ.get("KARLOS_FUZZ_INPUTS", "60"))

pytestmark = pytest.mark.django_db

quick = settings(max_examples=INPUTS, deadline=None, suppress_health_check=list(HealthCheck))
whole_turns = settings(max_examples=max(INPUTS // 50, 5), deadline=None, suppress_health_check=list(HealthCheck))

FIELDS = [
    "Body",
    "NumMedia",
    "MediaUrl0",
    "MediaContentType0",
    "MessageType",
    "Latitude",
    "Longitude",
    "Address",
    "Label",
    "ButtonText",
    "ButtonPayload",
    "ListId",
    "ListTitle",
    "ProfileName",
    "WaId",
    "ExternalUserId",
    "ReferralHeadline",
    "ReferralBody",
    "ReferralSourceId",
    "FlowData",
    "OriginalRepliedMessageSid",
    "Forwarded",
    "ErrorCode",
    "ErrorMessage",
    "ChannelStatusMessage",
    "MessageStatus",
    "SmsStatus",
]
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
WORDS = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["\x00", "ALTO", "stop", "9" * 400, "-1", "1e999", "NaN", "'; DROP TABLE", "${x}", "\ud800", "🚗" * 50]),
    st.from_regex(r"busco (un )?[a-z0-9 ]{1,30} de \d{1,12}(\.\d+)? mil", fullmatch=True),
)  # fmt: skip
SIDS = st.one_of(HEX.map("SM{}".format), HEX.map("MM{}".format), WORDS)
SENDERS = st.one_of(
    st.from_regex(r"whatsapp:\+\d{1,20}", fullmatch=True), WORDS.map("whatsapp:{}".format), st.just("whatsapp:MX.abc"), WORDS
)  # fmt: skip
FORMS = st.builds(
    lambda essential, more: more | essential,
    st.fixed_dictionaries(
        {"AccountSid": st.just("AC" + "a" * 32), "To": st.just(NUMBER)}, optional={"MessageSid": SIDS, "From": SENDERS}
    ),
    st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=20)), WORDS, max_size=8),
)


def post(client: Client, path: str, body: bytes, form: dict[str, str], **headers: str) -> int:
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
    headers = {"X-Twilio-Signature": signature} | headers
    kind = "application/x-www-form-urlencoded"
    return client.post(path, body, content_type=kind, headers=headers).status_code


def written() -> int:
    """How many messages customers have written; some are answered by a word of ours at once."""
    return Message.objects.filter(author=Message.Author.CUSTOMER).count()


def encoded(form: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """The form as it goes over the wire, and as whoever signs it knows it."""
    clean = {
        name.encode(errors="ignore").decode(): text.encode(errors="ignore").decode() for name, text in form.items()
    }
    return urlencode(clean).encode(), clean


@quick
@given(form=FORMS)
def test_any_form_that_is_signed_is_stored_once_or_refused(client: Client, form: dict[str, str]) -> None:
    body, signed = encoded(form)
    before = written()
    status = post(client, "/api/twilio/inbound", body, signed)
    assert status in {200, 400, 403}
    stored = written() - before
    assert stored in ({0, 1} if status == 200 else {0})
    if status == 200:
        assert post(client, "/api/twilio/inbound", body, signed) == 200
        assert written() - before == stored


@quick
@given(body=st.binary(max_size=2000), signature=st.one_of(st.text(string.printable, max_size=60), st.just("")))
def test_any_bytes_that_nobody_signed_are_refused(client: Client, body: bytes, signature: str) -> None:
    before = Message.objects.count()
    headers = {"X-Twilio-Signature": base64.b64encode(signature.encode()).decode()}
    assert post(client, "/api/twilio/inbound", body, {}, **headers) in {400, 403}
    assert Message.objects.count() == before


@quick
@given(form=FORMS, message=st.one_of(st.integers().map(str), WORDS), is_ours=st.booleans())
def test_any_status_report_is_taken_or_refused(
    client: Client, form: dict[str, str], message: str, is_ours: bool
) -> None:
    body, signed = encoded(form)
    query = urlencode({"message": "1" if is_ours else message.encode(errors="ignore").decode()})
    assert post(client, f"/api/twilio/status?{query}", body, signed) in {204, 400, 403}


HEADINGS = [
    "stock_id",
    "km",
    "price",
    "make",
    "model",
    "year",
    "version",
    "bluetooth",
    "largo",
    "ancho",
    "altura",
    "car_play",
    "transmission",
]
CELLS = st.one_of(
    WORDS, st.integers().map(str), st.sampled_from(["", "Sí", "No", "RAV4", "Toyota", "2019", "426000.0"])
)


@st.composite
def stock_files(draw: Callable[..., Any]) -> bytes:
    """Anything between a stock file and noise."""
    if draw(st.integers(0, 4)) == 0:
        return bytes(draw(st.binary(max_size=2000)))
    headings = draw(st.permutations(HEADINGS)) if draw(st.booleans()) else HEADINGS
    rows = draw(st.lists(st.lists(CELLS, max_size=15), max_size=6))
    separator = draw(st.sampled_from([",", ";", "\t"]))
    lines = [separator.join(headings), *(separator.join(row) for row in rows)]
    return "\n".join(lines).encode(draw(st.sampled_from(["utf-8", "utf-16", "cp1252"])), errors="ignore")


@quick
@given(content=stock_files())
def test_any_stock_file_is_loaded_or_refused_with_reasons(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = Path(tmp_path_factory.getbasetemp()) / "fuzzed.csv"
    file.write_bytes(content)
    reasons = ""
    before = list(Vehicle.objects.order_by("stock_id").values())
    try:
        report = stock_import.import_stock(file)
    except StockFileError as e:
        reasons = str(e)
        assert list(Vehicle.objects.order_by("stock_id").values()) == before
    else:
        reasons = str(report)
    assert reasons


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
TOOLS = {tool.spec.name: sorted(tool.spec.parameters["properties"]) for tool in tools.TOOLS}


@st.composite
def calls(draw: Callable[..., Any]) -> ToolCall:
    """A tool's own arguments with anything in them, or anything at all."""
    name = draw(st.sampled_from(sorted(TOOLS)))
    if draw(st.integers(0, 5)) == 0:
        return ToolCall("call_1", draw(st.one_of(st.just(name), WORDS)), draw(WORDS))
    named = st.dictionaries(st.sampled_from(TOOLS[name]) if TOOLS[name] else st.text(), JSON, max_size=6)
    return ToolCall("call_1", name, json.dumps(draw(named)))


@quick
@given(call=calls())
def test_any_arguments_of_a_tool_give_a_result_or_an_error_to_the_model(call: ToolCall) -> None:
    asked = Asked(now=datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/Mexico_City")), language="es")
    receipt, _ = tools.run(call, asked)
    json.dumps(receipt.result, allow_nan=False)


@whole_turns
@example(text="\x00")
@given(text=WORDS)
def test_any_line_of_a_chat_is_answered(text: str, stock: dict[int, Vehicle]) -> None:
    said = text.encode(errors="ignore").decode().strip()
    if not said:
        return
    customer = terminal.new_customer("fuzz")
    spoken = terminal.exchange(customer, said)
    assert json.dumps(spoken.as_data(), ensure_ascii=False)
    assert not Message.objects.filter(customer=customer, handling="waiting").exists()
