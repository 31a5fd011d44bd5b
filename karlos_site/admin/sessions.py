"""Where staff are logged in: each sees their own sessions and may end them, an administrator everybody's."""

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from inventory.admin.read_only import ReadOnly
from karlos_site import second_factor, sessions
from karlos_site.models import Session

_ENDED = gettext_noop("A session was ended")
# The first that is found: nearly all of them also call themselves Safari, and several Chrome.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox|FxiOS": "Firefox"}
_BROWSERS |= {"Chrome|CriOS": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Macintosh": "Mac"}
_SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


@admin.register(Session)
class SessionAdmin(ReadOnly):
    """Before it is shown, a code is asked for again: who sits down at a browser that was left open ends nobody's session."""

    list_display = ("user", "browser", "address", "began_at", "used_at", "this_one")
    list_display_links = None
    list_select_related = ("user",)
    ordering = ("-used_at",)
    fields = ("user", "browser", "address", "began_at", "used_at")
    readonly_fields = ("browser",)
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        seen = Q(user__is_active=True) if _sees_everybodys(request) else Q(user=request.user.pk)
        is_this_one = ExpressionWrapper(Q(pk=_key(request)), BooleanField())
        found: QuerySet[Session] = super().get_queryset(request).filter(seen, expire_date__gt=timezone.now())
        return found.annotate(is_this_one=is_this_one)

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (("user", admin.RelatedOnlyFieldListFilter),) if _sees_everybodys(request) else ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not second_factor.is_fresh(request):
            return second_factor.ask_first(request)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @admin.display(description=_("browser"))
    def browser(self, session: Session) -> str:
        found = (_first(_BROWSERS, session.user_agent), _first(_SYSTEMS, session.user_agent))
        return ", ".join(filter(None, found)) or "-"

    @admin.display(description=_("this one"), boolean=True)
    def this_one(self, session: Any) -> bool:
        return bool(session.is_this_one)

    @admin.action(description=_("End"), permissions=["view"])
    def end(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        """But the one from which they are ended: for that there is the logout."""
        ended = list(chosen.exclude(pk=_key(request)).select_related("user"))
        Session.objects.filter(pk__in=[session.pk for session in ended]).delete()
        for user in [session.user for session in ended if session.user]:
            LogEntry.objects.log_actions(
                request.user.pk or 0, [user], CHANGE, change_message=_ENDED, single_object=True
            )
        told = ngettext("%(count)d session is ended.", "%(count)d sessions are ended.", len(ended))
        messages.success(request, told % {"count": len(ended)})


def _sees_everybodys(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _key(request: HttpRequest) -> str:
    return sessions.hashed(request.session.session_key or "")


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for pattern, name in names.items() if re.search(pattern, user_agent)), "")
