"""A CSV file as people save it, in any usual encoding and with any usual separator, record by record."""

import codecs
import csv
import functools
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_noop

from inventory.sentence import Sentence
from inventory.stock_problem import StockFileError

_SEPARATORS = ",;\t"
_BLOCK_BYTES = 1 << 20


def records(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """The records that say anything, each with its first line: a quoted cell may go over several. Raises StockFileError."""
    encoding = _encoding(path, name)
    with path.open(encoding=encoding, newline="") as file:
        separator = _separator(file)
        file.seek(0)
        reader = csv.reader(file, delimiter=separator, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as e:
                remedy = gettext_noop(
                    'the quotes of this row do not match (%(error)s): write a quote inside a value twice, as "".'
                )
                raise StockFileError.at(line, Sentence(remedy, error=str(e))) from e
            if any(map(str.strip, cells)):
                yield line, cells


def _encoding(path: Path, name: str) -> str:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else what Excel writes on Windows."""
    with path.open("rb") as file:
        is_marked = file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    for encoding in ("utf-16" if is_marked else "utf-8-sig", "cp1252"):
        try:
            _read_through(path, encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    remedy = gettext_noop('%(file)s is not text in UTF-8 or Windows-1252: save it as "CSV UTF-8".')
    raise StockFileError.of_all(Sentence(remedy, file=name))


def _read_through(path: Path, encoding: str) -> None:
    """Raises UnicodeDecodeError where it is not of that encoding, StockFileError where it is damaged."""
    lines = 1
    with path.open("rb") as file:
        for text in codecs.iterdecode(iter(functools.partial(file.read, _BLOCK_BYTES), b""), encoding):
            if "\0" in text:
                remedy = gettext_noop('the file has NUL characters, as damaged files do: save it again as "CSV UTF-8".')
                raise StockFileError.at(lines + text.count("\n", 0, text.index("\0")), Sentence(remedy))
            lines += text.count("\n")


def _separator(lines: Iterator[str]) -> str:
    """The one that parts the headings."""
    first = next((line for line in lines if line.strip()), "")
    return max(_SEPARATORS, key=first.count)
