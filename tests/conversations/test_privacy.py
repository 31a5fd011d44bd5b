"""What customers are told of their data, and what becomes of it when they ask."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from assistant.models import AssistantSettings, DealershipText
from conversations import figures, staff
from conversations.models import Customer, Lead, Limits
from karlos_site import roles
from tests.assistant.responses_server import ResponsesServer, asks, call, ok, says
from tests.conversations.conftest import Answer, Post, Write, form
from tests.conversations.test_attachments import SOUND, holds, sent
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

NOTICE = "Cómo cuidamos tus datos personales: https://karlos.example/privacy"


@pytest.fixture
def newcomer(post: Post, transactional_db: None) -> Customer:
    post(form("hola"))
    return Customer.objects.get()


# --- The notice ---------------------------------------------------------------------------------------------------


def test_the_first_answer_ends_with_the_notice_and_no_later_one_does(
    newcomer: Customer, post: Post, answer: Answer
) -> None:
    (first,) = answer(newcomer)
    assert first.endswith(NOTICE)
    newcomer.refresh_from_db()
    assert newcomer.privacy_told_at
    post(form("¿tienen sentra?"))
    assert "privacy" not in "".join(answer(newcomer))


def test_the_notice_is_staffs_own_and_in_the_customers_language(
    post: Post, transactional_db: None, answer: Answer
) -> None:
    AssistantSettings.objects.create(privacy_english="Privacy: {link}", privacy_link="https://autos.example/aviso")
    post(form("hello, do you have a Mazda 3?"))
    (first,) = answer(Customer.objects.get())
    assert first.endswith("Privacy: https://autos.example/aviso")


def test_an_answer_that_never_went_out_told_nobody(newcomer: Customer, post: Post, answer: Answer) -> None:
    Limits.objects.create(proposes=True)
    answer(newcomer)
    post(form("¿tienen sentra?"))  # what waited for approval is withdrawn
    (text,) = answer(newcomer)
    assert text.endswith(NOTICE)


def test_who_wants_no_more_messages_gets_the_confirmation_alone(
    post: Post, transactional_db: None, answer: Answer
) -> None:
    post(form("BAJA"))
    assert "privacy" not in answer(Customer.objects.get())[0]


@pytest.mark.parametrize(
    ("address", "words"), [("/privacy", "responsable de tus datos"), ("/privacy?lang=en", "your data")]
)
def test_the_whole_notice_is_for_everybody(client: Client, address: str, words: str) -> None:
    assert words in client.get(address).content.decode()


def test_the_whole_notice_is_what_staff_wrote(client: Client) -> None:
    DealershipText.objects.create(topic="privacy", spanish="Cuidamos <todo>.")
    assert "Cuidamos &lt;todo&gt;." in client.get("/privacy").content.decode()


# --- What they ask ------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(transactional_db: None) -> User:
    roles.seed()
    user = User.objects.create_user("gerente")
    roles.give(user, roles.MANAGER)
    return user


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("borra mis datos", "erasure"),
        ("Quiero que eliminen toda mi información, por favor", "erasure"),
        ("please delete all my data", "erasure"),
        ("¿Qué datos tienen?", "access"),
        ("qué datos tienen de mí", "access"),
        ("What data do you have about me?", "access"),
    ],
)
def test_who_asks_for_their_data_or_its_end_is_work_with_an_owner_and_a_time(
    write: Write, answer: Answer, manager: User, words: str, kind: str
) -> None:
    Limits.objects.create(privacy_days=5)
    customer = write(words)
    (text,) = answer(customer)
    case = Lead.objects.get()
    assert (case.kind, case.owner, case.note) == (kind, manager, words)
    assert case.due_at
    assert case.due_at - timezone.now() > timedelta(days=4)
    assert "datos personales" in text or "personal data" in text
    assert customer.is_with_person


@pytest.mark.parametrize(
    "words", ["¿Qué datos tienen del Mazda 3?", "¿me pasas los datos del sentra?", "borra mi cita"]
)
def test_what_is_about_cars_is_no_such_work(write: Write, answer: Answer, words: str) -> None:
    answer(write(words))
    assert not Lead.objects.filter(kind__in=Lead.PRIVACY).exists()


def test_asked_twice_it_is_the_same_work_and_no_lead_of_the_figures(write: Write, answer: Answer) -> None:
    write("borra mis datos")
    write("¡borra mis datos!")
    assert Lead.objects.count() == 1
    today = timezone.localdate()
    assert figures.count(today).leads == 0


def test_it_is_heard_from_who_is_with_a_person_or_wants_no_messages(write: Write) -> None:
    staff.take_over(write("hola"))
    customer = write("borra mis datos")
    assert Lead.objects.get().kind == "erasure"
    Lead.objects.all().delete()
    Customer.objects.update(opted_out_at=Now())
    write("borra mis datos")
    assert Lead.objects.get(customer=customer).kind == "erasure"


def test_it_is_heard_in_a_voice_note(write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer) -> None:
    fields = sent("audio/ogg", "audio")
    holds(twilio, fields, SOUND)
    llm.hears = ok({"text": "borren mis datos por favor", "languages": [{"code": "es"}]})
    llm.script(says("Con gusto."))
    answer(write(**fields))
    assert Lead.objects.get().kind == "erasure"


# --- What the provider of the model gets ---------------------------------------------------------------------------


def test_the_models_provider_stores_nothing_and_never_learns_who_it_is(
    write: Write, answer: Answer, llm: ResponsesServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.OPENAI_BASE_URL = "http://api.openai.com/v1"  # under its own name, by a proxy of ours
    monkeypatch.setenv("HTTP_PROXY", llm.url.removesuffix("/v1"))
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    llm.script(
        asks(call("fetch_vehicles_data", {"models": ["sentra"]})), says("Sí, un *Nissan Sentra 2019* en $268,999.")
    )
    customer = write("¿tienen sentra?")
    answer(customer)
    keyed = hmac.new(settings.SECRET_KEY.encode(), f"customer {customer.pk}".encode(), hashlib.sha256)
    assert len(llm.requests) == 2
    for request in llm.requests:
        assert request["store"] is False
        assert request["safety_identifier"] == keyed.hexdigest()
        for known in ("5512345678", "Ana", "Pérez", "whatsapp:"):
            assert known not in str(request)
