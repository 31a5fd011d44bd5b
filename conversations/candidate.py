"""A version of Karlos that is tried: settings, instructions and who answers."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import agent
from assistant.llm import RULES, LanguageModel, available
from assistant.llm.rules import Rules
from assistant.models import Agent
from conversations import versions
from conversations.models import SettingsVersion
from conversations.versions import Settings

MODELS = (RULES, "openai")
# So much of a fingerprint is shown for an agent, and is enough to name it.
_FINGERPRINT_LEAST = 6


class Unknown(Exception):
    """There is no such version; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is not given is as it is in force."""

    # Unsaved where it is only proposed.
    version: SettingsVersion | None = None
    # As the file has them, with the gaps for names and greetings.
    instructions: str = ""
    by_rules: bool = False

    @property
    def settings(self) -> Settings:
        """Those of the version, or those in force."""
        settings: Settings = (self.version or versions.current()).settings
        return settings

    def agent(self) -> Agent:
        """The agent that it makes of the settings that are read now; nothing of it is stored."""
        return agent.candidate(self.instructions)

    def models(self, tried: Agent) -> tuple[LanguageModel, ...]:
        """Who answers, the best first."""
        return (Rules(),) if self.by_rules else available.in_order(tried)

    def instructed(self) -> Sequence[LanguageModel] | None:
        """Who answers a turn that knows nothing of this; None where those that serve do."""
        if self.by_rules:
            return (Rules(),)
        if not self.instructions:
            return None
        tried = self.agent()
        return tuple(available.Instructed(model, tried.instructions) for model in self.models(tried))


# --- Named at the command line ----------------------------------------------------------------------------------------


def add_arguments(parser: ArgumentParser) -> None:
    """What a command that tries a version may be told of it."""
    parser.add_argument("--model", choices=MODELS, help="who answers; the one that serves customers unless given")
    parser.add_argument("--on", type=int, metavar="N", help="on version N of the settings; else on those in force")
    parser.add_argument("--instructions", type=Path, metavar="FILE", help="with the instructions of this file")
    parser.add_argument(
        "--agent", default="", metavar="FINGERPRINT", help="with the instructions of an agent that the admin lists"
    )


def named(options: dict[str, Any]) -> Candidate:
    """The version that a command was told of. Raises Unknown."""
    written = ""
    if options["instructions"]:
        try:
            written = options["instructions"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as e:
            raise Unknown(f"{options['instructions']} can't be read: {e}.") from e
    elif options["agent"]:
        written = of_agent(options["agent"]).instructions
    version = of_settings(options["on"]) if options["on"] is not None else None
    return Candidate(version=version, instructions=written, by_rules=options["model"] == RULES)


def of_settings(number: int) -> SettingsVersion:
    """The version of the settings with this number. Raises Unknown."""
    version = SettingsVersion.objects.filter(number=number).first()
    if version is None:
        raise Unknown(f"There is no version {number} of the settings.")
    return version


def of_agent(fingerprint: str) -> Agent:
    """The agent whose fingerprint begins so. Raises Unknown."""
    found = list(Agent.objects.filter(fingerprint__startswith=fingerprint)[:2])
    if len(fingerprint) < _FINGERPRINT_LEAST or len(found) != 1:
        raise Unknown(f"No one agent has a fingerprint that begins with {fingerprint!r}: see the agents in the admin.")
    return found[0]
