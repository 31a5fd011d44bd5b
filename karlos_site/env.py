"""Reads the environment, `.env` and files of secrets: what is empty, a comment or a placeholder is not set; what is not understood stops the start."""

import os
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_PLACEHOLDER = re.compile(r".*_PLACEHOLDER", re.IGNORECASE)
_POSTGRESQL = re.compile(r"postgres(ql)?://.")
_COMMENT = re.compile(r"(^|\s+)#.*$")


def read_file(path: Path) -> None:
    """Take in a `.env` file; what the process's own environment says comes first."""
    if path.is_file():
        environ.Env.read_env(path)


def text(name: str, default: str = "") -> str:
    """The variable, or else what stands in the file that NAME_FILE names; the default when both are empty."""
    value = _written(name)
    _let_libraries_agree(name, value)
    return value or _filed(f"{name}_FILE") or default


def _written(name: str) -> str:
    """Without inline comment, quotes and spaces around it; empty when it is still a placeholder."""
    # Not django-environ's reader: it takes a password that begins with "$" for the name of another variable.
    value = _COMMENT.sub("", os.environ.get(name, "")).strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1].strip()
    return "" if _PLACEHOLDER.fullmatch(value) else value


def _filed(name: str) -> str:
    """As vaults, systemd and containers hand out secrets. It goes into no environment, where other programs would see it."""
    path = _written(name)
    try:
        return Path(path).read_text().strip() if path else ""
    except (OSError, UnicodeDecodeError) as e:
        raise ImproperlyConfigured(f"{name} names {path}, which can't be read ({type(e).__name__}).") from e


def _let_libraries_agree(name: str, value: str) -> None:
    """Celery and the OpenAI SDK read some variables by themselves, comments, placeholders and all."""
    if value:
        os.environ[name] = value
    else:
        os.environ.pop(name, None)


def keep_counters_in(directory: Path) -> None:
    """Prometheus's client reads this from the environment and nowhere else, when it is imported."""
    _let_libraries_agree("PROMETHEUS_MULTIPROC_DIR", str(directory))


def flag(name: str, *, default: bool) -> bool:
    """true/false, yes/no, on/off or 1/0, in any case."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"true", "yes", "on", "1"}:
        return True
    if value in {"false", "no", "off", "0"}:
        return False
    raise ImproperlyConfigured(f'{name} is "{value}": write true or false.')


def number(name: str, default: int, *, at_least: int = 0) -> int:
    """A whole number, not below `at_least`."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < at_least:
        raise ImproperlyConfigured(f'{name} is "{value}": write a whole number, {at_least} or more.')
    return int(value)


def amount(name: str, default: str, *, most: int) -> Decimal:
    """A decimal number from zero to `most`."""
    value = text(name, default)
    try:
        read = Decimal(value)
    except InvalidOperation as e:
        raise ImproperlyConfigured(f'{name} is "{value}": write a number such as {default}.') from e
    if not read.is_finite() or not 0 <= read <= most:
        raise ImproperlyConfigured(f'{name} is "{value}": write a number from 0 to {most}, such as {default}.')
    return read


def words(name: str) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def choice(name: str, options: tuple[str, ...]) -> str:
    """One of the options, the first unless set."""
    value = text(name, options[0]).lower()
    if value not in options:
        raise ImproperlyConfigured(f'{name} is "{value}": write one of {", ".join(options)}.')
    return value


def database(name: str) -> dict[str, Any]:
    """Django's settings for a PostgreSQL URL. The error doesn't repeat the value: it may hold a password."""
    refusal = ImproperlyConfigured(f"{name} is not PostgreSQL's URL: write postgres://user:password@host:5432/name.")
    if not _POSTGRESQL.match(text(name)):
        raise refusal
    try:
        return dict(environ.Env.db_url_config(text(name)))
    except ValueError as e:
        raise refusal from e
