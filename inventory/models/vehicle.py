"""The stock: every rule is a validator for people and a constraint for the database."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from inventory import kinds, readings, spelling
from inventory.models.photo import VehiclePhoto

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

YEAR_MIN, YEAR_MAX = 1950, 2100
PRICE_MAX_MXN = Decimal(100_000_000)
MILEAGE_MAX_KM = 2_000_000
LENGTH_MIN_MM, LENGTH_MAX_MM = 500, 10_000
SEATS_MAX = 60
SEARCHED_MOST = 320
# Of what is typed into a search.
WORDS_MOST = 10
# What `read()` sets.
READINGS = ("transmission_read", "body_type_read", "seats_read", "searched")


def name_of(make: str, model: str) -> str:
    """Make and model as the stock writes them, a make that the model repeats only once: "Mazda 3", "KIA Rio"."""
    repeats = f"{model} ".casefold().startswith(f"{make} ".casefold())
    return model if repeats else f"{make} {model}"


def searched(*said: object) -> str:
    """What is said of a vehicle, as staff search it."""
    return f" {spelling.bare(' '.join(map(str, said)))}"[:SEARCHED_MOST]


def validate_model_year(year: int) -> None:
    """Next year's models are sold from this year on; later ones do not exist."""
    newest = timezone.localdate().year + 1
    if not YEAR_MIN <= year <= newest:
        raise ValidationError(
            _("The model year must be between %(oldest)s and %(newest)s."),
            code="model_year",
            params={"oldest": YEAR_MIN, "newest": newest},
        )


class VehicleQuerySet(models.QuerySet["Vehicle"]):
    """The stock, in the trade's words."""

    def for_sale(self) -> "VehicleQuerySet":
        """What may be offered: neither reserved, sold nor withdrawn."""
        return self.filter(status=kinds.Status.AVAILABLE)

    def saying(self, words: str) -> "VehicleQuerySet":
        """Those with each of these words, or parts of words, in stock id, year, name, trim or colour; of a number, its beginning.

        One column is read for it, whatever the database: a hundred thousand of them take a twentieth of a second.
        """
        found = self
        for word in spelling.bare(words).split()[:WORDS_MOST]:
            found = found.filter(searched__contains=f" {word}" if word.isdigit() else word)
        return found

    def delete(self) -> tuple[int, dict[str, int]]:
        """Also takes away the photos with their files, which a cascade would leave behind."""
        with transaction.atomic():
            VehiclePhoto.objects.filter(vehicle__in=self.values("pk")).delete()
            return super().delete()


def _rule(name: str, condition: Q, message: "_StrOrPromise") -> models.CheckConstraint:
    return models.CheckConstraint(condition=condition, name=f"vehicle_{name}", violation_error_message=message)


def _dimension(label: "_StrOrPromise") -> "models.PositiveIntegerField[int | None, int | None]":
    return models.PositiveIntegerField(
        label,
        null=True,
        blank=True,
        validators=[MinValueValidator(LENGTH_MIN_MM), MaxValueValidator(LENGTH_MAX_MM)],
        help_text=_("In millimetres; empty if not recorded."),
    )


def _dimension_rule(field: str) -> models.CheckConstraint:
    within = Q(**{f"{field}__gte": LENGTH_MIN_MM, f"{field}__lte": LENGTH_MAX_MM})
    message = _("A length, width or height must be between 500 and 10,000 mm.")
    return _rule(f"{field}_plausible", Q(**{f"{field}__isnull": True}) | within, message)


class Vehicle(models.Model):
    """One car of the stock. Where a field is empty its value is not recorded, which is never the same as "no"."""

    Transmission: TypeAlias = kinds.Transmission
    BodyType: TypeAlias = kinds.BodyType
    Fuel: TypeAlias = kinds.Fuel
    Status: TypeAlias = kinds.Status

    stock_id = models.PositiveIntegerField(_("stock id"), unique=True, validators=[MinValueValidator(1)])
    make = models.CharField(_("make"), max_length=60)
    model = models.CharField(_("model"), max_length=60)
    year = models.PositiveSmallIntegerField(_("model year"), validators=[validate_model_year])
    trim = models.CharField(_("trim"), max_length=120, blank=True)
    mileage_km = models.PositiveIntegerField(_("mileage, km"), validators=[MaxValueValidator(MILEAGE_MAX_KM - 1)])
    price_mxn = models.DecimalField(
        _("price, MXN"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(PRICE_MAX_MXN - Decimal("0.01"))],
    )
    status = models.CharField(_("status"), max_length=12, choices=kinds.Status, default=kinds.Status.AVAILABLE)
    location = models.CharField(_("location"), max_length=80, blank=True)

    transmission = models.CharField(_("transmission"), max_length=12, choices=kinds.Transmission, blank=True)
    body_type = models.CharField(_("body type"), max_length=12, choices=kinds.BodyType, blank=True)
    fuel = models.CharField(_("fuel"), max_length=16, choices=kinds.Fuel, blank=True)
    seats = models.PositiveSmallIntegerField(
        _("seats"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(SEATS_MAX)]
    )
    colour = models.CharField(_("colour"), max_length=40, blank=True)
    has_bluetooth = models.BooleanField(_("has Bluetooth"), null=True, blank=True)
    has_car_play = models.BooleanField(_("has CarPlay"), null=True, blank=True)
    length_mm = _dimension(_("length, mm"))
    width_mm = _dimension(_("width, mm"))
    height_mm = _dimension(_("height, mm"))

    # What is recorded or, where nothing is, what trim and model tell: kept in columns so that the database can search by it.
    transmission_read = models.CharField(
        _("transmission, recorded or read"), max_length=12, choices=kinds.Transmission, blank=True, editable=False
    )
    body_type_read = models.CharField(
        _("body type, recorded or read"), max_length=12, choices=kinds.BodyType, blank=True, editable=False
    )
    seats_read = models.PositiveSmallIntegerField(_("seats, recorded or read"), null=True, blank=True, editable=False)

    searched = models.CharField(
        _("what staff search"), max_length=SEARCHED_MOST, blank=True, default="", db_default="", editable=False
    )

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = VehicleQuerySet.as_manager()
    # Bulk writes record their history themselves: see `simple_history.utils`.
    history = HistoricalRecords(excluded_fields=[*READINGS, "created_at", "updated_at"])

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        permissions = [("price_vehicle", "Can change prices"), ("reserve_vehicle", "Can reserve vehicles")]
        ordering = ["price_mxn", "stock_id"]
        indexes = [
            models.Index(fields=["status", "price_mxn", "stock_id"], name="vehicle_by_price"),
            models.Index(fields=["status", "make", "price_mxn", "stock_id"], name="vehicle_by_make"),
            models.Index(fields=["status", "make", "model", "price_mxn", "stock_id"], name="vehicle_by_name"),
            models.Index(fields=["status", "mileage_km", "price_mxn", "stock_id"], name="vehicle_by_mileage"),
            models.Index(fields=["status", "-year", "price_mxn", "stock_id"], name="vehicle_by_year"),
            models.Index(fields=["status", "colour"], name="vehicle_by_colour"),
            models.Index(fields=["make", "model", "-year", "stock_id"], name="vehicle_as_listed"),
        ]
        constraints = [
            _rule("stock_id_positive", Q(stock_id__gte=1), _("A stock id is a number from 1.")),
            _rule("named", ~Q(make="") & ~Q(model=""), _("A vehicle needs a make and a model.")),
            _rule("year_plausible", Q(year__gte=YEAR_MIN, year__lte=YEAR_MAX), _("That model year does not exist.")),
            _rule(
                "price_plausible",
                Q(price_mxn__gt=0, price_mxn__lt=PRICE_MAX_MXN),
                _("The price must be above 0 and below 100 million."),
            ),
            _rule("mileage_plausible", Q(mileage_km__lt=MILEAGE_MAX_KM), _("The mileage must be below 2,000,000 km.")),
            _rule(
                "seats_plausible",
                Q(seats__isnull=True) | Q(seats__gte=1, seats__lte=SEATS_MAX),
                _("A vehicle has from 1 to 60 seats."),
            ),
            _dimension_rule("length_mm"),
            _dimension_rule("width_mm"),
            _dimension_rule("height_mm"),
            _rule(
                "transmission_known",
                Q(transmission__in=["", *kinds.Transmission]),
                _("That transmission is not known."),
            ),
            _rule("body_type_known", Q(body_type__in=["", *kinds.BodyType]), _("That body type is not known.")),
            _rule("fuel_known", Q(fuel__in=["", *kinds.Fuel]), _("That fuel is not known.")),
            _rule("status_known", Q(status__in=[*kinds.Status]), _("That status is not known.")),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year} ({self.stock_id})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also reads again what trim and model tell; bulk writes call `read()` themselves."""
        self.read()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, *READINGS}
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Also takes away the photos with their files, which a cascade would leave behind."""
        with transaction.atomic():
            self.photos.all().delete()
            return super().delete(*args, **kwargs)

    def read(self) -> None:
        """Set what is searched by: what is recorded or, where blank, what trim and model tell."""
        self.transmission_read, self.body_type_read, self.seats_read = readings.of(
            (self.make, self.model, self.trim), (self.transmission, self.body_type, self.seats)
        )
        self.searched = searched(self.stock_id, self.year, self.make, self.model, self.trim, self.colour)

    @property
    def name(self) -> str:
        """Make and model, as `name_of` writes them."""
        return name_of(self.make, self.model)

    @property
    def transmission_is_read(self) -> bool:
        """The transmission is not recorded but read from the trim."""
        return not self.transmission and bool(self.transmission_read)

    @property
    def body_type_is_read(self) -> bool:
        """The body type is not recorded but read from trim and model."""
        return not self.body_type and bool(self.body_type_read)

    @property
    def seats_are_read(self) -> bool:
        """The seats are not recorded but read from the trim."""
        return self.seats is None and self.seats_read is not None
