"""Who may use the stand-in for Twilio's API, and how it says no."""

import base64
import binascii
import hmac
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from simulator import guard

P = ParamSpec("P")


class Refused(Exception):
    """Twilio's answer to a request it does not take: an HTTP status, its own code and a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def twilio_endpoint(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """An address of Twilio's: account SID and token by Basic authentication, refusals as Twilio's JSON."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            _authenticate(request)
            return view(request, *args, **kwargs)
        except Refused as e:
            return refusal(e.status, e.code, e.message)

    return guard.development_only(csrf_exempt(answered))


def refusal(status: int, code: int, message: str) -> JsonResponse:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return JsonResponse({"code": code, "message": message, "more_info": more_info, "status": status}, status=status)


def own(account_sid: str) -> None:
    """Refuse an address that names another account."""
    if account_sid != settings.TWILIO_ACCOUNT_SID:
        raise Refused(404, 20404, "There is no such account here.")


def _authenticate(request: HttpRequest) -> None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        given = b""
    expected = f"{settings.TWILIO_ACCOUNT_SID}:{settings.TWILIO_AUTH_TOKENS[0]}".encode()
    if not hmac.compare_digest(given, expected):
        raise Refused(401, 20003, "Account SID and token do not belong together.")
