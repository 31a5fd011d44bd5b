"""Forty typical questions to the tool, misspellings and all, beside the same asked by hand in SQL with the spelling already right."""

import random
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import stock
from benchmarks.figures import Bar, Rounds, tell
from benchmarks.stage import Stage

QUESTIONS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))["question"]
# Exact up to here, then "more than": nobody counts further.
COUNTED_MOST = 1_000
_ORDER = "price_mxn, stock_id"


def measure(stage: Stage, *, is_full: bool) -> None:
    """At every size the same questions in turns, each way in every round."""
    sizes = (100, 100_000, 1_000_000) if is_full else (100, 100_000)
    told = {size: _at(stage, size, rounds=9 if is_full else 5) for size in sizes}
    ratios = {size: _ratio(t, "") for size, t in told.items()}
    rows = [
        (
            f"{size:,}",
            Rounds(t["ours"]),
            Rounds(t["by hand"]),
            ratios[size],
            _ratio(t, " where some fit"),
            Rounds(t["ours p50"]),
            Rounds(t["by hand p50"]),
        )
        for size, t in told.items()
    ]
    bars = [
        Bar(what=f"p99 at {size:,} cars against SQL by hand", figure=ratios[size].median, most=1.5) for size in sizes
    ]
    if is_full:
        growth = Rounds(told[1_000_000]["ours"]).median / Rounds(told[100_000]["ours"]).median
        bars.append(Bar(what="our p99, from 100,000 to 1,000,000 cars", figure=growth, most=2))
    headings = (
        "cars",
        "ours p99, ms",
        "by hand p99, ms",
        "ratio",
        "ratio where some fit",
        "ours p50, ms",
        "by hand p50, ms",
    )
    tell("Search", headings, rows, bars)


def _ratio(told: Mapping[str, list[float]], which: str) -> Rounds:
    return Rounds([ours / hand for ours, hand in zip(told[f"ours{which}"], told[f"by hand{which}"], strict=True)])


def _at(stage: Stage, size: int, *, rounds: int) -> Mapping[str, list[float]]:
    environment = stage.environment(DATABASE_URL=stage.database(f"search_{size}"), LOG_LEVEL="error")
    file = stage.directory / f"{size}.csv"
    stock.write(file, size)
    stage.run(f"migrate-{size}", ["manage.py", "migrate", "-v0"], environment)
    stage.run(f"stock-{size}", ["manage.py", "import_vehicles", str(file)], environment, seconds=3600)
    return dict(stage.measured(f"search-{size}", "benchmarks.search", "ask", [str(rounds)], environment)["told"])


def ask(rounds: str) -> dict[str, list[float]]:
    """Within one process: p99 and p50 of the forty, and p99 of those that some car fits, in milliseconds, a value each round."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_vehicle")
    found: dict[str, list[float]] = {}
    chance = random.Random(7)
    for number in range(int(rounds) + 1):
        seconds: dict[str, list[tuple[float, bool]]] = {"ours": [], "by hand": []}
        for question in chance.sample(QUESTIONS, len(QUESTIONS)):
            ways = [("ours", _with_the_tool), ("by hand", _by_hand)]
            totals = {}
            for name, way in chance.sample(ways, 2):
                began = time.perf_counter()
                totals[name] = way(question)
                seconds[name].append((time.perf_counter() - began, totals[name] > 0))
            if len(set(totals.values())) > 1:
                raise ValueError(f"{question}: {totals}")
        if number:  # the first fills caches
            for name, taken in seconds.items():
                every, fitting = sorted(one for one, _ in taken), sorted(one for one, some_fit in taken if some_fit)
                found.setdefault(name, []).append(_of(every, 0.99))
                found.setdefault(f"{name} p50", []).append(_of(every, 0.5))
                found.setdefault(f"{name} where some fit", []).append(_of(fitting, 0.99))
    return found


def _of(ordered: list[float], part: float) -> float:
    return ordered[int(part * len(ordered))] * 1000


def _with_the_tool(question: Mapping[str, Any]) -> int:
    import json

    from django.utils import timezone

    from assistant import tools
    from assistant.items import ToolCall

    asked = tools.Asked(now=timezone.localtime(), language="es")
    receipt, _ = tools.run(ToolCall("call", "fetch_vehicles_data", json.dumps(question["asked"])), asked)
    return int(receipt.result["total"]) + bool(receipt.result.get("is_more"))


def _by_hand(question: Mapping[str, Any]) -> int:
    from django.db import connection

    where = f"status = 'available' AND {question['where']}"
    order, limit, offset = question.get("order", _ORDER), question["asked"].get("limit", 5), question.get("offset", 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM inventory_vehicle WHERE {where} LIMIT {COUNTED_MOST + 1}) AS counted"
        )
        total = int(cursor.fetchone()[0])
        cursor.execute(f"SELECT * FROM inventory_vehicle WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset}")
        cursor.fetchall()
    return total
