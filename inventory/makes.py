"""Makes and models as people in Mexico know them, whether in stock or not; the list is makes.toml."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("makes.toml")


@dataclass(frozen=True, kw_only=True)
class Make:
    """A make and its models, each with the body type it has ("" when it comes in several)."""

    name: str
    models: dict[str, str]


@functools.cache
def known() -> tuple[Make, ...]:
    """Every make of the list."""
    listed = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(Make(name=name, models=_models(bodies)) for name, bodies in listed.items())


def _models(bodies: dict[str, list[str]]) -> dict[str, str]:
    return {model: "" if body == "any" else body for body, models in bodies.items() for model in models}
