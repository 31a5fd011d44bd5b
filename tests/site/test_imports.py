"""The arrows of the house: who may import whom, and where an SDK stops."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.programs import run, surroundings

ROOT = Path(__file__).resolve().parents[2]
APPS = ("inventory", "assistant", "conversations", "simulator", "karlos_site")
ALLOWED = {
    "inventory": {"inventory"},
    "assistant": {"assistant", "inventory"},
    "conversations": {"conversations", "assistant", "inventory"},
    "simulator": {"simulator"},
    "karlos_site": {"karlos_site", "conversations", "assistant", "inventory", "simulator"},
}
SDK_HOMES = {"openai": "assistant/llm/", "twilio": "conversations/whatsapp/"}
# They run before the settings can be read, or hand the environment on to a child.
READERS_OF_THE_ENVIRONMENT = {
    "karlos_site/env.py",
    "karlos_site/wsgi.py",
    "karlos_site/celery.py",
    "karlos_site/management/commands/runstack.py",
}


def sources(app: str) -> Iterator[Path]:
    return (ROOT / app).rglob("*.py")


def where(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


def imported(code: str) -> set[str]:
    """The top-level packages that a module imports, at its head or inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import():
                names |= {alias.name for alias in node.names}
            case ast.ImportFrom(level=0, module=str(module)):
                names.add(module)
            case ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[ast.Constant(value=str(name)), *_]):
                names.add(name)
            case ast.Call(
                func=ast.Attribute(attr="import_module" | "import_string"), args=[ast.Constant(value=str(name)), *_]
            ):
                names.add(name)
            case _:
                pass
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "code",
    [
        "import conversations",
        "from conversations.models import Customer",
        "def f():\n    import conversations.turns as t",
        "importlib.import_module('conversations.turns')",
        "if TYPE_CHECKING:\n    from conversations import models",
    ],
)
def test_every_form_of_import_is_seen(code: str) -> None:
    assert "conversations" in imported(code)


@pytest.mark.parametrize("app", APPS)
def test_imports_follow_the_arrows(app: str) -> None:
    forbidden = set(APPS) - ALLOWED[app]
    wrong = {where(source): found for source in sources(app) if (found := imported(source.read_text()) & forbidden)}
    assert wrong == {}


@pytest.mark.parametrize("app", APPS)
def test_nobody_reaches_up_by_a_relative_import(app: str) -> None:
    relative = [
        where(source)
        for source in sources(app)
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_app_asks_the_registry_for_the_models_of_an_app_above_it() -> None:
    """`apps.get_model("conversations", ...)` would be an import in disguise; migrations name their own app."""
    wrong = {}
    for app in ("inventory", "assistant", "simulator"):
        for source in sources(app):
            asked = {
                node.args[0].value.partition(".")[0]
                for node in ast.walk(ast.parse(source.read_text()))
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "get_model"
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            }
            if asked & (set(APPS) - ALLOWED[app]):
                wrong[where(source)] = asked
    assert wrong == {}


@pytest.mark.parametrize(("sdk", "home"), SDK_HOMES.items())
def test_an_sdk_is_imported_in_one_place(sdk: str, home: str) -> None:
    users = {where(source) for app in APPS for source in sources(app) if sdk in imported(source.read_text())}
    assert {user for user in users if not user.startswith(home)} == set()


def test_the_web_process_does_not_load_what_only_workers_need(tmp_path: Path) -> None:
    program = "import sys, karlos_site.wsgi; print('openai' in sys.modules)"
    told = run("-c", program, environment=surroundings(tmp_path))
    assert told.stdout.split() == ["False"], told.stderr


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        where(source)
        for app in APPS
        for source in sources(app)
        if any(
            isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and isinstance(node.value, ast.Name)
            for node in ast.walk(ast.parse(source.read_text()))
        )
        or "from os import" in source.read_text()
    }
    assert readers <= READERS_OF_THE_ENVIRONMENT


def test_nothing_needs_what_lies_outside_the_repository() -> None:
    suffixes = {".py", ".sh", ".toml", ".html", ".js"}
    files = [f for app in (*APPS, "scripts", "tests") for f in (ROOT / app).rglob("*") if f.suffix in suffixes]
    outside = "/".join(("", "work", ""))
    assert [where(file) for file in files if outside in file.read_text()] == []
