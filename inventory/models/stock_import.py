"""Imports of stock files: what each would change, what it did change, and whether it was undone."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.sentence import Sentence


class StockImport(models.Model):
    """One file on its way into the stock. Where a worker dies, the state is the same as before it began."""

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        REFUSED = "refused", _("not a stock file")
        READY = "ready", _("to be confirmed")
        SAVING = "saving", _("being saved")
        DONE = "done", pgettext_lazy("import", "saved")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", pgettext_lazy("import", "undone")

    # A worker has to do with it.
    AT_WORK = (State.CHECKING, State.SAVING, State.UNDOING)

    file_name = models.CharField(_("file"), max_length=200)
    # Only until it is checked; in the database, for the worker may be another machine.
    content = models.BinaryField(null=True)
    # Pairs of field and heading: PostgreSQL keeps no order within an object.
    headings = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.CHECKING)
    # Whoever checks the file with an older number than this stops.
    attempt = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(db_default=Now())

    created_at = models.DateTimeField(_("uploaded"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        verbose_name=_("uploaded by"),
        null=True,
        blank=True,
        related_name="+",
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        related_name="+",
    )
    saved_at = models.DateTimeField(_("saved"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        verbose_name=_("undone by"),
        null=True,
        blank=True,
        related_name="+",
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    withdraw_missing = models.BooleanField(_("withdraw what is not in the file"), default=False)
    can_withdraw = models.BooleanField(default=True)

    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    withdrawn = models.PositiveIntegerField(_("withdrawn"), default=0)

    class Meta:
        verbose_name = _("stock import")
        verbose_name_plural = _("stock imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(_("Import %(number)s: %(file)s") % {"number": self.pk, "file": self.file_name})

    @property
    def reason(self) -> str:
        """Why a vehicle changed, as its history tells it."""
        return self._told("import %(number)s: %(file)s")

    @property
    def reason_undone(self) -> str:
        return self._told("undo of import %(number)s: %(file)s")

    def _told(self, words: str) -> str:
        return (words % {"number": self.pk, "file": self.file_name})[:100]

    @property
    def is_at_work(self) -> bool:
        return self.state in self.AT_WORK


class StockImportRow(models.Model):
    """What an import means for one vehicle, or what is wrong with one row. What stays unchanged has none."""

    class What(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        MISSING = "missing", _("not in the file")
        ERROR = "error", _("error")

    class Outcome(models.TextChoices):
        OPEN = "", _("not saved yet")
        SAVED = "saved", _("saved")
        LEFT_OUT = "left_out", _("left out")
        OVERTAKEN = "overtaken", _("changed by someone else since the preview")
        UNDONE = "undone", _("undone")
        KEPT = "kept", _("edited since, and kept")

    stock_import = models.ForeignKey(StockImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("line"), default=0)
    stock_id = models.PositiveIntegerField(_("stock id"), null=True)
    car = models.CharField(_("car"), max_length=140, blank=True)
    what = models.CharField(_("what"), max_length=7, choices=What)
    # Field to [before, after]; of a new vehicle that the command saved its status alone: its history has the rest.
    changes = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    must_be_ticked = models.BooleanField(default=False)
    is_ticked = models.BooleanField(_("it is right"), default=False)
    # As they are written in the file, so that a row that was not saved can be corrected and come again.
    cells = models.JSONField(default=dict)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, default=Outcome.OPEN, blank=True)
    # Fields that the undo left alone, because somebody edited them after the import.
    kept = models.JSONField(default=list)

    class Meta:
        verbose_name = _("row of a stock import")
        verbose_name_plural = _("rows of a stock import")
        ordering = ["line", "pk"]
        indexes = [models.Index(fields=["stock_import", "what", "line"], name="stock_import_row_shown")]
        constraints = [
            models.UniqueConstraint(
                fields=["stock_import", "stock_id"], condition=~Q(what="error"), name="stock_import_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.car}"

    def told_problems(self) -> list[dict[str, Any]]:
        """Each with its place and its remedy in the reader's language."""
        return [problem | {"remedy": Sentence.kept_again(problem["remedy"]).said} for problem in self.problems]

    def told_warnings(self) -> list[str]:
        """In the reader's language."""
        return [Sentence.kept_again(warning).said for warning in self.warnings]
