"""Customers' messages as Twilio posts them: signed forms, ready to be sent."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlencode

from benchmarks.stage import ACCOUNT, NUMBER, PUBLIC, TOKEN

PATH = "/api/twilio/inbound"
FIRST_PHONE = 5_500_000_000
# Deployed, we are reached through a proxy that ended TLS.
_HEAD = "POST {path} HTTP/1.1\r\nHost: karlos.example.com\r\nX-Forwarded-Proto: https\r\nX-Twilio-Signature: {signature}\r\n"
_HEAD += "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {length}\r\n\r\n"


def requests_of(numbers: Iterable[int], *, customers: int = 10**9, text: str = "") -> list[bytes]:
    """One message for each number, the same number the same message; the customers take turns."""
    return [request(number, number % customers, text) for number in numbers]


def form_of(number: int, customer: int, text: str = "") -> dict[str, str]:
    """The fields of a message."""
    sid, phone = f"SM{number:032x}", f"+52{FIRST_PHONE + customer}"
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Ana Pérez",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": phone[1:],
        "SmsStatus": "received",
        "Body": text or f"Hola, ¿tienen un Mazda 3 de menos de {300 + number % 100} mil?",
        "To": NUMBER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{phone}",
        "ApiVersion": "2010-04-01",
    }


def signed(form: dict[str, str]) -> str:
    """Twilio's signature of it."""
    told = PUBLIC + PATH + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), told.encode(), hashlib.sha1).digest()).decode()


def request(number: int, customer: int, text: str) -> bytes:
    """One message of one customer, ready to be sent."""
    form = form_of(number, customer, text)
    body = urlencode(form)
    return (_HEAD.format(path=PATH, signature=signed(form), length=len(body)) + body).encode()
