"""Quotes: kept as they were told, found by their folio, and their schedules sent as documents."""

import base64
import json
import re
import zlib
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from assistant.models import DealershipText
from conversations import delivery, quotes, schedule_pdf, terminal, threads
from conversations.models import Message, Quote, ToolUse
from conversations.whatsapp import Status
from inventory import financing
from inventory.models import CreditTerms, Vehicle
from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer
from tests.conversations.conftest import PUBLIC, Answer, Write, deliver_all, make_due
from tests.conversations.twilio_server import TwilioServer

SENTRA = "el sentra a 48 meses con 20% de enganche"
SCHEDULE = "mándame la tabla de amortización"


def page_text(pdf: bytes) -> str:
    """What stands on the pages of a document that we drew."""
    streams = re.findall(rb"(?<!end)stream\r?\n(.*?)~>", pdf, re.DOTALL)
    pages = b" ".join(zlib.decompress(base64.a85decode(stream.strip())) for stream in streams)
    return " ".join(re.findall(r"\((.*?)\) Tj", pages.decode("latin-1")))


def quoted(stock: dict[int, Vehicle], months: int = 60, **changed: object) -> Quote:
    """A quote as it would be recorded: 50,000 down."""
    terms = CreditTerms()
    estimate = financing.estimate(stock[201].price_mxn, Decimal(50_000), months, terms)
    usual = {
        "folio": "201-261123-BCDFGHJK",
        "stock_id": 201,
        "car": "Nissan Sentra 2019",
        "price_mxn": estimate.price_mxn,
        "down_payment_mxn": estimate.down_payment_mxn,
        "months": months,
        "annual_rate": estimate.annual_rate,
        "monthly_mxn": estimate.monthly_mxn,
        "last_payment_mxn": estimate.last_payment_mxn,
        "interest_total_mxn": estimate.interest_total_mxn,
        "assumptions": terms.assumptions_in("es"),
        "language": "es",
        "made_at": timezone.now(),
    }
    return Quote.objects.create(**(usual | {"customer": terminal.new_customer("ana")} | changed))


# --- Kept as told ---------------------------------------------------------------------------------------------------


def test_an_estimate_that_is_said_is_kept_with_what_it_rests_on_and_its_folio_is_told(
    write: Write, answer: Answer, stock: dict[int, Vehicle]
) -> None:
    customer = write(SENTRA)
    (text,) = answer(customer)
    quote = Quote.objects.get()
    assert f"Folio {quote.folio}." in text
    assert (quote.customer, quote.vehicle, quote.stock_id) == (customer, stock[201], 201)
    assert (quote.car, quote.price_mxn, quote.months) == ("Nissan Sentra 2019", Decimal("268999.00"), 48)
    assert (quote.down_payment_mxn, quote.monthly_mxn) == (Decimal("53799.80"), Decimal("5458.01"))
    assert (quote.last_payment_mxn, quote.interest_total_mxn) == (Decimal("5457.85"), Decimal("46785.12"))
    assert quote.annual_rate == Decimal("0.10")
    assert quote.assumptions in text
    assert quote.turn == ToolUse.objects.filter(name=quotes.CREDIT).get().turn


def test_every_term_that_is_said_is_a_quote_and_no_folio_is_told(write: Write, answer: Answer) -> None:
    (text,) = answer(write("el sentra con 50 mil de enganche"))
    assert list(Quote.objects.order_by("months").values_list("months", flat=True)) == [36, 48, 60, 72]
    assert "Folio" not in text


def test_an_estimate_that_is_not_said_is_not_kept(write: Write, answer: Answer, llm: ResponsesServer) -> None:
    arguments = {"stock_id": 201, "down_payment": 50_000, "months": 60}
    llm.script(
        responses_server.asks(responses_server.call(quotes.CREDIT, arguments)),
        responses_server.says("¿Prefieres 60 meses u otro plazo?"),
    )
    assert answer(write("el sentra con 50 mil")) == ["¿Prefieres 60 meses u otro plazo?"]
    assert not Quote.objects.exists()


def test_the_same_estimate_told_again_the_same_day_is_the_same_quote(write: Write, answer: Answer) -> None:
    answer(write(SENTRA))
    first = Quote.objects.get()
    (text,) = answer(write(SENTRA))
    assert first.folio in text
    assert Quote.objects.get() == first


def test_two_customers_never_share_a_folio(write: Write, answer: Answer) -> None:
    answer(write(SENTRA))
    answer(write(SENTRA, From="whatsapp:+5215500000002"))
    assert Quote.objects.count() == 2


@pytest.mark.usefixtures("db")
def test_a_quote_outlives_the_car_and_the_words_that_staff_change_later(
    write: Write, answer: Answer, stock: dict[int, Vehicle]
) -> None:
    answer(write(SENTRA))
    before = Quote.objects.get().assumptions
    CreditTerms(annual_rate=Decimal("0.15"), assumptions_spanish="Otra tasa: {rate}%.").save()
    stock[201].delete()
    quote = Quote.objects.get()
    assert (quote.vehicle, quote.assumptions, quote.annual_rate) == (None, before, Decimal("0.10"))
    assert quote.schedule[-1].balance == 0


def test_the_database_refuses_a_quote_that_finances_nothing(stock: dict[int, Vehicle]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        quoted(stock, down_payment_mxn=Decimal(268_999))


# --- In another conversation ------------------------------------------------------------------------------------------


def test_a_quote_of_yesterday_is_computed_anew_at_todays_price(
    write: Write, answer: Answer, stock: dict[int, Vehicle]
) -> None:
    customer = write(SENTRA)
    answer(customer)
    threads.forget(customer)
    Vehicle.objects.filter(stock_id=201).update(price_mxn=Decimal(258_999))
    (text,) = answer(write("hola, soy el de ayer, ¿en cuánto quedaba la mensualidad?"))
    assert "$258,999" in text
    assert "$5,255.11 al mes" in text
    assert "5,458.01" not in text
    assert Quote.objects.count() == 2


def test_a_car_of_yesterday_that_is_sold_is_said_to_be_gone(
    write: Write, answer: Answer, stock: dict[int, Vehicle]
) -> None:
    customer = write(SENTRA)
    answer(customer)
    threads.forget(customer)
    Vehicle.objects.filter(stock_id=201).update(status=Vehicle.Status.SOLD)
    (text,) = answer(write("hola, soy el de ayer, ¿en cuánto quedaba la mensualidad?"))
    assert "El auto con id 201" in text
    assert "al mes" not in text


def test_a_language_model_is_told_what_to_ask_anew_and_no_figure_of_then(
    write: Write, answer: Answer, llm: ResponsesServer
) -> None:
    arguments = {"stock_id": 201, "down_payment_percent": 20, "months": 48}
    llm.script(
        responses_server.asks(responses_server.call(quotes.CREDIT, arguments)),
        responses_server.says("Quedaría en $5,458.01 al mes."),
    )
    customer = write(SENTRA)
    answer(customer)
    threads.forget(customer)
    llm.script(responses_server.says("¿Quieres que lo calcule otra vez?"))
    answer(write("hola, soy el de ayer"))
    told = json.dumps(llm.requests[-1], ensure_ascii=False)
    assert "ended with the car 201, of which fetch_credit_estimate was asked" in told
    assert "5458.01" not in told.replace(",", "")


# --- The schedule as a document -------------------------------------------------------------------------------------


def test_a_short_schedule_is_written_out(write: Write, answer: Answer) -> None:
    customer = write(SENTRA)
    answer(customer)
    parts = answer(write(SCHEDULE))
    assert "48: $5,457.85" in parts[-1]
    assert not Message.objects.exclude(media="").exists()


def test_a_long_schedule_follows_the_words_as_a_document(
    write: Write, answer: Answer, twilio: TwilioServer, client: Client
) -> None:
    answer(write("el sentra a 60 meses con 50 mil de enganche"))
    words, document = answer(write(SCHEDULE))
    assert "PDF" in words
    assert document == ""
    deliver_all()
    posted = twilio.posts[-1]
    assert "Body" not in posted
    assert posted["MediaUrl"].startswith(f"{PUBLIC}/media/quotes/201-")
    fetched = client.get(posted["MediaUrl"].removeprefix(PUBLIC))
    assert fetched.headers["Content-Type"] == "application/pdf"
    text = page_text(fetched.content)
    for shown in (
        "Nissan Sentra 2019",
        Quote.objects.get().folio,
        "4,653.08",
        "4,653.17",
        "218,999.00",
        "no es el CAT",
    ):
        assert shown in text
    assert text.count("4,653.08") == 60  # once above, and in every row but the last
    assert re.search(r"60 \$4,653\.17 \$38\.46 \$4,614\.71 \$0\.00", text)


def test_the_document_says_nothing_of_the_customer(write: Write, answer: Answer, client: Client) -> None:
    answer(write("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización"))
    fetched = client.get(Message.objects.exclude(media="").get().media)
    text = page_text(fetched.content)
    assert "Sentra" in text
    assert "Ana" not in text
    assert "5512345678" not in text


def test_a_schedule_in_english_for_who_writes_english(write: Write, answer: Answer, client: Client) -> None:
    words, _ = answer(write("the sentra over 60 months with 50k down, with the amortization schedule please"))
    assert "as a PDF" in words
    text = page_text(client.get(Message.objects.exclude(media="").get().media).content)
    assert "Amortisation schedule" in text
    assert "neither the CAT" in text


def test_a_language_model_sends_the_document_too(
    write: Write, answer: Answer, llm: ResponsesServer, stock: dict[int, Vehicle]
) -> None:
    arguments = {"stock_id": 201, "down_payment": 50_000, "months": 60, "with_schedule": True}
    llm.script(
        responses_server.asks(responses_server.call(quotes.CREDIT, arguments)),
        responses_server.says("Te mando la tabla en PDF."),
    )
    assert answer(write("la tabla del sentra a 60 meses con 50 mil")) == ["Te mando la tabla en PDF.", ""]
    assert Quote.objects.get().folio in Message.objects.exclude(media="").get().media


def test_an_address_that_is_not_ours_or_too_old_leads_nowhere(client: Client, stock: dict[int, Vehicle]) -> None:
    quote = quoted(stock)
    address = quotes.address(quote.folio)
    assert client.get(address).status_code == client.head(address).status_code == 200
    assert client.post(address).status_code == 405
    assert client.get(address.replace("BCDFGHJK", "BCDFGHJL")).status_code == 404
    assert client.get(f"/media/quotes/{quote.folio}.pdf").status_code == 404
    assert client.get(quotes.address("201-261123-XXXXXXXX")).status_code == 404
    with time_machine.travel(timezone.now() + quotes.ADDRESS_LASTS + timedelta(seconds=2)):
        assert client.get(address).status_code == 404


def test_the_same_quote_is_always_the_same_document(stock: dict[int, Vehicle]) -> None:
    quote = quoted(stock)
    assert schedule_pdf.drawn(quote) == schedule_pdf.drawn(quote)


@pytest.mark.parametrize("name", ["Autos & Más <b>", "Autos 🚗 东风", "A" * 300, ""])
def test_no_name_is_too_odd_for_the_document(stock: dict[int, Vehicle], name: str) -> None:
    DealershipText.objects.create(topic="name", spanish=name)
    drawn = schedule_pdf.drawn(quoted(stock, car=name[:160], assumptions=f"<i>{name}</i> & 10%"))
    assert drawn.startswith(b"%PDF")


@pytest.mark.parametrize("months", [36, 60, 72])
def test_a_document_has_a_row_for_every_month_and_the_last_leaves_nothing(
    stock: dict[int, Vehicle], months: int
) -> None:
    text = page_text(schedule_pdf.drawn(quoted(stock, months=months)))
    rows = re.findall(r"(\d+) (?:\$[\d,.-]+ ){3}\$([\d,.]+)", text)
    assert [int(number) for number, _ in rows] == list(range(1, months + 1))
    assert [balance for _, balance in rows].index("0.00") == months - 1


def test_a_document_whose_fate_is_unknown_is_looked_for_and_found(
    write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    answer(write("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización"))
    twilio.script.extend([201, "lost"])
    deliver_all()
    document = Message.objects.exclude(media="").get()
    assert document.delivery == "unknown"
    make_due(document)
    deliver_all()
    document.refresh_from_db()
    assert (document.delivery, document.sid) == ("sent", twilio.taken[-1]["sid"])
    assert len(twilio.posts) == 2


@pytest.mark.parametrize("is_refused_at_once", [True, False])
def test_a_document_that_whatsapp_cannot_get_follows_as_text(
    write: Write, answer: Answer, twilio: TwilioServer, *, is_refused_at_once: bool
) -> None:
    answer(write("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización"))
    twilio.script.extend([201, (400, 21620) if is_refused_at_once else 201])
    deliver_all()
    document = Message.objects.exclude(media="").get()
    for _ in range(2):  # the report may come twice
        delivery.record(document.pk, Status(sid=document.sid or "SM1", delivery="failed", error="63019"))
    deliver_all()
    document.refresh_from_db()
    assert document.delivery == "failed"
    bodies = twilio.bodies()
    assert sum("Mes: pago = interés + capital, saldo" in body for body in bodies) == 1
    assert bodies[-1].endswith("60: $4,653.17 = $38.46 + $4,614.71, $0")


def test_a_document_of_a_car_that_was_repriced_does_not_go_out(
    write: Write, answer: Answer, twilio: TwilioServer, stock: dict[int, Vehicle]
) -> None:
    customer = write("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización")
    answer(customer)
    Vehicle.objects.filter(stock_id=201).update(price_mxn=Decimal(279_999))
    deliver_all()
    assert twilio.posts == []
    assert not Quote.objects.exists()
    words, _ = answer(customer)
    assert "$279,999" in words
    assert Quote.objects.get().price_mxn == Decimal(279_999)


def test_at_the_terminal_the_document_is_an_address(stock: dict[int, Vehicle], client: Client) -> None:
    said = terminal.exchange(
        terminal.new_customer("ana"), "el sentra a 60 meses con 50 mil de enganche, con tabla de amortización"
    )
    assert said.reply.endswith(f"Folio {Quote.objects.get().folio}.")
    (address,) = said.documents
    assert said.as_data()["documents"] == [address]
    assert client.get(address.removeprefix(PUBLIC)).status_code == 200


# --- For staff ------------------------------------------------------------------------------------------------------


def test_staff_find_a_quote_by_its_folio_and_open_its_document(admin_client: Client, stock: dict[int, Vehicle]) -> None:
    quote = quoted(stock)
    other = quoted(stock, folio="301-261123-BBBBBBBB", car="Toyota RAV4 2018", customer=terminal.new_customer("luis"))
    rows = admin_client.get("/admin/conversations/quote/", {"q": "bcdfghjk"}).content.decode().split("<tbody")[1]
    assert quote.folio in rows
    assert "$4,653.08" in rows
    assert other.folio not in rows
    page = admin_client.get(f"/admin/conversations/quote/{quote.pk}/change/").content.decode()
    (address,) = re.findall(r'href="(/media/quotes/[^"]+)"', page)
    assert admin_client.get(address).headers["Content-Type"] == "application/pdf"
    assert admin_client.post(f"/admin/conversations/quote/{quote.pk}/change/", {}).status_code == 403


def test_the_customers_page_leads_to_their_quotes_and_documents(
    admin_client: Client, write: Write, answer: Answer
) -> None:
    customer = write("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización")
    answer(customer)
    quote = Quote.objects.get()
    page = admin_client.get(f"/admin/conversations/customer/{customer.pk}/change/").content.decode()
    assert f'href="/admin/conversations/quote/{quote.pk}/change/"' in page
    assert "$4,653.08 × 60" in page
    assert f'href="{Message.objects.exclude(media="").get().media}"' in page
