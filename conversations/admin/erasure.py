"""Personal data in the admin: who was erased, and what was deleted each night."""

from django.apps import apps
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from conversations.models import Clearance, Erasure
from inventory.admin.read_only import ReadOnly

# Kinds of the nightly deletions that are no table's.
_KINDS = {
    "attachments": gettext_lazy("pictures and voice notes"),
    "customers": gettext_lazy("customers"),
    "conversations": gettext_lazy("conversations"),
    "quotes": gettext_lazy("quotes"),
    "work": gettext_lazy("finished work"),
    "traces": gettext_lazy("logins and actions"),
    "sessions": gettext_lazy("sessions that are over"),
    "erased_messages": gettext_lazy("numbers of erased messages"),
    "files": gettext_lazy("files"),
}


def told(counts: dict[str, int]) -> str:
    """Counts in words, the largest first."""
    largest = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{_name(label)}: {count:,}" for label, count in largest) or "—"


def _name(label: str) -> str:
    return str(_KINDS.get(label) or apps.get_model(label)._meta.verbose_name_plural)


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    """Customers who were erased, the latest first."""

    list_display = ("__str__", "erased_at", "by", "state", "what")
    list_select_related = ("erased_by",)
    fields = ("customer_number", "erased_at", "by", "what", "state", "problem", "found", "finished_at")
    readonly_fields = ("by", "what", "state", "found")

    @admin.display(description=gettext_lazy("by"))
    def by(self, row: Erasure) -> str:
        return str(row.erased_by or "—")

    @admin.display(description=gettext_lazy("what was erased"))
    def what(self, row: Erasure) -> str:
        return told(row.erased)

    @admin.display(description=gettext_lazy("found afterwards"), empty_value="—")
    def found(self, row: Erasure) -> str:
        return "\n".join(row.left)

    @display(  # type: ignore[untyped-decorator] # unfold has no types
        description=gettext_lazy("state"), label={"open": "warning", "left": "danger", "done": "success"}
    )
    def state(self, row: Erasure) -> tuple[str, str]:
        if row.finished_at is None:
            return "open", _("not at Twilio yet")
        return ("left", _("something was found")) if row.left else ("done", _("nothing is left"))


@admin.register(Clearance)
class ClearanceAdmin(ReadOnly):
    """What was deleted each night because its time was over."""

    list_display = ("day", "what", "finished_at")
    fields = ("day", "what", "started_at", "finished_at")
    readonly_fields = ("what",)

    @admin.display(description=gettext_lazy("what was deleted"))
    def what(self, row: Clearance) -> str:
        return told(row.deleted)
