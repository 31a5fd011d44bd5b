"""What a customer is given who asks which data there are: everything about them, as files in one archive."""

import io
import json
import logging
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core import serializers
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils import timezone

from conversations import personal_data, schedule_pdf
from conversations.models import Attachment, Customer, Identity

logger = logging.getLogger(__name__)


def archive(customer: Customer) -> bytes:
    """`data.json` with every row, `conversation.txt` to be read, and what the customer sent and was sent, as files."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as kept:
        kept.writestr("data.json", json.dumps(_rows(customer), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        kept.writestr("conversation.txt", _conversation(customer))
        for attachment in Attachment.objects.filter(message__customer=customer).exclude(file=""):
            _add(kept, attachment)
        for quote in customer.quotes.order_by("pk"):
            kept.writestr(f"quotes/{quote.folio}.pdf", schedule_pdf.drawn(quote))
    return file.getvalue()


def _rows(customer: Customer) -> dict[str, Any]:
    return {model._meta.label_lower: _written(rows) for model, rows in personal_data.rows(customer)}


def _written(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    written = serializers.serialize("python", rows.order_by("pk"))
    return [{"id": row["pk"], **row["fields"]} for row in written]


def _conversation(customer: Customer) -> str:
    lines = (
        f"{timezone.localtime(message.created_at):%Y-%m-%d %H:%M} {message.author}: {message.text or message.get_kind_display()}"
        for message in customer.messages.order_by("id").iterator()
    )
    return "\n".join(lines)


def _add(kept: ZipFile, attachment: Attachment) -> None:
    try:
        with default_storage.open(str(attachment.file)) as content:
            kept.writestr(f"files/{attachment.pk}.{attachment.content_type.rpartition('/')[2]}", content.read())
    except FileNotFoundError:
        logger.warning("The file of attachment %s is gone", attachment.pk)


def find(known_by: str) -> list[Customer]:
    """Customers of this number, however it is written, id or own number here."""
    digits = "".join(filter(str.isdigit, known_by))
    if known_by.isdecimal() and len(known_by) < 10:
        return list(Customer.objects.filter(pk=int(known_by)))
    identities = Identity.objects.filter(value=known_by)
    if not identities.exists() and len(digits) >= 10:
        identities = Identity.objects.filter(kind=Identity.Kind.PHONE, value__endswith=digits[-10:])
    return list(Customer.objects.filter(pk__in=identities.values("customer")))
