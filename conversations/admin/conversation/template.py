"""Templates on the page of a conversation whose 24 hours are over: which are offered, and sending one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from conversations import staff
from conversations.admin.conversation import asked
from conversations.models import Customer, Template


def offered(customer: Customer) -> list[tuple[Template, str]]:
    """Those in the customer's language, with the words that they would read."""
    named = staff.name_for(customer)
    return [(row, row.said(named)) for row in Template.objects.filter(language=customer.language or "es")]


@require_POST
def template(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Send one that WhatsApp approved."""
    chosen = get_object_or_404(Template, pk=asked.number(request.POST.get("template")))
    try:
        staff.write_by_template(customer, chosen, request.user.pk, seen=asked.number(request.POST.get("seen")))
    except staff.NotSent as e:
        messages.error(request, str(e))
    else:
        asked.keep(request, customer, gettext_noop("Wrote to the customer with a template"))
        messages.success(request, _("The template is on its way. Once the customer answers, you can write freely."))
    return redirect("admin:conversations_customer_change", customer.pk)
