"""The evidence that the security page names is there, and a few attacks that have no other place."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from conversations.models import Customer, Handoff
from conversations.whatsapp import media
from karlos_site import roles
from tests.site import programs
from tests.site.conftest import As

PAGES = ("security.md", "privacy.md", "deployment.md", "new-dealership.md", "operations.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_and_script_that_a_page_names_is_there(page: str) -> None:
    text = (programs.ROOT / "docs" / page).read_text()
    tests = {name for file in Path(programs.ROOT / "tests").rglob("test_*.py") for name in _tests(file)}
    assert set(re.findall(r"`(test_\w+)`", text)) - tests == set()
    named = re.findall(r"`((?:scripts|tests|conversations|karlos_site|deploy)/[\w./@-]+)`", text)
    assert [path for path in named if not (programs.ROOT / path).exists()] == []


def _tests(file: Path) -> list[str]:
    return re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)


def test_a_name_that_changes_its_mind_leads_nowhere() -> None:
    """What was checked is what is connected to: a second answer of the name server is never asked for."""
    answers = iter([["54.1.2.3"], ["169.254.169.254"]])
    assert media.public_address("api.twilio.com", lambda _host, _port: next(answers)) == "54.1.2.3"
    with pytest.raises(media.NotFetched):
        media.public_address("api.twilio.com", lambda _host, _port: ["54.1.2.3", "10.0.0.1"])
    with pytest.raises(media.NotFetched):
        media.public_address("api.twilio.com", lambda _host, _port: ["::ffff:127.0.0.1"])


@pytest.mark.django_db
def test_a_post_of_the_admin_needs_the_token(seen_by: As) -> None:
    seen_by(roles.MANAGER)
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username=roles.MANAGER))
    customer = Customer.objects.create()
    for page in ("take_over", "take_out", "erase"):
        address = reverse(f"admin:conversations_customer_{page}", args=[customer.pk])
        assert client.post(address, {"number": customer.pk}).status_code == 403, page
    assert Customer.objects.filter(pk=customer.pk).exists()
    assert not Handoff.objects.exists()


@pytest.mark.django_db
def test_what_only_reads_changes_nothing(seen_by: As) -> None:
    client, customer = seen_by(roles.MANAGER), Customer.objects.create()
    for page in ("take_over", "give_back", "assign", "note", "reply", "take_out"):
        assert client.get(reverse(f"admin:conversations_customer_{page}", args=[customer.pk])).status_code == 405
    assert client.get(reverse("admin:conversations_customer_erase", args=[customer.pk])).status_code == 200
    assert Customer.objects.filter(pk=customer.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [roles.SELLER, roles.VIEWER])
def test_only_managers_take_out_or_erase_a_customer(seen_by: As, role: str) -> None:
    client, customer = seen_by(role), Customer.objects.create()
    for page in ("take_out", "erase"):
        address = reverse(f"admin:conversations_customer_{page}", args=[customer.pk])
        assert client.post(address, {"number": customer.pk}).status_code == 403
    assert Customer.objects.filter(pk=customer.pk).exists()
