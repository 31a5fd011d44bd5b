"""What trim and model tell about a car whose transmission, body type or seats are not recorded; the words stand in readings.toml."""

import functools
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory import makes, spelling

_FILE = Path(__file__).with_name("readings.toml")
# A stock has far fewer trims than cars.
_REMEMBERED = 10_000


@functools.lru_cache(maxsize=_REMEMBERED)
def of(car: tuple[str, str, str], recorded: tuple[str, str, int | None]) -> tuple[str, str, int | None]:
    """Transmission, body type and seats: what is recorded or, where blank, what a car's make, model and trim tell."""
    trim = car[2]
    return recorded[0] or transmission(trim), recorded[1] or body_type(*car), recorded[2] or seats(trim)


def transmission(trim: str) -> str:
    """A `Transmission`, or "" when the trim does not tell."""
    return _said(trim, "transmission")


def body_type(make: str, model: str, trim: str) -> str:
    """A `BodyType`, or "": the trim's own word, else what such a model is, else what the number of doors tells."""
    usual = _usual_bodies().get(spelling.compact(f"{make} {model}"), "")
    return _said(trim, "trim_body") or usual or _said(trim, "doors")


def seats(trim: str) -> int | None:
    """The seats that a trim counts ("7 PASAJEROS") or that its rows usually have ("3 FILAS"); None when it tells neither."""
    told = _seats()
    for written, unit in re.findall(r"\b(\d{1,2}) ?([A-Z]+)\b", _plain(trim)):
        number = int(written)
        if unit in told.counted_by and number in told.plausible:
            return number
        if unit in told.rows_called and number in told.of_rows:
            return told.of_rows[number]
    return None


@dataclass(frozen=True, kw_only=True)
class _Seats:
    """The words that seats and their rows are counted by, and how many seats so many rows have."""

    counted_by: frozenset[str]
    rows_called: frozenset[str]
    of_rows: dict[int, int]
    plausible: range


@functools.cache
def _seats() -> _Seats:
    section = _file()["seats"]
    return _Seats(
        counted_by=frozenset(map(_plain, section["counted_by"])),
        rows_called=frozenset(map(_plain, section["rows_called"])),
        of_rows={int(rows): seats for rows, seats in section["of_rows"].items()},
        plausible=range(section["least"], section["most"] + 1),
    )


def _said(trim: str, table: str) -> str:
    written = f" {_plain(trim)} "
    return next((value for phrase, value in _table(table).items() if f" {phrase} " in written), "")


def _plain(text: str) -> str:
    """Capitals without accents, one space between words; "S-TRONIC" and "5 PTAS." lose hyphen and full stop."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[A-Z0-9/]+", plain.upper()))


@functools.cache
def _table(name: str) -> dict[str, str]:
    """Phrase to value, in the file's order."""
    return {_plain(phrase): value for value, phrases in _file()[name].items() for phrase in phrases}


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@functools.cache
def _usual_bodies() -> dict[str, str]:
    return {
        spelling.compact(f"{make.name} {model}"): body
        for make in makes.known()
        for model, body in make.models.items()
        if body
    }
