"""Past answers given again by a version of the settings that is tried, or that is to come into force."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.settings_version import SettingsVersion
from conversations.models.turn import Turn


class Replay(models.Model):
    """One version against the past. A change of the settings waits for its own, and comes into force if it is good enough."""

    class State(models.TextChoices):
        RUNNING = "running", _("at work")
        DONE = "done", _("done")
        BELOW = "below", _("held back")
        LIVE = "live", _("came into force")
        OVERRIDDEN = "overridden", _("let through")
        OVERTAKEN = "overtaken", _("overtaken by another change")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    settings = models.JSONField(_("settings"))
    base = models.ForeignKey(
        SettingsVersion, on_delete=models.PROTECT, verbose_name=_("version in force then"), related_name="+"
    )
    restored = models.ForeignKey(
        SettingsVersion,
        on_delete=models.PROTECT,
        verbose_name=_("version that is tried"),
        null=True,
        blank=True,
        related_name="+",
    )
    is_change = models.BooleanField(_("waits to come into force"), default=False)
    percent_least = models.PositiveSmallIntegerField(_("answers as good as then at least, %"), default=0)
    turn_ids = models.JSONField(_("answers to be given again"), default=list)
    made_at = models.DateTimeField(_("since"), db_default=Now())
    made_by = models.ForeignKey(
        "auth.User", on_delete=models.SET_NULL, verbose_name=_("by"), null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("why"), max_length=200, blank=True)
    heard_at = models.DateTimeField(_("a worker was last heard of"), db_default=Now())
    overridden_by = models.ForeignKey(
        "auth.User",
        on_delete=models.SET_NULL,
        verbose_name=_("let through by"),
        null=True,
        blank=True,
        related_name="+",
    )
    override_reason = models.CharField(_("why it was let through"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(_("Replay %(id)s") % {"id": self.pk})

    @property
    def total(self) -> int:
        return len(self.turn_ids)

    @property
    def done(self) -> int:
        return self.answers.count()

    @property
    def passed(self) -> int:
        return self.answers.filter(flaws=[]).count()

    @property
    def percent(self) -> float | None:
        """The share of answers as good as then; None while there are none."""
        done = self.done
        return 100 * self.passed / done if done else None


class ReplayedTurn(models.Model):
    """One answer given again. It goes when the customer's own rows go, and keeps nothing of who they are."""

    class Flaw(models.TextChoices):
        WITHHELD = "withheld", _("the guardrails let nothing pass")
        NO_ANSWER = "no_answer", _("the language model gave no answer")
        BROKE_OFF = "broke_off", _("it broke off")
        PERSON = "person", _("a person is brought in, or no longer")
        TOOLS = "tools", _("other tools")
        FIGURES = "figures", _("other figures")

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, verbose_name=_("replay"), related_name="answers")
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, verbose_name=_("turn"), related_name="+")
    flaws = models.JSONField(_("what is worse or otherwise"), default=list, blank=True)
    reply = models.TextField(_("what it would say, masked"), blank=True)
    differences = models.JSONField(_("differences, masked"), default=list, blank=True)

    class Meta:
        verbose_name = _("answer given again")
        verbose_name_plural = _("answers given again")
        constraints: ClassVar = [models.UniqueConstraint(fields=["replay", "turn"], name="replayed_turn_once")]
        ordering: ClassVar = [F("turn").desc()]

    def __str__(self) -> str:
        return str(_("Turn %(id)s") % {"id": self.turn_id})
