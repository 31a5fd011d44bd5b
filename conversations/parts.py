"""The messages that an answer becomes: as few as it takes, for WhatsApp charges each."""

from collections.abc import Iterator
from typing import Any

from assistant import place
from assistant.answer import Answer
from assistant.sentences import say
from conversations import car_comparisons, choices, quotes
from conversations.models import Message, Turn
from conversations.staff import CAPTION_CHARACTERS_MOST
from conversations.whatsapp import text as whatsapp_text
from inventory import photos
from inventory.models import VehiclePhoto

Part = dict[str, Any]


def of(answer: Answer, turn: Turn, language: str) -> list[Part]:
    """What distinguishes each message, in order. Words of one message get what can be tapped, or become a photo's caption."""
    texts, pictures = list(_texts(answer)), [*_comparisons(answer, turn), *_photos(answer)]
    besides = [*_documents(answer), *_pins(answer, language)]
    if len(texts) > 1 or (not pictures and besides):
        return [*texts, *pictures, *besides]
    if not pictures:
        return [text | {"details": choices.offered(answer, turn.customer, language)} for text in texts]
    if texts and len(texts[0]["text"]) <= CAPTION_CHARACTERS_MOST:
        pictures[0] |= texts.pop()
    return [*texts, *pictures, *besides]


def _texts(answer: Answer) -> Iterator[Part]:
    for text in whatsapp_text.split(whatsapp_text.from_markdown(answer.text)):
        yield {"text": text, "cars": {str(stock_id): str(price) for stock_id, price in answer.cars.items()}}


def _comparisons(answer: Answer, turn: Turn) -> Iterator[Part]:
    """The cars side by side, with the prices that they have to keep until then."""
    for address, cars in car_comparisons.pictures(answer, turn):
        yield {"kind": Message.Kind.IMAGE, "media": address, "cars": cars}


def _photos(answer: Answer) -> Iterator[Part]:
    """The photos that the tools said would go with the answer, with the price that their car has to keep until then."""
    for sent in answer.photos:
        found = VehiclePhoto.objects.filter(vehicle__stock_id=sent.stock_id).order_by("position", "pk")
        for photo in found[: sent.count]:
            cars = {str(sent.stock_id): sent.price}
            yield {"kind": Message.Kind.IMAGE, "media": photos.address(photo), "cars": cars}


def _documents(answer: Answer) -> Iterator[Part]:
    """WhatsApp takes a document only without a text: each is a message of its own, after the words that announce it."""
    for address, cars in quotes.documents(answer):
        yield {"kind": Message.Kind.DOCUMENT, "media": address, "cars": cars}


def _pins(answer: Answer, language: str) -> Iterator[Part]:
    """The dealership on the map, with the same as a link for where no pin arrives."""
    point = place.of_dealership()
    if answer.shows_place and point is not None:
        shown = {"latitude": point.latitude, "longitude": point.longitude}
        link = say(language, "map_link", link=place.link(point))
        yield {"kind": Message.Kind.LOCATION, "text": link, "details": {"place": shown}}
