"""What `manage.py doctor` looks at: every connection and credential, without sending anything, and what to do about each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import requests
from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import Error
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from assistant.llm import LLMUnavailable
from assistant.models import AssistantSettings
from conversations import virus_scan
from conversations.models import Customer
from conversations.whatsapp import Refused, Unreachable, transport
from karlos_site import checks, health

_OVERDUE = timedelta(seconds=30)
_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at: all is well where nothing is wrong."""

    name: str
    wrong: str = ""
    advice: str = ""


def findings() -> Iterator[Finding]:
    """One after the other, as each takes a moment."""
    yield from _settings()
    for name, advice in _PARTS.items():
        yield Finding(name=name, wrong=health.PARTS[name](), advice=advice)
    for name, examine, advice in _OTHERS:
        yield Finding(name=name, wrong=examine(), advice=advice)


def _settings() -> Iterator[Finding]:
    def told(message: CheckMessage) -> Finding:
        return Finding(name="settings", wrong=f"{message.id}: {message.msg}", advice=str(message.hint or ""))

    messages = [message for message in checks.surroundings() if message.is_serious()]
    yield from (map(told, messages) if messages else [Finding(name="settings")])


def _workers() -> str:
    caller = current_app.connection_for_write()
    broken: tuple[type[BaseException], ...] = (OperationalError, OSError, *caller.connection_errors)
    try:
        answers = current_app.control.ping(timeout=1, limit=1)
    except broken as e:
        return f"can't be asked ({type(e).__name__})"
    return "" if answers else "none answers"


def _work() -> str:
    try:
        overdue = Customer.objects.filter(due_at__lt=Now() - _OVERDUE, channel=Customer.Channel.WHATSAPP)
        free = overdue.exclude(lease_until__gte=Now()).count()
    except Error as e:
        return f"can't be read ({type(e).__name__})"
    return f"{free} customers have been waiting for a worker for more than {_OVERDUE.seconds} s" if free else ""


def _openai() -> str:
    if not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return ""  # the rules answer, and need nobody
    from assistant.llm import openai_responses  # noqa: PLC0415 - the SDK takes most of a second to load

    try:
        openai_responses.check(AssistantSettings.current().model)
    except Error:
        return "which model is to answer can't be read"
    except LLMUnavailable as e:
        return str(e)
    return ""


def _twilio() -> str:
    try:
        transport.current().check()
    except (Unreachable, Refused) as e:
        return str(e)
    return ""


def _scanner() -> str:
    try:
        virus_scan.look(b"")
    except virus_scan.NotClean as e:
        return str(e)
    return ""


def _public_address() -> str:
    address = f"{settings.PUBLIC_BASE_URL}/healthz"
    try:
        status = requests.get(address, timeout=_SECONDS, allow_redirects=False).status_code
    except requests.exceptions.RequestException as e:
        return f"{address} can't be reached ({type(e).__name__})"
    return "" if status == 200 else f"{address} answers {status}"


_REDIS_ADVICE = "See whether Redis runs, and that REDIS_URL names it. Messages are stored meanwhile."
_PARTS = {
    "database": "See whether the server runs, and that DATABASE_URL has its host, user and password.",
    "migrations": "Run manage.py migrate, then start everything again.",
    "cache": _REDIS_ADVICE,
    "broker": "See whether it runs, and that CELERY_BROKER_URL (or REDIS_URL) names it. Messages are stored meanwhile.",
}
_OTHERS: tuple[tuple[str, Callable[[], str], str], ...] = (
    ("workers", _workers, "Start a worker, with the same settings. One that has just started is heard of a few seconds later."),
    ("work", _work, "If workers answer: start more of them (WORKER_PROCESSES, WORKER_THREADS)."),
    ("language model", _openai, "Check OPENAI_API_KEY, the account's credit, and the model's name in the admin. The rules answer meanwhile."),
    ("WhatsApp", _twilio, "Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from Twilio's console; if it is away, see its status page."),
    ("virus scanner", _scanner, "See whether clamd runs, and that CLAMD_URL names it. What customers send is not kept meanwhile."),
    ("public address", _public_address, "Twilio must reach PUBLIC_BASE_URL: check DNS, TLS, the proxy or the tunnel."),
)  # fmt: skip
