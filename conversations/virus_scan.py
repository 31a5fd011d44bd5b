"""ClamAV, where the operator runs one: its daemon looks at each file that a customer sent before anything of it is kept."""

import socket
import struct
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

CONNECT_SECONDS, SECONDS_MOST = 2.0, 15.0
_CHUNK = 64 * 1024
_REPLY_MOST = 4 * 1024


class NotClean(Exception):
    """It has a virus, or nobody could tell; the message says which, for staff."""


def look(content: bytes) -> None:
    """Silent when it is clean, or no scanner is named. Raises NotClean: what can't be looked at is not kept either."""
    if not settings.CLAMD_URL:
        return
    try:
        told = _asked(content)
    except OSError as e:
        raise NotClean(_("The virus scanner does not answer.")) from e
    if told.endswith(" FOUND"):
        raise NotClean(_("It has a virus: %(name)s.") % {"name": told.removeprefix("stream: ").removesuffix(" FOUND")})
    if told != "stream: OK":
        raise NotClean(_("The virus scanner could not look at it."))


def _asked(content: bytes) -> str:
    """By clamd's INSTREAM: pieces, each after its length in four bytes, the last one empty."""
    ends_at = time.monotonic() + SECONDS_MOST
    with _connected() as connection:
        connection.settimeout(SECONDS_MOST)
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            piece = content[start : start + _CHUNK]
            connection.sendall(struct.pack("!I", len(piece)) + piece)
        connection.sendall(struct.pack("!I", 0))
        reply = b""
        while b"\0" not in reply and len(reply) < _REPLY_MOST:
            connection.settimeout(max(ends_at - time.monotonic(), 0.01))
            got = connection.recv(_REPLY_MOST)
            if not got:
                break
            reply += got
    return reply.partition(b"\0")[0].decode(errors="replace").strip()


def _connected() -> socket.socket:
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(address.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((address.hostname or "", address.port or 3310), CONNECT_SECONDS)
