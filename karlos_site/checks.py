"""What is missing or unsafe in the surroundings, in words: for `manage.py check`, and to stop a start that must not be."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from assistant.llm import retirement

_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
_NUMBER = re.compile(r"whatsapp:\+[1-9]\d{6,14}")
_CLAMD = re.compile(r"(tcp://[^/]+|unix:///.+)")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def surroundings(**_kwargs: Any) -> list[CheckMessage]:
    """Everything but what only matters to a deployment."""
    messages = [*_public_address(), *_twilio(), *_model(), *_scanner()]
    return messages if settings.DEBUG else [*_production(), *messages]


def deployment(**_kwargs: Any) -> list[CheckMessage]:
    if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL:
        return []
    return [
        checks.Warning(
            "There is no OPENAI_API_KEY: the rules answer, not a language model.",
            hint="Set OPENAI_API_KEY, or keep the rules.",
            id="karlos.W002",
        )
    ]


def stop_if_unsafe() -> None:
    """For web servers, workers and beats that are started by themselves: SystemExit, with every error in words."""
    errors = [message for message in surroundings() if message.is_serious()]
    if errors:
        raise SystemExit("\n".join(["Karlos does not start:", *(f"- {e.id}: {e.msg} {e.hint}" for e in errors)]))


def _production() -> Iterator[CheckMessage]:
    """DEBUG is off: nothing embedded, nothing simulated."""
    if not _has_secret_key():
        yield Error("There is no SECRET_KEY.", hint="Set SECRET_KEY to 50 random characters.", id="karlos.E001")
    if settings.EMBEDDED_DATABASE:
        yield Error("The embedded database is not for production.", hint="Set DATABASE_URL.", id="karlos.E002")
    if settings.EMBEDDED_REDIS:
        yield Error(
            "The embedded Redis is not for production.",
            hint="Set REDIS_URL, or REDIS_HOST and its kin.",
            id="karlos.E003",
        )
    if settings.SIMULATOR:
        yield Error(
            "The simulator would stand in for WhatsApp.",
            hint="Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_NUMBER.",
            id="karlos.E004",
        )
    elif settings.TWILIO_API_BASE_URL:
        yield Error(
            "Messages would go to a stand-in for Twilio, with Twilio's token.",
            hint="Take TWILIO_API_BASE_URL out.",
            id="karlos.E005",
        )
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        yield Error(
            "PUBLIC_BASE_URL is not set to an https address: no webhook's signature can be right.",
            hint="Set it to the address Twilio calls, such as https://karlos.example.com.",
            id="karlos.E006",
        )


def _has_secret_key() -> bool:
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return False


def _public_address() -> Iterator[CheckMessage]:
    address = urlsplit(settings.PUBLIC_BASE_URL)
    if address.scheme not in {"http", "https"} or not address.hostname:
        yield Error(
            f'PUBLIC_BASE_URL is "{settings.PUBLIC_BASE_URL}".',
            hint="Write it whole, such as https://karlos.example.com.",
            id="karlos.E011",
        )
    elif settings.DEBUG and address.hostname not in _LOOPBACK:
        yield checks.Warning(
            f"DEBUG is on and {address.hostname} is reached from outside: errors show the program's insides.",
            hint="Fine for an hour's trial through a tunnel; else set DEBUG=false.",
            id="karlos.W001",
        )
    if settings.DEBUG and settings.HOST not in _LOOPBACK:
        yield checks.Warning(
            f"DEBUG is on and HOST={settings.HOST} lets other machines in, to the simulator too.",
            hint="Leave HOST out, or set DEBUG=false.",
            id="karlos.W003",
        )


def _twilio() -> Iterator[CheckMessage]:
    if settings.SIMULATOR:
        return
    if not _ACCOUNT_SID.fullmatch(settings.TWILIO_ACCOUNT_SID):
        yield Error(
            "TWILIO_ACCOUNT_SID is not an account's SID.",
            hint='Copy it from the Twilio console: "AC" and 32 digits or letters a to f.',
            id="karlos.E007",
        )
    if not settings.TWILIO_AUTH_TOKENS:
        yield Error(
            "A Twilio account is named, but no TWILIO_AUTH_TOKEN.",
            hint="Copy it from the Twilio console, or take TWILIO_ACCOUNT_SID out to use the simulator.",
            id="karlos.E008",
        )
    if not _NUMBER.fullmatch(settings.TWILIO_WHATSAPP_NUMBER):
        yield Error(
            f'TWILIO_WHATSAPP_NUMBER is "{settings.TWILIO_WHATSAPP_NUMBER}".',
            hint="Write the number that customers write to, such as whatsapp:+14155238886 (the sandbox's).",
            id="karlos.E009",
        )


def _model() -> Iterator[CheckMessage]:
    """Another server than OpenAI's may call its models what it likes."""
    if settings.OPENAI_BASE_URL or not retirement.is_retired(settings.OPENAI_MODEL):
        return
    yield Error(
        f"OPENAI_MODEL is {settings.OPENAI_MODEL}, which OpenAI switches off.",
        hint=f"Set OPENAI_MODEL={retirement.REPLACEMENT}, or take it out.",
        id="karlos.E010",
    )


def _scanner() -> Iterator[CheckMessage]:
    if settings.CLAMD_URL and not _CLAMD.fullmatch(settings.CLAMD_URL):
        yield Error(
            f'CLAMD_URL is "{settings.CLAMD_URL}".',
            hint="Write tcp://host:3310 or unix:///run/clamav/clamd.ctl, or take it out.",
            id="karlos.E012",
        )
