"""Mail to staff of what waits for them. It may fail, and is not sent again: the admin says the same."""

import logging
from collections.abc import Sequence
from smtplib import SMTPException
from typing import TypeVar

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import Lead, Limits, Visit

logger = logging.getLogger(__name__)

OVERDUE_MOST = 50
Row = TypeVar("Row", Lead, Visit)


def send(subject: str, lines: Sequence[str]) -> None:
    """Write to whom staff named, if anybody. No customer's name or words: mail is read by others."""
    address = Limits.current().alert_email
    if not address:
        return
    try:
        send_mail(subject, "\n".join(lines), None, [address])
    except (OSError, SMTPException) as e:
        logger.warning("An alert could not be sent: %s", type(e).__name__)


def page(row: Model) -> str:
    """The address of a row's page, or of a customer's conversation."""
    meta = row._meta
    return settings.PUBLIC_BASE_URL + reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def of_overdue() -> int:
    """One mail of what was promised to customers and is overdue, each promise once. How many there were."""
    late: list[Lead | Visit] = [*_claimed(_leads()), *_claimed(_visits())]
    if not late:
        return 0
    subject = ngettext(
        "%(count)d promise to a customer is overdue", "%(count)d promises to customers are overdue", len(late)
    )
    lines = [f"{_told(row)}: {page(row)}" for row in late]
    send(subject % {"count": len(late)}, lines)
    return len(late)


def _leads() -> QuerySet[Lead]:
    return Lead.objects.filter(done_at=None, due_at__lt=Now(), alerted_at=None).order_by("due_at")


def _visits() -> QuerySet[Visit]:
    return Visit.objects.filter(state=Visit.State.ASKED, due_at__lt=Now(), alerted_at=None).order_by("due_at")


def _claimed(late: QuerySet[Row]) -> list[Row]:
    """Those that nobody else alerts of at this moment."""
    return [row for row in late[:OVERDUE_MOST] if late.order_by().filter(pk=row.pk).update(alerted_at=Now())]


def _told(row: Lead | Visit) -> str:
    return row.get_kind_display() if isinstance(row, Lead) else _("visit to be confirmed")
