"""Messages that can be tapped, and map pins: Twilio's Content API makes each shape once, and it is sent with its words as variables."""

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import CharField
from twilio.rest.content.v1.content import ContentList

from conversations import lease
from conversations.models import ContentShape
from conversations.whatsapp import NotTaken, Outbound, Refused, account
from inventory import prepared
from inventory.prepared import Gap

logger = logging.getLogger(__name__)

VARIABLES_MOST = 100
_SHAPES = prepared.select(ContentShape.objects.filter(name=Gap("name", CharField())).values_list("sid"))
# A variable has no line ends, tabs or long runs of spaces: each line of a text is one of its own.
_SPACES = re.compile(r"[ \t]+")


class _Filled:
    """A shape in the making: every text becomes a variable."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def gap(self, text: str) -> str:
        name = str(len(self.variables) + 1)
        self.variables[name] = _SPACES.sub(" ", text).strip()
        return f"{{{{{name}}}}}"

    def lines(self, text: str) -> str:
        return "\n".join(self.gap(line) if line.strip() else "" for line in text.split("\n"))


def of(outbound: Outbound) -> dict[str, str]:
    """The options of a message that send it as content; none where it is plain text, or the shape can't be made."""
    if outbound.template:
        return _sent_by(outbound.template.sid, outbound.template.variables)
    if not outbound.choices and outbound.place is None:
        return {}
    filled = _Filled()
    types = _types(outbound, filled)
    if len(filled.variables) > VARIABLES_MOST:
        return {}
    try:
        sid = _sid(types, _samples(filled, outbound), outbound.language)
    except (NotTaken, Refused) as e:
        logger.warning("Message %s goes without what can be tapped: %s", outbound.message_id, type(e).__name__)
        return {}
    return _sent_by(sid, filled.variables)


def _sent_by(sid: str, variables: Mapping[str, str]) -> dict[str, str]:
    filled = {"content_variables": json.dumps(dict(variables), ensure_ascii=False)} if variables else {}
    return {"content_sid": sid, **filled}


def _samples(filled: _Filled, outbound: Outbound) -> dict[str, str]:
    """What stands in the shape's gaps at Twilio, for ever: nothing of what a customer was told."""
    return filled.variables if outbound.place is not None else dict.fromkeys(filled.variables, "·")


def _types(outbound: Outbound, filled: _Filled) -> dict[str, Any]:
    if outbound.place is not None:
        # Numbers can't be gaps; there is one place.
        latitude, longitude = outbound.place
        return {"twilio/location": {"latitude": latitude, "longitude": longitude, "label": outbound.place_label or "·"}}
    body = filled.lines(outbound.text)
    if outbound.choices_label:
        items = [
            {"item": filled.gap(c.title), "id": filled.gap(c.id), "description": filled.gap(c.description)}
            for c in outbound.choices
        ]
        return {"twilio/list-picker": {"body": body, "button": outbound.choices_label, "items": items}}
    actions = [{"type": "QUICK_REPLY", "title": c.title, "id": filled.gap(c.id)} for c in outbound.choices]
    return {"twilio/quick-reply": {"body": body, "actions": actions}}


def _sid(types: dict[str, Any], samples: dict[str, str], language: str) -> str:
    """The SID of the shape, made at Twilio if it is new. Raises NotTaken or Refused."""
    whole = json.dumps([settings.TWILIO_ACCOUNT_SID, language, types], sort_keys=True)
    name = f"karlos_{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
    known = _SHAPES.rows(name=name)
    lease.let_go_of_connection()
    if known:
        return str(known[0][0])
    asked = ContentList.ContentCreateRequest(
        {"friendly_name": name, "language": language, "variables": samples, "types": ContentList.Types(types)}
    )
    with account.preparing():
        sid = str(account.client().content.v1.contents.create(asked).sid)
    ContentShape.objects.get_or_create(name=name, defaults={"sid": sid})
    return sid
