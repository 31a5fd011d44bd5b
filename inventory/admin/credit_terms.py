"""The credit terms, as staff see and edit them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from inventory.models import CreditTerms
from inventory.models.credit_terms import TERM_MAX_MONTHS, TERM_MIN_MONTHS

_EVERY_HALF_YEAR = range(TERM_MIN_MONTHS, TERM_MAX_MONTHS + 1, 6)


class CreditTermsForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """The terms as boxes to tick."""

    terms_months = forms.TypedMultipleChoiceField(
        label=_("Terms, months"), coerce=int, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = CreditTerms
        fields = (
            "annual_rate",
            "terms_months",
            "minimum_down_payment_share",
            "assumptions_spanish",
            "assumptions_english",
        )
        widgets = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 4})
            for name in ("assumptions_spanish", "assumptions_english")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Also offers a term that was set elsewhere, so that saving does not lose it."""
        super().__init__(*args, **kwargs)
        self.fields["terms_months"].initial = self.instance.terms_months
        terms = sorted({*_EVERY_HALF_YEAR, *self.instance.terms_months})
        self.fields["terms_months"].choices = [(months, str(months)) for months in terms]  # type: ignore[attr-defined]


class CreditTermsAdmin(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """One set of terms. Whoever keeps versions of the settings registers it."""

    form = CreditTermsForm
    list_display = ("__str__", "terms_months", "minimum_down_payment_share", "updated_at")
