"""The admin's first page: what runs now, and the figures of the last days, each with the way to its rows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assistant.sentences import count
from conversations import figures
from conversations.admin.figure import link
from conversations.figures import Period, Spread
from conversations.models import DailyFigures

PERIODS = (1, 7, 30, 90)
DEFAULT = 7
PERMISSION = "conversations.view_dailyfigures"
_NONE = "—"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure: its value, what it was before, what it means, and the lists of its rows."""

    title: str
    value: str
    before: str
    meaning: str
    # A text with the address of its rows, which may be empty.
    rows: tuple[tuple[str, str], ...] = ()
    is_bad: bool = False


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows to whoever may see the figures."""
    if not request.user.has_perm(PERMISSION):
        return context
    days = _days(request)
    period, before = figures.latest(days)
    missing = len(period.each()) - len(period.days)
    return context | {
        "dashboard": {
            "days": days,
            "periods": [
                (n, _("Today") if n == 1 else ngettext("%(n)d day", "%(n)d days", n) % {"n": n}) for n in PERIODS
            ],
            "before": _("yesterday") if days == 1 else _("the %(days)d days before") % {"days": days},
            "now": _now(request),
            "tiles": _tiles(request, period, before),
            "charts": _charts(period) if days > 1 else [],
            "table": _table(request, period),
            "missing": missing if _is_new(period) else 0,
        }
    }


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else DEFAULT


def _is_new(period: Period) -> bool:
    """Whether days are missing behind one that is there: before the first there was nothing to count."""
    return bool(period.days) and len(period.days) < (period.last - period.days[0].day).days + 1


# --- Now ----------------------------------------------------------------------------------------------------------


def _now(request: HttpRequest) -> list[dict[str, Any]]:
    waiting = figures.waiting()
    customers = ngettext("%(n)d customer waits for an answer", "%(n)d customers wait for an answer", waiting.customers)
    handoffs = ngettext(
        "%(n)d conversation waits for a person", "%(n)d conversations wait for a person", waiting.handoffs
    )
    messages = ngettext("%(n)d message is on its way out", "%(n)d messages are on their way out", waiting.deliveries)
    longest = _("the longest for %(time)s") % {"time": duration(waiting.longest.total_seconds())}
    return [
        {
            "text": customers % {"n": waiting.customers},
            "more": longest if waiting.customers else "",
            "link": _list(request, "customer", "due_at__isnull=False&channel__exact=whatsapp"),
            "is_late": waiting.longest > timedelta(minutes=1),
        },
        {
            "text": handoffs % {"n": waiting.handoffs},
            "link": _list(request, "handoff", "left=waiting"),
            "is_late": waiting.handoffs > 0,
        },
        {
            "text": messages % {"n": waiting.deliveries},
            "link": _list(request, "message", "delivery__in=queued,sending,unknown"),
        },
    ]


def _list(request: HttpRequest, model: str, query: str) -> str:
    if not request.user.has_perm(f"conversations.view_{model}"):
        return ""
    return f"{reverse(f'admin:conversations_{model}_changelist')}?{query}"


# --- The figures --------------------------------------------------------------------------------------------------


def _tiles(request: HttpRequest, period: Period, before: Period) -> list[Tile]:
    def rows(name: str, text: str) -> tuple[str, str]:
        return text, link(request, name, period.first, period.last)

    def counted(name: str, title: str, meaning: str, *, is_bad: bool = False) -> Tile:
        number = period.total(name)
        return Tile(
            title=title,
            value=count(number),
            before=count(before.total(name)) if before.days else _NONE,
            meaning=meaning,
            rows=(rows(name, _("Show them")),),
            is_bad=is_bad and number > 0,
        )

    def timed(name: str, title: str, meaning: str, spread: Callable[[Period], Spread]) -> Tile:
        now = spread(period)
        of = ngettext("of %(n)s conversation", "of %(n)s conversations", now.count) % {"n": count(now.count)}
        return Tile(
            title=title,
            value=_median(now),
            before=_median(spread(before)),
            meaning=meaning,
            rows=((_("95 %% within %(time)s") % {"time": _seconds(now.share_within(95))}, ""), rows(name, of)),
        )

    without = _("%(part)s of %(all)s conversations") % {
        "part": count(period.total("without_person")),
        "all": count(period.total("conversations")),
    }
    return [
        counted(
            "conversations",
            _("Conversations"),
            _("A conversation begins when a customer writes, and ends once half an hour has passed without a message."),
        ),
        timed(
            "replied",
            _("First reply (median)"),
            _(
                "From a customer's first message in a conversation until Karlos's first answer is sent. Half were quicker."
            ),
            lambda of: of.reply,
        ),
        Tile(
            title=_("Answered without a person"),
            value=_without_person(period),
            before=_without_person(before),
            meaning=_(
                "The share of conversations that Karlos answered, that were not handed to a person, and in which nobody "
                "of the staff wrote or approved anything."
            ),
            rows=(rows("without_person", without),),
        ),
        counted(
            "handed_off",
            _("Handed to a person"),
            _("Conversations that Karlos gave to a person. What staff took over by themselves is not counted."),
        ),
        timed(
            "waited",
            _("Wait for a person (median)"),
            _("From when Karlos handed a conversation over until somebody took it, of those taken in these days."),
            lambda of: of.wait,
        ),
        counted("visits", _("Visits"), _("Visits that customers asked Karlos for, whatever became of them.")),
        _came(period, before, rows),
        counted("leads", _("Leads"), _("Callbacks, offers, trade-ins, cars to watch and to hold that Karlos noted.")),
        *_costs(period, before, rows),
        counted(
            "failed_turns",
            _("Not answered"),
            _(
                "Times that Karlos failed three times running: the customer got an apology, and a person the conversation."
            ),
            is_bad=True,
        ),
        counted(
            "failed_messages",
            _("Not delivered"),
            _("Messages that WhatsApp did not deliver; each says why."),
            is_bad=True,
        ),
        counted(
            "blocked",
            _("Withheld by the guardrails"),
            _("Answers of which at least one wording was not sent since it was not true or not allowed."),
        ),
    ]


def _came(period: Period, before: Period, rows: Callable[[str, str], tuple[str, str]]) -> Tile:
    done, missed = count(period.total("visits_done")), period.total("visits_missed")
    absent = ngettext("%(n)s did not come", "%(n)s did not come", missed) % {"n": count(missed)}
    return Tile(
        title=_("Came to their visit"),
        value=_those_who_came(period),
        before=_those_who_came(before),
        meaning=_("Of the visits of these days of which staff said whether the customer came."),
        rows=(
            rows("visits_done", _("%(n)s took place") % {"n": done}),
            rows("visits_missed", absent),
        ),
    )


def _costs(period: Period, before: Period, rows: Callable[[str, str], tuple[str, str]]) -> list[Tile]:
    model, whatsapp, twilio = (_money(period.total(f"{name}_mxn")) for name in ("model", "whatsapp", "twilio"))
    received, sent = count(period.total("messages_in")), count(period.total("messages_out"))
    return [
        Tile(
            title=_("Cost"),
            value=_money(period.cost_mxn),
            before=_money(before.cost_mxn) if before.days else _NONE,
            meaning=_(
                "What the language model, WhatsApp and Twilio ask, at the rates of each day, which staff set under "
                "Limits. Meta's free messages are not taken off."
            ),
            rows=(
                rows("paid", _("language model %(cost)s") % {"cost": model}),
                rows("delivered", _("WhatsApp %(cost)s") % {"cost": whatsapp}),
                (_("Twilio %(cost)s") % {"cost": twilio}, ""),
                rows("messages_in", _("%(n)s received") % {"n": received}),
                rows("messages_out", _("%(n)s sent") % {"n": sent}),
            ),
        ),
        Tile(
            title=_("Cost of a conversation"),
            value=_each(period, "conversations"),
            before=_each(before, "conversations"),
            meaning=_("The cost divided by the conversations."),
            rows=(rows("conversations", _("the conversations")),),
        ),
        Tile(
            title=_("Cost of a lead"),
            value=_each(period, "leads"),
            before=_each(before, "leads"),
            meaning=_("The cost divided by the leads."),
            rows=(rows("leads", _("the leads")),),
        ),
    ]


def _median(spread: Spread) -> str:
    return _seconds(spread.share_within(50))


def _seconds(seconds: int | None) -> str:
    return _NONE if seconds is None else duration(seconds)


def duration(seconds: float) -> str:
    """ "4 s", "12 min", "3.5 h" """
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 60 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{formats.number_format(seconds / 3600, 1)} h"


def _share(part: int, of: int) -> str:
    return f"{100 * part / of:.0f} %" if of else _NONE


def _without_person(period: Period) -> str:
    return _share(period.total("without_person"), period.total("conversations"))


def _those_who_came(period: Period) -> str:
    return _share(period.total("visits_done"), period.total("visits_done") + period.total("visits_missed"))


def _each(period: Period, name: str) -> str:
    number = period.total(name)
    return _money(period.cost_mxn / number) if number else _NONE


def _money(amount: Decimal) -> str:
    return f"${amount:,.2f}"


# --- Over time ----------------------------------------------------------------------------------------------------

_PETROL, _AMBER, _GREEN, _RED = "#0e7490", "#d97706", "#15803d", "#b91c1c"


def _charts(period: Period) -> list[dict[str, str]]:
    known = {row.day: row for row in period.days}
    labels = [formats.date_format(day, "j M") for day in period.each()]

    def series(label: str, colour: str, value: Callable[[DailyFigures], Any], **options: Any) -> dict[str, Any]:
        values = [value(known[day]) if day in known else None for day in period.each()]
        return {"label": label, "data": values, "backgroundColor": colour, "borderColor": colour, **options}

    def chart(title: str, kind: str, *datasets: dict[str, Any], is_stacked: bool = False) -> dict[str, str]:
        return {
            "title": title,
            "kind": kind,
            "data": json.dumps({"labels": labels, "datasets": datasets}),
            "options": json.dumps(_options(is_stacked=is_stacked)),
        }

    line = {"borderWidth": 2, "pointRadius": 2, "spanGaps": True}
    return [
        chart(
            _("Conversations"),
            "bar",
            series(_("conversations"), _PETROL, lambda row: row.conversations),
            series(_("answered without a person"), _GREEN, lambda row: row.without_person),
            series(_("handed to a person"), _AMBER, lambda row: row.handed_off),
        ),
        chart(
            _("First reply, seconds"),
            "line",
            series(_("median"), _PETROL, lambda row: Spread.of(row.reply_seconds).share_within(50), **line),
            series(_("95 % within"), _AMBER, lambda row: Spread.of(row.reply_seconds).share_within(95), **line),
        ),
        chart(
            _("Wait for a person, minutes"),
            "line",
            series(_("median"), _PETROL, lambda row: _minutes(Spread.of(row.wait_seconds).share_within(50)), **line),
            series(
                _("95 % within"), _AMBER, lambda row: _minutes(Spread.of(row.wait_seconds).share_within(95)), **line
            ),
        ),
        chart(
            _("Visits and leads"),
            "bar",
            series(_("visits"), _PETROL, lambda row: row.visits),
            series(_("did not come"), _AMBER, lambda row: row.visits_missed),
            series(_("leads"), _GREEN, lambda row: row.leads),
        ),
        chart(
            _("Cost, pesos"),
            "bar",
            series(_("language model"), _PETROL, lambda row: float(round(row.model_mxn, 2))),
            series("WhatsApp", _GREEN, lambda row: float(round(row.whatsapp_mxn, 2))),
            series("Twilio", _AMBER, lambda row: float(round(row.twilio_mxn, 2))),
            is_stacked=True,
        ),
        chart(
            _("What went wrong"),
            "bar",
            series(_("not answered"), _RED, lambda row: row.failed_turns),
            series(_("not delivered"), _AMBER, lambda row: row.failed_messages),
            series(_("withheld by the guardrails"), _PETROL, lambda row: row.blocked),
        ),
    ]


def _minutes(seconds: int | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _options(*, is_stacked: bool) -> dict[str, Any]:
    labels = {"boxWidth": 10, "boxHeight": 10, "color": "#6b7280"}
    axis = {"color": "#6b7280", "precision": 0, "maxRotation": 0, "autoSkipPadding": 12}
    return {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "interaction": {"mode": "index", "intersect": False},
        "plugins": {"legend": {"display": True, "align": "start", "labels": labels}},
        "scales": {
            "x": {"stacked": is_stacked, "grid": {"display": False}, "ticks": axis},
            "y": {"stacked": is_stacked, "beginAtZero": True, "grid": {"lineWidth": 1}, "ticks": axis},
        },
    }


# What the table has of each day, the newest first: name and heading.
def _table(request: HttpRequest, period: Period) -> dict[str, Any]:
    """The charts as figures: for who can't see them, and as a way to the rows of one day."""
    names = (
        "conversations", "without_person", "handed_off", "visits", "visits_done", "visits_missed", "leads", "failed_turns",
        "failed_messages", "blocked",
    )  # fmt: skip
    headings = [str(DailyFigures._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
    rows = [
        {
            "day": row.day,
            "cells": [(count(getattr(row, name)), link(request, name, row.day, row.day)) for name in names],
            "reply": _median(Spread.of(row.reply_seconds)),
            "wait": _median(Spread.of(row.wait_seconds)),
            "cost": _money(row.model_mxn + row.whatsapp_mxn + row.twilio_mxn),
        }
        for row in reversed(period.days)
    ]
    return {"headings": headings, "rows": rows}
