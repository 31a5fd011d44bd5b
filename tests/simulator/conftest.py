"""What every test of the simulator may ask for."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as Twilio

from simulator import phone
from simulator.models import Customer
from tests.simulator import other_end
from tests.simulator.other_end import Karlos


@pytest.fixture
def simulator_on(settings: Settings) -> None:
    settings.SIMULATOR = settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.simulator.urls"
    settings.TWILIO_TRANSPORT = "messaging"
    settings.TWILIO_ACCOUNT_SID = "AC" + "a" * 32
    settings.TWILIO_AUTH_TOKENS = ["a token of the tests"]
    settings.TWILIO_WHATSAPP_NUMBER = "whatsapp:+14155238886"


@pytest.fixture
def karlos(simulator_on: None, settings: Settings) -> Iterator[Karlos]:
    played = Karlos()
    with other_end.served(played) as port:
        settings.PORT = port
        settings.PUBLIC_BASE_URL = "https://karlos.example"
        yield played


@pytest.fixture
def simulator(transactional_db: None, live_server: LiveServer, karlos: Karlos, settings: Settings) -> str:
    """The address of the simulator, with a little Karlos at the other end."""
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/simulator/twilio"
    return f"{live_server.url}/simulator/"


@pytest.fixture
def http(simulator: str) -> Iterator[TwilioHttpClient]:
    client = TwilioHttpClient(timeout=5)
    yield client
    client.session.close()


@pytest.fixture
def twilio(http: TwilioHttpClient) -> Twilio:
    return other_end.sdk(http)


@pytest.fixture
def visitor(simulator: str) -> Client:
    """What the page's script does, without a browser."""
    return Client()


@pytest.fixture
def ana(simulator: str) -> Customer:
    return phone.add("Ana Pérez", "+5215512345678")
