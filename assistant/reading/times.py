"""Days and times as people say them: "mañana a las 5", "el sábado a mediodía", "2026-11-24 17:00"."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_WEEKDAYS = {
    "lunes": 0, "martes": 1, "miercoles": 2, "jueves": 3, "viernes": 4, "sabado": 5, "domingo": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_MONTHS = {
    "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9,
    "octubre": 10, "noviembre": 11, "diciembre": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12,
}  # fmt: skip
_HOURS = {
    "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
    "once": 11, "doce": 12,
}  # fmt: skip
_RELATIVE = (
    (re.compile(r"\bpasado manana\b|\bday after tomorrow\b"), 2),
    (re.compile(r"(?<!\bla )(?<!\bde )\bmanana\b|\btomorrow\b"), 1),
    (re.compile(r"\bhoy\b|\bahorita\b|\btoday\b|\bal rato\b"), 0),
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})\s+(?:de\s+)?({'|'.join(_MONTHS)})\b")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b")
_REFUSED = re.compile(r"\b(?:ya no|no puedo|no voy a poder|can'?t|cannot)\b[^,.;]*")
_CLOCK = re.compile(
    r"(?P<ahead>\b(?:a las?|como a las?|a eso de las?|tipo|at|around)\s+)?"
    r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d{2})| y (?P<past>media|cuarto))?(?!\s*(?:mil|k|%|anos|meses|years|months|km)\b)"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?|hrs?\b|horas\b|de la (?:manana|tarde|noche)\b)?"
)
_WORD_CLOCK = re.compile(
    rf"\ba las? (?P<hour>{'|'.join(_HOURS)})\b(?P<half_past> y media)?(?:\s+(?P<half>de la (?:manana|tarde|noche)))?"
)
_NOON = re.compile(r"\b(?:a|al)?\s?medio\s?dia\b|\bnoon\b")
_PAST = {"media": 30, "cuarto": 15}
# Nobody comes to see a car at five in the morning.
_EARLIEST_HOUR = 8


@dataclass(frozen=True, kw_only=True)
class Said:
    """A day, a time of day or both; None where it was not said."""

    day: date | None
    at: time | None


def read(plain_text: str, now: datetime) -> Said:
    """The day and time that a plain text names, reckoned from now. A day that the customer can't come is not meant."""
    kept = _REFUSED.sub(" ", plain_text)
    return Said(day=_day(kept, now.date()), at=_at(kept))


def _day(text: str, today: date) -> date | None:
    if match := _ISO.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_MONTH.search(text):
        month = _MONTHS[match[2]]
        day = _date(today.year, month, int(match[1]))
        return _date(today.year + 1, month, int(match[1])) if day and day < today else day
    for pattern, days in _RELATIVE:
        if pattern.search(text):
            return today + timedelta(days=days)
    if match := _WEEKDAY.search(text):
        ahead = (_WEEKDAYS[match[1]] - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _at(text: str) -> time | None:
    if match := _WORD_CLOCK.search(text):
        return _clock(_HOURS[match["hour"]], 30 if match["half_past"] else 0, match["half"] or "")
    for match in _CLOCK.finditer(_ISO.sub(" ", text)):
        if _is_clock(match):
            minute = int(match["minute"] or _PAST.get(match["past"], 0))
            return _clock(int(match["hour"]), minute, match["half"] or "")
    return time(12) if _NOON.search(text) else None


def _is_clock(match: re.Match[str]) -> bool:
    return bool(match["ahead"] or match["minute"] or match["half"]) and int(match["hour"]) < 24


def places(plain_text: str) -> list[tuple[int, int]]:
    """Where days and times of day stand, whose figures are nothing else."""
    found = [match for pattern in (_ISO, _DAY_MONTH) for match in pattern.finditer(plain_text)]
    found += [match for match in _CLOCK.finditer(plain_text) if _is_clock(match)]
    return [match.span() for match in found]


def _clock(hour: int, minute: int, half: str) -> time | None:
    """Of "a las 5" and nothing more, the afternoon is meant."""
    is_afternoon = half.startswith("p") or half.endswith(("tarde", "noche"))
    is_morning = half.startswith("a") or half.endswith("manana")
    if hour < 12 and (is_afternoon or (not is_morning and hour < _EARLIEST_HOUR)):
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
