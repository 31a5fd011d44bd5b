"""What `manage.py check` says, and what an unsafe production cannot start."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from karlos_site import checks
from tests.site import programs

ASK_FOR_THE_SIMULATOR = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "karlos_site.settings"
import django
django.setup()
from django.test import Client
print(*[Client(headers={"host": "localhost"}).get(path, secure=True).status_code for path in ("/simulator/", "/simulator/twilio/", "/healthz")])
"""
# The start of each process, short of serving.
STARTS = {
    "web": ("-c", "import karlos_site.wsgi"),
    "worker": ("-m", "celery", "-A", "karlos_site", "worker"),
    "beat": ("-m", "celery", "-A", "karlos_site", "beat", "--pidfile="),
    "everything": ("manage.py", "runstack"),
}


SECRETS = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "TWILIO_AUTH_TOKEN", "OPENAI_API_KEY")


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.DEBUG = False
    settings.SECRET_KEY = programs.PRODUCTION["SECRET_KEY"]
    settings.EMBEDDED_DATABASE = settings.EMBEDDED_REDIS = settings.SIMULATOR = False
    settings.PUBLIC_BASE_URL = programs.PRODUCTION["PUBLIC_BASE_URL"]
    settings.TWILIO_ACCOUNT_SID = programs.PRODUCTION["TWILIO_ACCOUNT_SID"]
    settings.TWILIO_AUTH_TOKENS = ["a-token"]
    settings.TWILIO_WHATSAPP_NUMBER = programs.PRODUCTION["TWILIO_WHATSAPP_NUMBER"]
    settings.TWILIO_API_BASE_URL = ""
    settings.OPENAI_API_KEY = "a-key"
    settings.OPENAI_BASE_URL = ""
    settings.OPENAI_MODEL = "gpt-6-luna"
    return settings


def found() -> list[str]:
    return [str(message.id) for message in checks.surroundings()]


def test_a_production_that_lacks_nothing_is_silent(production: Settings) -> None:
    assert found() == []
    assert checks.deployment() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SECRET_KEY", "", "karlos.E001"),
        ("EMBEDDED_DATABASE", True, "karlos.E002"),
        ("EMBEDDED_REDIS", True, "karlos.E003"),
        ("SIMULATOR", True, "karlos.E004"),
        ("TWILIO_API_BASE_URL", "http://127.0.0.1:9000", "karlos.E005"),
        ("PUBLIC_BASE_URL", "http://karlos.example.com", "karlos.E006"),
        ("TWILIO_ACCOUNT_SID", "AC123", "karlos.E007"),
        ("TWILIO_AUTH_TOKENS", [], "karlos.E008"),
        ("TWILIO_WHATSAPP_NUMBER", "", "karlos.E009"),
        ("TWILIO_WHATSAPP_NUMBER", "whatsapp:5555", "karlos.E009"),
        ("CLAMD_URL", "/run/clamav/clamd.ctl", "karlos.E012"),
        ("OPENAI_MODEL", "gpt-4o-mini", "karlos.E010"),
        ("OPENAI_MODEL", "gpt-5", "karlos.E010"),
        ("OPENAI_MODEL", "gpt-4.1-nano-2025-04-14", "karlos.E010"),
    ],
)
def test_each_fault_of_a_production_is_an_error(production: Settings, name: str, value: object, expected: str) -> None:
    setattr(production, name, value)
    assert found() == [expected]
    with pytest.raises(SystemExit, match=expected):
        checks.stop_if_unsafe()


@pytest.mark.parametrize("model", ["gpt-5.4-mini", "gpt-6-luna", "gpt-6.1-terra"])
def test_a_model_that_stays_is_no_error(production: Settings, model: str) -> None:
    production.OPENAI_MODEL = model
    assert found() == []


def test_another_server_may_call_its_model_as_it_likes(production: Settings) -> None:
    production.OPENAI_MODEL, production.OPENAI_BASE_URL = "gpt-4o", "http://127.0.0.1:11434/v1"
    assert found() == []


def test_an_address_without_scheme_is_an_error(production: Settings) -> None:
    production.PUBLIC_BASE_URL = "karlos.example.com"
    assert "karlos.E011" in found()


def test_debug_on_a_public_address_is_a_warning_only(production: Settings) -> None:
    production.DEBUG = True
    assert found() == ["karlos.W001"]
    checks.stop_if_unsafe()


def test_debug_for_other_machines_is_a_warning_only(production: Settings) -> None:
    production.DEBUG, production.PUBLIC_BASE_URL, production.HOST = True, "http://127.0.0.1:8000", "0.0.0.0"
    assert found() == ["karlos.W003"]
    checks.stop_if_unsafe()


def test_a_missing_key_is_mentioned_to_a_deployment_only(production: Settings) -> None:
    production.OPENAI_API_KEY = ""
    assert found() == []
    assert [message.id for message in checks.deployment()] == ["karlos.W002"]
    production.OPENAI_BASE_URL = "http://127.0.0.1:11434/v1"
    assert checks.deployment() == []


def test_check_deploy_is_clean_in_a_right_production(tmp_path: Path) -> None:
    environment = programs.surroundings(tmp_path, **programs.PRODUCTION)
    checked = programs.run("manage.py", "check", "--deploy", "--fail-level", "INFO", environment=environment)
    assert checked.returncode == 0, checked.stderr


def test_a_production_may_have_every_secret_in_a_file(tmp_path: Path) -> None:
    secrets = {name: programs.PRODUCTION[name] for name in SECRETS}
    for name, secret in secrets.items():
        (tmp_path / name).write_text(f"{secret}\n")
    others = {name: value for name, value in programs.PRODUCTION.items() if name not in SECRETS}
    files = {f"{name}_FILE": str(tmp_path / name) for name in SECRETS}
    environment = programs.surroundings(tmp_path, **others, **files)
    checked = programs.run("manage.py", "check", "--deploy", "--fail-level", "INFO", environment=environment)
    assert checked.returncode == 0, checked.stderr


def test_check_says_in_words_all_that_an_empty_production_lacks(tmp_path: Path) -> None:
    checked = programs.run("manage.py", "check", environment=programs.surroundings(tmp_path, DEBUG="false"))
    assert checked.returncode == 1
    for number in ("E001", "E002", "E003", "E004", "E006"):
        assert f"karlos.{number}" in checked.stderr
    assert "Traceback" not in checked.stderr


@pytest.mark.parametrize("program", STARTS)
def test_no_part_of_an_unsafe_production_starts(tmp_path: Path, program: str) -> None:
    environment = programs.surroundings(tmp_path, **programs.PRODUCTION | {"TWILIO_ACCOUNT_SID": ""})
    started = programs.run(*STARTS[program], environment=environment)
    assert started.returncode == 1
    assert "The simulator would stand in for WhatsApp." in started.stderr


@pytest.mark.parametrize("account", ["", programs.PRODUCTION["TWILIO_ACCOUNT_SID"]])
def test_production_has_no_simulator_whatever_else_is_set(tmp_path: Path, account: str) -> None:
    extra = {
        "TWILIO_ACCOUNT_SID": account,
        "SIMULATOR": "true",
        "TWILIO_API_BASE_URL": "http://127.0.0.1:8000/simulator/twilio",
    }
    told = programs.run(
        "-c", ASK_FOR_THE_SIMULATOR, environment=programs.surroundings(tmp_path, **programs.PRODUCTION | extra)
    )
    assert told.stdout.split() == ["404", "404", "200"], told.stderr


def test_nor_does_a_twilio_account_in_development_have_it(tmp_path: Path) -> None:
    account = {name: value for name, value in programs.PRODUCTION.items() if name.startswith("TWILIO")}
    told = programs.run("-c", ASK_FOR_THE_SIMULATOR, environment=programs.surroundings(tmp_path, **account))
    assert told.stdout.split() == ["404", "404", "200"], told.stderr
