"""The phone in the browser: its page, and what the page asks for and posts (forms, with Django's CSRF token)."""

import re
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from simulator import draft, faults, phone, state, texts
from simulator.guard import development_only
from simulator.models import Customer, Media, Message

FIRST_CUSTOMER = ("Ana López", "+5215512345678")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


@development_only
@ensure_csrf_cookie
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    if not Customer.objects.exists():
        phone.find_or_add(FIRST_CUSTOMER[1])
        Customer.objects.filter(phone=FIRST_CUSTOMER[1]).change(profile_name=FIRST_CUSTOMER[0])
    context: dict[str, Any] = {
        "dealership": settings.ASSISTANT_NAME,
        "number": settings.TWILIO_WHATSAPP_NUMBER.removeprefix("whatsapp:"),
        "faults": faults.KINDS,
        "pictures": draft.PICTURES,
        "texts": texts.for_script(),
    }
    return render(request, "simulator/page.html", context)


@development_only
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("after", "")
    return JsonResponse(state.since(int(after) if after.isdecimal() else 0))


@development_only
@require_POST
def add_customer(request: HttpRequest) -> HttpResponse:
    """Fields: `name`, and `phone` in E.164; without a phone, someone who hides their number."""
    name = request.POST.get("name", "").strip()[:80]
    number = re.sub(r"[\s()-]", "", request.POST.get("phone", ""))
    if not name:
        return _problem(_("Give the customer a name."))
    if number and not _PHONE.fullmatch(number):
        return _problem(_("Write the phone with its country code, such as +52 1 55 1234 5678."))
    try:
        customer = phone.add(name, number or None)
    except IntegrityError:
        return _problem(_("There is a customer with that phone already."))
    return JsonResponse(state.customer(customer), status=201)


@development_only
@require_POST
def send(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Fields: `kind` (text, ad, button, location, image, audio, sticker) and what that kind needs, see `draft`."""
    customer = get_object_or_404(Customer, pk=customer_id)
    try:
        message = draft.read(request, customer)
    except draft.NotUnderstood as e:
        return _problem(str(e))
    phone.send(message)
    return JsonResponse(state.message(message), status=201)


@development_only
@require_POST
def open_chat(_request: HttpRequest, customer_id: int) -> HttpResponse:
    phone.read(get_object_or_404(Customer, pk=customer_id))
    return HttpResponse(status=204)


@development_only
@require_POST
def retry(_request: HttpRequest, sid: str) -> HttpResponse:
    message = get_object_or_404(Message, sid=sid, direction=Message.Direction.INBOUND)
    phone.post_again(message.sid)
    return HttpResponse(status=204)


@development_only
@require_POST
def switch_fault(request: HttpRequest) -> HttpResponse:
    """Fields: `name`, `on` (true or false), and `times`; without it, the fault stays until it is switched off."""
    name, times = request.POST.get("name", ""), request.POST.get("times", "")
    if name not in faults.NAMES:
        return _problem(_("There is no such fault."))
    if request.POST.get("on") == "true":
        faults.switch_on(name, int(times) if times.isdecimal() and int(times) else None)
    else:
        faults.switch_off(name)
    return JsonResponse({"faults": faults.switched_on()})


@development_only
@require_GET
def media(_request: HttpRequest, sid: str) -> HttpResponse:
    found = Media.objects.filter(sid=sid).first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def _problem(sentence: str) -> JsonResponse:
    return JsonResponse({"problem": sentence}, status=400)
