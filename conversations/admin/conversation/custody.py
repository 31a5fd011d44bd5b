"""Who has a conversation and whose customer it is; whether Karlos only proposes; and notes among colleagues."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from conversations import access, staff
from conversations.admin.conversation import asked
from conversations.models import Customer, Note

NOTE_CHARACTERS_MOST = 4000


@require_POST
def take_over(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """The conversation is this person's."""
    staff.take_over(customer, request.user.pk)
    asked.keep(request, customer, gettext_noop("Took the conversation over"))
    return _told(request, customer, _("The conversation is yours until you give it back."))


@require_POST
def give_back(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Karlos answers again."""
    if staff.give_back(customer, request.user.pk):
        asked.keep(request, customer, gettext_noop("Gave the conversation back to Karlos"))
    return _told(request, customer, _("The conversation is Karlos's again."))


@require_POST
def assign(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Whose customer it is; nobody's if none is named."""
    named = asked.number(request.POST.get("owner"))
    owner = get_object_or_404(User, pk=named, is_staff=True, is_active=True) if named else None
    Customer.objects.filter(pk=customer.pk).update(owner=owner)
    told = _("The customer is now: %(owner)s.") % {"owner": staff.name(owner) if owner else _("nobody's")}
    asked.keep(request, customer, told)
    if access.customers_of(request.user).filter(pk=customer.pk).exists():
        return _told(request, customer, told)
    messages.success(request, told)
    return redirect("admin:conversations_customer_changelist")


@require_POST
def note(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """Something for colleagues; the customer and Karlos never see it."""
    if text := request.POST.get("note", "").strip()[:NOTE_CHARACTERS_MOST]:
        Note.objects.create(customer=customer, user=asked.user(request), text=text)
        asked.keep(request, customer, gettext_noop("Noted something"))
    return redirect("admin:conversations_customer_change", customer.pk)


@require_POST
def propose(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    """From now on Karlos's answers to this customer wait for approval, or no longer do."""
    wanted = request.POST.get("proposes") == "1"
    if not Customer.objects.filter(pk=customer.pk, proposes=not wanted).update(proposes=wanted):
        return redirect("admin:conversations_customer_change", customer.pk)
    if wanted:
        asked.keep(request, customer, gettext_noop("Karlos only proposes to this customer"))
        return _told(request, customer, _("From now on Karlos proposes what to answer, and staff approve it."))
    asked.keep(request, customer, gettext_noop("Karlos answers this customer by himself"))
    return _told(request, customer, _("From now on Karlos answers this customer by himself."))


def _told(request: HttpRequest, customer: Customer, what: str) -> HttpResponseBase:
    """Say it, and go back to the conversation."""
    messages.success(request, what)
    return redirect("admin:conversations_customer_change", customer.pk)
