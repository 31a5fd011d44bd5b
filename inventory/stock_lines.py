"""On which line of a stock file each vehicle stands: kept in a file that lives as long as this does, for a stock file may be longer than memory."""

import sqlite3
from collections.abc import Sequence

# What any SQLite takes in one statement.
_ASKED_MOST = 500


class Lines:
    """Stock id to the first line that has it."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("")
        self._table.execute("CREATE TABLE line (stock_id INTEGER PRIMARY KEY, line INTEGER NOT NULL)")

    def note(self, lines: Sequence[tuple[int, int]]) -> dict[int, int]:
        """Stock ids with their lines; those that stand elsewhere too, with their first line."""
        noted = self._table.executemany("INSERT OR IGNORE INTO line VALUES (?, ?)", lines).rowcount
        if noted == len(lines):
            return {}
        first = self._first([stock_id for stock_id, _ in lines])
        return {stock_id: first[stock_id] for stock_id, line in lines if first[stock_id] != line}

    def without(self, stock_ids: Sequence[int]) -> list[int]:
        """Those of these that stand on no line."""
        known = self._first(stock_ids)
        return [stock_id for stock_id in stock_ids if stock_id not in known]

    def _first(self, stock_ids: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for begin in range(0, len(stock_ids), _ASKED_MOST):
            asked = stock_ids[begin : begin + _ASKED_MOST]
            gaps = ", ".join("?" * len(asked))
            found |= dict(self._table.execute(f"SELECT stock_id, line FROM line WHERE stock_id IN ({gaps})", asked))  # noqa: S608 - gaps alone
        return found
