"""The kinds a vehicle can be of: what staff choose from, what a file may say and what a search may ask for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Transmission(models.TextChoices):
    """How it shifts. Automatic is also what is said of a car whose exact kind nobody wrote down."""

    AUTOMATIC = "automatic", _("Automatic")
    MANUAL = "manual", _("Manual")
    CVT = "cvt", _("CVT")
    DUAL_CLUTCH = "dual_clutch", _("Dual clutch")


class BodyType(models.TextChoices):
    """The shape of the body."""

    SEDAN = "sedan", _("Sedan")
    HATCHBACK = "hatchback", _("Hatchback")
    SUV = "suv", _("SUV")
    PICKUP = "pickup", _("Pickup")
    MINIVAN = "minivan", _("Minivan")
    COUPE = "coupe", _("Coupé")
    CONVERTIBLE = "convertible", _("Convertible")
    WAGON = "wagon", _("Wagon")
    VAN = "van", _("Van")


class Fuel(models.TextChoices):
    """What it runs on."""

    GASOLINE = "gasoline", _("Gasoline")
    DIESEL = "diesel", _("Diesel")
    HYBRID = "hybrid", _("Hybrid")
    PLUG_IN_HYBRID = "plug_in_hybrid", _("Plug-in hybrid")
    ELECTRIC = "electric", _("Electric")


class Status(models.TextChoices):
    """Whether it may be offered: only what is available."""

    AVAILABLE = "available", _("Available")
    RESERVED = "reserved", _("Reserved")
    SOLD = "sold", _("Sold")
    WITHDRAWN = "withdrawn", _("Withdrawn")
