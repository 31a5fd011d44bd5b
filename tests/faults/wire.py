"""A proxy in front of PostgreSQL that understands enough of its protocol to see a commit before and after it is made."""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

# Which write or transaction of the product it is, by what its statements hold; the first that fits.
_STEPS = (
    ("record", "\"state\" = 'done'"),
    ("inbound", "INSERT INTO \"conversations_message\".*'customer'"),
    ("claim", r'"lease_until" = .*"fence" = \("conversations_customer"\."fence" \+ 1\)'),
    ("fail", "UPDATE \"conversations_turn\".*'failed'"),
    ("fold", 'UPDATE "conversations_message" SET "turn_id"'),
    ("lease", 'UPDATE "conversations_customer" SET "lease_until"'),
    ("thread", '"conversations_thread"'),
    ("take", "\"delivery\" = 'sending'"),
    ("sid", 'UPDATE "conversations_message" SET "sid"'),
    ("sent", "\"delivery\" = '(sent|delivered|read)'"),
    ("look", 'UPDATE "conversations_message" SET "(looks|next_step_at)"'),
    ("outcome", 'UPDATE "conversations_message" SET "delivery"'),
)
_WRITE = re.compile(rb"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)

# Asked at each commit, with the step and "before" or "after": whether the process at this end is to die of it now.
Strikes = Callable[[str, str], bool]


def step_of(statements: bytes) -> str:
    """The product's step that these statements make up."""
    text = statements.decode(errors="replace")
    return next((step for step, pattern in _STEPS if re.search(pattern, text, re.DOTALL)), "other")


@dataclass
class _Connection:
    """What is known of one connection: whether a transaction is open, and what it has written."""

    client: socket.socket
    server: socket.socket
    strikes: Strikes
    status: bytes = b"I"
    written: bytes = b""
    # The step that was just sent on to be committed.
    committing: str = ""
    is_started: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def close(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def up(self) -> None:
        """From the product to the server."""
        held = b""
        while data := self.client.recv(65536):
            held += data
            if not self.is_started:
                if len(held) < 4 or len(held) < struct.unpack("!I", held[:4])[0]:
                    continue
                length = struct.unpack("!I", held[:4])[0]
                self.is_started = True
                self.server.sendall(held[:length])
                held = held[length:]
            messages, held = _whole_messages(held)
            for kind, message in messages:
                if kind in b"QP" and self._is_struck(message[5:]):
                    return
                self.server.sendall(message)

    def _is_struck(self, statement: bytes) -> bool:
        """Whether the process dies before this statement; notes what it commits."""
        statement = statement.lstrip(b"\0")
        is_write = bool(_WRITE.match(statement))
        if is_write:
            self.written += statement
        if not (statement.startswith(b"COMMIT") or (is_write and self.status == b"I")):
            if statement.startswith(b"ROLLBACK"):
                self.written = b""
            return False
        written, self.written = self.written, b""
        # psycopg sends BEGIN by itself, in front of the first statement.
        step = step_of(written) if written else ""
        if not step:
            return False
        if self.strikes(step, "before"):
            return True
        self.committing = step
        return False

    def down(self) -> None:
        """From the server to the product; what a commit answers is held back until it is whole."""
        held = b""
        while data := self.server.recv(65536):
            if not self.is_started:
                self.client.sendall(data)
                continue
            held += data
            messages, held = _whole_messages(held)
            for kind, message in messages:
                if kind == b"Z":
                    self.status = message[5:6]
                    step, self.committing = self.committing, ""
                    if step and self.strikes(step, "after"):
                        return
            self.client.sendall(b"".join(message for _, message in messages))


def _whole_messages(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The messages that are whole, each with its kind, and the rest."""
    messages: list[tuple[bytes, bytes]] = []
    at = 0
    while len(data) - at >= 5:
        end = at + 1 + struct.unpack("!I", data[at + 1 : at + 5])[0]
        if end > len(data):
            break
        messages.append((data[at : at + 1], data[at:end]))
        at = end
    return messages, data[at:]


class Proxy:
    """One for each process of the product, so that a commit tells whose it is."""

    def __init__(self, server_port: int, strikes: Strikes) -> None:
        self._server_port = server_port
        self._strikes = strikes
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        # TLS would hide what is to be seen.
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/karlos?sslmode=disable&gssencmode=disable"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(client, server, self._strikes)
        for way in (connection.up, connection.down):
            threading.Thread(target=self._pump, args=(connection, way), daemon=True).start()

    def _pump(self, connection: _Connection, way: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):
            way()
        connection.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
