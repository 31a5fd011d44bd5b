"""What the worker's own work takes of one turn, beside a program that makes the same calls and nothing else."""

import time
from typing import Any

from benchmarks import burst
from benchmarks.figures import Bar, Rounds, progress, ratio, tell
from benchmarks.messages import form_of
from benchmarks.stage import Stage

# A turn of these is a new customer's first: two calls to the model, a search, and the message delivered.
TURNS, WARM_UP = 100, 40
# Every round has new customers, and no SID of the stand-in's.
_ROUND = 1_000_000


def measure(stage: Stage, *, is_full: bool) -> None:
    """Ours and the asyncio program in turn, nobody keeping them waiting: what is left is CPU."""
    scene = burst.Scene(stage, model_seconds=0, twilio_seconds=0)
    url = stage.database("turns", like=burst.STOCKED)
    environment = scene.environment(DATABASE_URL=url, LOG_LEVEL="info")
    counted = _told(stage, environment, "counted", 0)
    program = scene.asyncio_program(customers=TURNS)
    ours, theirs = [], []
    for number in progress(range(1, 8 if is_full else 4), "turns"):
        ours.append(float(_told(stage, environment, "spent", number)))
        theirs.append(program(number).cpu_ms)
    mine, least = Rounds(ours), Rounds(theirs)
    tell(
        f"Turns: {TURNS} new customers, one after the other, two model calls and a search each",
        ("way", "CPU ms a turn", "of the program's", "statements"),
        [
            ("Karlos: one thread", mine, ratio(mine, least), counted),
            ("asyncio, the SDK and nothing else", least, 1, 0),
        ],
        [Bar(what="CPU a turn against the asyncio program's", figure=ratio(mine, least).median, most=0.8)],
    )


def _told(stage: Stage, environment: dict[str, str], function: str, number: int) -> Any:
    return stage.measured(f"{function}-{number}", "benchmarks.turns", function, [str(number)], environment)["told"]


def spent(number: str) -> float:
    """Within one process: CPU milliseconds of a turn."""
    waiting = _waiting(int(number), WARM_UP + TURNS)
    _answer(waiting[:WARM_UP])
    began = time.process_time()
    _answer(waiting[WARM_UP:])
    return (time.process_time() - began) / TURNS * 1000


def counted(number: str) -> int:
    """Within one process: how many statements a turn takes, with BEGIN and COMMIT, once what can be kept is known."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    first, second, last = _waiting(int(number), 3)
    _answer([first, second])
    with CaptureQueriesContext(connection) as made:
        _answer([last])
    return len(made)


def _waiting(number: int, size: int) -> list[int]:
    """New customers, each with a message that is due."""
    from conversations import inbound
    from conversations.whatsapp import form

    first = number * _ROUND
    forms = (form_of(n, n) for n in range(first, first + size))
    made = [inbound.store(form.message(fields, address=fields["From"])) for fields in forms]
    return [message.customer_id for message in made if message]


def _answer(customers: list[int]) -> None:
    from conversations.tasks import answer_customer

    for customer_id in customers:
        answer_customer(customer_id)
