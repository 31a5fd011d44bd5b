"""A stock file into the database: ours, the least that writes the same rows, django-import-export in bulk, and row by row."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import stock
from benchmarks.figures import Bar, Rounds, progress, ratio, tell
from benchmarks.stage import Stage

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One way to import a file, by the function that does it in a process of its own."""

    name: str
    module: str
    function: str
    most_rows: int


_OURS = _Way(name="ours", module="benchmarks.peers.stock_imports", function="ours", most_rows=1_000_000)
_FLOOR = _Way(name="floor", module="benchmarks.peers.stock_imports", function="floor", most_rows=1_000_000)
_PACKAGE = _Way(
    name="import-export, bulk", module="benchmarks.peers.stock_imports", function="import_export", most_rows=10_000
)
_CACHED = _Way(
    name="import-export, cached loader",
    module="benchmarks.peers.stock_imports",
    function="import_export_cached",
    most_rows=10_000,
)
_ROW_BY_ROW = _Way(name="row by row", module="benchmarks.peers.stock_imports", function="row_by_row", most_rows=10_000)
# Takes minutes for ten thousand.
_ROUNDS = {10_000: 2}
_SLOW = {_ROW_BY_ROW: 100}
WAYS = (_OURS, _FLOOR, _PACKAGE, _CACHED, _ROW_BY_ROW)


def measure(stage: Stage, *, is_full: bool) -> None:
    """Every size on both databases, into an empty table and then the same file again."""
    sizes = (100, 10_000, 100_000, 1_000_000) if is_full else (100, 10_000)
    rows: list[tuple[object, ...]] = []
    bars: list[Bar] = []
    peaks: dict[tuple[str, int], float] = {}
    for database in ("PostgreSQL", "SQLite"):
        for size in sizes:
            file = stage.directory / f"import-{size}.csv"
            if not file.exists():
                stock.write(file, size)
            most = {way: way.most_rows if is_full else _SLOW.get(way, way.most_rows) for way in WAYS}
            # The package writes every row again, for half a minute: only in the long form.
            both = {way for way in WAYS if is_full or way in {_OURS, _FLOOR}}
            ways = {way: ("first", "again") if way in both else ("first",) for way in WAYS if size <= most[way]}
            rounds = 3 if is_full and size < 100_000 else _ROUNDS.get(size, 1)
            told = _held(stage, database, file, ways, rounds=rounds)
            for way in ways:
                first, again = told[way.name, "first"], told.get((way.name, "again"))
                against = ratio(_seconds(first), _seconds(told["floor", "first"]))
                peak = max(one["peak_bytes"] for one in first) / MEGABYTE
                peaks[f"{database} {way.name}", size] = peak
                repeated = _seconds(again) if again else ""
                rows.append((database, f"{size:,}", way.name, _seconds(first), against, repeated, f"{peak:.0f}"))
            bars += _bars(database, size, told)
    if is_full:
        for database in ("PostgreSQL", "SQLite"):
            grown = peaks[f"{database} ours", 1_000_000] / peaks[f"{database} ours", 100_000]
            bars.append(Bar(what=f"our peak on {database}, a million rows against 100,000", figure=grown, most=1.1))
    headings = ("database", "rows", "way", "first time, s", "of the floor", "unchanged, s", "peak, MB")
    tell("Import", headings, rows, bars)


def _bars(database: str, size: int, told: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]) -> list[Bar]:
    ours, again = _seconds(told["ours", "first"]), _seconds(told["ours", "again"])
    bars = [Bar(what=f"{database}, {size:,}: unchanged against first", figure=ratio(again, ours).median, most=1)]
    if size == 1_000_000:
        against = ratio(ours, _seconds(told["floor", "first"])).median
        bars.append(Bar(what=f"{database}, a million: ours against the floor", figure=against, most=3))
    if size == 10_000:
        for package in (_PACKAGE.name, _CACHED.name):
            faster = ratio(_seconds(told[package, "first"]), ours).median
            bars.append(Bar(what=f"{database}, 10,000: {package}, against ours", figure=faster, least=8))
    return bars


def _held(
    stage: Stage, database: str, file: Path, ways: Mapping[_Way, Sequence[str]], *, rounds: int
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number in progress(range(rounds), f"import {database} {file.stem}"):
        for way, times in ways.items():
            environment = _empty(stage, database, f"{database}-{file.stem}-{way.function}-{number}".lower())
            for time in times:
                name = f"{Path(environment['DATA_DIR']).name}-{time}"
                one = stage.measured(name, way.module, way.function, [str(file)], environment)
                told.setdefault((way.name, time), []).append(one)
    return told


def _empty(stage: Stage, database: str, name: str) -> dict[str, str]:
    """A process's environment, with a database that has tables and nothing in them; they are made once."""
    pattern, folder = f"empty-{database.lower()}", stage.directory / name
    is_first = not (stage.directory / pattern).exists()
    # SQLite is not for production.
    own = {"LOG_LEVEL": "error", "DATABASE_URL": "", "DEBUG": "false" if database == "PostgreSQL" else "true"}
    if is_first:
        (stage.directory / pattern).mkdir()
        if database == "PostgreSQL":
            own["DATABASE_URL"] = stage.database(pattern)
        environment = stage.environment(**own) | {"DATA_DIR": str(stage.directory / pattern)}
        stage.run(f"migrate-{pattern}", ["manage.py", "migrate", "-v0"], environment)
    if database == "PostgreSQL":
        own["DATABASE_URL"] = stage.database(name, like=pattern)
    shutil.copytree(stage.directory / pattern, folder)
    return stage.environment(**own) | {"DATA_DIR": str(folder)}


def _seconds(told: Sequence[Mapping[str, Any]]) -> Rounds:
    return Rounds([one["seconds"] for one in told])
