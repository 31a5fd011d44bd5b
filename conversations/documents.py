"""The documents that customers are sent: drawn anew whenever they are fetched, from what is recorded."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conversations import quotes, schedule_pdf
from conversations.whatsapp import Refused


@require_safe
def quote(_request: HttpRequest, token: str) -> HttpResponse:
    """The schedule of a quote. Twilio fetches it, and who knows the address may: there is nothing in it about the customer."""
    found = quotes.at(token)
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{found.folio}.pdf"', "X-Robots-Tag": "noindex"}
    return HttpResponse(schedule_pdf.drawn(found), content_type="application/pdf", headers=headers)


def read(path: str) -> tuple[bytes, str]:
    """What there is at this address of ours, with its type, as whoever fetches it would get it. Raises Refused if it is gone."""
    request = HttpRequest()
    request.method = "GET"
    try:
        found = resolve(path)
        response = found.func(request, *found.args, **found.kwargs)
    except Http404 as e:
        raise Refused(_("What was to be sent is not there any more.")) from e
    return b"".join(response), response["Content-Type"]
