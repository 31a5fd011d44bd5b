"""The admin's sidebar: what staff look at most comes first."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations import queue, todo
from conversations.models import Handoff

_QUEUE = "karlos.queue"
# After conversations and stock.
_PLACE_OF_KARLOS = 2
_APPS = ("conversations", "inventory", "assistant", "auth", "audit")
# Whatever decides what Karlos says and may do stands in one place, whichever app it belongs to.
_KARLOS = frozenset(
    (
        "AssistantSettings",
        "DealershipText",
        "Question",
        "OpeningHours",
        "Place",
        "CreditTerms",
        "Template",
        "Limits",
        "SettingsVersion",
        "Replay",
        "Agent",
    )
)
# In the order in which an app's models are listed; any other comes after them.
_ICONS = {
    "Customer": "forum",
    "Handoff": "support_agent",
    "Visit": "event",
    "Lead": "contact_phone",
    "Gap": "help",
    "Quote": "request_quote",
    "Message": "sms",
    "Turn": "receipt_long",
    "Thread": "chat_bubble",
    "Erasure": "person_remove",
    "Clearance": "auto_delete",
    "Vehicle": "directions_car",
    "StockImport": "upload_file",
    "AssistantSettings": "smart_toy",
    "DealershipText": "storefront",
    "Question": "quiz",
    "OpeningHours": "schedule",
    "Place": "location_on",
    "CreditTerms": "percent",
    "Template": "quickreply",
    "Limits": "speed",
    "SettingsVersion": "history",
    "Replay": "replay",
    "Agent": "badge",
    "User": "person",
    "LogEntry": "history",
    "AccessLog": "login",
    "AccessFailureLog": "gpp_bad",
    "AccessAttempt": "lock",
}


def of(request: HttpRequest) -> list[dict[str, Any]]:
    """For this member of staff: what they may not see is left out."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    for app in ("admin", "axes"):  # all that is kept of who did what
        apps.setdefault("audit", {"name": _("Audit"), "models": []})["models"] += apps.pop(app, {"models": []})[
            "models"
        ]
    titles = {label: app["name"] for label, app in apps.items()} | {"auth": _("Staff")}
    groups = [
        {"title": titles[label], "items": _lists(request, _others(apps[label]))} for label in _APPS if label in apps
    ]
    karlos = [model for app in apps.values() for model in app["models"] if model["object_name"] in _KARLOS]
    groups.insert(_PLACE_OF_KARLOS, {"title": "Karlos", "items": _lists(request, karlos)})
    groups = [group for group in groups if group["items"]]
    if work := _work(request):
        if any(page["link"] == request.path for page in work):  # not also the list whose address it begins with
            groups = [group | {"items": [item | {"active": False} for item in group["items"]]} for group in groups]
        groups.insert(0, {"title": _("Today"), "items": work})
    if settings.SIMULATOR and settings.DEBUG:
        simulator = {"title": _("Simulator"), "icon": "smartphone", "link": reverse("simulator:page")}
        groups.append({"title": _("Try it out"), "items": [simulator]})
    return groups


def _others(app: Any) -> list[Any]:
    return [model for model in app["models"] if model["object_name"] not in _KARLOS]


def _work(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of what is to be done."""
    user = request.user
    if not isinstance(user, User):
        return []
    pages = []
    if todo.kinds_for(user):
        counted = todo.counted(user)
        badge = _badge(counted.total, is_late=counted.late > 0)
        pages.append(_page(_("To do"), "checklist", "admin:conversations_lead_todo") | badge)
    if user.has_perm("conversations.view_visit"):
        pages.append(_page(_("Calendar of visits"), "calendar_month", "admin:conversations_visit_calendar"))
    if user.has_perm("conversations.view_gap"):
        pages.append(_page(_("What customers ask for"), "help", "admin:conversations_gap_overview"))
    return pages


def _page(title: str, icon: str, address: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(address)}


def _lists(request: HttpRequest, models: list[Any]) -> list[dict[str, Any]]:
    ordered = sorted(models, key=lambda model: _place(model["object_name"]))
    return [
        {
            "title": model["name"],
            "icon": _ICONS.get(model["object_name"], "list"),
            "link": model["admin_url"],
            **(_BADGES[model["object_name"]](request) if model["object_name"] in _BADGES else {}),
        }
        for model in ordered
    ]


def _waiting(_request: HttpRequest) -> dict[str, Any]:
    """How many conversations nobody has taken; red once one is overdue."""
    waiting = Handoff.objects.filter(closed_at=None, taken_at=None)
    return _badge(waiting.count(), is_late=waiting.filter(due_at__lt=Now()).exists())


def _parked(request: HttpRequest) -> dict[str, Any]:
    """How many turns failed that nobody has seen to."""
    return _badge(_queue(request).parked, is_late=True)


def _unanswered(request: HttpRequest) -> dict[str, Any]:
    """How many customers wait for Karlos himself; red once that is long."""
    line = _queue(request).customers
    return _badge(line.count, is_late=line.oldest_seconds > settings.PATIENCE_SECONDS)


def _queue(request: HttpRequest) -> queue.State:
    """Looked at once for a page, however much of it tells of it."""
    known = request.META.get(_QUEUE)
    if not isinstance(known, queue.State):
        known = request.META[_QUEUE] = queue.state()
    return known


def _badge(count: int, *, is_late: bool) -> dict[str, Any]:
    colour = "danger" if is_late else "warning"
    return {"badge": count, "badge_variant": colour, "badge_style": "solid"} if count else {}


_BADGES = {"Handoff": _waiting, "Turn": _parked, "Customer": _unanswered}


def notices(request: HttpRequest) -> dict[str, Any]:
    """What stands above every page: that customers have waited for Karlos longer than they should."""
    if not request.user.has_perm("conversations.view_customer"):
        return {}
    line = _queue(request).customers
    if line.oldest_seconds <= settings.PATIENCE_SECONDS:
        return {}
    told = ngettext(
        "%(count)d customer waits for Karlos, for %(minutes)d min.",
        "%(count)d customers wait for Karlos, the first of them for %(minutes)d min.",
        line.count,
    )
    return {"queue_notice": told % {"count": line.count, "minutes": max(1, round(line.oldest_seconds / 60))}}


def _place(name: str) -> int:
    return list(_ICONS).index(name) if name in _ICONS else len(_ICONS)
