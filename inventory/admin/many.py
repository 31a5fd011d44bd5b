"""What all changes of many vehicles at once have in common: their bound, and their entries in the admin's log."""

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import override

from inventory import repricing, values
from inventory.models import Vehicle


def refuse(request: HttpRequest) -> None:
    """Tell how many can be changed at once, and what to do."""
    told = _("At most %(most)s vehicles at a time: narrow the list with the filters first.")
    messages.error(request, told % {"most": f"{repricing.MOST_AT_ONCE:,}"})


def log(request: HttpRequest, vehicles: list[Vehicle], field_name: str) -> None:
    """As if each had been saved on its page."""
    with override(None):  # it is translated where it is read
        changed = [{"changed": {"fields": [values.label(field_name)]}}]
    LogEntry.objects.log_actions(request.user.pk or 0, vehicles, CHANGE, changed)
