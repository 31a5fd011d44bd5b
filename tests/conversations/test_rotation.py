"""Secrets are changed one step after the other, and at none of them a message is lost or a session ends."""

import base64

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django.fixtures import Settings

from conversations import quotes
from conversations.models import Message
from inventory.models import Vehicle
from tests.conversations.conftest import Answer, Post, Write, deliver_all, form, signature
from tests.conversations.test_quotes import quoted
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW = "the old token", "the new token"


def test_every_secret_is_changed_without_losing_a_message(
    post: Post, write: Write, answer: Answer, twilio: TwilioServer, settings: Settings
) -> None:
    """Twilio signs with its primary token, and takes calls with either until the secondary is promoted."""
    # Our settings at each step, the tokens that Twilio takes calls with, and the one that it signs with.
    steps = [
        ([OLD], {OLD}, OLD),
        ([OLD], {OLD, NEW}, OLD),  # a secondary is made at Twilio
        ([NEW, OLD], {OLD, NEW}, OLD),  # it goes into our settings first, the old one second
        ([NEW, OLD], {NEW}, NEW),  # it is promoted at Twilio
        ([NEW], {NEW}, NEW),  # the old one is taken out
    ]
    for number, (ours, taken, signs) in enumerate(steps, 1):
        settings.TWILIO_AUTH_TOKENS = ours
        fields = form(f"hola {number}")
        signed = signature("/api/twilio/inbound", fields, signs)
        assert post(fields, **{"X-Twilio-Signature": signed}).status_code == 200, number
        answer(Message.objects.get(sid=fields["MessageSid"]).customer)
        deliver_all()
        used = base64.b64decode(twilio.headers[-1]["Authorization"].removeprefix("Basic ")).decode()
        assert used.partition(":")[2] in taken, number
    assert Message.objects.filter(author="customer", handling="answered").count() == len(steps)
    assert not Message.objects.filter(delivery="failed").exists()


def test_a_new_secret_key_leaves_sessions_and_signed_addresses_as_they_were(
    admin_client: Client, client: Client, stock: dict[int, Vehicle], settings: Settings
) -> None:
    address = quotes.address(quoted(stock).folio)
    old = django_settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key, of more than fifty letters, and then some", [old]
    assert client.get(address).status_code == 200
    assert admin_client.get("/admin/").status_code == 200
    fresh = quotes.address(quoted(stock, folio="F-OTRO").folio)
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get(fresh).status_code == 200
    assert client.get(address).status_code == 404, "after a month nobody needs the old one any more"
