"""What was done, by whom and when; who came in, who did not, and who is locked out."""

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from inventory.admin.exported import Exported
from inventory.admin.read_only import ReadOnly

_UNLOCKED = gettext_noop("Unlocked")


class Trace(Exported, ReadOnly):
    """Rows that nobody writes, changes or takes away."""

    list_per_page = 50
    show_full_result_count = False


@admin.register(LogEntry)
class ActionAdmin(Trace):
    """Everything that staff did, the latest first. From what to what a car changed stands in its history."""

    list_display = ("action_time", "user", "what", "kind", "on")
    list_filter = ("action_time", "action_flag", ("user", admin.RelatedOnlyFieldListFilter), "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "object_id", "user__username")
    date_hierarchy = "action_time"
    ordering = ("-action_time", "-pk")
    fields = ("action_time", "user", "what", "kind", "on")
    readonly_fields = ("what", "on", "kind")

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        """Sentences of our own are kept in English and read in the reader's language."""
        return str(_(entry.get_change_message() or entry.get_action_flag_display()))

    @admin.display(description=_("kind"), ordering="content_type")
    def kind(self, entry: LogEntry) -> str:
        return str(entry.content_type.name) if entry.content_type else "-"

    @admin.display(description=_("on"))
    def on(self, entry: LogEntry) -> SafeString | str:
        """The object, with the way to its history where it has a page."""
        if entry.content_type is None or not entry.object_id:
            return entry.object_repr
        names = (entry.content_type.app_label, entry.content_type.model)
        try:
            page = reverse("admin:{}_{}_history".format(*names), args=[entry.object_id])
        except NoReverseMatch:
            return entry.object_repr
        return format_html('<a class="text-link" href="{}">{}</a>', page, entry.object_repr)


@admin.register(AccessLog)
class LoginAdmin(Trace):
    """Who came in, from where, and when they left."""

    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    list_filter = ("attempt_time",)
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "logout_time", "username", "ip_address", "user_agent")


@admin.register(AccessFailureLog)
class FailureAdmin(Trace):
    """Who did not come in: a wrong password, or locked out."""

    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    list_filter = ("attempt_time", "locked_out")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "locked_out", "user_agent")


@admin.register(AccessAttempt)
class LockoutAdmin(Trace):
    """Those whose mistakes still count against them; an administrator may forgive them."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    actions = ("unlock",)

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(description=_("Unlock"), permissions=["unlock"])
    def unlock(self, request: HttpRequest, attempts: QuerySet[AccessAttempt]) -> None:
        found = list(attempts)
        for attempt in found:
            LogEntry.objects.create(
                user_id=request.user.pk or 0,
                content_type=ContentType.objects.get_for_model(AccessAttempt),
                object_id=attempt.pk,
                object_repr=f"{attempt.username}, {attempt.ip_address}",
                action_flag=CHANGE,
                change_message=_UNLOCKED,
            )
        attempts.delete()
        told = ngettext("%(count)d login is unlocked.", "%(count)d logins are unlocked.", len(found))
        messages.success(request, told % {"count": len(found)})
