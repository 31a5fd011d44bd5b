"""One message can be followed through every process by its ids; nobody can read in the logs who wrote what."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conversations import tasks, turns
from conversations.models import Message, Turn
from inventory.models import Vehicle
from karlos_site import logs
from tests.conversations.conftest import Post, Write, age, deliver_all, form, make_due
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "5215598765432"
SECRET = "mi clave es tulipán"

Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, as it is written where nobody reads along."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    made = logs.configuration("DEBUG", "json")["formatters"]["line"]
    handler.setFormatter(made.pop("()")(**made))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def lines(written: io.StringIO) -> Read:
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def saying(lines: Read, words: str) -> dict[str, Any]:
    """The one line that says this."""
    (found,) = (line for line in lines() if words in line["event"])
    return found


def marked(text: str = SECRET) -> dict[str, str]:
    return form(text, From=f"whatsapp:+{PHONE}", WaId=PHONE)


def of_customer(**fields: str) -> dict[str, str]:
    return {"From": f"whatsapp:+{PHONE}", "WaId": PHONE, **fields}


def test_a_message_is_followed_from_the_webhook_to_twilios_report_by_its_ids(
    write: Write, post: Post, twilio: TwilioServer, stock: dict[int, Vehicle], lines: Read
) -> None:
    customer = write(SECRET, **of_customer())
    asked = Message.objects.get()
    tasks.answer_customer.apply((customer.pk,))
    deliver_all()
    turn = Turn.objects.get()
    answer = turn.messages.get(author="assistant")
    post({"MessageSid": answer.sid or "", "MessageStatus": "read"}, f"/api/twilio/status?message={answer.pk}")

    came = saying(lines, "is stored")
    assert (came["message_id"], came["customer_id"]) == (asked.pk, customer.pk)
    answered = saying(lines, "rounds")
    assert (answered["turn_id"], answered["customer_id"], answered["message_ids"]) == (turn.pk, customer.pk, [asked.pk])
    assert answered["task"] == "answer_customer"
    for words in ("is with Twilio", "is read, says Twilio"):
        went = saying(lines, words)
        assert (went["turn_id"], went["message_id"], went["customer_id"]) == (turn.pk, answer.pk, customer.pk)
    assert {"level", "logger", "timestamp", "process", "pid"} <= came.keys()
    # What a thread worked on does not stick to it.
    logging.getLogger("conversations").warning("Afterwards.")
    assert "turn_id" not in saying(lines, "Afterwards.")


def assert_nothing_told(written: io.StringIO) -> None:
    assert written.getvalue()
    for secret in (SECRET, json.dumps(SECRET).strip('"'), "tulip", PHONE, PHONE[3:]):
        assert secret not in written.getvalue()


def test_no_error_in_the_web_server_brings_words_or_numbers_into_the_logs(
    db: None, post: Post, client: Client, written: io.StringIO, lines: Read
) -> None:
    client.raise_request_exception = False
    with database_that_repeats_what_it_refuses("INSERT"):
        assert post(marked()).status_code == 500
    assert "IntegrityError" in saying(lines, "Internal Server Error")["exception"]
    client.get("/admin/nothing-here/", {"q": PHONE})
    post(marked() | {"MessageSid": SECRET})
    assert_nothing_told(written)


def test_no_error_in_a_worker_brings_words_or_numbers_into_the_logs(
    write: Write, twilio: TwilioServer, stock: dict[int, Vehicle], written: io.StringIO, lines: Read
) -> None:
    def break_off(_turn: Turn) -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as e:
            raise RuntimeError(f"+{PHONE}") from e

    customer = write(SECRET, **of_customer())
    turns.run(customer.pk, break_off)
    broken = saying(lines, "broke off")
    assert broken["turn_id"] == Turn.objects.get().pk
    assert broken["exception"].startswith("builtins.RuntimeError\n  conversations/turns.py:")
    assert "builtins.KeyError" in broken["exception"]

    age(customer, due_at=timedelta(seconds=1))
    turns.run(customer.pk, lambda _: None)
    answer = Message.objects.get(author="assistant")
    with database_that_repeats_what_it_refuses("UPDATE"):
        tasks.deliver_message.apply((answer.pk,))
    failed = saying(lines, "deliver_message raised unexpected")
    assert (failed["task"], failed["message_id"]) == ("deliver_message", answer.pk)

    twilio.script.append(403)
    make_due(answer)
    deliver_all()
    assert saying(lines, "is refused (40300)")["turn_id"] == answer.turn_id
    assert_nothing_told(written)


@contextmanager
def database_that_repeats_what_it_refuses(event: str) -> Iterator[None]:
    """Messages can't be written; the error tells the row, as PostgreSQL's do."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(
                "ALTER TABLE conversations_message ADD CONSTRAINT refused CHECK (author = 'nobody') NOT VALID"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER refused BEFORE {event} ON conversations_message "
                f"BEGIN SELECT RAISE(ABORT, 'Failing row contains ({SECRET}, +{PHONE})'); END"
            )
        try:
            yield
        finally:
            cursor.execute(
                "ALTER TABLE conversations_message DROP CONSTRAINT refused" if is_postgresql else "DROP TRIGGER refused"
            )


def test_lines_for_people_have_the_same_ids_and_no_words(written: io.StringIO) -> None:
    made = logs.configuration("INFO", "text")["formatters"]["line"]
    line = made.pop("()")(**made)
    try:
        raise ValueError(SECRET)
    except ValueError as e:
        record = logging.getLogger("conversations").makeRecord(
            "conversations", logging.ERROR, "turns.py", 1, "It broke off", (), (type(e), e, e.__traceback__)
        )
    shown = line.format(record)
    assert "It broke off" in shown
    assert "builtins.ValueError" in shown
    assert SECRET not in shown
