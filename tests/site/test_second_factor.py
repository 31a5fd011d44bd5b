"""Whoever may change prices or settings needs their phone, and can get in again when it is lost."""

import re
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

from karlos_site import roles
from tests.site.conftest import As, Staff

pytestmark = pytest.mark.django_db

PAGE = "/admin/second-factor/"
CARS = "/admin/inventory/vehicle/"


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.ADMIN_REQUIRE_OTP = True


def code(user: User, *, ahead: int = 0) -> str:
    """What the phone shows; `ahead` half minutes from now."""
    device = TOTPDevice.objects.filter(user=user).order_by("pk").last()
    assert device is not None
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift + ahead)
    return f"{totp.token():06d}"


def enrolled(client: Client, user: User) -> list[str]:
    """Set it up; the backup codes."""
    client.get(PAGE)
    shown = client.post(PAGE, {"code": code(user)}).content.decode()
    return re.findall(r"<li>([a-z2-7]{8})</li>", shown)


def log_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", [roles.ADMINISTRATOR, roles.MANAGER])
def test_who_may_change_prices_or_settings_is_led_to_it_before_anything_else(role: str, staff: Staff) -> None:
    user = staff(role)
    client = log_in(user)
    led = client.get(CARS, {"status": "sold"})
    assert led.headers["Location"] == f"{PAGE}?next=%2Fadmin%2Finventory%2Fvehicle%2F%3Fstatus%3Dsold"
    assert client.post(CARS, {"action": "mark_sold"}).headers["Location"].startswith(PAGE)
    assert client.get("/api/messages/SM1/author").headers["Location"].startswith(PAGE)
    assert "QR code" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("role", [roles.SELLER, roles.VIEWER])
def test_who_may_not_needs_none_and_may_have_one(role: str, seen_by: As) -> None:
    client = seen_by(role)
    assert client.get("/admin/password_change/").status_code == 200
    enrolled(client, User.objects.get(username=role))
    assert client.get("/admin/password_change/").status_code == 200
    assert log_in(User.objects.get(username=role)).get("/admin/password_change/").status_code == 302


def test_in_development_it_is_nobodys_duty(settings: Settings, seen_by: As) -> None:
    settings.ADMIN_REQUIRE_OTP = False
    assert seen_by(roles.MANAGER).get(CARS).status_code == 200


def test_it_is_set_up_once_and_asked_for_at_each_login(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    client = log_in(user)
    client.get(PAGE)
    assert "is not the code" in client.post(PAGE, {"code": "000000"}).content.decode()
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert len(enrolled(client, user)) == 8
    assert client.get(CARS).status_code == 200

    again = log_in(user)
    assert again.get(CARS).status_code == 302
    assert "QR code" not in again.get(PAGE).content.decode()
    came = again.post(PAGE, {"code": code(user, ahead=1), "next": CARS})
    assert came.headers["Location"] == CARS
    assert again.get(CARS).status_code == 200
    assert {"The second factor was set up", "New backup codes were made"} <= set(
        LogEntry.objects.values_list("change_message", flat=True)
    )


def test_a_code_opens_once_and_mistakes_make_the_next_try_wait(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    first = log_in(user)
    enrolled(first, user)
    second = log_in(user)
    used = code(user, ahead=1)
    assert log_in(user).post(PAGE, {"code": used}).status_code == 302
    assert second.post(PAGE, {"code": used}).status_code == 200
    assert "Wait a moment" in second.post(PAGE, {"code": used}).content.decode()
    assert second.get(CARS).status_code == 302
    assert LogEntry.objects.filter(change_message="A wrong code of the second factor").count() == 2


def test_a_backup_code_opens_once(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    codes = enrolled(log_in(user), user)
    assert log_in(user).post(PAGE, {"code": f" {codes[0].upper()} "}).status_code == 302
    assert StaticToken.objects.count() == 7
    assert log_in(user).post(PAGE, {"code": codes[0]}).status_code == 200


def test_another_phone_takes_the_place_of_the_first_once_it_is_proved(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    client = log_in(user)
    enrolled(client, user)
    first = TOTPDevice.objects.get()
    client.get(f"{PAGE}?another")
    assert TOTPDevice.objects.filter(confirmed=True).get() == first
    client.post(f"{PAGE}?another", {"code": code(user)})
    assert TOTPDevice.objects.get() != first


def test_a_password_alone_makes_no_new_codes(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    enrolled(log_in(user), user)
    codes = set(StaticToken.objects.values_list("token", flat=True))
    thief = log_in(user)
    thief.post(PAGE)
    thief.post(f"{PAGE}?another", {"code": "123456"})
    assert set(StaticToken.objects.values_list("token", flat=True)) == codes
    assert TOTPDevice.objects.count() == 1


def test_an_administrator_lets_somebody_set_it_up_anew(staff: Staff) -> None:
    manager, administrator = staff(roles.MANAGER), staff(roles.ADMINISTRATOR)
    client, enrolled_client = log_in(administrator), log_in(manager)
    enrolled(enrolled_client, manager)
    enrolled(client, administrator)
    client.post("/admin/auth/user/", {"action": "reset_second_factor", "_selected_action": [manager.pk]})
    assert enrolled_client.get(CARS).status_code == 302
    assert not StaticToken.objects.filter(device__user=manager).exists()
    assert LogEntry.objects.filter(user=administrator, object_id=str(manager.pk)).exists()


def test_an_operator_can_do_the_same_as_a_last_resort(staff: Staff) -> None:
    user = staff(roles.ADMINISTRATOR)
    enrolled(log_in(user), user)
    said = StringIO()
    call_command("reset_second_factor", user.username, stdout=said)
    assert "sets up the second factor anew" in said.getvalue()
    assert not TOTPDevice.objects.exists()
    with pytest.raises(CommandError, match="There is no"):
        call_command("reset_second_factor", "nobody")


def test_the_way_back_leads_nowhere_else(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    enrolled(log_in(user), user)
    came = log_in(user).post(PAGE, {"code": code(user, ahead=1), "next": "https://elsewhere.example/"})
    assert came.headers["Location"] == "/admin/"


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    assert client.get(PAGE).headers["Location"].startswith("/admin/login/")
