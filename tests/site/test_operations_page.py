"""The page on operations: whatever Karlos counts, warns of or mails has its line there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest

from karlos_site.metrics import _Database
from tests.site import programs

PAGE = (programs.ROOT / "docs" / "operations.md").read_text()
APPS = ("assistant", "conversations", "inventory", "karlos_site")
WARNINGS = {f"logger.{level}" for level in ("warning", "error", "exception", "critical")}


def calls() -> Iterator[tuple[Path, str, ast.Call]]:
    """Every call in the apps: where it stands, what is called, itself."""
    for path in (path for app in APPS for path in (programs.ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield path, ast.unparse(node.func), node


def texts(call: ast.Call) -> list[str]:
    values = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def is_told(line: str) -> bool:
    """Whether the page has the longest piece that is the same each time."""
    return max(re.split(r"%(?:\(\w+\))?[sd]", line), key=len).strip(" :(") in PAGE


def test_every_warning_in_the_log_is_explained() -> None:
    lines = {texts(call)[0] for _, name, call in calls() if name in WARNINGS}
    assert len(lines) > 20
    assert sorted(line for line in lines if not is_told(line)) == []


def test_every_mail_is_explained() -> None:
    """Every text for translation in the modules that send mail, but for one that stands in its lines."""
    senders = {path for path, name, _ in calls() if name in {"alerts.send", "send_mail"}}
    marked = {
        text for path, name, call in calls() if path in senders and name in {"_", "ngettext"} for text in texts(call)
    }
    subjects = marked - {"visit to be confirmed"}
    assert sorted(text for text in subjects if not is_told(text)) == []


@pytest.mark.django_db
def test_every_metric_is_explained() -> None:
    names = {metric.name for metric in _Database().collect()} | set(
        re.findall(r"^# HELP (karlos_\w+?)(?:_total)? ", generate_latest(REGISTRY).decode(), re.MULTILINE)
    )
    assert len(names) > 10
    assert {
        name for name in names if name.removesuffix("_created").removesuffix("_oldest_seconds") not in PAGE
    } == set()
