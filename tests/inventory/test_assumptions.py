"""The words that an estimate rests on: staff write them, the rate is in them, and it is never the CAT."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from inventory import assumptions
from inventory.models import CreditTerms

TERMS = "/admin/inventory/creditterms/"


def terms_form(**changed: str) -> dict[str, object]:
    return {
        "annual_rate": "0.125",
        "terms_months": ["36", "60"],
        "minimum_down_payment_share": "0",
        "assumptions_spanish": "Tasa fija de {rate}% al año, no es el CAT.",
        "assumptions_english": "Fixed rate of {rate}% a year, not the CAT.",
        **changed,
    }


@pytest.mark.parametrize(
    "text",
    [
        assumptions.default_spanish(),
        assumptions.default_english(),
        "Tasa de {rate}%.",
        "Tasa de {rate}%; esto no es el CAT.",
        "Rate {rate}%. This is not the APR, nor the CAT.",
        "Rate {rate}%; it isn’t the Annual Percentage Rate.",
        "Tasa anual fija {rate}%, no es el C.A.T. ni incluye seguro.",
        "Vale en la categoría de autos seminuevos, con {rate}%.",
    ],
)
def test_words_that_name_the_rate_are_taken(text: str) -> None:
    assumptions.validate(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tasa fija.", "rate"),
        ("", "rate"),
        ("De {rate}% a {rate}%.", "rate"),
        ("Tasa de {tasa}%.", "rate"),
        ("Tasa de {rate}%, {price} de precio.", "braces"),
        ("Tasa de {rate}% {", "braces"),
        ("Tasa de {rate}% }", "braces"),
        ("CAT de {rate}%.", "yearly_cost"),
        ("Tasa {rate}% (CAT sin IVA).", "yearly_cost"),
        ("{rate}% APR.", "yearly_cost"),
        ("{rate}% annual percentage rate.", "yearly_cost"),
        ("Costo Anual Total de {rate}%.", "yearly_cost"),
        ("No incluye seguro, CAT de {rate}%.", "yearly_cost"),
        ("No es el CAT; el CAT es {rate}%.", "yearly_cost"),
        ("No hay CAT de {rate}% mejor.", "yearly_cost"),
    ],
)
def test_words_without_the_rate_or_with_another_name_for_it_are_refused(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        assumptions.validate(text)
    assert caught.value.code == code


def test_the_rate_is_filled_in_without_needless_zeros() -> None:
    assert CreditTerms(annual_rate=Decimal("0.125000")).assumptions_in("es").count("12.5%") == 1
    assert "of 10%," in CreditTerms(annual_rate=Decimal("0.1")).assumptions_in("en")


def test_staff_word_the_assumptions_and_are_told_what_is_wrong_with_them(admin_client: Client) -> None:
    admin_client.post(f"{TERMS}add/", terms_form())
    assert CreditTerms.current().assumptions_in("es") == "Tasa fija de 12.5% al año, no es el CAT."
    page = admin_client.post(f"{TERMS}1/change/", terms_form(assumptions_english="CAT of {rate}%"))
    assert "La tasa no es el CAT ni el APR" in page.content.decode()
    assert CreditTerms.current().assumptions_in("en") == "Fixed rate of 12.5% a year, not the CAT."


@pytest.mark.django_db
def test_the_database_keeps_the_rate_in_the_words() -> None:
    with pytest.raises(IntegrityError):
        CreditTerms(assumptions_spanish="Una estimación.").save()
