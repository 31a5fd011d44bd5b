"""What is wrong with a stock file, where, and what to do about it."""

from dataclasses import dataclass
from typing import Self

from inventory.sentence import Sentence


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong at one place of the file, and what to do about it. Line 0 is the file as a whole."""

    line: int
    column: str
    value: str
    remedy: Sentence

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "file"
        said = [part for part in (self.column, f'"{self.value}"' if self.value else "") if part]
        return f"{', '.join([place, ' '.join(said)] if said else [place])}: {self.remedy}"


class StockFileError(ValueError):
    """The file was not imported; every problem of it that could be found is in `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    @classmethod
    def of_all(cls, remedy: Sentence) -> Self:
        """The file as a whole will not do."""
        return cls([Problem(line=0, column="", value="", remedy=remedy)])

    @classmethod
    def at(cls, line: int, remedy: Sentence) -> Self:
        """From this line on the file cannot be read."""
        return cls([Problem(line=line, column="", value="", remedy=remedy)])
