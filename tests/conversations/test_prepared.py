"""What is put together once says the same as what Django would have written each time."""

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from conversations import inbound
from conversations.models import Message
from conversations.whatsapp import Inbound

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "50 % de enganche, ¿sí? 'ok' %s"
DETAILS = {"ad": {"headline": "100 % Mazda"}}


def came_in(number: int) -> Message:
    stored = inbound.store(
        Inbound(
            sid=f"SM{number:032x}",
            address="whatsapp:+525512345678",
            identities=(("phone", "+525512345678"),),
            profile_name="Ana",
            kind="text",
            text=TEXT,
            details=DETAILS,
        )
    )
    assert stored is not None
    return stored


def test_a_message_that_comes_in_is_stored_as_a_save_would_store_it() -> None:
    stored = came_in(1)
    saved = Message(
        customer=stored.customer,
        author=Message.Author.CUSTOMER,
        text=TEXT,
        details=DETAILS,
        sid="another",
        handling=Message.Handling.WAITING,
    )
    saved.save()
    own = ("id", "sid", "created_at")
    assert model_to_dict(Message.objects.get(pk=stored.pk), exclude=own) == model_to_dict(
        Message.objects.get(pk=saved.pk), exclude=own
    )


def test_it_can_be_worked_on_like_any_other() -> None:
    stored = came_in(1)
    assert stored.created_at <= timezone.now()
    stored.text = "nada"
    stored.save()
    assert [message.text for message in Message.objects.all()] == ["nada"]


def test_its_customer_is_found_whole() -> None:
    first = came_in(1).customer
    again = came_in(2).customer
    again.refresh_from_db()
    found = came_in(3).customer
    assert again == first
    assert (found.unread, found.last_inbound_at, found.due_at) == (2, again.last_inbound_at, again.due_at)
