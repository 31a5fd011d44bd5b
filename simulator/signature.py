"""Twilio's signature of a request: base64 of HMAC-SHA1 over the address and the sorted fields."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urldefrag

from django.conf import settings


def sign(url: str, form: Mapping[str, str]) -> str:
    """The value of X-Twilio-Signature. A fragment in the address is for Twilio itself and is not signed."""
    signed = urldefrag(url).url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(settings.TWILIO_AUTH_TOKENS[0].encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
