"""A customer is erased wherever their data has got to, and nothing is found of them afterwards."""

import io
import json
import threading
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import CASCADE, ForeignKey
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from conversations import attachments, erasure, lease, missed, personal_data, presence, remains, tasks, threads, turns
from conversations.models import (
    Arrival,
    Attachment,
    Customer,
    ErasedMessage,
    Erasure,
    Gap,
    Handoff,
    Identity,
    Item,
    Lead,
    Message,
    Note,
    Quote,
    Replay,
    ReplayedTurn,
    SettingsVersion,
    Thread,
    ToolUse,
    Turn,
    Visit,
)
from inventory.models import Vehicle
from tests.assistant.responses_server import ResponsesServer
from tests.conversations.conftest import Answer, Post, Write, deliver_all, form, sid
from tests.conversations.test_attachments import holds, picture, sent
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, ADDRESS, NAME = "+525512345678", "whatsapp:+5215512345678", "Ana Pérez"
SENTENCE = "Mi hija estudia en la Normal y busca un sentra"


@pytest.fixture(autouse=True)
def kept_here(settings: Settings, tmp_path: Path, redis: None) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def staff_user(transactional_db: None) -> User:
    return User.objects.create_superuser("lupe")


@pytest.fixture
def planted(
    write: Write, answer: Answer, twilio: TwilioServer, stock: dict[int, Vehicle], staff_user: User
) -> Customer:
    """A customer whose traces are everywhere they can get to."""
    customer = write(SENTENCE)
    answer(customer)
    write("quiero el sentra 2019 con 20% de enganche a 48 meses, con la tabla de pagos")
    answer(customer)
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    write(**fields)
    answer(customer)
    write("el martes a las 12 puedo ir a ver el sentra; avísame si llega un mazda 3 2025")
    answer(customer)
    deliver_all()
    kept = {"customer": customer, "kind": "watch", "note": f"{NAME}: {SENTENCE}", "due_at": Now()}
    lead = Lead.objects.create(**kept)
    Arrival.objects.create(lead=lead, vehicle=stock[201])
    Visit.objects.get_or_create(customer=customer, defaults={"starts_at": Now(), "due_at": Now()})
    Gap.objects.get_or_create(customer=customer, kind="name", name="bugatti", defaults={"asked_at": Now()})
    Note.objects.create(customer=customer, user=staff_user, text=f"{NAME} llama mañana")
    Handoff.objects.create(customer=customer, reason="asked", summary=f"«{SENTENCE}»", closed_at=Now())
    replay = Replay.objects.create(settings={}, base=SettingsVersion.objects.latest("number"))
    ReplayedTurn.objects.create(replay=replay, turn=customer.turns.earliest("pk"), reply="¡Hola!")
    _planted_beside(customer, stock, staff_user)
    for one in twilio.taken:
        one.setdefault("from", "")
    twilio.received.extend(
        {"sid": message_sid, "to": "whatsapp:+14155238886", "from": ADDRESS, "body": SENTENCE, "direction": "inbound"}
        for message_sid in customer.messages.filter(author="customer").values_list("sid", flat=True)
    )
    # One that never reached us.
    twilio.received.append(twilio.received[0] | {"sid": "SM" + "e" * 32})
    twilio.kept_media[fields["MessageSid"]] = ["ME" + "1" * 32]
    return customer


def _planted_beside(customer: Customer, stock: dict[int, Vehicle], staff_user: User) -> None:
    """Where it does not belong to the customer's rows: the audit, a car's history, another's note, the cache."""
    threads.upsert(customer)
    presence.say(customer.pk, staff_user, is_typing=False)
    log(staff_user, customer, f"Llamó {NAME}")
    log(staff_user, customer.leads.first(), "Leads")
    car = stock[201]
    car._change_reason = f"Apartado para {NAME}, 55 1234 5678"  # type: ignore[attr-defined]
    car.save()
    other = Customer.objects.create(profile_name="Beto", address="whatsapp:+525500000000")
    Note.objects.create(customer=other, user=staff_user, text="Es el esposo de Ana Pérez (55-1234-5678)")


def log(user: User, row: Any, what: str) -> None:
    kind = ContentType.objects.get_for_model(row)
    LogEntry.objects.create(
        user=user,
        content_type=kind,
        object_id=row.pk,
        object_repr=str(row),
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"object": what}}]),
    )


def left(words: list[str]) -> list[str]:
    return remains.found(
        words, since=Customer.objects.values_list("created_at", flat=True).latest("created_at") + timedelta(days=1)
    )


# --- Everywhere ---------------------------------------------------------------------------------------------------


def test_every_table_with_a_customer_in_it_is_known() -> None:
    """What leads to a customer, in however many steps, has its place in the list."""
    reached = {"conversations.customer"}
    models = [model for model in apps.get_models() if model._meta.app_label == "conversations"]
    for _step in models:
        for model in models:
            owners = {
                field.related_model._meta.label_lower
                for field in model._meta.fields
                if isinstance(field, ForeignKey) and field.remote_field.on_delete is CASCADE
            }
            if owners & reached:
                reached.add(model._meta.label_lower)
    assert reached == personal_data.PLACES.keys()


def test_nothing_is_found_of_who_was_erased(planted: Customer, twilio: TwilioServer) -> None:
    words = [PHONE, "5512345678", "55 1234 5678", "55-1234-5678", ADDRESS, NAME, SENTENCE]
    places = left(words)
    tables = {place.partition(":")[0] for place in places}
    assert len(tables) >= 10, places
    for expected in (
        "conversations.customer.profile_name",
        "conversations.identity.value",
        "conversations.message.text",
        "conversations.item.content",
        "conversations.lead.note",
        "conversations.note.text",
        "admin.logentry.object_repr",
        "admin.logentry.change_message",
        "inventory.historicalvehicle.history_change_reason",
    ):
        assert expected in tables
    files = personal_data.files(planted)
    assert len(files) == 1
    assert default_storage.exists(files[0])
    assert cache.get(threads.key(planted))
    quoted = Quote.objects.get(customer=planted)
    assert twilio.received
    assert twilio.taken
    key, number = threads.key(planted), planted.pk

    call_command("erase_customer", PHONE, "--yes")

    assert left(words) == []
    ended = Erasure.objects.get()
    assert (ended.customer_number, ended.left, ended.problem, ended.addresses) == (number, [], "", [])
    assert (ended.words, ended.words_beside) == ([], [])
    assert ended.finished_at
    assert ended.erased["conversations.message"] >= 8
    for model in (Identity, Thread, Item, Turn, ToolUse, Quote, Visit, Lead, Gap, Arrival, Attachment):
        assert not model.objects.exists(), model
    assert not default_storage.exists(files[0])
    assert cache.get(key) is None
    assert cache.get(presence.key(number, User.objects.get().pk)) is None
    assert (twilio.received, twilio.taken) == ([], [])
    assert "ME" + "1" * 32 in twilio.deleted
    assert Client().get(f"/media/quotes/{quoted.folio}.pdf").status_code == 404
    assert LogEntry.objects.count() == 2, "what staff did stays"
    assert "[…]" in Note.objects.get().text, "the other customer's note stays, without the name"


def test_what_another_customer_of_the_same_name_wrote_and_was_told_in_the_same_words_is_theirs(
    write: Write, answer: Answer, twilio: TwilioServer, stock: dict[int, Vehicle]
) -> None:
    for phone in (PHONE, "+525500000001"):
        answer(write(SENTENCE, From=f"whatsapp:{phone}", WaId=phone[1:]))
    call_command("erase_customer", PHONE, "--yes")
    assert Erasure.objects.get().left == []
    assert Message.objects.filter(author="customer").get().text == SENTENCE


def test_the_queue_holds_numbers_and_no_words(planted: Customer, rung: list[tuple[str, int]], write: Write) -> None:
    write(SENTENCE)
    erasure.begin(planted)
    assert rung
    assert all(isinstance(argument, int) for _task, argument in rung)
    for task, argument in rung:  # what still lies there finds nobody, and does nothing
        getattr(tasks, task.rpartition(".")[2])(argument)
    assert not Message.objects.exists()


def test_what_was_said_is_no_sample_at_twilio(planted: Customer, twilio: TwilioServer) -> None:
    assert twilio.contents, "an answer went out with something to tap"
    assert all(set(content["variables"].values()) <= {"·"} for content in twilio.contents)


def test_who_writes_again_starts_anew(planted: Customer, post: Post, answer: Answer, twilio: TwilioServer) -> None:
    old_sid = str(planted.messages.filter(author="customer").values_list("sid", flat=True)[0])
    old_number = planted.pk
    call_command("erase_customer", str(planted.pk), "--yes")
    assert post(form("hola", MessageSid=old_sid)).status_code == 200, "Twilio brings an old one once more"
    assert not Identity.objects.exists()
    post(form("hola"))
    again = Identity.objects.get().customer
    assert again.pk != old_number
    assert again.privacy_told_at is None
    (text,) = answer(again)
    assert "sentra" not in text.lower()
    assert left([NAME]) == ["conversations.customer.profile_name: " + str(again.pk)]


# --- In the middle of something -----------------------------------------------------------------------------------


def test_a_turn_that_runs_is_thrown_away(write: Write, llm: ResponsesServer, stock: dict[int, Vehicle]) -> None:
    customer = write(SENTENCE)
    erased = threading.Event()

    def erase(_turn: Turn) -> None:
        erasure.begin(Customer.objects.get(pk=customer.pk))
        erased.set()

    assert turns.run(customer.pk, erase) is None
    assert erased.is_set()
    assert not Customer.objects.exists()
    assert not Message.objects.exists()
    assert not llm.requests


def test_a_lease_is_worth_nothing_any_more(write: Write) -> None:
    customer = write(SENTENCE)
    held = lease.claim(customer.pk)
    assert held
    erasure.begin(customer)
    with pytest.raises(lease.LeaseLost):
        held.renew()


def test_a_file_that_is_just_being_fetched_is_not_kept(write: Write, twilio: TwilioServer, settings: Settings) -> None:
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    customer = write(**fields)

    def erase() -> None:
        for found in Customer.objects.filter(pk=customer.pk):
            erasure.begin(found)

    (message,) = customer.messages.all()
    with pytest.raises(Message.DoesNotExist):
        attachments.gather([message], erase)
    assert twilio.files_asked, "it was fetched after the erasure"
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_message_that_is_just_being_posted_is_waited_for(planted: Customer, twilio: TwilioServer) -> None:
    Message.objects.create(customer=planted, author="assistant", text="¡Hola!", delivery="sending", sending_at=Now())
    with pytest.raises(CommandError, match="not at Twilio yet"):
        call_command("erase_customer", str(planted.pk), "--yes")
    assert twilio.received
    assert erasure.due() == []
    Erasure.objects.update(finish_at=Now())
    tasks.finish_erasures()
    assert Erasure.objects.get().finished_at
    assert (twilio.received, twilio.taken) == ([], [])


def test_while_twilio_is_away_nothing_comes_back_and_it_is_tried_again(planted: Customer, twilio: TwilioServer) -> None:
    twilio.delete_status = 409
    with pytest.raises(CommandError, match="Twilio did not delete it"):
        call_command("erase_customer", str(planted.pk), "--yes")
    known = set(ErasedMessage.objects.values_list("sid", flat=True))
    missed.collect()  # they still stand in Twilio's list
    assert known
    assert not Message.objects.filter(sid__in=known).exists()
    assert not Identity.objects.filter(customer__messages__sid__in=known).exists()
    twilio.delete_status = 204
    Erasure.objects.update(finish_at=Now())
    tasks.finish_erasures()
    ended = Erasure.objects.get()
    assert (ended.words, ended.words_beside, ended.problem) == ([], [], "")


# --- On Conversations ---------------------------------------------------------------------------------------------


def test_a_conversation_is_deleted_with_its_media(post: Post, twilio: TwilioServer, settings: Settings) -> None:
    settings.TWILIO_TRANSPORT = "conversations"
    conversation = "CH" + "c" * 32
    message_sid = sid("IM")
    fields = {
        "EventType": "onMessageAdded",
        "MessageSid": message_sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ChatServiceSid": "IS" + "5" * 32,
        "Source": "WHATSAPP",
        "Author": ADDRESS,
        "Body": SENTENCE,
        "ConversationSid": conversation,
    }
    assert post(fields, "/api/twilio/conversations").status_code == 204
    twilio.received.append(
        {
            "sid": message_sid,
            "conversation_sid": conversation,
            "author": ADDRESS,
            "body": SENTENCE,
            "attributes": "{}",
            "media": [{"sid": "ME" + "2" * 32}],
            "date_created": "2026-01-01T00:00:00Z",
            "date_updated": "2026-01-01T00:00:00Z",
            "to": "",
        }
    )
    call_command("erase_customer", PHONE, "--yes")
    assert twilio.deleted[:2] == ["ME" + "2" * 32, conversation]
    assert twilio.received == []
    assert Erasure.objects.get().finished_at


# --- What a customer is given ---------------------------------------------------------------------------------------


def test_a_customer_gets_everything_that_there_is(planted: Customer, tmp_path: Path) -> None:
    path = tmp_path / "ana.zip"
    call_command("export_customer", "55 1234 5678", "--output", str(path))
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("data.json"))
        names = archive.namelist()
        assert SENTENCE in archive.read("conversation.txt").decode()
    assert data.keys() == personal_data.PLACES.keys()
    assert data["conversations.identity"][0]["value"] == PHONE
    assert [label for label in personal_data.PLACES if not data[label]] == []
    assert any(name.startswith("files/") and name.endswith(".jpeg") for name in names)
    assert any(name.startswith("quotes/") for name in names)
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_customer", PHONE, "--output", str(path))
    with pytest.raises(CommandError, match="Nobody"):
        call_command("export_customer", "+525599999999")


def test_a_manager_does_both_in_the_admin_and_it_is_kept_who_did(planted: Customer, staff_user: User) -> None:
    client = Client()
    client.force_login(staff_user)
    LogEntry.objects.all().delete()
    page = client.get(reverse("admin:conversations_customer_change", args=[planted.pk])).content.decode()
    export, erase = (
        reverse(f"admin:conversations_customer_{name}", args=[planted.pk]) for name in ("take_out", "erase")
    )
    assert export in page
    assert erase in page
    given = client.post(export)
    assert "data.json" in zipfile.ZipFile(io.BytesIO(given.content)).namelist()
    assert str(planted.pk) in client.get(erase).content.decode()
    client.post(erase, {"number": "0"})
    assert Customer.objects.filter(pk=planted.pk).exists()
    client.post(erase, {"number": str(planted.pk)})
    assert not Customer.objects.filter(pk=planted.pk).exists()
    begun = Erasure.objects.get()
    assert begun.erased_by == staff_user
    tasks.finish_erasure(begun.pk)
    shown = client.get(reverse("admin:conversations_erasure_change", args=[begun.pk])).content.decode()
    assert NAME not in shown
    assert client.get(reverse("admin:conversations_erasure_changelist")).status_code == 200
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {f"Cliente {planted.pk}"}
