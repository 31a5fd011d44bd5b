"""Versions of Karlos's settings in the admin: what each changed, and the way back to it."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations import approval, versions
from conversations.admin.karlos import REASON_MOST, held_back, said, tell_of
from conversations.models import SettingsVersion
from conversations.versions import Difference
from inventory.admin.read_only import ReadOnly

_PIECE = re.compile(r"\s+|[^\s]+")
# Shorter values are read whole, one after the other.
_LONG = 40


@admin.register(SettingsVersion)
class SettingsVersionAdmin(ReadOnly):
    """What Karlos was told from one change to the next. Only going back is done here, by who may change every setting."""

    change_form_outer_before_template = "conversations/settings_version.html"
    list_display = ("__str__", "in_force", "made_at", "by", "shown_changes", "reason")
    list_display_links = ("__str__",)
    list_select_related = ("previous", "made_by", "restored")
    list_per_page = 25
    fields = (("made_at", "made_by"), ("reason", "restored"))

    class Media:
        css = {"all": ("conversations/settings_version.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[SettingsVersion]:
        """What nobody recorded yet is there to be seen, too."""
        versions.current()
        found: QuerySet[SettingsVersion] = super().get_queryset(request)
        newest = SettingsVersion.objects.order_by("-number").values("number")[:1]
        return found.annotate(newest=Subquery(newest))

    @display(description=_("state"), label={"now": "success"})  # type: ignore[untyped-decorator] # unfold has no types
    def in_force(self, version: Any) -> tuple[str, Any]:
        """The newest is: whatever changed since has just been recorded."""
        return ("now", _("in force")) if version.number == version.newest else ("", "")

    @admin.display(description=_("by"), ordering="made_by")
    def by(self, version: SettingsVersion) -> Any:
        return version.made_by or "—"

    @admin.display(description=_("what it changed"))
    def shown_changes(self, version: SettingsVersion) -> Any:
        if version.previous is None:
            return _("What Karlos began with")
        return said(version, most=2)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        version: SettingsVersion = kwargs["obj"]
        latest = versions.current()
        context |= {
            "version": version,
            "differences": [shown(found) for found in versions.changes(version)],
            "is_in_force": version == latest,
            "latest": latest,
            "way_back": [shown(found) for found in versions.differences(latest.settings, version.settings)],
            "may_go_back": may_set_everything(request),
            "may_replay": request.user.has_perm("conversations.add_replay"),
            "reason_most": REASON_MOST,
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    # --- Going back -------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        go_back = path(
            "<int:pk>/go-back/",
            self.admin_site.admin_view(self.go_back),
            name="conversations_settingsversion_go_back",
        )
        return [go_back, *super().get_urls()]

    def go_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not may_set_everything(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version = get_object_or_404(SettingsVersion, pk=pk)
        reason, now = request.POST.get("reason", ""), versions.current()
        if approval.is_asked_for(now.settings, version.settings):
            return held_back(request, approval.ask(version.settings, now, request.user, reason, version))  # type: ignore[arg-type] # the admin lets nobody else in
        made = versions.go_back(version, request.user.pk, reason)
        messages.success(request, _("Karlos works as in version %(number)s again.") % {"number": version.number})
        tell_of(request, made)
        return HttpResponseRedirect(reverse("admin:conversations_settingsversion_change", args=[made.pk]))


def may_set_everything(request: HttpRequest) -> bool:
    """Going back to a version, or letting one through, changes every setting there is."""
    return all(
        request.user.has_perm(f"{kind._meta.app_label}.change_{kind._meta.model_name}") for kind in versions.KINDS
    )


def shown(found: Difference) -> dict[str, Any]:
    """A difference as the page has it: of long texts what was taken out and put in, else both values."""
    is_text = min(len(found.before), len(found.after)) > _LONG
    return {
        "what": found.what,
        "before": found.before or "—",
        "after": found.after or "—",
        "marked": _marked(found.before, found.after) if is_text else "",
    }


def _marked(before: str, after: str) -> SafeString:
    """The text with its changes, word by word."""
    return format_html_join("", "{}", ((piece,) for piece in _pieces(before, after)))


def _pieces(before: str, after: str) -> Iterator[SafeString | str]:
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    for change, first, last, start, end in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if change == "equal":
            yield "".join(new[start:end])
            continue
        if taken := "".join(old[first:last]):
            yield format_html("<del>{}</del>", taken)
        if put := "".join(new[start:end]):
            yield format_html("<ins>{}</ins>", put)
