"""What customers send, fetched from Twilio: from its hosts only, without our credentials beyond them, within bounds."""

import ipaddress
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import certifi
import urllib3
from django.conf import settings
from django.utils.translation import gettext as _

# Whom our credentials may reach, and where these may send us on, without them.
HOSTS = frozenset({"api.twilio.com", "mcs.us1.twilio.com"})
BEYOND = (".twiliocdn.com", ".twilio.com")
BYTES_MOST = 16 * 1024 * 1024
SECONDS_MOST = 20.0
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
HOPS_MOST = 4
# A file may be a moment later than the message that has it.
TRIES = 3
_CHUNK = 64 * 1024
# What is kept, and how its bytes begin where that can be told.
TYPES: dict[str, tuple[bytes, ...]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG",),
    "image/webp": (b"RIFF",),
    "audio/ogg": (b"OggS",),
    "audio/mpeg": (b"ID3", b"\xff"),
    "audio/amr": (b"#!AMR",),
    "audio/aac": (),
    "audio/mp4": (),
    "video/mp4": (),
    "video/3gpp": (),
    "application/pdf": (b"%PDF",),
    "application/msword": (),
    "application/vnd.ms-excel": (),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK",),
    "text/vcard": (b"BEGIN:VCARD",),
}
_OF_SERVICE = re.compile(r"/v1/Services/[^/]+/Media/[^/]+")

Resolve = Callable[[str, int], list[str]]


class NotFetched(Exception):
    """It can't be had; the message says why, for staff."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file as it came."""

    content: bytes
    content_type: str


def fetch(url: str) -> Fetched:
    """The file at an address that a webhook named. Raises NotFetched."""
    ends_at = time.monotonic() + SECONDS_MOST
    url, has_credentials = _where(url), True
    for _hop in range(HOPS_MOST):
        with _got(url, ends_at, has_credentials=has_credentials) as response:
            sent_on = _sent_on(url, response, ends_at)
            if sent_on is None:
                return _checked(_body(response, ends_at), response)
        url, has_credentials = sent_on, False
    raise NotFetched(_("It is sent on too often."))


def _where(url: str) -> str:
    """The address itself or, with a stand-in for Twilio, the same there. Whoever forged it gets nothing."""
    base = settings.TWILIO_API_BASE_URL
    if base and url.startswith(f"{base}/"):
        return url
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc not in HOSTS:
        raise NotFetched(_("It is not at Twilio."))
    return f"{base}{parts.path}" if base else url


def _sent_on(url: str, response: urllib3.BaseHTTPResponse, ends_at: float) -> str | None:
    """Where the file really is, by a redirect or by what Conversations tells of it; None if it is here."""
    if response.status in {301, 302, 303, 307, 308}:
        further = urljoin(url, response.headers.get("Location", ""))
    elif _OF_SERVICE.fullmatch(urlsplit(url).path.removeprefix(urlsplit(settings.TWILIO_API_BASE_URL).path)):
        try:
            further = str(json.loads(_body(response, ends_at))["links"]["content_direct_temporary"])
        except (ValueError, KeyError, TypeError) as e:
            raise NotFetched(_("Twilio's answer can't be read.")) from e
    else:
        return None
    parts, base = urlsplit(further), settings.TWILIO_API_BASE_URL
    if base and further.startswith(f"{base}/"):
        return further
    if parts.scheme != "https" or parts.port not in {None, 443} or not (parts.hostname or "").endswith(BEYOND):
        raise NotFetched(_("It is sent on to somewhere that is not Twilio's."))
    return further


# --- One request --------------------------------------------------------------------------------------------------


def _got(url: str, ends_at: float, *, has_credentials: bool) -> urllib3.BaseHTTPResponse:
    """The answer, its body not read yet; asked for again while it is not there yet."""
    for attempt in range(1, TRIES + 1):
        try:
            response = _asked(url, has_credentials=has_credentials)
        except urllib3.exceptions.HTTPError as e:
            raise NotFetched(_("Twilio did not answer.")) from e
        if response.status < 400:
            return response
        response.close()
        is_early = response.status == 404 and attempt < TRIES and time.monotonic() < ends_at
        if not is_early:
            raise NotFetched(_("Twilio answered %(status)s.") % {"status": response.status})
        time.sleep(settings.MEDIA_RETRY_SECONDS)
    raise AssertionError("unreachable")


def _asked(url: str, *, has_credentials: bool) -> urllib3.BaseHTTPResponse:
    """From the very address that was checked: a name that changes its mind between leads nowhere."""
    parts = urlsplit(url)
    host, base = parts.hostname or "", settings.TWILIO_API_BASE_URL
    pool: urllib3.HTTPConnectionPool
    if base and url.startswith(f"{base}/"):
        pool = urllib3.HTTPConnectionPool(host, parts.port or 80)
    else:
        pool = urllib3.HTTPSConnectionPool(
            public_address(host),
            443,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
        )
    headers = {"Host": parts.netloc}
    if has_credentials:
        credentials = f"{settings.TWILIO_ACCOUNT_SID}:{settings.TWILIO_AUTH_TOKENS[0]}"
        headers |= urllib3.make_headers(basic_auth=credentials)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return pool.request(
        "GET", target, headers=headers, timeout=timeout, retries=False, redirect=False, preload_content=False
    )


def _resolved(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def public_address(host: str, resolve: Resolve = _resolved) -> str:
    """An address of the host that is everybody's. Raises NotFetched if it has none, or any that is private."""
    try:
        found = resolve(host, 443)
    except OSError as e:
        raise NotFetched(_("Twilio can't be found.")) from e
    if not found or not all(ipaddress.ip_address(address).is_global for address in found):
        raise NotFetched(_("It leads into a private network."))
    return found[0]


# --- What came ----------------------------------------------------------------------------------------------------


def _body(response: urllib3.BaseHTTPResponse, ends_at: float) -> bytes:
    """All of it, unless it is too large or takes too long."""
    return b"".join(_bounded(response, ends_at))


def _bounded(response: urllib3.BaseHTTPResponse, ends_at: float) -> Iterator[bytes]:
    size = 0
    try:
        for chunk in response.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > BYTES_MOST:
                raise NotFetched(_("It is larger than %(most)s MB.") % {"most": BYTES_MOST // 1024 // 1024})
            if time.monotonic() > ends_at:
                raise NotFetched(_("It took too long."))
            yield chunk
    except urllib3.exceptions.HTTPError as e:
        raise NotFetched(_("It broke off.")) from e
    finally:
        response.close()


def _checked(content: bytes, response: urllib3.BaseHTTPResponse) -> Fetched:
    """With a type that is kept, and that its bytes do not belie."""
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if content_type not in TYPES:
        raise NotFetched(_("Files of this type are not kept."))
    beginnings = TYPES[content_type]
    if not content or (beginnings and not content.startswith(beginnings)):
        raise NotFetched(_("It is not what it says it is."))
    return Fetched(content=content, content_type=content_type)
