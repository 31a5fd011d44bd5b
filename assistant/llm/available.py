"""Which language models may answer, the best first."""

from dataclasses import dataclass, replace

from django.conf import settings

from assistant.llm import LanguageModel, Reply, Request
from assistant.llm.rules import Rules
from assistant.models import Agent


def in_order(agent: Agent) -> tuple[LanguageModel, ...]:
    """The agent's model where there is a key or a server for it, then the rules, which always can."""
    if not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return (Rules(),)
    # Imported by those who call it and nobody else: the SDK takes most of a second to load.
    from assistant.llm.openai_responses import OpenAIResponses  # noqa: PLC0415

    return (OpenAIResponses(agent.model, agent.settings["effort"]), Rules())


@dataclass(frozen=True)
class Instructed:
    """A model that is told other instructions than those of the turn."""

    model: LanguageModel
    instructions: str

    def respond(self, request: Request) -> Reply:
        return self.model.respond(replace(request, instructions=self.instructions))
