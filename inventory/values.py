"""How the values of a vehicle are written for staff, in its history and where two of them meet."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from inventory.models import Vehicle


def shown(field_name: str, value: Any) -> str:
    """With its unit and its thousands marked; what is empty is not recorded."""
    field = Vehicle._meta.get_field(field_name)
    if value in {None, ""}:
        return _("not recorded")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return pesos(value)
    if field_name == "mileage_km":
        return f"{value:,} km"
    return str(dict(field.flatchoices).get(value, value))  # type: ignore[union-attr] # no relation


def label(field_name: str) -> str:
    """The field, as staff know it."""
    return str(Vehicle._meta.get_field(field_name).verbose_name)  # type: ignore[union-attr] # no relation


def pesos(amount: Decimal) -> str:
    """Cents only where there are any."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}".removesuffix(".00")


def who(user: AbstractBaseUser | None) -> str:
    """A member of staff, or what works without one."""
    if user is None:
        return _("nobody in the admin")
    return (user.get_full_name() if isinstance(user, User) else "") or user.get_username()


def when(moment: datetime) -> str:
    """In the dealership's time."""
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
