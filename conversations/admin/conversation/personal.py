"""Everything about a customer: taken out, or erased."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from conversations import disclosure, erasure, personal_data
from conversations.admin.conversation import asked
from conversations.admin.erasure import told
from conversations.models import Customer


@require_POST
def take_out(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Everything about the customer, as one archive."""
    asked.keep(request, customer, gettext_noop("Took out all data of the customer"))
    name = f"customer-{customer.pk}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(disclosure.archive(customer), content_type="application/zip", headers=headers)


@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Asks with the customer's number, which has to be typed; then they are gone."""
    if request.method == "POST" and request.POST.get("number", "").strip() == str(customer.pk):
        begun = erasure.begin(customer, request.user.pk)
        asked.keep(request, begun, gettext_noop("Erased a customer"))
        messages.success(request, _("The customer is erased here; what Twilio holds follows in a moment."))
        return redirect("admin:conversations_erasure_change", begun.pk)
    if request.method == "POST":
        messages.error(request, _("Nothing was erased: the number was another."))
    counts = {model._meta.label_lower: rows.count() for model, rows in personal_data.rows(customer)}
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Erase a customer"),
        "customer": customer,
        "what": told({label: count for label, count in counts.items() if count}),
    }
    return TemplateResponse(request, "conversations/erase.html", context)
