"""What browsers are told: nothing from elsewhere, no frame, and outside the admin nothing written into a page."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from karlos_site import headers, roles
from tests.site import programs
from tests.site.conftest import As

pytestmark = pytest.mark.django_db


def policy(response: object) -> dict[str, list[str]]:
    written: str = response.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    return {name: sources for name, *sources in (part.split() for part in written.split(";"))}


@pytest.mark.parametrize(
    "address", ["/privacy", "/media/photos/x.jpg", "/media/quotes/x.pdf", "/api/twilio/inbound", "/nowhere"]
)
def test_outside_the_admin_nothing_runs_that_is_not_a_file_of_ours(client: Client, address: str) -> None:
    told = policy(client.get(address))
    assert told["default-src"] == ["'none'"]
    assert told["script-src"] == told["style-src"] == ["'self'"]
    assert "unsafe" not in str(told)


def test_the_admin_loads_nothing_from_elsewhere_and_is_in_nobodys_frame(seen_by: As) -> None:
    response = seen_by(roles.MANAGER).get("/admin/")
    told = policy(response)
    assert {source for sources in told.values() for source in sources} <= {
        "'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"
    }  # fmt: skip
    assert told["frame-ancestors"] == told["object-src"] == told["base-uri"] == ["'none'"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_no_page_is_stored_by_a_browser_or_read_by_another_site(seen_by: As) -> None:
    client = seen_by(roles.MANAGER)
    for address in ("/admin/", "/admin/conversations/customer/", "/admin/inventory/vehicle/", "/admin/second-factor/"):
        assert "no-store" in client.get(address).headers["Cache-Control"], address
    for address in ("/admin/", "/privacy", "/api/twilio/inbound", "/media/photos/x.jpg", "/healthz"):
        headers = client.get(address, headers={"origin": "https://elsewhere.example"}).headers
        assert not [name for name in headers if name.lower().startswith("access-control-")], address


def test_trace_echoes_nothing(client: Client) -> None:
    for address in ("/admin/login/", "/healthz", "/api/twilio/inbound", "/privacy"):
        assert b"an echo" not in client.trace(address, headers={"x-said": "an echo"}).content


def test_whatever_has_words_tells_their_type_and_their_letters(seen_by: As) -> None:
    client = seen_by(roles.MANAGER)
    for address in ("/admin/", "/admin/jsi18n/", "/privacy", "/healthz", "/metrics", "/nowhere"):
        told = client.get(address).headers["Content-Type"]
        assert "charset=utf-8" in told.lower().replace('"', ""), address


def test_the_pages_outside_keep_to_what_is_allowed(client: Client) -> None:
    page = client.get("/privacy").content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert "<script" not in page


def test_a_logout_leaves_nothing_in_the_browser(seen_by: As) -> None:
    client = seen_by(roles.SELLER)
    assert "Clear-Site-Data" not in client.get("/admin/").headers
    assert client.post("/admin/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_page_with_a_stricter_policy_keeps_it() -> None:
    own = headers.ContentSecurity(lambda _request: HttpResponse(headers={"Content-Security-Policy": "sandbox"}))
    request = HttpRequest()
    request.path = "/"
    assert own(request)["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize("method", ["get", "post"])
def test_over_plain_http_programs_are_refused_and_browsers_led_to_https(
    client: Client, settings: Settings, method: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for address in ("/api/twilio/inbound", "/api/twilio/status", "/api/twilio/conversations", "/metrics"):
        assert getattr(client, method)(address).status_code == 403, address
        assert getattr(client, method)(address, headers={"x-forwarded-proto": "http"}).status_code == 403, address
        told = getattr(client, method)(address, secure=True)
        assert told.content != b"Over https only."
    led = client.get("/admin/login/")
    assert (led.status_code, led.headers["Location"]) == (301, "https://testserver/admin/login/")


def test_in_production_cookies_belong_to_this_very_host(tmp_path: object) -> None:
    environment = programs.surroundings(tmp_path, **programs.PRODUCTION)  # type: ignore[arg-type]
    told = programs.run(
        "-c",
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'karlos_site.settings'\n"
        "from django.conf import settings as s\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SECURE_HSTS_SECONDS)",
        environment=environment,
    )
    assert told.stdout.split() == ["__Host-session", "__Host-csrf", "True", "True", "True", "Lax", "31536000"], (
        told.stderr
    )
