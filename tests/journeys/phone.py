"""A customer's phone of the running simulator, over HTTP as its page does it."""

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.site.programs import eventually


@dataclass
class Phone:
    """One customer at a running Karlos."""

    base: str
    name: str
    session: requests.Session = field(default_factory=requests.Session)
    customer: int = 0

    def __post_init__(self) -> None:
        self.session.get(f"{self.base}/simulator/", timeout=10)
        number = f"+52155{abs(hash(self.name)) % 10**8:08d}"
        self.customer = self._post("/simulator/customers", name=self.name, phone=number).json()["id"]

    def _post(self, path: str, **fields: str) -> requests.Response:
        token = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        response = self.session.post(self.base + path, data=fields, headers=token, timeout=10)
        response.raise_for_status()
        return response

    def write(self, text: str) -> str:
        """Send a message; its SID."""
        sent = self._post(f"/simulator/customers/{self.customer}/messages", kind="text", body=text)
        return str(sent.json()["sid"])

    def tap(self, message: dict[str, Any], number: int) -> None:
        """One of the choices under a message."""
        choice, is_list = message["choices"][number], str(bool(message["choices_label"])).lower()
        fields = {"kind": "button", "body": choice["title"], "payload": choice["id"], "list": is_list}
        self._post(f"/simulator/customers/{self.customer}/messages", **fields)

    def send_again(self, sid: str) -> None:
        """The same webhook once more."""
        self._post(f"/simulator/messages/{sid}/retry")

    def switch_on(self, fault: str, times: int) -> None:
        self._post("/simulator/faults", name=fault, on="true", times=str(times))

    def messages(self) -> list[dict[str, Any]]:
        """Everything on this phone's screen, in order."""
        state = self.session.get(f"{self.base}/simulator/state", timeout=10).json()
        return [message for message in state["messages"] if message["customer"] == self.customer]

    def replies(self) -> list[dict[str, Any]]:
        return [message for message in self.messages() if not message["is_mine"]]

    def ask(self, text: str, *, seconds: float = 40) -> dict[str, Any]:
        """Write, and wait for the next reply, until it is known who wrote it."""
        before = len(self.replies())
        self.write(text)
        answered = eventually(
            lambda: bool(self.replies()[before:] and self.replies()[before]["written_by"]), seconds=seconds
        )
        assert answered, self.messages()
        reply: dict[str, Any] = self.replies()[before]
        return reply
