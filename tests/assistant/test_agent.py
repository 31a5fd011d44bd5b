"""The agent: one row for each distinct set of name, model, instructions, tools and settings."""

import json
import threading

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from assistant import agent, tools
from assistant.llm import LanguageModel, available
from assistant.models import Agent, DealershipText


@pytest.mark.django_db
def test_the_agent_is_made_once_and_found_again() -> None:
    first = agent.upsert_agent()
    assert agent.upsert_agent() == first
    assert Agent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ASSISTANT_NAME", "Lupita"),
        ("OPENAI_API_KEY", "a-key"),
        ("OPENAI_EFFORT", "none"),
    ],
)
def test_another_set_is_another_agent(settings: Settings, setting: str, value: str) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    first = agent.upsert_agent()
    setattr(settings, setting, value)
    assert agent.upsert_agent() != first
    assert Agent.objects.count() == 2


@pytest.mark.django_db
def test_another_model_is_another_agent(settings: Settings) -> None:
    settings.OPENAI_API_KEY = "a-key"
    settings.OPENAI_MODEL = "gpt-6-luna"
    luna = agent.upsert_agent()
    settings.OPENAI_MODEL = "gpt-6.1-terra"
    terra = agent.upsert_agent()
    assert [luna.model, terra.model] == ["gpt-6-luna", "gpt-6.1-terra"]


@pytest.mark.django_db
def test_the_dealerships_name_stands_in_the_instructions_and_makes_another_agent(settings: Settings) -> None:
    settings.ASSISTANT_NAME = "Lupita"
    first = agent.upsert_agent()
    DealershipText.objects.create(topic="name", spanish="Autos del Valle")
    second = agent.upsert_agent()
    assert second != first
    assert "Lupita, the virtual assistant of Autos del Valle" in second.instructions
    assert "{" not in second.instructions


@pytest.mark.django_db
def test_without_key_and_server_the_agent_is_the_rules(settings: Settings) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    current = agent.upsert_agent()
    assert current.model == "rules"
    assert _names(available.in_order(current)) == ["Rules"]


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "url"), [("a-key", ""), ("", "http://127.0.0.1:9/v1"), ("a-key", "http://[::1]:9/v1")])
def test_with_a_key_or_a_server_the_rules_come_second(settings: Settings, key: str, url: str) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = key, url
    models = available.in_order(agent.upsert_agent())
    assert _names(models) == ["OpenAIResponses", "Rules"]


def _names(models: tuple[LanguageModel, ...]) -> list[str]:
    return [type(model).__name__ for model in models]


@pytest.mark.django_db
def test_the_tools_come_back_from_the_database_as_the_code_writes_them() -> None:
    agent.upsert_agent()
    stored = Agent.objects.get()
    # As a database that orders keys its own way gives them back.
    stored.tools = json.loads(json.dumps(stored.tools, sort_keys=True))
    specs = agent.specs(stored)
    assert specs == tuple(tool.spec for tool in tools.TOOLS)
    assert [list(spec.parameters["properties"]) for spec in specs] == [
        list(tool.spec.parameters["properties"]) for tool in tools.TOOLS
    ]


@pytest.mark.django_db
def test_an_older_agent_keeps_the_tools_that_it_had() -> None:
    stored = agent.upsert_agent()
    stored.tools = [stored.tools[0] | {"description": "As it was."}]
    (spec,) = agent.specs(stored)
    assert spec.description == "As it was."


@pytest.mark.django_db(transaction=True)
def test_agents_made_at_the_same_moment_are_one() -> None:
    start = threading.Barrier(4, timeout=10)
    made: list[int] = []

    def make() -> None:
        try:
            start.wait()
            made.append(agent.upsert_agent().pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == Agent.objects.count() == 1
