"""A worker looks for itself: what nobody rang for is answered and delivered all the same."""

from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from pytest_django.fixtures import Settings

from conversations.models import Message
from inventory.models import Vehicle
from karlos_site import celery_app
from tests.conversations.conftest import Write, no_broker
from tests.conversations.twilio_server import TwilioServer
from tests.site.programs import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(settings: Settings) -> Iterator[None]:
    settings.SWEEP_SECONDS = 0.1
    celery_app.control.purge()
    with start_worker(celery_app, pool="threads", concurrency=2, perform_ping_check=False):
        yield


def test_who_wrote_while_the_broker_was_away_is_answered(
    stock: dict[int, Vehicle], write: Write, twilio: TwilioServer, worker: None
) -> None:
    with no_broker():
        for number in range(3):
            write("busco un mazda 3", From=f"whatsapp:+521550000000{number}")
    assert eventually(lambda: len(twilio.posts) == 3)
    assert eventually(lambda: Message.objects.filter(author="assistant", delivery="sent").count() == 3)


def test_a_message_that_twilio_did_not_take_is_posted_again_in_its_time(
    stock: dict[int, Vehicle], write: Write, twilio: TwilioServer, worker: None
) -> None:
    twilio.script.append(429)
    with no_broker():
        write("busco un mazda 3")
    assert eventually(lambda: Message.objects.filter(author="assistant", delivery="sent").exists())
    assert len(twilio.posts) == 2
