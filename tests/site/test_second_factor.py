"""Whoever works here needs their phone beside the password, and can get in again when it is lost."""

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

from karlos_site import roles
from karlos_site.models import BackupCode
from tests.site.conftest import As, Staff
from tests.site.test_roles import every_address, example

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
    return re.findall(r"<li>([1-8][a-z]{8})</li>", shown)


def log_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", [roles.ADMINISTRATOR, *roles.GROUPS])
def test_everybody_is_led_to_it_before_anything_else(role: str, staff: Staff) -> None:
    user = staff(role)
    client = log_in(user)
    led = client.get(CARS, {"status": "sold"})
    assert led.headers["Location"] == f"{PAGE}?next=%2Fadmin%2Finventory%2Fvehicle%2F%3Fstatus%3Dsold"
    assert client.post(CARS, {"action": "mark_sold"}).headers["Location"].startswith(PAGE)
    assert client.get("/admin/password_change/").headers["Location"].startswith(PAGE)
    assert client.get("/api/messages/SM1/author").headers["Location"].startswith(PAGE)
    assert "QR code" in client.get(PAGE).content.decode()


# What opens nothing to a session: for everybody, by a signature or by a token in the address.
FOR_ANYBODY = {"", "privacy", "metrics", "photo", "quote_document", "comparison", "inbound", "status", "conversations"}
TO_GET_IN_OR_OUT = {"second_factor", "admin:logout", "admin:jsi18n"}


def test_a_password_alone_opens_no_address_of_the_site(staff: Staff) -> None:
    client = log_in(staff(roles.ADMINISTRATOR))
    asked = {name for name, route in every_address() if not route.startswith("simulator/")} - FOR_ANYBODY
    assert len(asked) > 100
    assert "attachment" in asked
    led = {name: client.get(example(name)).headers.get("Location", "") for name in asked - TO_GET_IN_OR_OUT}
    assert [name for name, address in led.items() if not address.startswith(PAGE)] == []


def test_in_development_it_is_nobodys_duty_and_who_has_it_is_asked(settings: Settings, seen_by: As) -> None:
    settings.ADMIN_REQUIRE_OTP = False
    client, user = seen_by(roles.VIEWER), User.objects.get(username=roles.VIEWER)
    assert client.get(CARS).status_code == 200
    enrolled(client, user)
    assert client.get(CARS).status_code == 200
    assert log_in(user).get(CARS).headers["Location"].startswith(PAGE)


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
    assert BackupCode.objects.count() == 7
    assert log_in(user).post(PAGE, {"code": codes[0]}).status_code == 200


@pytest.mark.parametrize("wrong", ["9abcdefgh", "x", "1", "1abcdefgh", "³abcdefgh"])
def test_a_wrong_backup_code_opens_nothing_and_makes_the_next_try_wait(staff: Staff, wrong: str) -> None:
    user = staff(roles.MANAGER)
    codes = enrolled(log_in(user), user)
    thief = log_in(user)
    assert thief.post(PAGE, {"code": wrong}).status_code == 200
    assert "Wait a moment" in thief.post(PAGE, {"code": codes[1]}).content.decode()
    assert thief.get(CARS).status_code == 302
    assert BackupCode.objects.count() == 8


def test_backup_codes_are_shown_this_once_and_kept_as_hashes_of_passwords(staff: Staff, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = staff(roles.MANAGER)
    client = log_in(user)
    codes = enrolled(client, user)
    assert len(set(codes)) == 8
    kept = list(BackupCode.objects.order_by("number").values_list("hashed", flat=True))
    assert all(check_password(code, hashed) for code, hashed in zip(codes, kept, strict=True))
    assert {hashed.partition("$")[0] for hashed in kept} == {"pbkdf2_sha256"}
    assert len({hashed.split("$")[2] for hashed in kept}) == 8, "a salt for each"
    page = client.get(PAGE).content.decode()
    assert "8 backup codes are left" in page
    assert not any(code in page for code in codes)


def test_another_phone_takes_the_place_of_the_first_once_it_is_proved(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    client = log_in(user)
    enrolled(client, user)
    elsewhere = log_in(user)
    elsewhere.post(PAGE, {"code": code(user, ahead=1)})
    assert elsewhere.get(CARS).status_code == 200
    first = TOTPDevice.objects.get()
    client.get(f"{PAGE}?another")
    assert TOTPDevice.objects.filter(confirmed=True).get() == first
    client.post(f"{PAGE}?another", {"code": code(user)})
    assert TOTPDevice.objects.get() != first
    assert (client.get(CARS).status_code, elsewhere.get(CARS).status_code) == (200, 302)


def test_a_password_alone_makes_no_new_codes(staff: Staff) -> None:
    user = staff(roles.MANAGER)
    enrolled(log_in(user), user)
    codes = set(BackupCode.objects.values_list("hashed", flat=True))
    thief = log_in(user)
    thief.post(PAGE)
    thief.post(f"{PAGE}?another", {"code": "123456"})
    assert set(BackupCode.objects.values_list("hashed", flat=True)) == codes
    assert TOTPDevice.objects.count() == 1


def test_who_sits_down_at_an_open_browser_is_asked_for_a_code_again(staff: Staff) -> None:
    """Whatever changes how somebody comes in wants a code that was shown in the last ten minutes."""
    user = staff(roles.MANAGER)
    client = log_in(user)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        enrolled(client, user)
        assert "It is set up" in client.get(PAGE).content.decode()
    before = set(BackupCode.objects.values_list("hashed", flat=True))
    with time_machine.travel(now + timedelta(minutes=11), tick=False):
        for address in (PAGE, f"{PAGE}?another"):
            assert "Write the six digits" in client.post(address).content.decode()
        assert "QR code" not in client.get(f"{PAGE}?another").content.decode()
        assert set(BackupCode.objects.values_list("hashed", flat=True)) == before
        assert client.get(CARS).status_code == 200
        assert client.post(f"{PAGE}?another", {"code": code(user)}).headers["Location"] == f"{PAGE}?another"
        assert "QR code" in client.get(f"{PAGE}?another").content.decode()


def test_an_administrator_lets_somebody_set_it_up_anew(staff: Staff) -> None:
    manager, administrator = staff(roles.MANAGER), staff(roles.ADMINISTRATOR)
    client, enrolled_client = log_in(administrator), log_in(manager)
    enrolled(enrolled_client, manager)
    enrolled(client, administrator)
    client.post("/admin/auth/user/", {"action": "reset_second_factor", "_selected_action": [manager.pk]})
    assert enrolled_client.get(CARS).headers["Location"].startswith("/admin/login/"), "whoever had that session is out"
    assert not BackupCode.objects.filter(user=manager).exists()
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
