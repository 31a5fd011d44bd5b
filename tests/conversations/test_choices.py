"""What customers can tap, see and open beside an answer: lists of cars, next steps, photos, the map; and what a tap says."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models.functions import Now
from PIL import Image
from pytest_django.fixtures import Settings

from assistant.models import Place
from conversations.models import ContentShape, Customer, Message
from inventory import photos
from inventory.models import Vehicle
from tests.conversations.conftest import Answer, Write, deliver_all, make_due, sid
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

WAYS = pytest.mark.parametrize("way", ["messaging", "conversations"])


@pytest.fixture(autouse=True)
def kept_here(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def photographed(stock: dict[int, Vehicle]) -> Vehicle:
    """The Sentra has four photos."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, "JPEG")
    for n in range(4):
        photos.add(stock[201], [photos.prepare(ContentFile(file.getvalue(), f"{n}.jpg"))])
    return stock[201]


def on(way: str, settings: Settings, customer: Customer) -> None:
    """From now on the number, and this customer, are on that way."""
    settings.TWILIO_TRANSPORT = way
    if way == "conversations":
        Customer.objects.filter(pk=customer.pk).update(address="CH" + "c" * 32)


def tap(write: Write, message: Message, number: int = 0) -> Customer:
    """The customer taps one of the choices of a message."""
    chosen = message.details["choices"][number]
    if message.details.get("choices_label"):
        return write(chosen["title"], MessageType="interactive", ListId=chosen["id"], ListTitle=chosen["title"])
    return write(chosen["title"], MessageType="interactive", ButtonPayload=chosen["id"], ButtonText=chosen["title"])


def last() -> Message:
    message = Message.objects.filter(author="assistant").last()
    assert message is not None
    return message


# --- A list of cars ------------------------------------------------------------------------------------------------


@WAYS
def test_several_cars_come_as_a_list_whose_shape_is_made_once(
    write: Write, answer: Answer, twilio: TwilioServer, settings: Settings, way: str
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    on(way, settings, customer)
    deliver_all()
    (made,) = twilio.contents
    (shape,) = made["types"].values()
    assert list(made["types"]) == ["twilio/list-picker"]
    assert (shape["button"], len(shape["items"])) == ("Ver autos", 5)
    (posted,) = twilio.posts
    assert posted["ContentSid"] == ContentShape.objects.get().sid
    assert "Body" not in posted
    variables = json.loads(posted["ContentVariables"])
    assert {"Mazda 3 2013", "car:101", "$159,000 · 98,400 km · id 101"} <= set(variables.values())
    assert not [text for text in variables.values() if "\n" in text or not text.strip()]
    said = last()
    Message.objects.create(
        customer=customer,
        author="assistant",
        delivery="queued",
        text=said.text,
        details=said.details,
        next_step_at=Now(),
    )
    deliver_all()
    assert (len(twilio.contents), len(twilio.posts)) == (1, 2)


def test_tapping_a_car_is_about_that_car(write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    tap(write, last(), 2)
    (text,) = answer(customer)
    assert "id 103" in text
    assert "$259,000" in text


# --- The next step --------------------------------------------------------------------------------------------------


@WAYS
def test_one_car_comes_with_the_next_steps_as_buttons(  # noqa: PLR0917 (fixtures)
    write: Write, answer: Answer, twilio: TwilioServer, photographed: Vehicle, settings: Settings, way: str
) -> None:
    customer = write("¿tienen sentra?")
    answer(customer)
    on(way, settings, customer)
    deliver_all()
    (made,) = twilio.contents
    assert [action["title"] for action in made["types"]["twilio/quick-reply"]["actions"]] == [
        "Ver fotos",
        "Mensualidades",
        "Agendar visita",
    ]
    assert {"photos:201", "payments:201", "visit:201"} <= set(json.loads(twilio.posts[0]["ContentVariables"]).values())


def test_each_step_leads_on(write: Write, answer: Answer, photographed: Vehicle) -> None:
    customer = write("¿tienen sentra?")
    answer(customer)
    offer = last()
    tap(write, offer, 1)
    assert "enganche" in answer(customer)[0]
    tap(write, offer, 2)
    assert "¿Qué día" in answer(customer)[0]
    tap(write, offer, 0)
    assert "fotos del *Nissan Sentra 2019*" in answer(customer)[0]


def test_a_car_without_photos_offers_none(write: Write, answer: Answer) -> None:
    answer(write("¿tienen sentra?"))
    assert [choice["title"] for choice in last().details["choices"]] == ["Mensualidades", "Agendar visita"]


def test_a_payload_that_is_not_ours_is_words(write: Write, answer: Answer) -> None:
    write("Confirmar", MessageType="interactive", ButtonText="Confirmar", ButtonPayload="visit:confirm")
    assert Message.objects.get().details["button"]["payload"] == "visit:confirm"


def test_a_handoff_offers_nothing_to_tap(write: Write, answer: Answer) -> None:
    answer(write("¿tienen sentra? y quiero hablar con una persona"))
    assert "choices" not in last().details


# --- When it can't be tapped ------------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("where", ["the shape", "the message"])
def test_what_cannot_be_tapped_goes_as_plain_text(  # noqa: PLR0917 (fixtures)
    write: Write, answer: Answer, twilio: TwilioServer, settings: Settings, way: str, where: str
) -> None:
    customer = write("¿tienen sentra?")
    (text,) = answer(customer)
    on(way, settings, customer)
    if where == "the shape":
        twilio.content_status = 400
    else:
        twilio.script.append(400)
    deliver_all()
    assert twilio.posts[-1]["Body"] == text
    assert "ContentSid" not in twilio.posts[-1]
    assert last().delivery == "sent"


@WAYS
def test_a_message_with_choices_whose_fate_is_unknown_is_found(
    write: Write, answer: Answer, twilio: TwilioServer, settings: Settings, way: str
) -> None:
    customer = write("¿tienen sentra?")
    (text,) = answer(customer)
    on(way, settings, customer)
    twilio.script.append("lost")
    deliver_all()
    assert last().delivery == "unknown"
    twilio.taken[0]["body"] = f"{text}\n\nMensualidades\nAgendar visita"
    make_due(last())
    deliver_all()
    assert (last().delivery, last().sid, len(twilio.posts)) == ("sent", twilio.taken[0]["sid"], 1)


# --- Photos ------------------------------------------------------------------------------------------------------------


def test_photos_come_with_the_answer_as_their_caption(
    write: Write, answer: Answer, twilio: TwilioServer, photographed: Vehicle
) -> None:
    customer = write("¿me mandas fotos del sentra?")
    captions = answer(customer)
    assert "fotos del *Nissan Sentra 2019*" in captions[0]
    assert captions[1:] == ["", ""]
    deliver_all()
    assert [post["MediaUrl"].startswith("https://karlos.example/media/photos/") for post in twilio.posts] == [True] * 3
    assert [post.get("Body", "") for post in twilio.posts] == captions


def test_photos_on_conversations_are_uploaded(
    write: Write, answer: Answer, twilio: TwilioServer, photographed: Vehicle, settings: Settings
) -> None:
    customer = write("fotos del sentra")
    answer(customer)
    on("conversations", settings, customer)
    deliver_all()
    assert [kind for kind, _ in twilio.media] == ["image/jpeg"] * 3
    assert [post["MediaSid"] for post in twilio.posts] == [f"ME{n:032x}" for n in (1, 2, 3)]


def test_no_photos_of_a_car_that_was_sold_meanwhile(
    write: Write, answer: Answer, twilio: TwilioServer, photographed: Vehicle
) -> None:
    customer = write("fotos del sentra")
    answer(customer)
    Vehicle.objects.filter(pk=photographed.pk).update(status="sold")
    deliver_all()
    assert twilio.posts == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [("fotos del sentra", "Todavía no tengo fotos"), ("mándame fotos", "¿De qué auto quieres ver fotos?")],
)
def test_without_photos_or_a_car_the_customer_is_told(write: Write, answer: Answer, asked: str, said: str) -> None:
    assert said in "\n".join(answer(write(asked)))


# --- The map -----------------------------------------------------------------------------------------------------------


@WAYS
def test_the_address_comes_with_a_pin_on_the_map(
    write: Write, answer: Answer, twilio: TwilioServer, settings: Settings, way: str
) -> None:
    Place.objects.create(latitude="19.432608", longitude="-99.133209")
    customer = write("¿dónde están?")
    answer(customer)
    on(way, settings, customer)
    deliver_all()
    pin = twilio.contents[-1]
    assert list(pin["types"]) == ["twilio/location"]
    shown: dict[str, Any] = pin["types"]["twilio/location"]
    assert (shown["latitude"], shown["longitude"]) == (19.432608, -99.133209)
    assert len(twilio.posts) == 2


def test_a_pin_that_is_refused_is_a_link(write: Write, answer: Answer, twilio: TwilioServer) -> None:
    Place.objects.create(latitude="19.432608", longitude="-99.133209")
    twilio.content_status = 400
    answer(write("¿dónde están?"))
    deliver_all()
    assert "google.com/maps/search/?api=1&query=19.432608%2C-99.133209" in twilio.posts[-1]["Body"]


def test_without_a_place_there_is_no_pin(write: Write, answer: Answer, twilio: TwilioServer) -> None:
    answer(write("¿dónde están?", MessageSid=sid()))
    deliver_all()
    assert len(twilio.posts) == 1
