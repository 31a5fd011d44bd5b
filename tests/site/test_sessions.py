"""A session ends, by itself or by somebody's hand; staff see where they are logged in, and nobody learns a key from it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

from conversations.models import Customer
from karlos_site import roles
from karlos_site.models import Session
from tests.site.conftest import PASSWORD, As, Staff

pytestmark = pytest.mark.django_db

LOGIN, PAGE = "/admin/login/", "/admin/karlos_site/session/"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/151.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.1 Mobile/15E148 Safari/604.1"
)


def logged_in(user: User, user_agent: str = CHROME, address: str = "203.0.113.9") -> Client:
    """With the password, from that browser."""
    client = Client(headers={"user-agent": user_agent, "accept-language": "en"}, REMOTE_ADDR=address)
    assert client.post(LOGIN, {"username": user.username, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


@pytest.fixture
def lupe(staff: Staff) -> User:
    return staff(roles.SELLER)


@pytest.fixture
def there(lupe: User) -> Client:
    """Somebody who is logged in."""
    return logged_in(lupe)


# --- Its end ----------------------------------------------------------------------------------------------------


def test_a_session_ends_after_a_working_day_and_with_the_browser(there: Client) -> None:
    assert there.cookies["sessionid"]["max-age"] == ""
    begun = timezone.now()
    for minutes in range(50, 8 * 60, 50):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            assert is_in(there), minutes
    with time_machine.travel(begun + timedelta(hours=8, minutes=1)):
        assert not is_in(there)


def test_a_session_ends_after_an_hour_in_which_nobody_did_anything(there: Client, settings: Settings) -> None:
    begun = timezone.now()
    with time_machine.travel(begun + timedelta(minutes=58)):
        assert is_in(there)
    with time_machine.travel(begun + timedelta(minutes=2 * 58)):
        assert is_in(there)
    with time_machine.travel(begun + timedelta(minutes=2 * 58 + 61)):
        assert not is_in(there)
    settings.SESSION_IDLE_MINUTES = 5
    there = logged_in(User.objects.get())
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert not is_in(there)


@pytest.mark.parametrize("does", ["typing=0", "progress"])
def test_a_page_that_looks_for_news_by_itself_keeps_nobody_logged_in(there: Client, does: str) -> None:
    customer, begun = Customer.objects.create(), timezone.now()
    news = f"/admin/conversations/customer/{customer.pk}/news/?first=0"
    look = (f"{news}&typing=0", {}) if does == "typing=0" else ("/admin/", {"hx-request": "true"})
    for minutes in range(5, 60, 5):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            assert there.get(look[0], headers=look[1]).status_code == 200
    with time_machine.travel(begun + timedelta(minutes=61)):
        assert there.get(look[0], headers=look[1]).status_code == 302


def test_who_is_typing_is_there(there: Client) -> None:
    customer, begun = Customer.objects.create(), timezone.now()
    for minutes in (50, 100):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            address = f"/admin/conversations/customer/{customer.pk}/news/?first=0&typing=1"
            assert there.get(address).status_code == 200


def test_a_logout_ends_it_whoever_still_has_the_cookie(there: Client) -> None:
    key = there.cookies["sessionid"].value
    there.post("/admin/logout/")
    there.cookies["sessionid"] = key
    assert not is_in(there)
    assert not Session.objects.exists()


def test_every_page_has_the_way_out(there: Client) -> None:
    for address in ("/admin/", PAGE, "/admin/inventory/vehicle/", "/admin/password_change/"):
        assert 'action="/admin/logout/"' in there.get(address).content.decode(), address


def test_a_new_password_ends_the_other_sessions(there: Client, lupe: User) -> None:
    elsewhere = logged_in(lupe)
    new = "otra frase larga y propia"
    there.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert (is_in(there), is_in(elsewhere)) == (True, False)


def test_who_has_left_is_out_at_once(there: Client, lupe: User) -> None:
    User.objects.filter(pk=lupe.pk).update(is_active=False)
    assert not is_in(there)


# --- Its key ----------------------------------------------------------------------------------------------------


def test_a_key_from_before_the_login_is_worth_nothing_after_it(lupe: User) -> None:
    """Whoever puts a cookie of their own into somebody's browser and waits for the login."""
    planted = Client()
    planted.get(LOGIN)
    planted.cookies["sessionid"] = "a" * 32
    planted.post(LOGIN, {"username": lupe.username, "password": PASSWORD})
    assert planted.cookies["sessionid"].value != "a" * 32
    assert is_in(planted)
    thief = Client()
    thief.cookies["sessionid"] = "a" * 32
    assert not is_in(thief)


def test_whoever_reads_the_table_or_the_page_comes_in_nowhere(there: Client) -> None:
    key = there.cookies["sessionid"].value
    page = there.get(PAGE).content.decode()
    kept = Session.objects.get()
    assert key not in page
    assert key not in str(vars(kept))
    thief = Client()
    thief.cookies["sessionid"] = kept.session_key
    assert not is_in(thief)
    assert len(key) >= 32, "of 36 signs: 165 bits"


def test_sessions_are_safe_by_their_settings() -> None:
    assert django_settings.SESSION_COOKIE_HTTPONLY
    assert django_settings.SESSION_COOKIE_SAMESITE == "Lax"


# --- Who sees and ends them -----------------------------------------------------------------------------------------


def test_staff_see_their_own_sessions_and_end_the_others(there: Client, lupe: User, staff: Staff) -> None:
    phone = logged_in(lupe, PHONE, "198.51.100.7")
    boss = logged_in(staff(roles.MANAGER), address="192.0.2.1")
    page = there.get(PAGE).content.decode()
    for shown in ("Chrome, Windows", "203.0.113.9", "Safari, iPhone", "198.51.100.7"):
        assert shown in page
    assert "192.0.2.1" not in page
    assert "Mozilla" not in page
    every = list(Session.objects.values_list("pk", flat=True))
    told = there.post(PAGE, {"action": "end", "_selected_action": every}, follow=True).content.decode()
    assert "1 session is ended." in told
    assert (is_in(there), is_in(phone), is_in(boss)) == (True, False, True)
    assert LogEntry.objects.filter(user=lupe, object_id=str(lupe.pk), change_message="A session was ended").count() == 1


def test_the_page_says_where_it_stands_in_words(there: Client) -> None:
    assert "karlos_site" not in re.sub("<[^>]+>", "", there.get(PAGE).text.lower())


def test_an_administrator_ends_anybodys_sessions(there: Client, lupe: User, staff: Staff) -> None:
    other = logged_in(staff(roles.VIEWER))
    boss = logged_in(staff(roles.ADMINISTRATOR))
    assert "Mozilla" not in boss.get(PAGE).content.decode()
    found = boss.get(PAGE, {"user__id__exact": lupe.pk}).context["cl"].queryset
    boss.post(PAGE, {"action": "end", "_selected_action": [session.pk for session in found]})
    assert (is_in(there), is_in(other), is_in(boss)) == (False, True, True)
    assert LogEntry.objects.get(change_message="A session was ended").object_id == str(lupe.pk)


def test_nobody_sees_the_data_of_a_session(seen_by: As) -> None:
    client = seen_by(roles.ADMINISTRATOR)
    client.get("/admin/")
    kept = Session.objects.get()
    page = client.get(f"{PAGE}{kept.pk}/change/")
    assert page.status_code == 200
    assert kept.session_data not in page.content.decode()


def test_before_sessions_are_shown_a_code_is_asked_for_again(there: Client, lupe: User) -> None:
    TOTPDevice.objects.create(user=lupe, confirmed=True)
    asked = there.get(PAGE)
    assert asked.headers["Location"].startswith("/admin/second-factor/?next=%2Fadmin%2Fkarlos_site%2Fsession%2F")


def test_a_request_that_ends_its_own_session_brings_it_not_back(staff: Staff) -> None:
    """An administrator who lets themselves set up the second factor anew is out, like anybody else."""
    boss = staff(roles.ADMINISTRATOR)
    client = logged_in(boss)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        answer = client.post("/admin/auth/user/", {"action": "reset_second_factor", "_selected_action": [boss.pk]})
        assert answer.status_code == 302
        assert not is_in(client)
    assert not Session.objects.exists()
