"""Who guesses passwords is locked out for a while, and what happens at the door is kept."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django.fixtures import Settings

from karlos_site import logins, roles
from tests.site.conftest import PASSWORD, As, Staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis")]

LOGIN = "/admin/login/"


@pytest.fixture
def lupe(staff: Staff) -> User:
    return staff(roles.SELLER)


def log_in(client: Client, user: User, password: str = PASSWORD, language: str = "en") -> int:
    given = {"username": user.username, "password": password}
    return client.post(LOGIN, given, headers={"accept-language": language}).status_code


def test_whoever_guesses_five_times_is_told_when_to_come_back(lupe: User, client: Client) -> None:
    assert [log_in(client, lupe, "guess") for _n in range(4)] == [200] * 4
    assert log_in(client, lupe, "guess") == 429
    answer = client.post(LOGIN, {"username": lupe.username, "password": PASSWORD}, headers={"accept-language": "es"})
    ends_at = timezone.localtime(AccessAttempt.objects.get().attempt_time + timedelta(minutes=15))
    assert answer.status_code == 429
    assert f"a las {ends_at:%H:%M}" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_it_ends_by_itself_although_they_go_on_guessing(lupe: User, client: Client) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        for _n in range(5):
            log_in(client, lupe, "guess")
    with time_machine.travel(now + timedelta(minutes=14), tick=False):
        assert log_in(client, lupe, "guess") == 429
    with time_machine.travel(now + timedelta(minutes=16), tick=False):
        assert log_in(client, lupe) == 302


def test_nobody_is_locked_out_by_a_stranger_at_another_address(lupe: User) -> None:
    stranger, own = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="198.51.100.7")
    for _n in range(6):
        log_in(stranger, lupe, "guess")
    assert log_in(own, lupe) == 302


def test_an_administrator_unlocks_and_it_is_kept(lupe: User, client: Client, seen_by: As) -> None:
    for _n in range(5):
        log_in(client, lupe, "guess")
    attempts = "/admin/axes/accessattempt/"
    seen_by(roles.ADMINISTRATOR).post(
        attempts, {"action": "unlock", "_selected_action": [AccessAttempt.objects.get().pk]}
    )
    assert log_in(client, lupe) == 302
    assert LogEntry.objects.filter(change_message="Unlocked", object_repr__startswith=lupe.username).exists()


def test_logins_and_failures_are_kept_without_the_password(lupe: User, client: Client) -> None:
    log_in(client, lupe, "a secret guess")
    log_in(client, lupe)
    assert AccessFailureLog.objects.get().username == lupe.username
    assert AccessLog.objects.get().username == lupe.username
    kept = [*AccessAttempt.objects.values_list("post_data", flat=True), *AccessLog.objects.values_list()]
    assert "secret guess" not in str(kept)


@pytest.mark.parametrize(
    ("proxies", "header", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (2, "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_say_of_an_address_counts(
    settings: Settings, proxies: int, header: str, seen: str
) -> None:
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header} if header else {})
    assert logins.address(request) == seen


@pytest.mark.parametrize("password", ["Karlos-2026-!x", "xx-autós-7713-zz", "ejemplo ejemplo ejemplo"])
def test_a_password_has_no_name_of_the_house_in_it(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "house_words" in {error.code for error in refused.value.error_list}
    validate_password("una frase larga y propia")


def test_a_password_is_eight_signs_of_any_kind_at_least_and_none_that_everybody_has(lupe: User) -> None:
    for taken in ("xkqvtzwp", "ñandú 🚙 azul", "w" * 60 + " con sesenta y tantos"):
        validate_password(taken, lupe)
        lupe.set_password(taken)
        assert lupe.check_password(taken)
        assert not lupe.check_password(taken.upper())
        assert not lupe.check_password(taken[:-1])
    for refused in ("xkqvtzw", "password1", "liverpool1", "29384756", "seller77"):
        with pytest.raises(ValidationError):
            validate_password(refused, lupe)
