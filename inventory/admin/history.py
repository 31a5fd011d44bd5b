"""The history of a vehicle: each version, who made it, when and why, and each value from what to what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page
from django.utils.translation import gettext as _

from inventory import values
from inventory.models import Vehicle
from inventory.paging import BoundedPaginator

_PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value that a version changed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Version:
    """A vehicle as somebody left it."""

    at: datetime
    by: str
    what: str
    why: str
    changes: tuple[Change, ...]


def page(vehicle: Vehicle, number: str) -> tuple["Page[Any]", list[Version]]:
    """The page of that number, newest first, and the versions on it."""
    records = vehicle.history.select_related("history_user").order_by("-history_date", "-history_id")
    shown = BoundedPaginator(records, _PER_PAGE).get_page(number)
    # The last one of a page is compared with the first of the next.
    rows = list(records[shown.start_index() - 1 : shown.end_index() + 1]) if shown.object_list else []
    return shown, list(_versions(rows))[: len(shown.object_list)]


def _versions(records: list[Any]) -> Iterator[Version]:
    for record, before in zip(records, [*records[1:], None], strict=True):
        yield Version(
            at=record.history_date,
            by=values.who(record.history_user),
            what={"+": _("Added"), "-": _("Deleted")}.get(record.history_type, _("Changed")),
            why=record.history_change_reason or "",
            changes=tuple(_changes(record, before)) if before else (),
        )


def _changes(record: Any, before: Any) -> Iterable[Change]:
    for change in record.diff_against(before).changes:
        yield Change(
            label=values.label(change.field),
            before=values.shown(change.field, change.old),
            after=values.shown(change.field, change.new),
        )
