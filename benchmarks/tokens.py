"""What one question about the catalogue sends to the model, counted on the wire, whatever the size of the stock."""

import json
from typing import Any

from benchmarks import stock
from benchmarks.figures import Bar, tell
from benchmarks.stage import Stage
from karlos_site.stack import ports
from tests.faults.processes import eventually

SIZES = (100, 1_000, 100_000)
# More cars fit than are shown, also of a hundred: what is sent of the stock is as much as it ever is.
QUESTION = "hola, ¿qué tienen de menos de 400 mil?"
WISH: dict[str, list[str]] = {"models": []}


def measure(stage: Stage, *, is_full: bool) -> None:
    """The same question of two customers at every size; in 2025 the whole catalogue went along, as JSON within JSON."""
    rows, bars = [], []
    shares: dict[int, int] = {}
    for size in SIZES if is_full else SIZES[:2]:
        told = _at(stage, size)
        then = len(json.dumps(json.dumps(list(stock.rows(size)), ensure_ascii=False), ensure_ascii=False).encode())
        shares[size] = told["stock"]
        rows.append(
            (
                f"{size:,}",
                f"{told['whole']:,}",
                f"{told['constant']:,}",
                f"{told['stock']:,}",
                f"{then:,}",
                f"{told['stock'] / then:.2g}",
            )
        )
        bars.append(
            Bar(
                what=f"{size:,} cars: bytes of the prefix that differ between customers",
                figure=told["differing"],
                most=0,
            )
        )
        if size == SIZES[0]:
            bars.append(Bar(what="what depends on the stock, against 2025's", figure=told["stock"] / then, most=0.1))
    bars.append(
        Bar(
            what="its growth from the smallest stock to the largest",
            figure=max(shares.values()) / shares[SIZES[0]],
            most=1.5,
        )
    )
    headings = (
        "cars",
        "bytes of the turn",
        "constant prefix",
        "what depends on the stock",
        "2025's catalogue",
        "ratio",
    )
    tell("Tokens: bytes on the wire of one question, two calls", headings, rows, bars)


def _at(stage: Stage, size: int) -> dict[str, int]:
    port, notes = ports.any_free(), stage.directory / f"tokens-{size}.jsonl"
    bodies = stage.directory / f"bodies-{size}"
    bodies.mkdir()
    words = ["-m", "benchmarks.outside", str(port), "0", "0", str(notes), str(bodies)]
    stage.start(f"outside-{size}", words, stage.environment(WISH=json.dumps(WISH)))
    eventually(lambda: not ports.is_free("127.0.0.1", port), seconds=20)
    own = {"DATABASE_URL": stage.database(f"tokens_{size}"), "LOG_LEVEL": "error"}
    own |= {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_MODEL": "stand-in"}
    environment = stage.environment(**own)
    file = stage.directory / f"tokens-{size}.csv"
    stock.write(file, size)
    stage.run(f"tokens-migrate-{size}", ["manage.py", "migrate", "-v0"], environment)
    stage.run(f"tokens-stock-{size}", ["manage.py", "import_vehicles", str(file)], environment)
    stage.measured(f"tokens-ask-{size}", "benchmarks.tokens", "ask", [], environment)
    turns = [json.loads(path.read_text()) for path in sorted(bodies.iterdir())]
    return _counted(turns)


def ask() -> None:
    """Two customers ask, in the terminal's way: the same turn as on WhatsApp."""
    from conversations import terminal

    for name in ("first", "second"):
        terminal.exchange(terminal.new_customer(name), QUESTION)


def _counted(turns: list[dict[str, Any]]) -> dict[str, int]:
    first, second, other, _ = turns
    constant = _prefix(second)
    results = [item for item in second["input"] if item.get("type") == "function_call_output"]
    return {
        "whole": sum(len(json.dumps(turn, ensure_ascii=False).encode()) for turn in (first, second)),
        "constant": len(constant),
        "stock": sum(len(json.dumps(item, ensure_ascii=False).encode()) for item in results),
        "differing": sum(a != b for a, b in zip(constant, _prefix(other), strict=False))
        + abs(len(constant) - len(_prefix(other))),
    }


def _prefix(turn: dict[str, Any]) -> bytes:
    return json.dumps([turn["instructions"], turn["tools"]], ensure_ascii=False).encode()
