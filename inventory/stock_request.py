"""What staff ask of an import: to look at a file, to save it, to undo it. A worker does it; here it is allowed or not."""

from collections.abc import Collection
from typing import BinaryIO

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from inventory import progress, tasks
from inventory.models import StockImport, StockImportRow
from inventory.sentence import Sentence

_State, _What, _Outcome = StockImport.State, StockImportRow.What, StockImportRow.Outcome


class NotAllowed(Exception):
    """It can't be done as things are; `sentence` says why and what to do."""

    def __init__(self, words: str, **figures: str | int) -> None:
        self.sentence = Sentence(words, **figures)
        super().__init__(self.sentence)


def upload(content: BinaryIO, name: str, user: User) -> StockImport:
    """Have the file checked."""
    stock_import = StockImport.objects.create(file_name=name[:200], content=content.read(), created_by=user)
    _ring(stock_import.pk)
    return stock_import


def tick(stock_import: StockImport, shown: Collection[int], ticked: Collection[int]) -> None:
    """Of the rows that were shown, these are right and the others are not said to be."""
    rows = stock_import.rows.filter(must_be_ticked=True, outcome=_Outcome.OPEN)
    rows.filter(pk__in=set(shown) & set(ticked)).update(is_ticked=True)
    rows.filter(pk__in=set(shown) - set(ticked)).update(is_ticked=False)


def tick_all(stock_import: StockImport) -> None:
    stock_import.rows.filter(must_be_ticked=True, outcome=_Outcome.OPEN).update(is_ticked=True)


def unticked(stock_import: StockImport) -> QuerySet[StockImportRow]:
    """What nobody has said to be right."""
    return stock_import.rows.filter(must_be_ticked=True, is_ticked=False)


def confirm(stock_import: StockImport, user: User, *, withdraw_missing: bool, without_the_rest: bool) -> None:
    """Have it saved, `without_the_rest`: without rows in error or not ticked. Raises NotAllowed."""
    rows = stock_import.rows
    if not without_the_rest and (rows.filter(what=_What.ERROR).exists() or unticked(stock_import).exists()):
        raise NotAllowed(
            gettext_noop(
                "There are rows with errors, or with warnings that nobody ticked: tick what is right, and say that the rest stays out."
            )
        )
    saved = rows.filter(what__in=[_What.NEW, _What.CHANGED]).exclude(must_be_ticked=True, is_ticked=False)
    withdraws = withdraw_missing and stock_import.can_withdraw and rows.filter(what=_What.MISSING).exists()
    if not withdraws and not saved.exists():
        raise NotAllowed(gettext_noop("There is nothing to save."))
    _allow_prices(saved, user)
    _begin(stock_import, _State.READY, _State.SAVING, confirmed_by=user, withdraw_missing=withdraws)


def undo(stock_import: StockImport, user: User) -> None:
    """Have it taken back. Raises NotAllowed."""
    _allow_prices(stock_import.rows.filter(what=_What.CHANGED, outcome=_Outcome.SAVED), user)
    _begin(stock_import, _State.DONE, _State.UNDOING, undone_by=user)


def begin_again(stock_import: StockImport) -> None:
    """Where a worker died, or none came: nothing was half done. Raises NotAllowed while one is at it."""
    if progress.of(stock_import.pk) or not stock_import.is_at_work:
        raise NotAllowed(gettext_noop("A worker is at it, or has done it: look again."))
    StockImport.objects.filter(pk=stock_import.pk).update(asked_at=Now())
    _ring(stock_import.pk)


def discard(stock_import: StockImport) -> None:
    """A preview that nobody wants. Raises NotAllowed if it was confirmed."""
    unsaved = StockImport.objects.filter(pk=stock_import.pk, state__in=[_State.CHECKING, _State.REFUSED, _State.READY])
    if not unsaved.delete()[0]:
        raise NotAllowed(gettext_noop("This import was confirmed: it can be undone, not discarded."))


def _allow_prices(rows: QuerySet[StockImportRow], user: User) -> None:
    if (
        not user.has_perm("inventory.price_vehicle")
        and rows.filter(changes__has_key="price_mxn", what=_What.CHANGED).exists()
    ):
        raise NotAllowed(gettext_noop("It changes prices, which you may not: ask someone who may to do it."))


def _begin(stock_import: StockImport, before: str, state: str, **said: object) -> None:
    begun = StockImport.objects.filter(pk=stock_import.pk, state=before).update(state=state, asked_at=Now(), **said)
    if not begun:
        raise NotAllowed(gettext_noop("Somebody else was quicker: look at what it is now."))
    _ring(stock_import.pk)


def _ring(import_id: int) -> None:
    transaction.on_commit(lambda: tasks.ring(import_id))
