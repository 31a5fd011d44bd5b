"""Who may do what: the one table of the roles, from which `prepare` makes the groups that Django asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# Whose role it is may do everything, and has no group: they are Django's superusers.
ADMINISTRATOR = "administrator"
MANAGER, SELLER, VIEWER = GROUPS = ("manager", "seller", "viewer")
SHOWN: dict[str, "_StrOrPromise"] = {
    ADMINISTRATOR: _("Administrator"),
    MANAGER: _("Manager"),
    SELLER: _("Seller"),
    VIEWER: _("Viewer"),
}


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What each role may do with the rows of one model, in the words with which the names of its permissions begin."""

    manager: str = ""
    seller: str = ""
    viewer: str = ""


_ALL = "view add change delete"
_EVERYONE_READS = Rights(manager="view", seller="view", viewer="view")
_SETTING = Rights(manager="view add change", seller="view", viewer="view")
# Administrators only, or nobody at all: what has no page has no rights to give.
_ADMINISTRATORS = Rights()

# Every model has its line, and a test asks for it.
TABLE = {
    "inventory.vehicle": Rights(manager=f"{_ALL} price reserve", seller="view reserve", viewer="view"),
    "inventory.historicalvehicle": _EVERYONE_READS,
    "inventory.vehiclephoto": Rights(manager=_ALL, seller="view", viewer="view"),
    # Prices come in by it.
    "inventory.stockimport": Rights(manager="view add change", viewer="view"),
    "inventory.stockimportrow": Rights(manager="view", viewer="view"),
    "inventory.creditterms": _SETTING,
    "inventory.settingsstamp": _ADMINISTRATORS,
    "assistant.agent": _EVERYONE_READS,
    "assistant.assistantsettings": Rights(manager="view add change", viewer="view"),
    "assistant.question": Rights(manager=_ALL, seller="view", viewer="view"),
    "assistant.dealershiptext": Rights(manager=_ALL, seller="view", viewer="view"),
    "assistant.openinghours": Rights(manager=_ALL, seller="view", viewer="view"),
    "assistant.place": _SETTING,
    "conversations.attachment": _ADMINISTRATORS,
    "conversations.contentshape": _ADMINISTRATORS,
    "conversations.customer": Rights(
        manager="view change view_every export erase", seller="view change", viewer="view view_every"
    ),
    "conversations.identity": _ADMINISTRATORS,
    "conversations.thread": _EVERYONE_READS,
    "conversations.item": _ADMINISTRATORS,
    "conversations.tooluse": _ADMINISTRATORS,
    "conversations.turn": _EVERYONE_READS,
    "conversations.message": _EVERYONE_READS,
    "conversations.quote": _EVERYONE_READS,
    "conversations.handoff": _EVERYONE_READS,
    "conversations.note": Rights(manager="view add", seller="view add", viewer="view"),
    "conversations.visit": Rights(manager="view change delete", seller="view change", viewer="view"),
    "conversations.lead": Rights(manager="view change delete", seller="view change", viewer="view"),
    "conversations.gap": _EVERYONE_READS,
    "conversations.erasure": Rights(manager="view"),
    "conversations.erasedmessage": _ADMINISTRATORS,
    "conversations.clearance": Rights(manager="view"),
    "conversations.arrival": _ADMINISTRATORS,
    "conversations.seenforsale": _ADMINISTRATORS,
    "conversations.limits": Rights(manager="view add change", viewer="view"),
    "conversations.template": Rights(manager=_ALL, seller="view", viewer="view"),
    # Going back to one asks for the right to change every setting.
    "conversations.settingsversion": Rights(manager="view", viewer="view"),
    "conversations.replay": Rights(manager="view add", viewer="view"),
    "conversations.replayedturn": _ADMINISTRATORS,
    "conversations.dailyfigures": Rights(manager="view", viewer="view"),
    # Who works here, and what they did.
    "auth.user": _ADMINISTRATORS,
    "auth.group": _ADMINISTRATORS,
    "auth.permission": _ADMINISTRATORS,
    "admin.logentry": Rights(manager="view"),
    "axes.accesslog": Rights(manager="view"),
    "axes.accessfailurelog": Rights(manager="view"),
    "axes.accessattempt": _ADMINISTRATORS,
    "axes.accessattemptexpiration": _ADMINISTRATORS,
    "otp_totp.totpdevice": _ADMINISTRATORS,
    "contenttypes.contenttype": _ADMINISTRATORS,
    "karlos_site.backupcode": _ADMINISTRATORS,
    # Their own; administrators everybody's.
    "karlos_site.session": _EVERYONE_READS,
    # The simulator is there in development only and asks for no role.
    "simulator.revision": _ADMINISTRATORS,
    "simulator.customer": _ADMINISTRATORS,
    "simulator.media": _ADMINISTRATORS,
    "simulator.message": _ADMINISTRATORS,
    "simulator.content": _ADMINISTRATORS,
    "simulator.fault": _ADMINISTRATORS,
}


def permissions(role: str) -> set[str]:
    """What a role may do, as Django names it: `inventory.price_vehicle`."""
    return {name for label, rights in TABLE.items() for name in _named(label, getattr(rights, role))}


def _named(label: str, words: str) -> Iterator[str]:
    app, model = label.split(".")
    return (f"{app}.{word}_{model}" for word in words.split())


def undecided() -> set[str]:
    """Models that the table does not know yet."""
    return {model._meta.label_lower for model in apps.get_models()} - TABLE.keys()


@transaction.atomic
def seed() -> None:
    """Make the groups as the table says. Again and again without harm."""
    for role in GROUPS:
        group, _made = Group.objects.get_or_create(name=role)
        names = permissions(role)
        found = [p for p in Permission.objects.select_related("content_type") if _name(p) in names]
        group.permissions.set(found)


def _name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def of(user: User) -> str:
    """The role of a member of staff; empty where none was given."""
    if user.is_superuser:
        return ADMINISTRATOR
    return next((group.name for group in user.groups.all() if group.name in GROUPS), "")


def give(user: User, role: str) -> None:
    """This role and no other, and with it the way into the admin."""
    user.is_staff = True
    user.is_superuser = role == ADMINISTRATOR
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.set(Group.objects.filter(name=role))
    user.user_permissions.clear()
