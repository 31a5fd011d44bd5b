"""One trial: `python -m tests.faults.trial NAME`, in a process of its own because Django's settings are the trial's."""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import django

from karlos_site.stack import ports
from tests.faults import blows
from tests.faults.blows import Blows
from tests.faults.crew import Crew, Embedded, Executioner, Separate, bare
from tests.faults.customers import Customers
from tests.faults.outside import Outside
from tests.faults.processes import Lifeline, eventually
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.ways import WAYS

# Longer than a lease, a sweep, and two looks for a message whose fate is unknown.
_SETTLES_SECONDS = 240.0
_COUNTS_AS_MISSED_SECONDS = 125.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("redis", "rabbitmq", "conversations", "embedded"))
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=90, help="For how long customers write.")
    parser.add_argument("--settles", type=float, default=_SETTLES_SECONDS, help="How long it may take from then on.")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="In half a minute: fewer blows, and a shorter lease.")
    parser.add_argument(
        "--only", help="Only those blows of the timetable with these words in their name, and no kills."
    )
    parser.add_argument("--calm", action="store_true", help="No faults: does the trial itself hold?")
    parser.add_argument(
        "--no-sweep", action="store_true", help="For comparison: workers do what they are rung for, and no more."
    )
    parser.add_argument("--resend-at-once", action="store_true", help="For comparison: doubt is told as a refusal.")
    parser.add_argument("--keep", action="store_true", help="Keep the logs although all is well.")
    return parser.parse_args()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    directory = Path(tempfile.mkdtemp(prefix="karlos-faults-"))
    directory.chmod(0o755)
    code = 1
    try:
        figures = _Trial(given, directory).hold()
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
        code = 1 if figures["what was wrong"] else 0
    finally:
        if code == 0 and not given.keep:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            sys.stderr.write(f"Logs: {directory}\n")
    return code


@dataclass
class _Trial:
    """The surroundings of one trial; what it started ends with it."""

    given: argparse.Namespace
    directory: Path
    lifeline: Lifeline = field(default_factory=Lifeline)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.given.seed)
        self.executioner = Executioner()
        self.outside = Outside(self.executioner.strikes, random.Random(self.given.seed))
        self.outside.tells_doubt_as_refusal = self.given.resend_at_once
        self.outside.is_short = self.given.short
        self.port = ports.any_free()
        self.outside.way = WAYS["conversations" if self.given.name == "conversations" else "messaging"]
        self.outside.base = f"http://127.0.0.1:{self.port}"

    def hold(self) -> dict[str, Any]:
        crew, strokes = self._on_one_machine() if self.given.name == "embedded" else self._on_servers()
        try:
            crew.prepare()
            crew.start()
            django.setup()
            return self._run(strokes)
        finally:
            crew.go_home()
            self.outside.close()

    def _environment(self, **variables: str) -> dict[str, str]:
        """Of every process of the product, and of our own Django."""
        common = bare(
            self.directory,
            DJANGO_SETTINGS_MODULE="tests.faults.hurried" if self.given.short else "karlos_site.settings",
            SECRET_KEY="a key of the trial",
            PUBLIC_BASE_URL=f"http://127.0.0.1:{self.port}",
            PORT=str(self.port),
            **variables,
        )
        os.environ.update(common)
        return common

    def _on_servers(self) -> tuple[Crew, Blows]:
        given, directory = self.given, self.directory
        database, redis = Postgres(directory, self.lifeline), Redis(directory, self.lifeline)
        rabbitmq = RabbitMQ(directory, self.lifeline) if given.name == "rabbitmq" else None
        for server in (database, redis, rabbitmq):
            if server:
                server.start()
        database.make_database()
        common = self._environment(REDIS_URL=redis.url, CELERY_BROKER_URL=rabbitmq.url if rabbitmq else "")
        os.environ["DATABASE_URL"] = database.url
        crew = Separate(
            directory,
            self.lifeline,
            common=common,
            outside=self.outside,
            executioner=self.executioner,
            port=self.port,
            database_port=database.port,
            workers=given.workers,
            sweeps=not given.no_sweep,
            skewed=frozenset() if given.calm else frozenset({f"w{given.workers}"}),
        )
        strokes = Blows(crew, self.executioner, blows.on_way(self.outside.way), self.chance, given.seconds)
        strokes.timetable = blows.on_servers(strokes, crew, database, redis, rabbitmq)
        return crew, strokes

    def _on_one_machine(self) -> tuple[Crew, Blows]:
        crew = Embedded(
            self.directory,
            self.lifeline,
            common=self._environment(),
            outside=self.outside,
            executioner=self.executioner,
            port=self.port,
        )
        strokes = Blows(crew, self.executioner, blows.outside_only(), self.chance, self.given.seconds)
        strokes.timetable = blows.on_one_machine(strokes, crew)
        # There is one worker, which must come up between two of them.
        strokes.at_random = 1
        return crew, strokes

    def _run(self, strokes: Blows) -> dict[str, Any]:
        from tests.faults import judge  # noqa: PLC0415 - Django is set up by now

        given, outside = self.given, self.outside
        watch = judge.Watch()
        outside.workers, strokes.crew.attendance.tell = strokes.crew.workers, outside.gone
        url = f"{outside.base}{outside.way.webhook}"
        customers = Customers(outside, url, messages=given.messages, seconds=given.seconds, chance=self.chance)
        if given.short:
            blows.briefly(strokes)
        if given.only:
            strokes.moments = ()
            strokes.timetable = [blow for blow in strokes.timetable if given.only in blow[0]]
        elif not given.calm:
            outside.openai_faults, outside.twilio_faults, outside.status_faults = 5, 8, 20
        if not given.calm:
            strokes.begin()
        began = time.monotonic()
        customers.write()
        strokes.end()
        outside.calm()
        wrote = time.monotonic()
        while not judge.is_settled() and time.monotonic() < wrote + given.settles:
            time.sleep(0.5)
        settled = time.monotonic()
        if not given.no_sweep:
            self._let_missed_messages_be_found(judge, strokes.crew)
        watch.end()
        verdict = judge.judge(
            written=[message["sid"] for message in outside.received],
            taken=outside.taken,
            kills=[at for at, _, _ in self.executioner.killed],
            watch=watch,
            hindrances=[*strokes.away, *strokes.crew.attendance.nobody(), *outside.full],
            said={message["sid"]: message["body"] for message in outside.received},
        )
        kinds = outside.faults + strokes.done + Counter(f"killed {what}" for _, _, what in self.executioner.killed)
        return {
            "trial": given.name,
            **customers.figures(),
            "wrote for s": round(wrote - began),
            "settled in s": round(settled - wrote),
            "received by customers": len(outside.taken),
            "asked": dict(outside.asked),
            "most calls at once": max(outside.busiest.values(), default=0),
            **verdict.figures,
            "faults": sum(kinds.values()),
            "kinds": dict(sorted(kinds.items())),
            **verdict.counts(),
            "what was wrong": verdict.faults()[:20],
        }

    def _let_missed_messages_be_found(self, judge: ModuleType, crew: Crew) -> None:
        """What was given up by its sender is looked for when a worker starts; it takes two minutes to count as missed."""
        missed = [message for message in self.outside.received if not judge.is_stored(message["sid"])]
        if not missed:
            return
        youngest = max(parsedate_to_datetime(message["date_sent"]).timestamp() for message in missed)
        time.sleep(max(0.0, youngest + _COUNTS_AS_MISSED_SECONDS - time.time()))
        crew.kill(crew.workers[0])
        eventually(
            lambda: all(judge.is_stored(message["sid"]) for message in missed) and judge.is_settled(),
            seconds=self.given.settles,
        )


if __name__ == "__main__":
    sys.exit(main())
