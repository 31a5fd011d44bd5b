"""The agent: name, model, instructions, tools and settings, one row for each distinct set."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from django.conf import settings

from assistant import dealership, llm, tools
from assistant.models import Agent, AssistantSettings
from assistant.sentences import PROMPTS
from inventory import stamp


@stamp.kept
def upsert_agent() -> Agent:
    """The agent as it is configured now: found by its fingerprint, or created."""
    parts = _parts()
    written = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(written.encode()).hexdigest()
    agent, _ = Agent.objects.get_or_create(fingerprint=fingerprint, defaults=parts)
    return agent


def candidate(written: str = "") -> Agent:
    """The agent as it is configured now, or would be with other instructions; nothing of it is stored."""
    return Agent(**_parts(written))


def _parts(written: str = "") -> dict[str, Any]:
    current = AssistantSettings.current()
    return {
        "name": current.name,
        "model": current.model if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL else llm.RULES,
        "instructions": instructions(current, written),
        "tools": [asdict(tool.spec) for tool in tools.TOOLS],
        "settings": {"effort": current.effort},
    }


def instructions(current: AssistantSettings, written: str = "") -> str:
    """What the model is told: the file, or what is written instead, with the names and the greeting in it. The same for every customer."""
    written = written or (PROMPTS / "instructions.md").read_text(encoding="utf-8")
    house = dealership.name()
    for language in ("es", "en"):
        written = written.replace(f"{{greeting_{language}}}", current.greeting(language, house))
    return written.replace("{assistant}", current.name).replace("{dealership}", house)


@stamp.kept
def specs(agent: Agent) -> tuple[llm.ToolSpec, ...]:
    """The agent's tools as they were when it was made, and written as the code writes them: a database may forget the order of keys."""
    written = {tool.spec.name: tool.spec for tool in tools.TOOLS}
    recorded = (llm.ToolSpec(**spec) for spec in agent.tools)
    return tuple(written[spec.name] if written.get(spec.name) == spec else spec for spec in recorded)
