"""The admin's first page: figures from real rows, rolled up by day, each of which opens exactly the rows that it counts."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conversations import figures, tasks
from conversations.figures import Spread
from conversations.models import Customer, DailyFigures, Handoff, Item, Lead, Limits, Message, Thread, Turn, Visit
from tests.conversations.conftest import Answer, Write, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


def noon(days_ago: int) -> datetime:
    """Noon at the dealership, so many days ago."""
    return figures.midnight(timezone.localdate() - timedelta(days=days_ago)) + timedelta(hours=12)


def talk(at: datetime, *, seconds: int | None = 4, state: str = "done", **turn: Any) -> Turn:
    """A conversation of one turn: asked at a time and answered after so many seconds, or not at all."""
    customer = Customer.objects.create(profile_name="Ana")
    thread = Thread.objects.create(customer=customer, started_at=at, used_at=at)
    row = Turn.objects.create(customer=customer, thread=thread, state=state, opened_at=at, **turn)
    Message.objects.create(customer=customer, turn=row, author="customer", handling="answered", created_at=at)
    if seconds is not None:
        sent = at + timedelta(seconds=seconds)
        Message.objects.create(
            customer=customer, turn=row, author="assistant", delivery="read", created_at=sent, sending_at=sent
        )
    return row


@pytest.fixture
def days() -> None:
    """Two days ago, yesterday and today, with one at least of everything."""
    for days_ago, seconds in ((2, 3), (2, 5), (1, 4), (0, 6)):
        talk(noon(days_ago), seconds=seconds, cost_mxn=Decimal("0.25"))
    with_person = talk(noon(1), seconds=9)
    handoff = {"customer": with_person.customer, "opened_at": noon(1), "taken_at": noon(1) + timedelta(minutes=7)}
    Handoff.objects.create(turn=with_person, reason="asked", **handoff)
    staff_wrote = talk(noon(1))
    assert staff_wrote.thread
    Item.objects.create(thread=staff_wrote.thread, kind="staff", content={"text": "Hola"})
    Handoff.objects.create(customer=staff_wrote.customer, reason="taken", opened_at=noon(1), taken_at=noon(1))
    failed = talk(noon(0), seconds=None, state="failed")
    Message.objects.create(customer=failed.customer, author="staff", delivery="failed", created_at=noon(0))
    talk(noon(0), withheld=[{"model": "x", "text": "y", "violations": ["z"]}])
    Visit.objects.create(customer=failed.customer, starts_at=noon(0), due_at=noon(0), created_at=noon(1))
    for state in ("done", "done", "missed"):
        dated = {"starts_at": noon(1), "due_at": noon(1), "created_at": noon(20)}
        Visit.objects.create(customer=failed.customer, state=state, **dated)
    Lead.objects.create(customer=failed.customer, kind="offer", due_at=noon(0), created_at=noon(0))
    # What is tried out in the terminal is no customer's.
    Customer.objects.filter(pk=talk(noon(0)).customer_id).update(channel="terminal")


def tiles(page: str) -> dict[str, str]:
    """Title and value of each tile."""
    return dict(re.findall(r'<h3>(.*?)</h3>\s*<p class="value[^"]*">(.*?)</p>', page))


def test_the_page_tells_what_happened_and_compares_it_with_the_days_before(admin_client: Client, days: None) -> None:
    tasks.close_days()
    page = admin_client.get("/admin/?days=7").content.decode()
    assert tiles(page) == {
        "Conversaciones": "8",
        "Primera respuesta (mediana)": "4 s",
        "Resueltas sin una persona": "62 %",
        "Pasadas a una persona": "1",
        "Espera a una persona (mediana)": "7 min",
        "Visitas": "1",
        "Vinieron a su visita": "67 %",
        "Prospectos": "1",
        "Costo": "$3.69",
        "Costo por conversación": "$0.46",
        "Costo por prospecto": "$3.69",
        "Sin contestar": "1",
        "Sin entregar": "1",
        "Retenido por las barreras": "1",
    }
    today = admin_client.get("/admin/?days=1").content.decode()
    assert tiles(today)["Conversaciones"] == "3"
    assert re.search(r"Conversaciones</h3>\s*<p class=\"value\">3</p>\s*<p class=\"before\">antes: 3</p>", today)


def listed(client: Client, address: str) -> int:
    """How many rows a list of the admin has in all."""
    response = client.get(unescape(address))
    assert response.status_code == 200, address
    return int(response.context["cl"].result_count)


def test_every_number_opens_exactly_its_rows(admin_client: Client, days: None) -> None:
    tasks.close_days()
    dashboard = admin_client.get("/admin/?days=7").context["dashboard"]
    period, _before = figures.latest(7)
    behind = {}
    for tile in dashboard["tiles"]:
        for _text, address in tile.rows:
            if address:
                name = re.search(r"figure=(\w+)", address)
                assert name
                behind[name[1]] = listed(admin_client, address)
    assert behind.pop("replied") == period.reply.count == 7
    assert behind.pop("waited") == period.wait.count == 1
    assert behind.pop("paid") == 4
    assert behind == {name: period.total(name) for name in behind}
    assert len(behind) == 13
    for row in dashboard["table"]["rows"]:
        for number, address in row["cells"]:
            assert listed(admin_client, address) == int(number)
    for part in dashboard["now"]:
        assert listed(admin_client, part["link"]) == int(part["text"].split()[0])


def test_what_waits_now_is_told(admin_client: Client, write: Write) -> None:
    customer = write("hola")
    Customer.objects.filter(pk=customer.pk).update(waiting_since=timezone.now() - timedelta(minutes=5))
    Handoff.objects.create(customer=Customer.objects.create(), reason="asked")
    page = " ".join(admin_client.get("/admin/").content.decode().split())
    assert "1 cliente espera respuesta</a>, el que más, 5 min" in page
    assert "1 conversación espera a una persona" in page
    assert "0 mensajes están por salir" in page


def test_a_conversation_by_the_real_road_is_counted(
    admin_client: Client, write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    answer(write("busco un mazda 3"))
    deliver_all()
    today = figures.count(timezone.localdate())
    assert (today.conversations, today.without_person, today.messages_in, today.messages_out) == (1, 1, 1, 1)
    assert Spread.of(today.reply_seconds).count == 1


def test_a_day_is_rolled_up_once_and_corrected_while_its_rows_may_change() -> None:
    first = talk(noon(2))
    tasks.close_days()
    tasks.close_days()
    assert list(DailyFigures.objects.values_list("conversations", flat=True)) == [0, 1]
    talk(noon(2))
    long_ago = figures.midnight(timezone.localdate() - timedelta(days=40))
    Message.objects.create(customer=first.customer, author="customer", handling="answered", created_at=long_ago)
    tasks.close_days()
    assert DailyFigures.objects.count() == 40
    assert DailyFigures.objects.get(day=timezone.localdate() - timedelta(days=2)).conversations == 2
    talk(long_ago)
    tasks.close_days()
    assert DailyFigures.objects.earliest("day").conversations == 0, "what is long over is not counted anew"


def test_a_day_keeps_the_rates_that_held_when_it_was_rolled_up() -> None:
    Limits.objects.create(whatsapp_message_mxn=1, twilio_in_mxn=2, twilio_out_mxn=3)
    talk(noon(1), cost_mxn=Decimal("0.5"))
    tasks.close_days()
    Limits.objects.update(whatsapp_message_mxn=100, twilio_in_mxn=100, twilio_out_mxn=100)
    tasks.close_days()
    day = DailyFigures.objects.get()
    assert (day.model_mxn, day.whatsapp_mxn, day.twilio_mxn) == (Decimal("0.5"), Decimal(1), Decimal(5))
    assert figures.count(timezone.localdate()).twilio_in_mxn == 100


def test_days_are_those_of_the_dealership() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    talk(figures.midnight(timezone.localdate()) - timedelta(seconds=1))
    talk(figures.midnight(timezone.localdate()))
    assert [figures.count(day).conversations for day in (yesterday, timezone.localdate())] == [1, 1]


def test_the_page_takes_as_many_queries_however_many_rows_there_are(admin_client: Client, days: None) -> None:
    tasks.close_days()
    admin_client.get("/admin/")
    cache.clear()  # what is kept for some seconds must not be missing from one of them only
    with CaptureQueriesContext(connection) as few:
        admin_client.get("/admin/?days=90")
    for days_ago in range(60):
        talk(noon(days_ago))
    tasks.close_days()
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        admin_client.get("/admin/?days=90")
    assert len(many) == len(few) < 60
    with CaptureQueriesContext(connection) as listing:
        admin_client.get("/admin/conversations/thread/")
    assert len(listing) < 30


def test_who_may_not_see_the_figures_sees_the_lists(client: Client, days: None) -> None:
    user = User.objects.create_user("vera", is_staff=True)
    client.force_login(user)
    assert "dashboard" not in client.get("/admin/").context
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_dailyfigures", "view_lead"]))
    dashboard = client.get("/admin/").context["dashboard"]
    links = [address for tile in dashboard["tiles"] for _text, address in tile.rows if address]
    assert all(address.startswith("/admin/conversations/lead/") for address in links)
    assert links


@pytest.mark.parametrize(
    "asked", ["conversations", "conversations.x.y", "none.2026-01-01.2026-01-02", "leads.2026-01-01.2026-01-02"]
)
def test_a_figure_that_there_is_not_is_no_error(admin_client: Client, asked: str) -> None:
    response = admin_client.get("/admin/conversations/thread/", {"figure": asked})
    assert response.status_code == 302
    assert admin_client.get("/admin/?days=abc").status_code == 200


@given(seconds=st.lists(st.integers(0, 100), min_size=1), cut=st.integers(0, 100))
def test_the_spreads_of_several_days_are_as_exact_as_their_rows(seconds: list[int], cut: int) -> None:
    parts = [seconds[:cut], seconds[cut:]]
    spread = Spread.of(*({str(s): part.count(s) for s in part} for part in parts))
    ordered = sorted(seconds)
    assert spread.count == len(seconds)
    for percent in (50, 95):
        within = spread.share_within(percent)
        assert within is not None
        assert sum(s <= within for s in ordered) * 100 >= percent * len(ordered)
        assert sum(s < within for s in ordered) * 100 < percent * len(ordered)


def test_of_nothing_there_is_no_median() -> None:
    assert Spread.of().share_within(50) is None
