"""A version of Karlos that is tried: settings, instructions and who answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant import agent
from assistant.llm import LanguageModel, available
from assistant.llm.rules import Rules
from assistant.models import Agent
from conversations import versions
from conversations.models import SettingsVersion
from conversations.versions import Settings


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
