"""The shapes of the requests that Twilio takes of us, by its own description of its API: which fields, which must be there, how they look."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

_PAGES = frozenset({"PageSize", "Page", "PageToken"})
_AUTO = frozenset(
    f"AutoCreation.{name}"
    for name in ("Enabled", "Type", "WebhookUrl", "WebhookMethod", "WebhookFilters", "ConversationServiceSid")
)
_ADDRESS = r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[A-Za-z0-9]{1,137})"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that can be asked of Twilio: its fields and those that must be there; of some, how they look."""

    method: str
    path: str
    fields: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    looks: Mapping[str, str] = field(default_factory=dict)
    # One of each of these must be there.
    one_of: Sequence[frozenset[str]] = ()
    # The body is JSON, or bytes as they are.
    body: str = "form"


_CONTENT_SID = r"HX[0-9a-fA-F]{32}"
OPERATIONS = (
    Operation(
        method="POST",
        path=r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages\.json",
        fields=frozenset({"To", "From", "StatusCallback", "Body", "MediaUrl", "ContentSid", "ContentVariables"}),
        required=frozenset({"To", "From", "StatusCallback"}),
        looks={"To": _ADDRESS, "From": _ADDRESS, "ContentSid": _CONTENT_SID, "MediaUrl": "https?://.*"},
        one_of=(frozenset({"Body", "MediaUrl", "ContentSid"}),),
    ),
    Operation(
        method="GET",
        path=r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages\.json",
        fields=_PAGES | {"To", "From", "DateSent", "DateSent<", "DateSent>"},
        looks={"To": _ADDRESS, "From": _ADDRESS, "DateSent>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"},
    ),
    Operation(method="GET", path=r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/[SM]M[0-9a-f]{32}\.json"),
    Operation(method="DELETE", path=r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/[SM]M[0-9a-f]{32}\.json"),
    Operation(
        method="GET",
        path=r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/[SM]M[0-9a-f]{32}/Media\.json",
        fields=_PAGES | {"DateCreated", "DateCreated<", "DateCreated>"},
    ),
    Operation(
        method="DELETE",
        path=r"/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/[SM]M[0-9a-f]{32}/Media/ME[0-9a-f]{32}\.json",
    ),
    Operation(
        method="POST",
        path=r"/v2/Indicators/Typing\.json",
        fields=frozenset({"channel", "messageId"}),
        required=frozenset({"channel", "messageId"}),
        looks={"channel": "whatsapp", "messageId": r"(SM|MM)[0-9a-fA-F]{32}"},
    ),
    Operation(
        method="POST",
        path=r"/v1/Content",
        fields=frozenset({"friendly_name", "language", "variables", "types"}),
        required=frozenset({"language", "types"}),
        body="json",
    ),
    Operation(
        method="POST",
        path=r"/v1/Conversations/CH[0-9a-f]{32}/Messages",
        fields=frozenset({"Author", "Body", "Attributes", "MediaSid", "ContentSid", "ContentVariables"}),
        required=frozenset({"Author", "Attributes"}),
        looks={"MediaSid": r"ME[0-9a-fA-F]{32}", "ContentSid": _CONTENT_SID},
        one_of=(frozenset({"Body", "MediaSid", "ContentSid"}),),
    ),
    Operation(
        method="GET",
        path=r"/v1/Conversations/CH[0-9a-f]{32}/Messages",
        fields=_PAGES | {"Order"},
        looks={"Order": "desc"},
    ),
    Operation(method="GET", path=r"/v1/Conversations/CH[0-9a-f]{32}"),
    Operation(method="DELETE", path=r"/v1/Conversations/CH[0-9a-f]{32}"),
    Operation(method="GET", path=r"/v1/Conversations/CH[0-9a-f]{32}/Messages/IM[0-9a-f]{32}"),
    Operation(method="DELETE", path=r"/v1/Conversations/CH[0-9a-f]{32}/Messages/IM[0-9a-f]{32}"),
    Operation(method="GET", path=r"/v1/Conversations", fields=_PAGES | {"State"}, looks={"State": "active"}),
    Operation(
        method="GET", path=r"/v1/ParticipantConversations", fields=_PAGES | {"Address"}, looks={"Address": _ADDRESS}
    ),
    Operation(
        method="POST",
        path=r"/v1/Configuration/Addresses",
        fields=_AUTO | {"Type", "Address"},
        required=frozenset({"Type", "Address"}),
        looks={"Type": "whatsapp", "Address": _ADDRESS, "AutoCreation.Type": "webhook"},
    ),
    Operation(method="GET", path=r"/v1/Configuration/Addresses/[^/]+"),
    Operation(method="POST", path=r"/v1/Configuration/Addresses/[^/]+", fields=_AUTO),
    Operation(method="DELETE", path=r"/v1/Configuration/Addresses/[^/]+"),
    # Of its media service Twilio describes no fields.
    Operation(method="POST", path=r"/v1/Services/IS[0-9a-f]{32}/Media", body="bytes"),
    Operation(method="DELETE", path=r"/v1/Services/IS[0-9a-f]{32}/Media/ME[0-9a-f]{32}"),
)

# Of each type of content: its fields, and those that must be there.
TYPES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "twilio/quick-reply": (frozenset({"body", "actions"}), frozenset({"body", "actions"})),
    "twilio/list-picker": (frozenset({"body", "button", "items"}), frozenset({"body", "button", "items"})),
    "twilio/location": (
        frozenset({"latitude", "longitude", "label", "id", "address"}),
        frozenset({"latitude", "longitude"}),
    ),
}
PARTS = {
    "actions": (frozenset({"type", "title", "id"}), frozenset({"title"})),
    "items": (frozenset({"item", "id", "description"}), frozenset({"item", "id"})),
}
# WhatsApp's bounds, with what fills the gaps.
_LIST_MOST, _REPLIES_MOST, _VARIABLES_MOST, _BODY_MOST = 10, 3, 100, 1600


def wrong(method: str, address: str, body: bytes) -> list[str]:
    """What Twilio would not take of a request, in words; nothing of one that is in order."""
    parts = urlsplit(address)
    operation = next((o for o in OPERATIONS if o.method == method and re.fullmatch(o.path, parts.path)), None)
    if operation is None:
        return [f"{method} {parts.path} is nothing that Twilio has"]
    if operation.body == "bytes":
        return [] if body else ["the media is empty"]
    if operation.body == "json":
        asked = json.loads(body)
        return [*_wrong_fields(operation, asked), *_wrong_content(asked)]
    written = parts.query if method in {"GET", "DELETE"} else body.decode()
    form = {name: values[-1] for name, values in parse_qs(written, keep_blank_values=True).items()}
    return [*_wrong_fields(operation, form), *_wrong_texts(form)]


def _wrong_fields(operation: Operation, given: Mapping[str, Any]) -> list[str]:
    unknown = given.keys() - operation.fields
    found = [f"{operation.method} {operation.path} has no field {name}" for name in sorted(unknown)]
    found += [f"{name} is missing" for name in sorted(operation.required - given.keys())]
    found += [f"one of {sorted(names)} is missing" for names in operation.one_of if not names & given.keys()]
    found += [
        f"{name} does not look like {pattern}"
        for name, pattern in operation.looks.items()
        if name in given and not re.fullmatch(pattern, given[name])
    ]
    return found


def _wrong_texts(form: Mapping[str, str]) -> list[str]:
    found = []
    if "ContentSid" in form and form.keys() & {"Body", "MediaUrl", "MediaSid"}:
        found.append("content goes alone")
    if len(form.get("Body", "")) > _BODY_MOST:
        found.append("the body is too long")
    if "ContentVariables" in form:
        variables = json.loads(form["ContentVariables"])
        if not variables or len(variables) > _VARIABLES_MOST:
            found.append("as many variables as that can't be")
        found += [f"variable {name} is blank" for name, text in variables.items() if not text.strip()]
        found += [f"variable {name} has a line end" for name, text in variables.items() if re.search(r"[\n\t]", text)]
    return found


def _wrong_content(asked: Mapping[str, Any]) -> list[str]:
    found = []
    for kind, shape in asked["types"].items():
        if kind not in TYPES:
            return [f"{kind} is no type of content"]
        fields, required = TYPES[kind]
        found += [f"{kind} has no {name}" for name in sorted(shape.keys() - fields)]
        found += [f"{kind} lacks {name}" for name in sorted(required - shape.keys())]
        found += [
            f"{name} of a place is a number"
            for name in ("latitude", "longitude")
            if name in shape and not isinstance(shape[name], float | int)
        ]
        for name, (of_part, needed) in PARTS.items():
            rows = shape.get(name, [])
            if len(rows) > (_REPLIES_MOST if name == "actions" else _LIST_MOST):
                found.append(f"so many {name} are too many")
            found += [f"{name} are not like that" for row in rows if not needed <= row.keys() <= of_part]
    return found
