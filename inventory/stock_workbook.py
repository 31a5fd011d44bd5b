"""An XLSX workbook's first sheet, row by row, with what a workbook might do to us kept out."""

import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
from django.utils.translation import gettext_noop

from inventory.sentence import Sentence
from inventory.stock_problem import StockFileError

# What a file of 20 MB may come to unpacked; a bomb comes to thousands of times its size.
UNPACKED_MOST_BYTES = 300 * 1024 * 1024
# These are held in memory all at once.
STRINGS_MOST_BYTES = 60 * 1024 * 1024
_PARTS_MOST = 1000
# As many as a sheet has; a file may claim more.
_ROWS_MOST = 1_048_576
# More than there are headings; a row of a file may claim to be 16,000 wide.
_COLUMNS_MOST = 100
_HEAD_BYTES = 4096


def records(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that say anything, each with its number; of a formula, the result that was saved. Raises StockFileError."""
    _check(path, name)
    try:
        # Of a path openpyxl would want to see a suffix.
        with path.open("rb") as file, closing(_opened(file)) as book:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            rows = sheet.iter_rows(min_row=1, max_row=_ROWS_MOST, max_col=_COLUMNS_MOST, values_only=True)
            for line, row in enumerate(rows, start=1):
                cells = [_text(value) for value in row]
                if any(cell.strip() for cell in cells):
                    yield line, cells
    except Exception as e:  # of a damaged workbook openpyxl raises anything
        remedy = gettext_noop("%(file)s cannot be read as a workbook: open it in Excel and save it again as .xlsx.")
        raise StockFileError.of_all(Sentence(remedy, file=name)) from e


def _opened(file: BinaryIO) -> Any:
    return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _text(value: object) -> str:
    """A cell as it would stand in a CSV file: 238999 for the 238999.0 that a workbook holds."""
    if value is None:
        return ""
    return format(value, ".12g") if isinstance(value, float) else str(value)


def _check(path: Path, name: str) -> None:
    """Before anything is unpacked. Raises StockFileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            remedy = _objection(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as e:
        remedy = gettext_noop("%(file)s is damaged: open it in Excel and save it again as .xlsx.")
        raise StockFileError.of_all(Sentence(remedy, file=name)) from e
    if remedy:
        raise StockFileError.of_all(Sentence(remedy, file=name))


def _objection(archive: zipfile.ZipFile) -> str:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        return gettext_noop("%(file)s is no Excel workbook: save it as .xlsx or CSV.")
    if any(name.endswith("vbaProject.bin") for name in names):
        return gettext_noop("%(file)s has macros: save it as a workbook without macros, .xlsx.")
    strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if (
        len(parts) > _PARTS_MOST
        or strings > STRINGS_MOST_BYTES
        or sum(part.file_size for part in parts) > UNPACKED_MOST_BYTES
    ):
        return gettext_noop("%(file)s is too large when it is unpacked: save the sheet as CSV, or in several files.")
    if any(_declares_entities(archive, part) for part in parts if part.filename.endswith((".xml", ".rels"))):
        return gettext_noop("%(file)s is not as Excel writes it: open it in Excel and save it again as .xlsx.")
    return ""


def _declares_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as file:
        head = file.read(_HEAD_BYTES)
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head
