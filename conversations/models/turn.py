"""Threads as the language model sees them, and turns: what was answered, when, and on what ground."""

import json
import uuid
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.customer import Customer
from conversations.models.settings_version import SettingsVersion

if TYPE_CHECKING:
    from conversations.models.message import Message


class Thread(models.Model):
    """A conversation as the language model sees it: it ends 30 minutes after its last use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="threads")
    started_at = models.DateTimeField(_("started"), db_default=Now())
    used_at = models.DateTimeField(_("last used"), db_default=Now())
    # Of one that was just made, and has no items.
    is_new = False

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        indexes = [
            models.Index("customer", F("used_at").desc(), name="thread_latest"),
            models.Index("started_at", name="thread_by_day"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Turn(models.Model):
    """Everything from a customer's unanswered messages to the answer, with what it was based on."""

    class Limit(models.TextChoices):
        TURNS = "turns", _("answers per day")
        TOKENS = "tokens", _("tokens per day")
        BUDGET = "budget", _("daily budget")
        TURNS_MOST = "turns_most", _("most answers per day")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn, answered anew")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="turns")
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, verbose_name=_("thread"), related_name="turns", null=True, blank=True
    )
    agent = models.ForeignKey(
        "assistant.Agent", on_delete=models.PROTECT, verbose_name=_("agent"), null=True, blank=True
    )
    settings_version = models.ForeignKey(
        SettingsVersion,
        on_delete=models.PROTECT,
        verbose_name=_("version of the settings"),
        null=True,
        blank=True,
        related_name="turns",
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    replaced_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        verbose_name=_("answered anew in"),
        related_name="replaces",
        null=True,
        blank=True,
        help_text=_(
            "The turn that answers instead, since a car in the answer was sold or priced anew before it was sent."
        ),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    model = models.CharField(_("answered by"), max_length=80, blank=True)
    rounds = models.PositiveSmallIntegerField(_("rounds"), default=0)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    cached_tokens = models.PositiveIntegerField(_("cached tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    cost_mxn = models.DecimalField(
        _("cost, MXN"), max_digits=12, decimal_places=6, default=Decimal(0), help_text=_("At that day's rates.")
    )
    limit = models.CharField(
        _("over the limit"), max_length=10, choices=Limit, blank=True, help_text=_("Why no language model was asked.")
    )
    seconds = models.FloatField(_("seconds"), default=0)
    remarks = models.JSONField(_("remarks"), default=list, blank=True, help_text=_("What went wrong on the way."))
    withheld = models.JSONField(
        _("withheld"),
        default=list,
        blank=True,
        help_text=_("What a model wanted to say and the guardrails did not let pass, and why."),
    )

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(state="open"), name="turn_one_open_per_customer")
        ]
        indexes = [
            models.Index("customer", "opened_at", name="turn_of_customer_by_day"),
            models.Index("opened_at", name="turn_by_day"),
            models.Index("customer", name="turn_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return str(_("Turn %(id)s") % {"id": self.pk})

    @cached_property
    def replacing(self) -> "list[Turn]":
        """Earlier turns that were withdrawn before their answers were sent, and that this one answers anew."""
        return list(self.customer.turns.filter(state=Turn.State.WITHDRAWN, replaced_by=None))

    @cached_property
    def asked(self) -> "list[Message]":
        """The customer's messages that it answers, in order."""
        return list(self.messages.filter(author="customer").order_by("id"))

    @cached_property
    def said(self) -> "list[Message]":
        """The messages that it answers with, in order."""
        return list(self.messages.filter(author="assistant").order_by("part"))


class Item(models.Model):
    """One entry of a thread: words, a tool call or its result."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        ASSISTANT = "assistant", _("assistant")
        STAFF = "staff", _("staff")
        TOOL_CALL = "tool_call", _("tool call")
        TOOL_RESULT = "tool_result", _("tool result")

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, verbose_name=_("thread"), related_name="items")
    turn = models.ForeignKey(
        Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), related_name="items", null=True, blank=True
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    content = models.JSONField(_("content"))

    class Meta:
        verbose_name = _("thread item")
        verbose_name_plural = _("thread items")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()


class ToolUse(models.Model):
    """A receipt: what Karlos looked up or did in a turn, and what came of it."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, verbose_name=_("turn"), related_name="tool_uses")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("tool"), max_length=64)
    arguments = models.JSONField(_("arguments"))
    result = models.JSONField(_("result"))

    class Meta:
        verbose_name = _("tool use")
        verbose_name_plural = _("tool uses")
        ordering: ClassVar = ["id"]
        constraints = [models.UniqueConstraint(fields=["turn", "position"], name="tool_use_once")]

    def __str__(self) -> str:
        """The whole receipt on three lines."""
        shown = (json.dumps(data, ensure_ascii=False) for data in (self.arguments, self.result))
        return "\n".join((self.name, *shown))
