"""Phone numbers as people write them: "55 1234 5678", "(55) 1234-5678", "+52 1 55 1234 5678", "+34 600 000 001"."""

import re

_APART = r"[ .\-]?"
# Ten digits, in one of the ways in which they are grouped.
_NATIONAL = (
    rf"(?:\(?\d{{2}}\)?{_APART}\d{{4}}{_APART}\d{{4}}|\(?\d{{3}}\)?{_APART}\d{{3}}{_APART}\d{{4}}"
    r"|\d{2}(?:[ .\-]\d{2}){4})"
)
_MEXICAN = rf"(?:\+?52{_APART}(?:1{_APART})?)?{_NATIONAL}"
_FOREIGN = rf"\+\d{{1,3}}(?:{_APART}\d){{7,12}}"
_PHONE = re.compile(rf"(?<![\d$.,+])(?:{_FOREIGN}|{_MEXICAN})(?![\d%]|[.,]\d| ?(?:km|pesos|mil\b))")
_DIGITS = 10


def places(text: str) -> list[tuple[int, int]]:
    """From where to where the numbers stand."""
    return [match.span() for match in _PHONE.finditer(text)]


def read(text: str) -> str | None:
    """The last of the numbers, with its country's; of one without, Mexico's."""
    found = [match[0] for match in _PHONE.finditer(text)]
    if not found:
        return None
    digits = re.sub(r"\D", "", found[-1])
    is_mexican = len(digits) == _DIGITS or re.fullmatch(r"521?\d{10}", digits)
    return f"+52{digits[-_DIGITS:]}" if is_mexican else f"+{digits}"
