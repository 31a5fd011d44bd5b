"""What the settings make of an environment, and whether `.env.example` tells all of it."""

import ast
import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import kombu
import pytest
import redis

from tests.site import programs

EXAMPLE_OF_2025 = """\
OPENAI_API_KEY=OPENAI_API_KEY_PLACEHOLDER
ASSISTANT_NAME=Karlos # the name
REDIS_HOST=localhost
REDIS_PORT=6379
REDIS_PASSWORD=REDIS_PASSWORD_PLACEHOLDER
REDIS_SSL=true  # set to false locally
TWILIO_ACCOUNT_SID=TWILIO_ACCOUNT_SID_PLACEHOLDER
TWILIO_AUTH_TOKEN=TWILIO_AUTH_TOKEN_PLACEHOLDER
TWILIO_WHATSAPP_NUMBER=whatsapp:+14155238886 # sandbox
"""
TELL = """
import json, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karlos_site.settings")
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""
EMBEDDED = {"EMBEDDED_DATABASE": True, "EMBEDDED_REDIS": True, "SIMULATOR": True, "OPENAI_API_KEY": ""}


def settings_with(tmp_path: Path, *names: str, file: Path | None = None, **variables: str) -> dict[str, Any]:
    environment = programs.surroundings(tmp_path, ENV_FILE=str(file or os.devnull), **variables)
    told = programs.run("-c", TELL, *names, environment=environment)
    assert told.returncode == 0, told.stderr
    return dict(json.loads(told.stdout))


def variables_read() -> set[str]:
    """The names in settings.py's calls of `env`."""
    tree = ast.parse((programs.ROOT / "karlos_site" / "settings.py").read_text())
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_the_example_file_has_every_variable_and_no_other() -> None:
    lines = (programs.ROOT / ".env.example").read_text().splitlines()
    written = [name for line in lines if (name := re.match(r"(\w+)=", line))]
    names = [match.group(1) for match in written]
    assert set(names) == variables_read()
    assert len(names) == len(set(names))


def test_every_variable_of_the_example_file_has_a_sentence_before_it() -> None:
    lines = (programs.ROOT / ".env.example").read_text().splitlines()
    bare = [
        line
        for before, line in itertools.pairwise(lines)
        if "=" in line[:40] and line[:1] not in {"#", ""} and not re.fullmatch(r"# .{12,}\.", before)
    ]
    assert bare == []


def test_with_nothing_set_everything_is_embedded(tmp_path: Path) -> None:
    assert settings_with(tmp_path, *EMBEDDED) == EMBEDDED


def test_the_example_file_copied_as_it_is_gives_the_embedded_mode(tmp_path: Path) -> None:
    copy = tmp_path / ".env"
    copy.write_text((programs.ROOT / ".env.example").read_text())
    told = settings_with(tmp_path, *EMBEDDED, "PORT_IS_FIXED", "DEBUG", file=copy)
    assert told == EMBEDDED | {"PORT_IS_FIXED": False, "DEBUG": True}


def test_the_example_file_of_2025_copied_as_it_is_gives_the_embedded_mode(tmp_path: Path) -> None:
    copy = tmp_path / ".env"
    copy.write_text(EXAMPLE_OF_2025)
    told = settings_with(tmp_path, *EMBEDDED, "ASSISTANT_NAME", file=copy)
    assert told == EMBEDDED | {"ASSISTANT_NAME": "Karlos"}


def test_until_the_embedded_redis_runs_nobody_elses_is_taken_for_it(tmp_path: Path) -> None:
    """Port 0 is no port to the clients: they would go to 6379, where another program's Redis may be."""
    told = settings_with(tmp_path, "REDIS_URL", "CELERY_BROKER_URL")
    assert redis.ConnectionPool.from_url(told["REDIS_URL"]).connection_kwargs.get("port", 6379) != 6379
    assert kombu.Connection(told["CELERY_BROKER_URL"]).info()["port"] != 6379


def test_the_names_of_2025_still_name_a_redis(tmp_path: Path) -> None:
    told = settings_with(
        tmp_path,
        "REDIS_URL",
        "CELERY_BROKER_URL",
        "EMBEDDED_REDIS",
        REDIS_HOST="redis.example.com",
        REDIS_PORT="6380",
        REDIS_PASSWORD="p@ss/word",
        REDIS_SSL="true",
    )
    url = "rediss://:p%40ss%2Fword@redis.example.com:6380/0"
    assert told == {"REDIS_URL": url, "CELERY_BROKER_URL": url, "EMBEDDED_REDIS": False}


def test_a_broker_may_be_another_server_than_the_cache(tmp_path: Path) -> None:
    told = settings_with(
        tmp_path, "REDIS_URL", "CELERY_BROKER_URL", REDIS_URL="redis://one:6379/0", CELERY_BROKER_URL="amqp://two//"
    )
    assert told == {"REDIS_URL": "redis://one:6379/0", "CELERY_BROKER_URL": "amqp://two//"}


def test_hosts_and_origins_follow_from_the_public_address(tmp_path: Path) -> None:
    told = settings_with(
        tmp_path, "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", PUBLIC_BASE_URL="https://karlos.example.com:8443/"
    )
    assert told["ALLOWED_HOSTS"][0] == "karlos.example.com"
    assert told["CSRF_TRUSTED_ORIGINS"] == ["https://karlos.example.com:8443"]


def test_the_simulators_account_follows_the_port(tmp_path: Path) -> None:
    told = settings_with(tmp_path, "TWILIO_API_BASE_URL", "PUBLIC_BASE_URL", PORT="8123")
    assert told["TWILIO_API_BASE_URL"] == "http://127.0.0.1:8123/simulator/twilio"
    assert told["PUBLIC_BASE_URL"] == "http://127.0.0.1:8123"


@pytest.mark.parametrize("name", ["PORT", "DEBUG", "WEB_THREADS"])
def test_a_value_that_is_not_understood_is_said_in_one_line(tmp_path: Path, name: str) -> None:
    refused = programs.run("manage.py", "check", environment=programs.surroundings(tmp_path, **{name: "many"}))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f'{name} is "many": write ')
    assert refused.stderr.count("\n") == 1
