"""How log lines look: JSON for machines or text for people, with the ids of what was worked on, and never with words or numbers of customers."""

import sys
import traceback
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_ROOT = Path(__file__).resolve().parent.parent
_APPS = ("assistant", "conversations", "inventory", "karlos_site", "simulator")
_NAMES = {"process": sys.argv[1] if len(sys.argv) > 1 and sys.argv[0].endswith("manage.py") else "python"}


def name_process(name: str) -> None:
    """What this process does, for each of its lines."""
    _NAMES["process"] = name


def configuration(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING. What others write is heard from WARNING on: below that they write addresses, queries and bodies."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    _name_process,
                    _leave_out_words_of_tasks,
                    structlog.processors.ExceptionRenderer(without_words),
                ],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDERERS[form]],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "ERROR" if level == "ERROR" else "WARNING"},
        "loggers": {
            "django": {"handlers": [], "level": "NOTSET"},  # Django's own handlers would write errors a second time
            "axes": {"level": "ERROR"},  # who failed to log in stands in the admin
            **{app: {"level": level} for app in _APPS},
        },
    }


def without_words(exc_info: ExcInfo) -> str:
    """Of what types an error and its causes are and where they came from. What they say may hold what a customer wrote."""
    lines = []
    error: BaseException | None = exc_info[1]
    told: set[int] = set()
    while error is not None and id(error) not in told:
        told.add(id(error))
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        lines += [f"  {_place(frame)}" for frame in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
    return f"{shown}:{frame.lineno} {frame.name}"


def _name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.update(_NAMES, pid=event["_record"].process)
    return event


def _leave_out_words_of_tasks(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Celery's line about a task that failed ends with what its error says."""
    task = getattr(event["_record"], "data", None)
    if event["logger"] == "celery.app.trace" and isinstance(task, dict):
        event["event"] = f"Task {task['name']} {task['description']}"
    return event


_RENDERERS = {
    "json": structlog.processors.JSONRenderer(),
    "text": structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
}
