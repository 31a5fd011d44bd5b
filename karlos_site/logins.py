"""Where a visitor comes from, and what one who guessed too often is told."""

import ipaddress
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def address(request: HttpRequest) -> str:
    """As the outermost of our own proxies saw it. What stands before that in the header, visitors write themselves."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if not 0 < settings.PROXY_COUNT <= len(passed):
        return direct
    told = passed[-settings.PROXY_COUNT]
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        return direct


def locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """That there were too many attempts, and when the next is possible."""
    attempts = AccessAttempt.objects.filter(
        username=(credentials or {}).get("username"), ip_address=address(request)
    ).aggregate(last=Max("attempt_time"))
    ends_at = (attempts["last"] or timezone.now()) + settings.AXES_COOLOFF_TIME
    shown = {**admin.site.each_context(request), "ends_at": timezone.localtime(ends_at)}
    return render(request, "karlos_site/locked_out.html", shown, status=429)
