"""What `make run` does before anything runs."""

import io
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from pytest_django.fixtures import Settings

from assistant.models import DealershipText
from inventory.models import Vehicle
from tests.site import programs

pytestmark = pytest.mark.django_db


@pytest.fixture
def development(settings: Settings, tmp_path: Path) -> Settings:
    settings.DEBUG = True
    settings.DATA_DIR = tmp_path
    return settings


def prepare() -> str:
    said = io.StringIO()
    call_command("prepare", stdout=said)
    return said.getvalue()


def test_an_empty_installation_gets_stock_texts_and_a_staff_user(development: Settings) -> None:
    said = prepare()
    assert Vehicle.objects.count() >= 120
    assert DealershipText.objects.filter(is_example=True).exists()
    password = said.partition("Password: ")[2].split()[0]
    staff = get_user_model().objects.get(username="karlos")
    assert staff.is_superuser
    assert staff.check_password(password)


def test_a_backup_finds_the_folder_of_the_photos_before_there_is_one(development: Settings, tmp_path: Path) -> None:
    development.MEDIA_ROOT = tmp_path / "media"
    prepare()
    assert (tmp_path / "media").is_dir()


def test_a_second_time_changes_nothing_and_shows_no_password(development: Settings) -> None:
    prepare()
    counts = Vehicle.objects.count(), DealershipText.objects.count()
    password = get_user_model().objects.get().password
    said = prepare()
    assert (Vehicle.objects.count(), DealershipText.objects.count()) == counts
    assert get_user_model().objects.get().password == password
    assert "Password" not in said
    assert "changepassword karlos" in said


def test_stock_that_is_there_is_left_alone(development: Settings) -> None:
    prepare()
    Vehicle.objects.exclude(pk=Vehicle.objects.order_by("pk").values("pk")[:1]).delete()
    prepare()
    assert Vehicle.objects.count() == 1


def test_a_staff_user_of_another_name_is_enough(development: Settings) -> None:
    get_user_model().objects.create_superuser("ana", password="a-long-enough-password")
    said = prepare()
    assert "changepassword ana" in said
    assert get_user_model().objects.count() == 1


def test_production_gets_no_sample_stock(development: Settings) -> None:
    development.DEBUG = False
    development.STATIC_ROOT = development.DATA_DIR / "static"
    prepare()
    assert not Vehicle.objects.exists()


def test_prepare_makes_nobody_who_could_log_in(development: Settings) -> None:
    """In production, where what it says stands in the logs."""
    development.DEBUG = False
    development.STATIC_ROOT = development.DATA_DIR / "static"
    assert "manage.py createsuperuser" in prepare()
    assert not get_user_model().objects.exists()


def test_a_database_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    environment = programs.surroundings(tmp_path, DATABASE_URL="postgres://karlos:a-secret@127.0.0.1:1/karlos")
    refused = programs.run("manage.py", "prepare", environment=environment)
    assert refused.returncode == 1
    assert "The database does not answer; is DATABASE_URL right?" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "a-secret" not in refused.stderr
