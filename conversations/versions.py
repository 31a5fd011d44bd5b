"""Versions of Karlos's settings: taken whenever something is another than before, told as a difference, and gone back to."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from assistant.models import AssistantSettings, DealershipText, OpeningHours, Place, Question
from conversations.models import Limits, SettingsVersion, Template
from inventory import stamp
from inventory.models import CreditTerms

# Of these there is one row, or none while the defaults hold.
_SINGLE = (AssistantSettings, CreditTerms, Limits)
KINDS: tuple[type[models.Model], ...] = (
    AssistantSettings,
    DealershipText,
    Question,
    OpeningHours,
    Place,
    CreditTerms,
    Limits,
    Template,
)
# label -> primary key -> field -> value
Settings = dict[str, dict[str, dict[str, Any]]]


_rehearsed: ContextVar[SettingsVersion | None] = ContextVar("rehearsed", default=None)


@stamp.kept
def current() -> SettingsVersion:
    """The version in force. What was changed outside the admin, or never had a version, gets one."""
    if version := _rehearsed.get():
        return version
    latest = _latest()
    if latest and latest.fingerprint == _fingerprint(snapshot()):
        return latest
    return record()


@transaction.atomic
def record(by_id: int | None = None, reason: str = "", restored: SettingsVersion | None = None) -> SettingsVersion:
    """The version in force, made if the settings are others than those of the latest.

    Whoever changes settings calls this in the same transaction: the latest version, locked, keeps two changes apart.
    """
    latest = SettingsVersion.objects.select_for_update().order_by("-number").first()
    now = snapshot()
    if latest and latest.fingerprint == _fingerprint(now):
        return latest
    version, _is_made = SettingsVersion.objects.get_or_create(
        number=latest.number + 1 if latest else 1,
        defaults={
            "settings": now,
            "fingerprint": _fingerprint(now),
            "previous": latest,
            "restored": restored,
            "made_by_id": by_id,
            "reason": reason[:200],
        },
    )
    return version


def go_back(version: SettingsVersion, by_id: int | None, reason: str = "") -> SettingsVersion:
    """Let everything be as it was in a version; the version that this makes, or the one in force if nothing differs."""
    return put(version.settings, by_id, reason, restored=version)


@transaction.atomic
def put(
    settings: Settings, by_id: int | None, reason: str = "", restored: SettingsVersion | None = None
) -> SettingsVersion:
    """Let these settings be in force; the version that this makes, or the one in force if nothing differs."""
    current()
    for kind in KINDS:
        kind._default_manager.all().delete()
    write(settings)
    return record(by_id, reason, restored=restored)


def write(settings: Settings) -> None:
    """Make the rows of these settings, where there are none."""
    for kind in KINDS:
        for key, fields in settings.get(kind._meta.label_lower, {}).items():
            _row(kind, key, fields).save(force_insert=True)


@contextmanager
def rehearsed(version: SettingsVersion) -> Iterator[None]:
    """Let this version count as the one in force: its settings have to be the ones that are read."""
    token = _rehearsed.set(version)
    try:
        yield
    finally:
        _rehearsed.reset(token)


def _latest() -> SettingsVersion | None:
    return SettingsVersion.objects.order_by("-number").first()


# --- As data ------------------------------------------------------------------------------------------------------


def snapshot() -> Settings:
    """Everything as it holds now: the row that staff made, or the defaults."""
    return {kind._meta.label_lower: {str(row.pk): _written(row) for row in _rows(kind)} for kind in KINDS}


def _rows(kind: type[models.Model]) -> list[models.Model]:
    if issubclass(kind, _SINGLE):
        return [kind.current()]
    return list(kind._default_manager.order_by("pk"))


def _kept(kind: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """The fields that staff fill in."""
    return [field for field in kind._meta.fields if not field.primary_key and not getattr(field, "auto_now", False)]


def _written(row: models.Model) -> dict[str, Any]:
    return {field.name: _as_json(field, field.to_python(field.value_from_object(row))) for field in _kept(type(row))}


def _as_json(field: "models.Field[Any, Any]", value: Any) -> Any:
    """The same value is always written in the same way, come it from a default or from the database."""
    if isinstance(field, models.DecimalField):
        return f"{Decimal(value):.{field.decimal_places}f}"
    return value.isoformat() if isinstance(value, time) else value


def _row(kind: type[models.Model], key: str, fields: dict[str, Any]) -> models.Model:
    """A row of an older version: a field that came later has its default, one that is gone is left out."""
    known = {field.name: field.to_python(fields[field.name]) for field in _kept(kind) if field.name in fields}
    return kind(pk=int(key), **known)


def _fingerprint(settings: Settings) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


# --- As a difference ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is another than before: what it is, and how it was and is said. Empty: there was or is none."""

    what: str
    before: str
    after: str


def changes(version: SettingsVersion) -> list[Difference]:
    """What a version changed; nothing of the first, which is what Karlos began with."""
    return differences(version.previous.settings, version.settings) if version.previous else []


def differences(before: Settings, after: Settings) -> list[Difference]:
    """Field by field, in the words of the admin."""
    return [found for kind in KINDS for found in _of_kind(kind, before, after)]


def _of_kind(kind: type[models.Model], before: Settings, after: Settings) -> Iterator[Difference]:
    was, now = before.get(kind._meta.label_lower, {}), after.get(kind._meta.label_lower, {})
    for key in sorted({*was, *now}, key=int):
        old, new = was.get(key, {}), now.get(key, {})
        name = _name(kind, key, new or old)
        for field in _kept(kind):
            told = [_told(kind, key, fields, field.name) for fields in (old, new)]
            if told[0] != told[1]:
                yield Difference(what=f"{name}: {field.verbose_name}", before=told[0], after=told[1])


def _name(kind: type[models.Model], key: str, fields: dict[str, Any]) -> str:
    """Which row it is: of the single ones, what they are."""
    if issubclass(kind, _SINGLE):
        return str(kind._meta.verbose_name)
    if kind is OpeningHours:
        return f"{kind._meta.verbose_name}, {OpeningHours.Weekday(fields['weekday']).label}"
    return f"{kind._meta.verbose_name}, «{_row(kind, key, fields)}»"


def _told(kind: type[models.Model], key: str, fields: dict[str, Any], name: str) -> str:
    """A value as staff read it."""
    if name not in fields:
        return ""
    row = _row(kind, key, fields)
    if hasattr(row, f"get_{name}_display"):
        return str(getattr(row, f"get_{name}_display")())
    value = getattr(row, name)
    match value:
        case bool():
            return _("yes") if value else _("no")
        case Decimal():
            return f"{value.normalize():f}"
        case time():
            return f"{value:%H:%M}"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
