"""One conversation in the admin: its page, and every address below a customer's that the page calls."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponseBase

from conversations.admin.conversation import custody, page, personal, sent, template

__all__ = ("VIEWS", "View", "page")


@dataclass(frozen=True)
class View:
    """An address below a customer's, whether only who may write may call it, and what else they must be allowed."""

    address: str
    respond: Callable[..., HttpResponseBase]
    writes: bool
    permission: str = ""

    @property
    def name(self) -> str:
        return self.respond.__name__


VIEWS = (
    View("news", page.news, writes=False),
    View("earlier", page.earlier, writes=False),
    View("looked-up", page.looked_up, writes=False),
    View("cars", page.cars, writes=True),
    View("reply", sent.reply, writes=True),
    View("template", template.template, writes=True),
    View("approve", sent.approve, writes=True),
    View("discard", sent.discard, writes=True),
    View("take-over", custody.take_over, writes=True),
    View("give-back", custody.give_back, writes=True),
    View("assign", custody.assign, writes=True),
    View("propose", custody.propose, writes=True),
    View("note", custody.note, writes=True),
    View("take-out", personal.take_out, writes=False, permission="conversations.export_customer"),
    View("erase", personal.erase, writes=True, permission="conversations.erase_customer"),
)
