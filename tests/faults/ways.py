"""Twilio's two ways as the trial's Twilio speaks them: what a customer's message, a taken one, a list and a report look like on each."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "f" * 32
NUMBER = "whatsapp:+14155238886"

Json = dict[str, Any]
Form = dict[str, str]


@dataclass(frozen=True)
class Taken:
    """A message that Twilio took from us: what a customer received."""

    at: float
    message_id: int
    sid: str
    address: str
    body: str
    by: str
    # Where its reports go, if it said so itself.
    callback: str = ""


class Way(Protocol):
    """One of the two. What customers wrote is kept as Programmable Messaging's list has it, whichever it is."""

    name: str
    webhook: str
    # How the SIDs of its messages begin.
    prefix: str

    def brought(self, form: Form) -> Form:
        """What is posted for a message that a customer wrote, given in the form of Programmable Messaging."""
        ...

    def taken(self, sid: int, path: str, form: Mapping[str, str], by: str) -> Taken:
        """The message that this form posts."""
        ...

    def answer(self, taken: Taken) -> Json:
        """What we are told of it."""
        ...

    def listed(self, path: str, asked: Mapping[str, list[str]], wrote: Sequence[Json], taken: Sequence[Taken]) -> Json:
        """The list that is asked for, the newest first."""
        ...

    def reports(self, taken: Taken, statuses: Sequence[str], base: str) -> Iterator[tuple[str, Form]]:
        """Where its reports are posted, and what they say."""
        ...


def wrote(form: Mapping[str, str]) -> Json:
    """A customer's message, as it is kept."""
    return _resource(form["MessageSid"], NUMBER, form["Body"], time.time(), direction="inbound", sender=form["From"])


def _resource(sid: str, to: str, body: str, at: float, *, direction: str, sender: str = NUMBER) -> Json:
    moment = format_datetime(datetime.fromtimestamp(at, UTC))
    return {
        "sid": sid,
        "to": to,
        "from": sender,
        "body": body,
        "status": "received" if direction == "inbound" else "queued",
        "direction": direction,
        "num_media": "0",
        "date_created": moment,
        "date_sent": moment,
        "date_updated": moment,
    }


class Messaging:
    """Programmable Messaging."""

    name, webhook, prefix = "messaging", "/api/twilio/inbound", "SM"

    def brought(self, form: Form) -> Form:
        return form

    def taken(self, sid: int, path: str, form: Mapping[str, str], by: str) -> Taken:
        callback = form["StatusCallback"]
        message_id = int(parse_qs(urlsplit(callback).query)["message"][0])
        return Taken(time.time(), message_id, f"SM{sid:032x}", form["To"], form["Body"], by, callback)

    def answer(self, taken: Taken) -> Json:
        return _resource(taken.sid, taken.address, taken.body, taken.at, direction="outbound-api")

    def listed(self, path: str, asked: Mapping[str, list[str]], wrote: Sequence[Json], taken: Sequence[Taken]) -> Json:
        """Messages to the address that is asked for."""
        to, size = asked.get("To", [""])[0], int(asked.get("PageSize", ["50"])[0])
        every = [*wrote, *map(self.answer, taken)]
        found = [message for message in reversed(every) if message["to"] == to]
        return {"messages": found[:size], "next_page_uri": None, "page": 0, "page_size": size}

    def reports(self, taken: Taken, statuses: Sequence[str], base: str) -> Iterator[tuple[str, Form]]:
        for status in statuses:
            fields = {"MessageSid": taken.sid, "MessageStatus": status, "AccountSid": ACCOUNT}
            yield taken.callback, fields | {"To": taken.address, "From": NUMBER}


class Conversations:
    """Conversations: each customer has one, which is known by the digits of their number."""

    name, webhook, prefix = "conversations", "/api/twilio/conversations", "IM"

    def brought(self, form: Form) -> Form:
        fields = {"MessageSid": form["MessageSid"], "Author": form["From"], "Body": form["Body"]}
        return self._event(_conversation(form["From"]), fields | {"Source": "WHATSAPP", "Attributes": "{}"})

    def _event(self, conversation: str, fields: Form) -> Form:
        return {
            "EventType": "onMessageAdded",
            "AccountSid": ACCOUNT,
            "ChatServiceSid": "IS" + "5" * 32,
            "ConversationSid": conversation,
            **fields,
        }

    def taken(self, sid: int, path: str, form: Mapping[str, str], by: str) -> Taken:
        message_id = int(json.loads(form["Attributes"])["karlos"])
        return Taken(time.time(), message_id, f"IMf{sid:031x}", path.split("/")[-2], form["Body"], by)

    def answer(self, taken: Taken) -> Json:
        attributes = json.dumps({"karlos": taken.message_id})
        return self._listed(
            taken.sid, taken.address, author="karlos", body=taken.body, at=taken.at, attributes=attributes
        )

    def _listed(
        self, sid: str, conversation: str, *, author: str, body: str, at: float, attributes: str = "{}"
    ) -> Json:
        moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "sid": sid,
            "conversation_sid": conversation,
            "author": author,
            "body": body,
            "attributes": attributes,
            "media": None,
            "date_created": moment,
            "date_updated": moment,
        }

    def listed(self, path: str, asked: Mapping[str, list[str]], wrote: Sequence[Json], taken: Sequence[Taken]) -> Json:
        """The messages of a conversation, or all conversations."""
        size = int(asked.get("PageSize", ["50"])[0])
        if not path.endswith("/Messages"):
            sids = dict.fromkeys(_conversation(message["from"]) for message in reversed(wrote))
            service = "IS" + "5" * 32
            return _page("conversations", [{"sid": sid, "chat_service_sid": service} for sid in sids][:size], size)
        conversation = path.split("/")[-2]
        theirs = [
            self._listed(
                message["sid"],
                conversation,
                author=message["from"],
                body=message["body"],
                at=parsedate_to_datetime(message["date_sent"]).timestamp(),
            )
            for message in wrote
            if _conversation(message["from"]) == conversation
        ]
        ours = [self.answer(message) for message in taken if message.address == conversation]
        newest_first = sorted([*theirs, *ours], key=lambda message: message["date_created"], reverse=True)
        return _page("messages", newest_first[:size], size)

    def reports(self, taken: Taken, statuses: Sequence[str], base: str) -> Iterator[tuple[str, Form]]:
        """Our own message comes back to us first."""
        address = f"{base}{self.webhook}"
        if statuses:
            fields = {"MessageSid": taken.sid, "Author": "karlos", "Body": taken.body, "Source": "API"}
            yield address, self._event(taken.address, fields | {"Attributes": self.answer(taken)["attributes"]})
        for status in statuses:
            fields = {"EventType": "onDeliveryUpdated", "MessageSid": taken.sid, "Status": status}
            yield address, self._event(taken.address, fields)


def _conversation(address: str) -> str:
    return f"CH{address.removeprefix('whatsapp:+'):0>32}"


def _page(key: str, rows: list[Json], size: int) -> Json:
    return {key: rows, "meta": {"key": key, "page": 0, "page_size": size, "next_page_url": None}}


WAYS: dict[str, Way] = {way.name: way for way in (Messaging(), Conversations())}
