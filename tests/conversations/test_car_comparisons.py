"""Cars side by side, as a picture that comes with the answer."""

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from conversations import car_comparison_picture, car_comparisons
from conversations.models import Customer, Message, ToolUse
from inventory import photos
from inventory.models import Vehicle
from tests.assistant.responses_server import ResponsesServer, asks, call, says
from tests.conversations.conftest import Answer, Write, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

WAYS = pytest.mark.parametrize("way", ["messaging", "conversations"])


def picture_of(client: Client, message: Message) -> Image.Image:
    response = client.get(message.media)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    return Image.open(io.BytesIO(response.content))


@pytest.mark.parametrize(
    "words",
    ["compárame el segundo y el cuarto", "compara el 102 con el 104", "diferencias entre el id 102 y el id 104"],
)
def test_cars_that_are_pointed_at_come_side_by_side_in_one_message(
    write: Write, answer: Answer, client: Client, words: str
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    write(words)
    (caption,) = answer(customer)
    assert "lado a lado" in caption
    assert "$218,500.50" in caption
    assert "$289,000" in caption
    message = Message.objects.latest("id")
    assert (message.kind, set(message.cars)) == ("image", {"102", "104"})
    picture = picture_of(client, message)
    assert picture.width == 1080
    assert picture.height > 400


def test_models_that_are_named_are_compared(write: Write, answer: Answer, client: Client) -> None:
    customer = write("compara el sentra con la frontier y la rav4")
    answer(customer)
    message = Message.objects.get(author="assistant")
    assert set(message.cars) == {"201", "202", "301"}
    picture_of(client, message)


def test_of_more_than_four_cars_it_is_asked_which(write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    write("compáralos")
    assert "¿Cuáles comparo?" in answer(customer)[0]
    assert not Message.objects.exclude(media="").exists()


def test_what_is_not_recorded_is_said_to_be_so_and_what_nobody_has_is_left_out(stock: dict[int, Vehicle]) -> None:
    row = {"stock_id": 201, "name": "Nissan Sentra", "year": 2019, "price": "268999", "mileage_km": 20300}
    other = row | {"stock_id": 202, "bluetooth": False, "transmission": "automatic", "length_mm": 5_255}
    compared = car_comparisons.of([row, other], "es")
    assert compared.labels == ("Precio", "Kilometraje", "Transmisión", "Bluetooth", "Largo")
    assert compared.columns[0].values == ("$268,999", "20,300 km", "sin registrar", "sin registrar", "sin registrar")
    assert compared.columns[1].values == ("$268,999", "20,300 km", "automática", "no", "5,255 mm")
    assert car_comparisons.of([row, other], "en").columns[0].values[2] == "not recorded"


def test_photos_stand_above_the_cars_that_have_some(  # noqa: PLR0917 (fixtures)
    write: Write, answer: Answer, client: Client, stock: dict[int, Vehicle], settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    file = io.BytesIO()
    Image.new("RGB", (400, 300), (200, 30, 30)).save(file, "JPEG")
    photos.add(stock[201], [photos.prepare(ContentFile(file.getvalue(), "front.jpg"))])
    answer(write("compara el sentra con la frontier"))
    picture = picture_of(client, Message.objects.get(author="assistant"))
    red, green, _blue = picture.getpixel((300, 60))  # type: ignore[misc]
    assert red > 150 > green


@WAYS
def test_it_goes_out_as_a_picture_with_the_words_beneath(  # noqa: PLR0917 (fixtures)
    write: Write, answer: Answer, twilio: TwilioServer, settings: Settings, client: Client, way: str
) -> None:
    customer = write("compara el sentra con la frontier")
    (caption,) = answer(customer)
    settings.TWILIO_TRANSPORT = way
    if way == "conversations":
        Customer.objects.update(address="CH" + "c" * 32)
    deliver_all()
    (posted,) = twilio.posts
    assert posted["Body"] == caption
    if way == "messaging":
        assert posted["MediaUrl"].startswith("https://karlos.example/media/comparisons/")
    else:
        ((kind, content),) = twilio.media
        assert (kind, content[:4]) == ("image/png", b"\x89PNG")


def test_a_car_that_was_sold_meanwhile_is_in_no_picture(
    write: Write, answer: Answer, twilio: TwilioServer, stock: dict[int, Vehicle]
) -> None:
    answer(write("compara el sentra con la frontier"))
    Vehicle.objects.filter(stock_id=202).update(status="sold")
    deliver_all()
    assert twilio.posts == []


def test_a_language_model_sends_one_too(write: Write, answer: Answer, llm: ResponsesServer, client: Client) -> None:
    llm.script(
        asks(call("fetch_vehicles_data", {"stock_ids": [201, 202], "side_by_side": True})),
        says("El *Nissan Sentra 2019* cuesta $268,999 y la *Nissan Frontier 2021* $498,000. Te mando la comparación."),
    )
    answer(write("¿en qué se distinguen el sentra y la frontier?"))
    assert "comparison_sent_as" in str(llm.requests[1]["input"])
    picture_of(client, Message.objects.get(author="assistant"))


def test_its_address_ends_and_opens_nothing_else(write: Write, answer: Answer, client: Client) -> None:
    answer(write("compara el sentra con la frontier"))
    address = Message.objects.get(author="assistant").media
    assert client.get(address.replace(".png", "x.png")).status_code == 404
    assert client.get("/media/comparisons/1-0.png").status_code == 404
    ToolUse.objects.all().delete()
    assert client.get(address).status_code == 404


def test_four_cars_with_long_names_fit(stock: dict[int, Vehicle]) -> None:

    row = {
        "stock_id": 1,
        "name": "Mercedes-Benz Clase GLE Coupé",
        "year": 2021,
        "trim": "53 AMG 4MATIC+ SPORT AUTOMÁTICO PAQUETE NOCTURNO",
        "price": "1999999.50",
        "mileage_km": 123456,
        "location": "Sucursal Guadalajara Ávila Camacho",
    }
    drawn = car_comparison_picture.drawn(car_comparisons.of([row | {"stock_id": n} for n in range(4)], "es"))
    assert drawn == car_comparison_picture.drawn(car_comparisons.of([row | {"stock_id": n} for n in range(4)], "es"))
    assert len(drawn) < 1024 * 1024
