"""The simulator cannot be reached in production, not even when its addresses are."""

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django.fixtures import Settings

from simulator import urls

# On PostgreSQL a journey goes through all of the simulator.
pytestmark = pytest.mark.anywhere

FILLED_IN = {"customer_id": "1", "sid": "SM1", "media_sid": "ME1", "account_sid": "AC1"}


def addresses() -> list[str]:
    found = []
    for pattern in urls.urlpatterns:
        route = str(pattern.pattern)
        for name, value in FILLED_IN.items():
            route = route.replace(f"<str:{name}>", value).replace(f"<int:{name}>", value)
        found.append(f"/simulator/{route}")
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(("simulator", "debug"), [(False, True), (True, False), (False, False)])
@pytest.mark.parametrize("address", addresses())
def test_no_address_exists_in_production(
    settings: Settings, client: Client, address: str, simulator: bool, debug: bool
) -> None:
    settings.ROOT_URLCONF = "tests.simulator.urls"
    settings.SIMULATOR, settings.DEBUG = simulator, debug
    assert get_resolver().resolve(address)
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


@pytest.mark.django_db
def test_what_the_page_posts_needs_djangos_token(simulator_on: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/simulator/customers", {"name": "Ana"}).status_code == 403


@pytest.mark.django_db
def test_the_page_has_someone_to_play_from_the_beginning(simulator_on: None, client: Client) -> None:
    assert client.get("/simulator/").status_code == 200
    client.get("/simulator/")
    assert [customer["name"] for customer in client.get("/simulator/state").json()["customers"]] == ["Ana López"]


@pytest.mark.django_db
def test_the_page_loads_nothing_from_elsewhere(simulator_on: None, client: Client) -> None:
    html = client.get("/simulator/").content.decode()
    assert "http://" not in html
    assert "https://" not in html
    assert "<script>" not in html
    assert " style=" not in html


@pytest.mark.django_db
@pytest.mark.parametrize(("accepted", "language"), [("es-MX,es;q=0.9", "es"), ("en-GB", "en"), ("de", "es")])
def test_the_page_speaks_the_readers_language_or_spanish(
    simulator_on: None, client: Client, accepted: str, language: str
) -> None:
    html = client.get("/simulator/", headers={"accept-language": accepted}).content.decode()
    assert f'<html lang="{language}">' in html
