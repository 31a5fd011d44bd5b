"""A stock file, CSV or workbook: its headings, and row after row as it is read, each with its line."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_noop

from inventory import spelling, stock_csv, stock_workbook
from inventory.sentence import Sentence
from inventory.stock_problem import Problem, StockFileError

_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"

# Each field, by the headings it may have. The first is the catalogue's own; case, accents, spaces and underscores do not matter.
HEADINGS: dict[str, tuple[str, ...]] = {
    "stock_id": ("stock_id", "stock", "stock number", "folio"),
    "mileage_km": ("km", "kms", "kilometraje", "kilómetros", "mileage", "mileage_km"),
    "price_mxn": ("price", "precio", "price_mxn"),
    "make": ("make", "marca"),
    "model": ("model", "modelo"),
    "year": ("year", "año", "model year"),
    "trim": ("version", "versión", "trim"),
    "has_bluetooth": ("bluetooth", "has_bluetooth"),
    "length_mm": ("largo", "length", "length_mm"),
    "width_mm": ("ancho", "width", "width_mm"),
    "height_mm": ("altura", "alto", "height", "height_mm"),
    "has_car_play": ("car_play", "apple carplay", "has_car_play"),
    "transmission": ("transmission", "transmisión"),
    "body_type": ("body_type", "body", "carrocería"),
    "seats": ("seats", "asientos", "plazas", "pasajeros"),
    "fuel": ("fuel", "combustible"),
    "colour": ("colour", "color"),
    "location": ("location", "ubicación", "sucursal"),
    "status": ("status", "estatus", "estado"),
}
# The last column of the rows that come back to be corrected.
PROBLEM = "problem"
REQUIRED = ("stock_id", "mileage_km", "price_mxn", "make", "model", "year")

_SKIPPED = frozenset({PROBLEM, "problema"})
_FIELDS = {spelling.compact(heading): field for field, headings in HEADINGS.items() for heading in headings}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One vehicle's cells by field, as they are written, and the line on which it begins.

    With a `problem` it could not be split by the headings, and which cell belongs to which field is a guess.
    """

    line: int
    cells: dict[str, str]
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class StockFile:
    """A file whose headings are in order. `headings`: field to the heading it has here.

    `rows` are read as they are asked for, once. Where the file breaks off, they raise StockFileError.
    """

    headings: dict[str, str]
    rows: Iterator[Row]


def read(path: Path, name: str = "") -> StockFile:
    """Raises StockFileError if it is no such file, no stock, or its headings will not do. `name` is what people call it."""
    name = name or path.name
    records = _records(path, name)
    first = next(records, None)
    if first is None:
        empty = gettext_noop("%(file)s is empty: it needs a line of headings and a line for each vehicle.")
        raise StockFileError.of_all(Sentence(empty, file=name))
    fields, headings = _headings(*first)
    return StockFile(headings=headings, rows=_rows(records, fields, name))


def _records(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    head = _head(path)
    if head == _OLD_WORKBOOK:
        remedy = gettext_noop(
            "%(file)s is an old or locked Excel workbook: save it as .xlsx without a password, or as CSV."
        )
        raise StockFileError.of_all(Sentence(remedy, file=name))
    return stock_workbook.records(path, name) if head == _WORKBOOK else stock_csv.records(path, name)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except IsADirectoryError as e:
        remedy = gettext_noop("%(file)s is a folder: name the stock file in it.")
        raise StockFileError.of_all(Sentence(remedy, file=str(path))) from e
    except FileNotFoundError as e:
        remedy = gettext_noop("%(file)s does not exist: check the name.")
        raise StockFileError.of_all(Sentence(remedy, file=str(path))) from e
    except OSError as e:
        remedy = gettext_noop("%(file)s cannot be read (%(error)s).")
        raise StockFileError.of_all(Sentence(remedy, file=str(path), error=e.strerror or "")) from e


def _rows(records: Iterator[tuple[int, list[str]]], fields: list[str], name: str) -> Iterator[Row]:
    has_any = False
    for line, cells in records:
        has_any = True
        by_field = {field: cell for field, cell in zip(fields, cells, strict=False) if field}
        yield Row(line=line, cells=by_field, problem=_ragged(line, cells, len(fields)))
    if not has_any:
        remedy = gettext_noop("%(file)s has headings but no vehicles.")
        raise StockFileError.of_all(Sentence(remedy, file=name))


def _headings(line: int, written: list[str]) -> tuple[list[str], dict[str, str]]:
    """Each column's field, "" for one to skip; and field to heading. Raises StockFileError with every heading that is unknown, twice there or missing."""
    named = _without_blank_end(written)
    fields = [_FIELDS.get(spelling.compact(heading), "") for heading in named]
    counted = Counter(field for field in fields if field)
    known = ", ".join(headings[0] for headings in HEADINGS.values())
    unknown = Sentence(
        gettext_noop("no such column is known: rename it to one of %(known)s, or remove it."), known=known
    )
    problems = [
        Problem(line=line, column="", value=heading.strip(), remedy=unknown)
        for heading, field in zip(named, fields, strict=True)
        if not field and spelling.compact(heading) not in _SKIPPED
    ]
    twice = Sentence(gettext_noop("this column is there twice: keep one."))
    problems += [
        Problem(line=line, column=HEADINGS[field][0], value="", remedy=twice)
        for field, times in counted.items()
        if times > 1
    ]
    missing = Sentence(gettext_noop("this column is missing: add it."))
    problems += [
        Problem(line=line, column=HEADINGS[field][0], value="", remedy=missing)
        for field in REQUIRED
        if field not in counted
    ]
    if problems:
        raise StockFileError(problems)
    return fields, {field: heading.strip() for field, heading in zip(fields, named, strict=True) if field}


def _ragged(line: int, cells: list[str], expected: int) -> Problem | None:
    """Spreadsheets leave empty cells at the end of a row; anything else that does not match the headings is a problem."""
    if len(cells) == expected:
        return None
    has = max(len(_without_blank_end(cells)), min(len(cells), expected))
    if has == expected:
        return None
    remedy = gettext_noop(
        "the row has %(has)s values where there are %(expected)s headings: look for a missing or unquoted separator."
    )
    return Problem(line=line, column="", value="", remedy=Sentence(remedy, has=has, expected=expected))


def _without_blank_end(cells: list[str]) -> list[str]:
    filled = [place for place, cell in enumerate(cells, start=1) if cell.strip()]
    return cells[: filled[-1]] if filled else []
