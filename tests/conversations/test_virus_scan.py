"""What customers send is shown to the operator's virus scanner before it is kept, and what it does not like is not."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from conversations import virus_scan
from conversations.models import Attachment
from tests.conversations.conftest import Answer, Write
from tests.conversations.test_attachments import holds, sent
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

# The file that every scanner takes for a virus, in two halves, so that none takes this one for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """As much of clamd as INSTREAM is: what it was shown, and what it says of it when told to say something else."""

    url: str = ""
    seen: list[bytes] = field(default_factory=list)
    says: bytes = b""


class Connection(socketserver.StreamRequestHandler):
    clamd: Clamd

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.clamd.seen.append(content)
        verdict = b"stream: Eicar-Signature FOUND" if EICAR in content else b"stream: OK"
        self.wfile.write((self.clamd.says or verdict) + b"\0")


@pytest.fixture(params=["tcp", "unix"])
def clamd(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Clamd]:
    clamd = Clamd()
    handler = type("Handler", (Connection,), {"clamd": clamd})
    server: socketserver.BaseServer
    if request.param == "tcp":
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        clamd.url = f"tcp://127.0.0.1:{server.server_address[1]}"
    else:
        server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd.ctl"), handler)
        clamd.url = f"unix://{tmp_path}/clamd.ctl"
    settings.CLAMD_URL = clamd.url
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield clamd
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_document_with_a_virus_is_not_kept_and_staff_are_told_which(
    write: Write, answer: Answer, twilio: TwilioServer, clamd: Clamd
) -> None:
    fields = sent("application/pdf", "document")
    holds(twilio, fields, b"%PDF-1" + EICAR)
    assert "No pude abrir" in answer(write(**fields))[0]
    kept = Attachment.objects.get()
    assert (kept.state, bool(kept.file)) == ("failed", False)
    assert "Eicar-Signature" in kept.error


def test_a_clean_one_is_kept_and_was_shown_whole(
    write: Write, answer: Answer, twilio: TwilioServer, clamd: Clamd
) -> None:
    content = b"%PDF-1" + bytes(range(256)) * 1024
    fields = sent("application/pdf", "document")
    holds(twilio, fields, content)
    answer(write(**fields))
    assert Attachment.objects.get().state == "stored"
    assert clamd.seen == [content]


@pytest.mark.parametrize("says", [b"INSTREAM size limit exceeded. ERROR", b"nonsense", b"UNKNOWN COMMAND"])
def test_what_the_scanner_could_not_look_at_is_not_clean(clamd: Clamd, says: bytes) -> None:
    clamd.says = says
    with pytest.raises(virus_scan.NotClean):
        virus_scan.look(b"%PDF-1")


def test_nor_is_anything_while_it_does_not_answer(settings: Settings, tmp_path: Path) -> None:
    for url in ("tcp://127.0.0.1:1", f"unix://{tmp_path}/nobody"):
        settings.CLAMD_URL = url
        with pytest.raises(virus_scan.NotClean):
            virus_scan.look(b"%PDF-1")


def test_without_a_scanner_everything_goes_on_as_ever(settings: Settings) -> None:
    settings.CLAMD_URL = ""
    virus_scan.look(EICAR)
