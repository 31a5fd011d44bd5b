"""The documents that customers are sent: drawn anew whenever they are fetched, from what is recorded."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from conversations import quotes, schedule_pdf


@require_safe
def quote(_request: HttpRequest, token: str) -> HttpResponse:
    """The schedule of a quote. Twilio fetches it, and who knows the address may: there is nothing in it about the customer."""
    found = quotes.at(token)
    if found is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{found.folio}.pdf"', "X-Robots-Tag": "noindex"}
    return HttpResponse(schedule_pdf.drawn(found), content_type="application/pdf", headers=headers)
