"""The documents that customers are sent: drawn anew whenever they are fetched, from what is recorded."""

import contextlib

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import resolve
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conversations import access, car_comparison_picture, car_comparisons, quotes, schedule_pdf
from conversations.models import Attachment
from conversations.whatsapp import Refused


@require_safe
def quote(_request: HttpRequest, token: str) -> HttpResponse:
    """The schedule of a quote. Twilio fetches it, and who knows the address may: there is nothing in it about the customer."""
    found = quotes.at(token)
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{found.folio}.pdf"', "X-Robots-Tag": "noindex"}
    return HttpResponse(schedule_pdf.drawn(found), content_type="application/pdf", headers=headers)


@require_safe
def comparison(_request: HttpRequest, token: str) -> HttpResponse:
    """Cars side by side. Twilio fetches it, and who knows the address may."""
    found = car_comparisons.at(token)
    if found is None:
        raise Http404
    response = HttpResponse(car_comparison_picture.drawn(found), content_type="image/png")
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, max_age=24 * 60 * 60)
    return response


def read(path: str) -> tuple[bytes, str]:
    """What there is at this address of ours, with its type, as whoever fetches it would get it. Raises Refused if it is gone."""
    request = HttpRequest()
    request.method = "GET"
    try:
        found = resolve(path)
        response = found.func(request, *found.args, **found.kwargs)
    except Http404 as e:
        raise Refused(_("What was to be sent is not there any more.")) from e
    with contextlib.closing(response):
        return b"".join(response), response["Content-Type"]


@require_safe
def attachment(request: HttpRequest, attachment_id: int) -> FileResponse:
    """What a customer sent, for staff who may see that customer. Nothing in it runs, whatever it is."""
    if not request.user.has_perm("conversations.view_customer"):
        raise Http404
    mine = Attachment.objects.filter(message__customer__in=access.customers_of(request.user))
    found = get_object_or_404(mine, pk=attachment_id, state=Attachment.State.STORED)
    try:
        opened = found.file.open("rb")
    except FileNotFoundError as e:
        raise Http404 from e
    response = FileResponse(
        opened,
        content_type=found.content_type,
        as_attachment=found.family not in {"image", "audio", "video"},
        filename=f"{found.pk}.{found.content_type.rpartition('/')[2]}",
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
    patch_cache_control(response, private=True, no_store=True)
    return response
