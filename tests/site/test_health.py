"""Probes: whether the process lives, and whether messages can be stored."""

import json
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from karlos_site import celery_app
from tests.site import programs

ASK_WHETHER_READY = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "karlos_site.settings"
import django
django.setup()
from django.test import Client
answer = Client().get("/readyz")
print(answer.status_code, answer.content.decode())
"""


def ask(path: str, client: Client, **headers: str) -> tuple[int, Any]:
    response: HttpResponse = client.get(path, headers=headers)  # type: ignore[assignment]
    return response.status_code, json.loads(response.content)


@pytest.fixture
def broker_is_away() -> Any:
    away = Celery("away", broker="redis://127.0.0.1:1/0")
    away.set_current()
    yield
    celery_app.set_current()


def test_the_process_lives_whatever_else_does(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_a_probe_may_come_by_ip_address_and_over_plain_http(
    client: Client, path: str, settings: Settings, redis: None
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["karlos.example.com"]
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.django_db
def test_ready_means_that_messages_can_be_stored(client: Client, redis: None) -> None:
    status, told = ask("/readyz", client)
    assert status == 200
    assert told == {"ready": True, "database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"}


@pytest.mark.django_db
def test_without_cache_and_broker_messages_are_stored_and_it_is_said_what_is_away(
    client: Client, settings: Settings, broker_is_away: None
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    status, told = ask("/readyz", client)
    assert status == 200
    assert "does not answer" in told["cache"]
    assert "does not answer" in told["broker"]


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_not_ready(client: Client, redis: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'assistant'")
    status, told = ask("/readyz", client)
    assert status == 503
    assert told["migrations"].endswith("not applied")


def test_a_database_that_is_away_is_not_ready(tmp_path: Path) -> None:
    away = programs.surroundings(tmp_path, DATABASE_URL="postgres://karlos@127.0.0.1:1/karlos")
    asked = programs.run("-c", ASK_WHETHER_READY, environment=away)
    status, told = asked.stdout.splitlines()[-1].split(maxsplit=1)
    assert status == "503", asked.stderr
    assert json.loads(told)["database"].startswith("does not answer")
