"""A server that speaks as much of S3 as Karlos needs, on loopback."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass
class Bucket:
    """What was put there, by name, and whether each request was signed."""

    files: dict[str, bytes] = field(default_factory=dict)
    unsigned: list[str] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the standard library's)
        """Nothing: tests speak for themselves."""

    @property
    def name(self) -> str:
        """Without the bucket's own name before it."""
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = _unchunked(body)
        self.bucket.files[self.name] = body
        self._answer(200)

    def do_GET(self) -> None:
        if not self.name:
            self._list()
        elif self.name in self.bucket.files:
            self._answer(200, self.bucket.files[self.name])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.bucket.files.pop(self.name, None)
        self._answer(204)

    def _list(self) -> None:
        prefix = parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
        inside = [name for name in self.bucket.files if name.startswith(prefix)]
        folders = sorted(
            {prefix + name[len(prefix) :].partition("/")[0] + "/" for name in inside if "/" in name[len(prefix) :]}
        )
        files = [name for name in inside if "/" not in name[len(prefix) :]]
        told = "".join(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders)
        told += "".join(f"<Contents><Key>{escape(name)}</Key><Size>1</Size></Contents>" for name in files)
        self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{told}</ListBucketResult>".encode())

    def _answer(self, status: int, body: bytes = b"") -> None:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=the-key/"):
            self.bucket.unsigned.append(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", format_datetime(datetime.now(UTC), usegmt=True))
        self.send_header("ETag", f'"{md5(body, usedforsecurity=False).hexdigest()}"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _unchunked(body: bytes) -> bytes:
    """What is between the sizes that are written before each piece."""
    found = b""
    while head := re.match(rb"([0-9a-f]+)[^\r]*\r\n", body):
        size = int(head[1], 16)
        if not size:
            break
        found += body[head.end() : head.end() + size]
        body = body[head.end() + size + 2 :]
    return found


@contextmanager
def served() -> Iterator[Bucket]:
    """A bucket that answers at `url` while the block lasts."""
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": bucket}))
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield bucket
    server.shutdown()
    server.server_close()
    thread.join()
