"""The terms on which the dealership lends."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory import assumptions, stamp

TERM_MIN_MONTHS, TERM_MAX_MONTHS = 36, 72
ANNUAL_RATE_MAX = Decimal(2)
# An estimate and its assumptions fit one WhatsApp message.
ASSUMPTIONS_MOST = 500


def validate_terms(months: object) -> None:
    """A list of different whole numbers of months, each within the terms that are lent."""
    if not isinstance(months, list) or not months:
        raise ValidationError(_("Offer at least one term."), code="terms")
    whole = all(isinstance(term, int) and not isinstance(term, bool) for term in months)
    if not whole or any(not TERM_MIN_MONTHS <= term <= TERM_MAX_MONTHS for term in months):
        raise ValidationError(
            _("Every term must be a whole number of months from %(least)s to %(most)s."),
            code="terms",
            params={"least": TERM_MIN_MONTHS, "most": TERM_MAX_MONTHS},
        )
    if len(set(months)) != len(months):
        raise ValidationError(_("A term is listed twice."), code="terms")


def default_annual_rate() -> Decimal:
    """The rate to begin with, from the settings."""
    return Decimal(settings.CREDIT_ANNUAL_RATE)


def default_terms() -> list[int]:
    """Three to six years."""
    return [36, 48, 60, 72]


class CreditTerms(models.Model):
    """The terms on which instalments are computed: one row, which staff edit."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    annual_rate = models.DecimalField(
        _("annual rate"),
        max_digits=7,
        decimal_places=6,
        default=default_annual_rate,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(ANNUAL_RATE_MAX)],
        help_text=_("Fixed, as a fraction: 0.10 is 10 % a year."),
    )
    terms_months = models.JSONField(_("terms, months"), default=default_terms, validators=[validate_terms])
    minimum_down_payment_share = models.DecimalField(
        _("minimum down payment"),
        max_digits=5,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal("0.9999"))],
        help_text=_("As a fraction of the price: 0.20 is 20 %; 0 if none is asked."),
    )
    assumptions_spanish = models.TextField(
        _("assumptions in Spanish"),
        max_length=ASSUMPTIONS_MOST,
        default=assumptions.default_spanish,
        validators=[assumptions.validate],
        help_text=_("Said with every estimate and in its PDF; the annual rate in percent takes the place of {rate}."),
    )
    assumptions_english = models.TextField(
        _("assumptions in English"),
        max_length=ASSUMPTIONS_MOST,
        default=assumptions.default_english,
        validators=[assumptions.validate],
        help_text=_("The same for customers who write English."),
    )
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("credit terms")
        verbose_name_plural = _("credit terms")
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1), name="credit_terms_one_row", violation_error_message=_("There is one set of terms.")
            ),
            models.CheckConstraint(
                condition=Q(annual_rate__gte=0, annual_rate__lte=ANNUAL_RATE_MAX),
                name="credit_terms_rate",
                violation_error_message=_("The annual rate must be between 0 and 2 (200 %)."),
            ),
            models.CheckConstraint(
                condition=Q(minimum_down_payment_share__gte=0, minimum_down_payment_share__lt=1),
                name="credit_terms_down_payment",
                violation_error_message=_("The minimum down payment must be below the whole price."),
            ),
            models.CheckConstraint(
                condition=Q(assumptions_spanish__contains=assumptions.RATE)
                & Q(assumptions_english__contains=assumptions.RATE),
                name="credit_terms_assumptions",
                violation_error_message=_("Write {rate} once: the annual rate is put there."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annual_rate:.2%}"

    @classmethod
    @stamp.kept
    def current(cls) -> "CreditTerms":
        """The terms staff set or, until they do, those of the settings, unsaved."""
        return cls.objects.first() or cls()

    @property
    def annual_rate_percent(self) -> str:
        """ "10" or "12.5" """
        return assumptions.percent(self.annual_rate)

    def assumptions_in(self, language: str) -> str:
        """What an estimate on these terms rests on, for a customer of that language."""
        text = self.assumptions_english if language == "en" else self.assumptions_spanish
        return assumptions.filled(text, self.annual_rate)
