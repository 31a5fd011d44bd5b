"""What reads, each as a function of bytes: it may refuse what it gets, in its own way, and nothing else."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import QueryDict
from twilio.request_validator import RequestValidator

from assistant import escalation, language, reading, tools
from assistant.items import Said, ToolCall
from assistant.tools import Asked
from conversations import consent
from conversations.webhooks import InboundForm, StatusForm
from conversations.whatsapp import account
from conversations.whatsapp import form as whatsapp_form
from conversations.whatsapp import text as whatsapp_text
from inventory import stock_cells, stock_file, vocabulary
from inventory.stock_problem import StockFileError

NOW = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/Mexico_City"))
_ADDRESS = "https://karlos.example/api/twilio/inbound"
_FILE = Path(gettempdir()) / "karlos-fuzzed.csv"


def _form(data: bytes) -> QueryDict:
    try:
        return QueryDict(data, encoding="utf-8")
    except (TooManyFieldsSent, RequestDataTooBig):
        return QueryDict()


def webhook(data: bytes) -> None:
    form = _form(data)
    assert not account.is_signed(_ADDRESS, form, "AAAA")
    signature = RequestValidator(settings.TWILIO_AUTH_TOKENS[0]).compute_signature(_ADDRESS, form)
    assert account.is_signed(_ADDRESS, form, signature)
    if InboundForm(data=form).is_valid():
        message = whatsapp_form.message(form, address=str(form["From"]))
        assert "\x00" not in message.text
        json.dumps(message.details, allow_nan=False)


def status_report(data: bytes) -> None:
    form = _form(data)
    if StatusForm(data={**form.dict(), "message": form.get("message")}).is_valid():
        whatsapp_form.status(form, str(form["MessageStatus"]))


def stock(data: bytes) -> None:
    _FILE.write_bytes(data)
    try:
        for row in stock_file.read(_FILE).rows:
            for field, cell in row.cells.items():
                _cell(field, cell)
    except StockFileError as e:
        str(e)


def _cell(field: str, written: str) -> None:
    try:
        stock_cells.value(field, written)
    except stock_cells.CellError as e:
        str(e)


def tool_arguments(data: bytes) -> None:
    """The first byte chooses the tool."""
    if not data:
        return
    name = tools.TOOLS[data[0] % len(tools.TOOLS)].spec.name
    receipt, _ = tools.run(ToolCall("call_1", name, _text(data[1:])), Asked(now=NOW, language="es"))
    json.dumps(receipt.result, allow_nan=False)


def customers_words(data: bytes) -> None:
    text = _text(data)
    reading.remarks([Said("customer", text)], NOW)
    escalation.reason(text)
    consent.asks_to_stop(text)
    consent.asks_to_resume(text)
    vocabulary.mentions(text)
    assert language.of([text], otherwise="es") in {"es", "en"}


def outgoing_text(data: bytes) -> None:
    """No word is lost, and no message is longer than WhatsApp takes."""
    text = _text(data)
    parts = whatsapp_text.split(text)
    assert all(part and len(part.encode()) <= whatsapp_text.LIMIT_BYTES for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    whatsapp_text.from_markdown(text)


def _text(data: bytes) -> str:
    return data.decode(errors="ignore")


_MESSAGE = b"MessageSid=SM" + b"a" * 32 + b"&From=whatsapp%3A%2B5215512345678"

# Each with how many inputs, and what it begins with.
READERS: Mapping[str, tuple[Callable[[bytes], None], int, tuple[bytes, ...]]] = {
    "webhook": (webhook, 30_000, (_MESSAGE + b"&Body=hola&NumMedia=1&MediaUrl0=x&MediaContentType0=image%2Fjpeg", _MESSAGE + b"&Latitude=1&Longitude=2&Forwarded=true&MessageType=location&ProfileName=Ana")),
    "status report": (status_report, 30_000, (_MESSAGE + b"&MessageStatus=delivered&message=1&ErrorCode=63016",)),
    "stock file": (stock, 15_000, (b"stock_id,km,price,make,model,year\n1,20 km,$10.00,Mazda,3,2019\n", b"folio;kms;precio;marca;modelo;a\xc3\xb1o;color\n1;2;3;a;b;2020;rojo\n")),
    "tools' arguments": (tool_arguments, 10_000, tuple(bytes([n]) + seed for n in range(6) for seed in (b'{"makes": ["Mazda"], "price_max": 300000, "limit": 5}', b'{"stock_id": 101, "down_payment": "20 %", "months": 48}', b'{"action": "book", "day": "2026-11-24", "time": "11:00"}'))),
    "customers' words": (customers_words, 5_000, ("busco un mazda 3 2019 de 300 mil con 20% de enganche a 4 años".encode(), "quiero una cita mañana a las 11, ¿tienen suv?".encode(), b"ALTO")),
    "outgoing text": (outgoing_text, 30_000, (b"**Mazda 3** [x](http://a.b)\n\n# T\n- a\n| a | b |\n|---|---|\n", b"palabra. " * 300)),
}  # fmt: skip
