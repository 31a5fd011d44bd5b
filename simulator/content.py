"""Twilio's Content API: shapes of messages that can be tapped, and what becomes of one when it is sent."""

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.http import require_POST

from simulator.account import Refused, twilio_endpoint
from simulator.models import Content, Message, new_sid

QUICK_REPLY, LIST_PICKER, LOCATION = "twilio/quick-reply", "twilio/list-picker", "twilio/location"
BODY_MOST, TITLE_MOST, ITEM_MOST, DESCRIPTION_MOST, ID_MOST = 1024, 20, 24, 72, 200
REPLIES_MOST, ITEMS_MOST = 3, 10
# The one template that WhatsApp has approved here: it goes out at any time.
APPROVED, APPROVED_TEXT = f"HX{'a' * 32}", "Hola {{1}}, ¿sigues buscando auto? Responde este mensaje y te ayudamos."
_VARIABLE = re.compile(r"\{\{(\w{1,16})\}\}")


@twilio_endpoint
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    try:
        asked = json.loads(request.body)
        types = asked["types"]
        kinds = set(types)
    except (ValueError, KeyError, TypeError) as e:
        raise Refused(400, 20001, "A content has types.") from e
    if not kinds or not kinds <= {QUICK_REPLY, LIST_PICKER, LOCATION}:
        raise Refused(400, 20001, f"The simulator knows the types {QUICK_REPLY}, {LIST_PICKER} and {LOCATION}.")
    row = Content.objects.create(
        sid=new_sid("HX"),
        friendly_name=str(asked.get("friendly_name", "")),
        language=str(asked.get("language", "")),
        types=types,
    )
    return JsonResponse({"sid": row.sid, "friendly_name": row.friendly_name, "types": row.types}, status=201)


def fill(row: Message, form: QueryDict) -> None:
    """Put into the message what its content comes to with its variables, refused where WhatsApp would."""
    if not (sid := form.get("ContentSid")):
        return
    if sid == APPROVED:
        row.body, row.is_template = _filled(APPROVED_TEXT, _variables(form.get("ContentVariables") or "{}")), True
        return
    content = Content.objects.filter(sid=sid).first()
    if content is None:
        raise Refused(400, 21655, f"There is no content {sid}.")
    ((kind, shape),) = _filled(content.types, _variables(form.get("ContentVariables") or "{}")).items()
    if kind == LOCATION:
        row.kind, row.place_label = Message.Kind.LOCATION, str(shape.get("label", ""))
        row.latitude, row.longitude = float(shape["latitude"]), float(shape["longitude"])
        return
    row.body = shape["body"]
    row.choices = _items(shape) if kind == LIST_PICKER else _replies(shape)
    row.choices_label = str(shape.get("button", ""))
    _within("body", row.body, BODY_MOST)
    _within("button", row.choices_label, TITLE_MOST)


def _items(shape: dict[str, Any]) -> list[dict[str, str]]:
    items = [{"id": i["id"], "title": i["item"], "description": i.get("description", "")} for i in shape["items"]]
    if not 1 <= len(items) <= ITEMS_MOST:
        raise Refused(400, 21656, f"A list has 1 to {ITEMS_MOST} items.")
    for item in items:
        _within("id", item["id"], ID_MOST)
        _within("item", item["title"], ITEM_MOST)
        _within("description", item["description"], DESCRIPTION_MOST)
    return items


def _replies(shape: dict[str, Any]) -> list[dict[str, str]]:
    replies = [{"id": action["id"], "title": action["title"], "description": ""} for action in shape["actions"]]
    if not 1 <= len(replies) <= REPLIES_MOST:
        raise Refused(400, 21656, f"There are 1 to {REPLIES_MOST} quick replies.")
    for reply in replies:
        _within("title", reply["title"], TITLE_MOST)
    return replies


def _within(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Refused(400, 21658, f"{name} has {len(text)} characters; {most} is the limit.")


def _variables(written: str) -> dict[str, str]:
    try:
        given = json.loads(written)
    except ValueError as e:
        raise Refused(400, 92007, "ContentVariables is a JSON string.") from e
    if not isinstance(given, dict) or not all(isinstance(text, str) and text.strip() for text in given.values()):
        raise Refused(400, 92007, "ContentVariables has no blank values.")
    if any(re.search(r"[\n\t]|    ", text) for text in given.values()):
        raise Refused(400, 21656, "A variable has no line ends, tabs or long runs of spaces.")
    return given


def _filled(shape: Any, variables: dict[str, str]) -> Any:
    """The shape with every {{name}} filled in."""
    match shape:
        case str():
            return _VARIABLE.sub(lambda found: variables.get(found[1], ""), shape)
        case list():
            return [_filled(part, variables) for part in shape]
        case dict():
            return {name: _filled(part, variables) for name, part in shape.items()}
        case _:
            return shape
