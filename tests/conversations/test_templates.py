"""After WhatsApp's 24 hours: nothing free goes out; staff call, or send a template that was approved."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from conversations import figures, tasks
from conversations.models import Customer, Item, Limits, Message, Template
from tests.conversations.conftest import Write, age, deliver_all, make_due
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

SID = "HX" + "7" * 32
WORDS = "Hola {{1}}, ¿sigues buscando auto?"
WAYS = pytest.mark.parametrize("way", ["messaging", "conversations"])


@pytest.fixture
def template(twilio: TwilioServer) -> Template:
    twilio.approved[SID] = WORDS
    return Template.objects.create(name="¿Sigues ahí?", sid=SID, text=WORDS)


@pytest.fixture
def late(write: Write) -> Customer:
    """A customer who wrote yesterday."""
    customer = write("hola")
    age(customer, last_inbound_at=timedelta(hours=25))
    return customer


def page(client: Client, customer: Customer) -> str:
    address = reverse("admin:conversations_customer_change", args=[customer.pk])
    return client.get(address, headers={"accept-language": "en"}).content.decode()


def send(client: Client, customer: Customer, template: Template, *, seen: int | None = None) -> list[str]:
    """Press the button; what the page then says."""
    newest = customer.messages.latest("id").pk if seen is None else seen
    address = reverse("admin:conversations_customer_template", args=[customer.pk])
    answer = client.post(address, {"template": template.pk, "seen": newest}, headers={"accept-language": "en"})
    assert answer.status_code == 302
    return [str(told) for told in get_messages(answer.wsgi_request)]


def test_without_a_template_staff_are_told_to_call(admin_client: Client, late: Customer) -> None:
    shown = page(admin_client, late)
    assert "closed: call them" in shown
    assert 'href="tel:+525512345678"' in shown
    assert "Send the template" not in shown


@WAYS
def test_a_template_goes_out_after_the_24_hours_and_the_conversation_is_its_senders(  # noqa: PLR0917 (fixtures)
    admin_client: Client,
    admin_user: User,
    late: Customer,
    template: Template,
    twilio: TwilioServer,
    settings: Settings,
    way: str,
) -> None:
    settings.TWILIO_TRANSPORT = way
    if way == "conversations":
        Customer.objects.update(address="CH" + "c" * 32)
    shown = page(admin_client, late)
    assert "Hola Ana Pérez, ¿sigues buscando auto?" in shown
    assert "Send the template" in shown
    assert "on its way" in send(admin_client, late, template)[0]
    deliver_all()
    (posted,) = twilio.posts
    assert (posted["ContentSid"], posted["ContentVariables"]) == (SID, '{"1": "Ana Pérez"}')
    assert "Body" not in posted
    message = Message.objects.get(author="staff")
    assert (message.delivery, message.text, message.user) == (
        "sent",
        "Hola Ana Pérez, ¿sigues buscando auto?",
        admin_user,
    )
    assert late.is_with_person
    assert Item.objects.get(kind="staff").content["text"] == message.text


def test_nothing_but_the_template_goes_out_then(late: Customer, twilio: TwilioServer, template: Template) -> None:
    message = Message.objects.create(customer=late, author="staff", text="¿Sigues ahí?", delivery="queued")
    tasks.deliver_message(message.pk)
    message.refresh_from_db()
    assert (message.delivery, twilio.posts) == ("cancelled", [])
    assert "plantilla" in message.error


def test_an_impatient_double_click_sends_one(admin_client: Client, late: Customer, template: Template) -> None:
    seen = late.messages.latest("id").pk
    for _ in range(2):
        send(admin_client, late, template, seen=seen)
    assert Message.objects.filter(author="staff").count() == 1


def test_who_has_answered_meanwhile_needs_none(
    admin_client: Client, late: Customer, write: Write, template: Template
) -> None:
    write("aquí sigo")
    assert "without a template" in send(admin_client, late, template)[0]
    assert not Message.objects.filter(author="staff").exists()


def test_who_opted_out_gets_none(admin_client: Client, late: Customer, template: Template) -> None:
    Customer.objects.update(opted_out_at=Now())
    assert "Send the template" not in page(admin_client, late)
    assert "no more messages" in send(admin_client, late, template)[0]
    assert not Message.objects.filter(author="staff").exists()


def test_a_template_that_twilio_refuses_is_not_sent_as_text(
    admin_client: Client, late: Customer, template: Template, twilio: TwilioServer
) -> None:
    twilio.script.append((400, 21656))
    send(admin_client, late, template)
    deliver_all()
    assert (Message.objects.get(author="staff").delivery, len(twilio.posts)) == ("failed", 1)


def test_a_template_whose_fate_is_unknown_is_found(
    admin_client: Client, late: Customer, template: Template, twilio: TwilioServer
) -> None:
    twilio.script.append("lost")
    send(admin_client, late, template)
    deliver_all()
    message = Message.objects.get(author="staff")
    assert message.delivery == "unknown"
    make_due(message)
    deliver_all()
    message.refresh_from_db()
    assert (message.delivery, message.sid, len(twilio.posts)) == ("sent", twilio.taken[0]["sid"], 1)


def test_a_template_that_could_not_go_out_for_a_day_stays_here(
    admin_client: Client, late: Customer, template: Template, twilio: TwilioServer
) -> None:
    send(admin_client, late, template)
    Message.objects.filter(author="staff").update(created_at=Now() - timedelta(hours=25))
    deliver_all()
    assert (Message.objects.get(author="staff").delivery, twilio.posts) == ("cancelled", [])


def test_only_those_in_the_customers_language_are_offered(
    admin_client: Client, late: Customer, template: Template
) -> None:
    Customer.objects.update(language="en")
    assert "Send the template" not in page(admin_client, late)


def test_what_templates_cost_is_counted_at_their_own_rate(
    admin_client: Client, late: Customer, template: Template, twilio: TwilioServer
) -> None:
    Limits.objects.create(whatsapp_message_mxn="0.20", template_mxn="0.70")
    Message.objects.create(customer=late, author="assistant", text="¡Hola!", delivery="delivered")
    send(admin_client, late, template)
    Message.objects.filter(author="staff").update(delivery="read")
    today = figures.count(timezone.localdate())
    assert (today.delivered, today.templates, float(today.whatsapp_mxn)) == (2, 1, 0.9)


@pytest.mark.parametrize(
    "fields", [{"sid": "HX123"}, {"sid": "SM" + "7" * 32}, {"text": "Hola {{2}}"}, {"text": "Hola {{name}}"}]
)
def test_staff_are_told_what_is_no_template(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Template(**{"name": "x", "sid": SID, "text": WORDS} | fields).full_clean()
