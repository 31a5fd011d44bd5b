"""The admin's sidebar: what staff look at most comes first."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from conversations.models import Handoff

_APPS = ("conversations", "inventory", "assistant", "auth")
# In the order in which an app's models are listed; any other comes after them.
_ICONS = {
    "Customer": "forum",
    "Handoff": "support_agent",
    "Visit": "event",
    "Lead": "contact_phone",
    "Quote": "request_quote",
    "Message": "sms",
    "Turn": "receipt_long",
    "Limits": "speed",
    "Vehicle": "directions_car",
    "CreditTerms": "percent",
    "DealershipText": "storefront",
    "OpeningHours": "schedule",
    "Agent": "smart_toy",
    "User": "person",
    "Group": "group",
}


def of(request: HttpRequest) -> list[dict[str, Any]]:
    """For this member of staff: what they may not see is left out."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    titles = {label: app["name"] for label, app in apps.items()} | {"auth": _("Staff")}
    groups = [{"title": titles[label], "items": _lists(apps[label]["models"])} for label in _APPS if label in apps]
    if settings.SIMULATOR and settings.DEBUG:
        simulator = {"title": _("Simulator"), "icon": "smartphone", "link": reverse("simulator:page")}
        groups.append({"title": _("Try it out"), "items": [simulator]})
    return groups


def _lists(models: list[Any]) -> list[dict[str, Any]]:
    ordered = sorted(models, key=lambda model: _place(model["object_name"]))
    return [
        {
            "title": model["name"],
            "icon": _ICONS.get(model["object_name"], "list"),
            "link": model["admin_url"],
            **(_waiting() if model["object_name"] == "Handoff" else {}),
        }
        for model in ordered
    ]


def _waiting() -> dict[str, Any]:
    """How many conversations nobody has taken; red once one is overdue."""
    waiting = Handoff.objects.filter(closed_at=None, taken_at=None)
    late = waiting.filter(due_at__lt=Now()).count()
    count = waiting.count()
    return {"badge": count, "badge_variant": "danger" if late else "warning", "badge_style": "solid"} if count else {}


def _place(name: str) -> int:
    return list(_ICONS).index(name) if name in _ICONS else len(_ICONS)
