"""A stock file as people save it: any usual encoding and separator, to rows that know their line."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inventory import spelling

_SEPARATORS = ",;\t"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

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
REQUIRED = ("stock_id", "mileage_km", "price_mxn", "make", "model", "year")

_FIELDS = {spelling.compact(heading): field for field, headings in HEADINGS.items() for heading in headings}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong at one place of the file, and what to do about it. Line 0 is the file as a whole."""

    line: int
    column: str
    value: str
    remedy: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "file"
        said = [part for part in (self.column, f'"{self.value}"' if self.value else "") if part]
        return f"{', '.join([place, ' '.join(said)] if said else [place])}: {self.remedy}"


class StockFileError(ValueError):
    """The file was not imported; every problem of it that could be found is in `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Row:
    """One vehicle's cells by field, as they are written, and the line on which it begins."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class StockFile:
    """A file whose headings are in order. `headings`: field to the heading it has here. `problems`: rows that could not be split."""

    headings: dict[str, str]
    rows: list[Row]
    problems: list[Problem]


def read(path: Path) -> StockFile:
    """Raises StockFileError if it is no such file, no text, or its headings will not do."""
    text = _decoded(path)
    records = _records(text)
    first = next(records, None)
    if first is None:
        raise _whole(f"{path.name} is empty: it needs a line of headings and a line for each vehicle.")
    headings = _headings(*first)
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        for line, cells in records:
            if wrong := _ragged(line, cells, len(headings)):
                problems.append(wrong)
            else:
                rows.append(Row(line=line, cells=dict(zip(headings, cells, strict=False))))
    except StockFileError as broken:
        problems += broken.problems
    if not rows and not problems:
        raise _whole(f"{path.name} has headings but no vehicles.")
    return StockFile(headings=headings, rows=rows, problems=problems)


def _whole(remedy: str) -> StockFileError:
    return StockFileError([Problem(line=0, column="", value="", remedy=remedy)])


def _decoded(path: Path) -> str:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else what Excel writes on Windows."""
    try:
        data = path.read_bytes()
    except IsADirectoryError as e:
        raise _whole(f"{path} is a folder: name the CSV file in it.") from e
    except FileNotFoundError as e:
        raise _whole(f"{path} does not exist: check the name.") from e
    except OSError as e:
        raise _whole(f"{path} cannot be read ({e.strerror}).") from e
    if data.startswith(_WORKBOOKS):
        raise _whole(f'{path.name} is an Excel workbook: save it as "CSV UTF-8" and import that.')
    marked = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    for encoding in (marked, "cp1252"):
        try:
            return _without_nul(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise _whole(f'{path.name} is not text in UTF-8 or Windows-1252: save it as "CSV UTF-8".')


def _without_nul(text: str) -> str:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        remedy = 'the file has NUL characters, as damaged files do: save it again as "CSV UTF-8".'
        raise StockFileError([Problem(line=line, column="", value="", remedy=remedy)])
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The records that say anything, each with its first line. A quoted cell may go over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            remedy = f'the quotes of this row do not match ({e}): write a quote inside a value twice, as "".'
            raise StockFileError([Problem(line=line, column="", value="", remedy=remedy)]) from e
        if any(cell.strip() for cell in cells):
            yield line, cells


def _separator(text: str) -> str:
    """The one that parts the headings."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=first.count)


def _headings(line: int, written: list[str]) -> dict[str, str]:
    """Field to heading, in the file's order. Raises StockFileError with every heading that is unknown, twice there or missing."""
    named = _without_blank_end(written)
    fields = [_FIELDS.get(spelling.compact(heading), "") for heading in named]
    counted = Counter(field for field in fields if field)
    problems = [
        Problem(line=line, column="", value=heading.strip(), remedy=_unknown_heading())
        for heading, field in zip(named, fields, strict=True)
        if not field
    ]
    problems += [
        Problem(line=line, column=HEADINGS[field][0], value="", remedy="this column is there twice: keep one.")
        for field, times in counted.items()
        if times > 1
    ]
    problems += [
        Problem(line=line, column=HEADINGS[field][0], value="", remedy="this column is missing: add it.")
        for field in REQUIRED
        if field not in counted
    ]
    if problems:
        raise StockFileError(problems)
    return {field: heading.strip() for field, heading in zip(fields, named, strict=True)}


def _unknown_heading() -> str:
    known = ", ".join(headings[0] for headings in HEADINGS.values())
    return f"no such column is known: rename it to one of {known}, or remove it."


def _ragged(line: int, cells: list[str], expected: int) -> Problem | None:
    """Spreadsheets leave empty cells at the end of a row; anything else that does not match the headings is a problem."""
    has = max(len(_without_blank_end(cells)), min(len(cells), expected))
    if has == expected:
        return None
    remedy = f"the row has {has} values where there are {expected} headings: look for a missing or unquoted separator."
    return Problem(line=line, column="", value="", remedy=remedy)


def _without_blank_end(cells: list[str]) -> list[str]:
    filled = [place for place, cell in enumerate(cells, start=1) if cell.strip()]
    return cells[: filled[-1]] if filled else []
