"""Our account at Twilio: its signature, the client of its SDK, and what a failed call means for us."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
from django.conf import settings
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from conversations import metrics
from conversations.whatsapp import NotTaken, Refused, Uncertain, Unreachable, errors

SEND_TIMEOUT_SECONDS = 10.0

_local = threading.local()


def is_signed(url: str, form: MultiValueDict[str, str] | Mapping[str, str], signature: str) -> bool:
    """Whether Twilio signed this form for this address, with either of our tokens. Never raises: what can't be read is not signed."""
    for token in settings.TWILIO_AUTH_TOKENS:
        try:
            if RequestValidator(token).validate(url, form, signature):
                return True
        except (TypeError, ValueError, IndexError, AttributeError):  # what the SDK does with malformed input
            continue
    return False


@contextmanager
def sending() -> Iterator[None]:
    """Around a call that sends: what goes wrong is NotTaken, Refused or Uncertain."""
    try:
        yield
    except TwilioRestException as e:
        metrics.TWILIO_ERRORS.labels(e.code or e.status).inc()
        raise _as_ours(e) from e
    except requests.exceptions.RequestException as e:
        metrics.TWILIO_ERRORS.labels("unreachable").inc()
        if _never_connected(e):
            raise NotTaken(_("Twilio can't be reached; it is tried again by itself.")) from e
        raise Uncertain(_("Twilio did not answer: it is being looked for, and sent again if it did not go out.")) from e
    except (TwilioException, ValueError) as e:  # an answer that is not Twilio's
        metrics.TWILIO_ERRORS.labels("unreadable").inc()
        raise Uncertain(_("Twilio's answer can't be read: it is being looked for.")) from e


@contextmanager
def preparing() -> Iterator[None]:
    """Around a call before the one that sends: whatever goes wrong, nothing was sent, so that it is NotTaken or Refused."""
    try:
        with checking():
            yield
    except Unreachable as e:
        raise NotTaken(str(e), wait_seconds=_retry_after()) from e


@contextmanager
def reading() -> Iterator[None]:
    """Around a call that only reads: no answer is Unreachable."""
    try:
        yield
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        raise Unreachable(f"Twilio's list can't be read: {type(e).__name__}.") from e


@contextmanager
def erasing() -> Iterator[None]:
    """Around the deletion of one thing: that it is gone already is no failure, whatever else goes wrong is Unreachable."""
    try:
        yield
    except TwilioRestException as e:
        if e.status != 404:
            raise Unreachable(f"Twilio did not delete it ({e.code or e.status}).") from e
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        raise Unreachable(f"Twilio can't be reached: {type(e).__name__}.") from e


@contextmanager
def checking() -> Iterator[None]:
    """Around a call that tells whether all is in order: Unreachable, or Refused with the reason."""
    try:
        yield
    except TwilioRestException as e:
        if e.status == 429 or e.status >= 500:
            raise Unreachable(f"Twilio answered {e.status}.") from e
        raise _refused(e) from e
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        if _status_of_list(e) == 401:
            raise Refused(errors.in_words("20003", ""), "20003") from e
        raise Unreachable(f"Twilio can't be reached: {type(e).__name__}.") from e


def _status_of_list(error: Exception) -> int | None:
    """What the SDK says of a list that was not given has no status or code, but the answer stands beside it."""
    answers = [answer for answer in error.args if isinstance(answer, Response)]
    return answers[0].status_code if answers else None


def _as_ours(error: TwilioRestException) -> NotTaken | Refused | Uncertain:
    code = str(error.code or error.status)
    if error.status == 429:
        return NotTaken(errors.in_words("20429", ""), wait_seconds=_retry_after())
    if error.status >= 500:
        return Uncertain(errors.in_words("20503" if error.status == 503 else "20500", ""))
    if code in errors.LATER:
        return NotTaken(errors.in_words(code, error.msg), wait_seconds=errors.LATER[code])
    return _refused(error)


def _refused(error: TwilioRestException) -> Refused:
    code = str(error.code or error.status)
    return Refused(errors.in_words(code, error.msg), code)


def _never_connected(error: requests.exceptions.RequestException) -> bool:
    """Whether it failed before a byte went out."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _retry_after() -> float:
    """What Twilio's last answer to this thread asked for, within bounds."""
    value = getattr(_local, "retry_after", "")
    return min(float(value), 60.0) if value.isdecimal() else 2.0


class _HttpClient(TwilioHttpClient):  # type: ignore[misc] # the SDK has no types
    """Twilio's own client with two things it lacks: another host for a stand-in, and the Retry-After header kept."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if settings.TWILIO_API_BASE_URL:
            base, asked = urlsplit(settings.TWILIO_API_BASE_URL), urlsplit(url)
            url = urlunsplit((base.scheme, base.netloc, base.path + asked.path, asked.query, ""))
        response = super().request(method, url, *args, **kwargs)
        _local.retry_after = (response.headers or {}).get("Retry-After", "")
        if response.status_code >= 300:
            response = Response(response.status_code, _as_error(response.text), response.headers)
        return response


def _as_error(text: str) -> str:
    """An error body that the SDK can read, whatever stands between us and Twilio sent."""
    try:
        is_readable = isinstance(json.loads(text), dict)
    except ValueError:
        is_readable = False
    return text if is_readable else json.dumps({"message": "not Twilio's answer", "code": None})


def client(timeout_seconds: float = SEND_TIMEOUT_SECONDS) -> Client:
    """One client per thread, account and timeout: its session keeps connections, and sessions are not shared between threads."""
    key = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS[0], timeout_seconds)
    clients: dict[Any, Client] = _local.__dict__.setdefault("clients", {})
    if key not in clients:
        clients[key] = Client(key[0], key[1], http_client=_HttpClient(timeout=timeout_seconds))
    return clients[key]
