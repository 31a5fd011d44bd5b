"""What browsers are told they may load and do: strict for everything, and in the admin as far as its pages allow."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]

_NOTHING_ELSE = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_OWN = "connect-src 'self'; font-src 'self'; form-action 'self'; media-src 'self' blob:"
STRICT = f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; {_OWN}; {_NOTHING_ELSE}"
# The admin's theme writes scripts and styles into its pages, and evaluates expressions in their attributes.
ADMIN = STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)
_LOGOUT = "/admin/logout/"
_PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class ContentSecurity:
    """A page that has a policy of its own, a stricter one, keeps it."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._respond(request)
        policy = ADMIN if request.path.startswith("/admin/") else STRICT
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        if request.path == _LOGOUT:  # a reply that was being written stays in nobody's browser
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
