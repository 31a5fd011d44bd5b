"""What customers are told of their data, and what becomes of it when they ask: work for staff, with an owner and a time."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assistant import dealership
from assistant.models import AssistantSettings
from assistant.reading import personal
from conversations.models import Customer, Lead, Limits

MAY_ERASE = "conversations.erase_customer"


# --- What they are told -------------------------------------------------------------------------------------------


def first_notice(customer: Customer, language: str) -> str:
    """What ends a customer's first answer; empty for who has been told, and for who is at the terminal."""
    if customer.privacy_told_at or customer.channel != Customer.Channel.WHATSAPP:
        return ""
    return AssistantSettings.current().privacy(language, _own_page(language))


def _own_page(language: str) -> str:
    english = "?lang=en" if language == "en" else ""
    return f"{settings.PUBLIC_BASE_URL}{reverse('privacy')}{english}"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole notice, for everybody: what staff wrote under the dealership text of that name."""
    language = "en" if request.GET.get("lang") == "en" else "es"
    known, _unknown = dealership.tell(["privacy"], language)
    context = {"language": language, "dealership": dealership.name(), "text": known[0].text if known else ""}
    return render(request, "conversations/privacy.html", context)


# --- What they ask ------------------------------------------------------------------------------------------------


def open_case(customer: Customer, text: str) -> Lead | None:
    """Work for staff, if the customer asks for their data or their end; the same once more is the same work."""
    kind = personal.wish(text)
    if not kind:
        return None
    due_at = dealership.opens_at(timezone.localtime() + timedelta(days=Limits.current().privacy_days))
    wanted = {"owner": _responsible(customer), "due_at": due_at, "note": text[:1000]}
    return Lead.objects.get_or_create(customer=customer, kind=kind, done_at=None, defaults=wanted)[0]


def _responsible(customer: Customer) -> User | None:
    """The customer's owner, if they may do it; else whoever has been allowed to for longest, administrators last."""
    if customer.owner and customer.owner.is_active and customer.owner.has_perm(MAY_ERASE):
        return customer.owner
    allowed = User.objects.with_perm(MAY_ERASE, backend="django.contrib.auth.backends.ModelBackend")
    return allowed.order_by("is_superuser", "pk").first()
