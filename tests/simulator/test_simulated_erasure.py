"""What Twilio's stand-in forgets when it is asked to, on both ways."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from conversations.whatsapp import conversations, messaging
from simulator.models import Customer, Media, Message, new_sid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def said(ana: Customer) -> list[Message]:
    """A picture from the customer and a text to them."""
    media = Media.objects.create(sid=new_sid("ME"), content_type="image/jpeg", content=b"\xff\xd8\xff")
    return [
        Message.objects.create(sid=new_sid("MM"), customer=ana, direction="inbound", media=media),
        Message.objects.create(sid=new_sid("SM"), customer=ana, direction="outbound-api", body="¡Hola, Ana!"),
    ]


def test_messages_go_with_their_media(said: list[Message], ana: Customer) -> None:
    until = timezone.now() + timedelta(seconds=1)
    assert messaging.erase([ana.address], [said[0].sid], until=until) == 2
    assert not Message.objects.exists()
    assert not Media.objects.exists()
    assert messaging.erase([ana.address], [said[0].sid], until=until) == 1, "what is gone already is no failure"


def test_what_was_said_since_then_stays(said: list[Message], ana: Customer) -> None:
    assert messaging.erase([ana.address], [], until=timezone.now() - timedelta(hours=1)) == 0
    assert Message.objects.count() == 2


def test_a_conversation_goes_as_a_whole_and_is_found_by_the_address(
    said: list[Message], ana: Customer, settings: Settings
) -> None:
    settings.TWILIO_TRANSPORT = "conversations"
    assert conversations.erase([ana.address], [], until=timezone.now() + timedelta(seconds=1)) == 2
    assert not Message.objects.exists()
    assert not Media.objects.exists()


def test_a_conversation_that_went_on_loses_what_was_before(
    said: list[Message], ana: Customer, settings: Settings
) -> None:
    settings.TWILIO_TRANSPORT = "conversations"
    until = timezone.now() - timedelta(hours=1)
    Message.objects.filter(pk=said[0].pk).update(created_at=until - timedelta(hours=1))
    assert conversations.erase([ana.conversation_sid], [], until=until) == 1
    assert list(Message.objects.all()) == [said[1]]
