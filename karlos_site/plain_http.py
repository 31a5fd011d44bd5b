"""Plain HTTP: browsers are led to https, programs are refused, so that who set one up wrongly notices at once."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

# What programs call. A redirect would be followed in silence, with everything told in the clear before it, each time.
_PROGRAMS = ("/api/", "/metrics")


class Refusal:
    """Before Django's redirect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and request.path.startswith(_PROGRAMS):
            return HttpResponseForbidden("Over https only.", content_type="text/plain; charset=utf-8")
        return self._respond(request)
