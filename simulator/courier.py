"""Brings signed requests to Karlos over HTTP, as Twilio would, and only ever to this machine."""

from collections.abc import Mapping
from urllib.parse import urldefrag

import requests
from django.conf import settings

from simulator import signature

TIMEOUT_SECONDS = (5, 15)
MEDIA_LIMIT_BYTES = 16 * 1024 * 1024


class NotDelivered(Exception):
    """Nobody answered at that address, or it is not on this machine."""


def post(url: str, form: Mapping[str, str], token: str) -> int:
    """Post a signed form; the HTTP status that came back."""
    headers = {"X-Twilio-Signature": signature.sign(url, form), "I-Twilio-Idempotency-Token": token}
    return _request("POST", url, headers, form).status_code


def get_signed(url: str) -> requests.Response:
    return _request("GET", url, {"X-Twilio-Signature": signature.sign(url, {})})


def get_media(url: str) -> requests.Response:
    return _request("GET", url, {})


def _request(
    method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the environment must not see what stays on this machine
        session.headers["User-Agent"] = "TwilioProxy/1.1"
        try:
            return session.request(
                method, _local(url), headers=dict(headers), data=form, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as e:
            raise NotDelivered(f"{method} failed: {type(e).__name__}") from e


def _local(url: str) -> str:
    """Where the public address is reached from here."""
    url = urldefrag(url).url
    rest = url.removeprefix(settings.PUBLIC_BASE_URL)
    if rest == url or not rest.startswith("/"):
        raise NotDelivered("The simulator calls nothing but Karlos on this machine.")
    return f"http://127.0.0.1:{settings.PORT}{rest}"
