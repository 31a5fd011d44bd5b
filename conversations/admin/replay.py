"""Replays in the admin: how a version answered the past, and the way through for a change that is held back."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from conversations import access, approval, masking, replay, versions
from conversations.admin.version import may_set_everything, shown
from conversations.models import Replay, ReplayedTurn, SettingsVersion, Turn
from inventory.admin.read_only import ReadOnly

REASON_MOST = 200
_SHOWN_MOST = 50
_State = Replay.State
_WHAT = {
    "tools": _("tools"),
    "figures": _("figures"),
    "amounts": _("amounts told"),
}


@admin.register(Replay)
class ReplayAdmin(ReadOnly):
    """What was tried on the past. A change that is held back is let through here, with a reason."""

    change_form_outer_before_template = "conversations/replay.html"
    list_display = ("__str__", "state", "shown_percent", "done_of", "is_change", "made_at", "made_by", "reason")
    list_filter = ("state", "is_change")
    list_select_related = ("made_by",)
    list_per_page = 25
    fields = (("made_at", "made_by"), ("reason", "percent_least"), ("overridden_by", "override_reason"))

    class Media:
        css = {"all": ("conversations/settings_version.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Replay]:
        found: QuerySet[Replay] = super().get_queryset(request)
        good = Count("answers", filter=Q(answers__flaws=[]))
        return found.defer("settings").annotate(given=Count("answers"), good=good)

    @admin.display(description=_("as good as then"))
    def shown_percent(self, found: Any) -> str:
        return f"{100 * found.good / found.given:.0f} %" if found.given else "—"

    @admin.display(description=_("answers given again"))
    def done_of(self, found: Any) -> str:
        return gettext("%(done)s of %(total)s") % {"done": found.given, "total": found.total}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        found: Replay = kwargs["obj"]
        may = may_set_everything(request)
        context |= {
            "replay": found,
            "percent": self.shown_percent(found),
            "changed": [shown(row) for row in versions.differences(found.base.settings, found.settings)],
            "flaws": _counted(found),
            "answers": [_told(answer, request) for answer in _worse(found)[:_SHOWN_MOST]],
            "is_silent": found.state == _State.RUNNING and found.heard_at < timezone.now() - approval.SILENCE,
            "may_let_through": may and found.is_change and found.state in {_State.RUNNING, _State.BELOW},
            "may_begin": self.has_begin_permission(request),
            "reason_most": REASON_MOST,
        }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        if "HX-Request" in request.headers and found.state != _State.RUNNING:
            response["HX-Refresh"] = "true"  # the progress asks for itself: now there is all of the page to see
        return response

    # --- What is done here ------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        steps = {
            "begin": ("version/<int:pk>/begin/", self.begin),
            "again": ("<int:pk>/again/", self.again),
            "let_through": ("<int:pk>/let-through/", self.let_through),
        }
        return [
            *(
                path(route, self.admin_site.admin_view(view), name=f"conversations_replay_{name}")
                for name, (route, view) in steps.items()
            ),
            *super().get_urls(),
        ]

    def has_begin_permission(self, request: HttpRequest) -> bool:
        """It costs what the answers cost."""
        return request.user.has_perm("conversations.add_replay")

    @method_decorator(require_POST)
    def begin(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a version of the settings; nothing comes into force by it."""
        if not self.has_begin_permission(request):
            raise PermissionDenied
        version = get_object_or_404(SettingsVersion, pk=pk)
        begun = approval.try_out(version, request.user)  # type: ignore[arg-type] # the admin lets nobody else in
        self.log_addition(request, begun, gettext_noop("Began a replay."))
        return to(begun)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a worker once more."""
        if not self.has_begin_permission(request):
            raise PermissionDenied
        found = get_object_or_404(Replay, pk=pk)
        approval.again(found.pk)
        self.log_change(request, found, gettext_noop("Asked for a worker once more."))
        return to(found)

    @method_decorator(require_POST)
    def let_through(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Bring a change into force in spite of its replay, or before it is done."""
        if not may_set_everything(request):
            raise PermissionDenied
        found = get_object_or_404(Replay, pk=pk)
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, _("Say why: the reason stands beside the version."))
            return to(found)
        try:
            approval.override(found.pk, request.user, reason)  # type: ignore[arg-type] # as above
        except approval.Overtaken:
            messages.error(request, _("The settings have changed since. Make the change anew."))
            return to(found)
        self.log_change(request, found, gettext_noop("Let a change through that its replay held back."))
        messages.success(request, _("The change is in force: the next answer follows it."))
        return to(found)


def to(found: Replay) -> HttpResponse:
    """Its page."""
    return HttpResponseRedirect(reverse("admin:conversations_replay_change", args=[found.pk]))


def _worse(found: Replay) -> QuerySet[ReplayedTurn]:
    return found.answers.exclude(flaws=[]).select_related("turn__customer", "turn__thread")


def _counted(found: Replay) -> list[tuple[Any, int]]:
    """How many answers have each flaw."""
    kept = [flaw for flaws in found.answers.values_list("flaws", flat=True) for flaw in flaws]
    return [(flaw.label, kept.count(flaw)) for flaw in ReplayedTurn.Flaw if flaw in kept]


def _told(answer: ReplayedTurn, request: HttpRequest) -> dict[str, Any]:
    """An answer side by side with that of then; both are masked. Whose it was is a link for who may see them."""
    turn = answer.turn
    was, names = replay.past(turn), masking.names_of(turn.customer)
    is_seen = access.limited(Turn.objects.filter(pk=turn.pk), request.user).exists()
    return {
        "turn": turn,
        "is_seen": is_seen and request.user.has_perm("conversations.view_turn"),
        "flaws": [ReplayedTurn.Flaw(flaw).label for flaw in answer.flaws],
        "asked": masking.masked(was.words, names),
        "was": masking.masked(was.reply, names),
        "reply": answer.reply,
        "differences": [
            {
                "what": _WHAT.get(row["what"], row["what"]),
                "before": ", ".join(row["before"]) or "—",
                "after": ", ".join(row["after"]) or "—",
            }
            for row in answer.differences
        ],
    }
