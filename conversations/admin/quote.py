"""Quotes in the admin: what customers were told, found by the folio that they were told with it."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from assistant import sentences
from conversations import quotes
from conversations.admin.rows import ReadOnly
from conversations.models import Quote
from inventory import assumptions


@admin.register(Quote)
class QuoteAdmin(ReadOnly):
    """Quotes, the latest first. They stay as they were told: what the car costs today stands with the car."""

    list_display = ("folio", "who", "car", "price", "down_payment", "months", "monthly", "made_at")
    list_filter = ("made_at", "months")
    search_fields = ("folio", "customer__profile_name", "customer__identities__value", "car")
    search_help_text = _("Folio, customer or car")
    ordering = ("-made_at", "-pk")
    fields = (
        ("folio", "made_at"),
        ("who", "turn"),
        ("vehicle", "car"),
        ("price", "down_payment", "months"),
        ("monthly", "last_payment", "interest_total", "rate"),
        "assumptions",
        "document",
    )
    readonly_fields = ("who", "price", "down_payment", "monthly", "last_payment", "interest_total", "rate", "document")

    @admin.display(description=_("price, MXN"), ordering="price_mxn")
    def price(self, quote: Quote) -> str:
        return sentences.pesos(quote.price_mxn)

    @admin.display(description=_("down payment, MXN"), ordering="down_payment_mxn")
    def down_payment(self, quote: Quote) -> str:
        return sentences.pesos(quote.down_payment_mxn)

    @admin.display(description=_("monthly payment, MXN"), ordering="monthly_mxn")
    def monthly(self, quote: Quote) -> str:
        return sentences.pesos(quote.monthly_mxn)

    @admin.display(description=_("last payment, MXN"))
    def last_payment(self, quote: Quote) -> str:
        return sentences.pesos(quote.last_payment_mxn)

    @admin.display(description=_("interest, MXN"))
    def interest_total(self, quote: Quote) -> str:
        return sentences.pesos(quote.interest_total_mxn)

    @admin.display(description=_("annual rate"))
    def rate(self, quote: Quote) -> str:
        return f"{assumptions.percent(quote.annual_rate)}%"

    @admin.display(description=_("schedule"))
    def document(self, quote: Quote) -> SafeString:
        return format_html('<a class="text-link" href="{}">PDF</a>', quotes.address(quote.folio))
