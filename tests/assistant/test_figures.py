"""Numbers as customers write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading import figures
from assistant.reading.plain import plain

pytestmark = pytest.mark.anywhere


def read(text: str) -> list[tuple[str, str]]:
    return [(f"{q.value.normalize():f}", q.unit) for q in figures.quantities(plain(text))]


@pytest.mark.parametrize(
    ("text", "quantities"),
    [
        ("268,999", [("268999", "")]),
        ("268.999", [("268999", "")]),
        ("268'999", [("268999", "")]),
        ("$268,999.50", [("268999.5", "")]),
        ("268.999,50", [("268999.5", "")]),
        ("1,268,999", [("1268999", "")]),
        ("$ 250 000", [("250000", "")]),
        ("250000 pesos", [("250000", "peso")]),
        ("250mil", [("250000", "")]),
        ("250 mil", [("250000", "")]),
        ("250k", [("250000", "")]),
        ("250K pesos", [("250000", "peso")]),
        ("1.5 millones", [("1500000", "")]),
        ("1,5 millones de pesos", [("1500000", "peso")]),
        ("un millon y medio", [("1500000", "")]),
        ("medio millón", [("500000", "")]),
        ("doscientos cincuenta mil", [("250000", "")]),
        ("trescientos mil pesos", [("300000", "peso")]),
        ("treinta y cinco mil", [("35000", "")]),
        ("dos millones trescientos mil", [("2300000", "")]),
        ("mil quinientos", [("1500", "")]),
        ("20%", [("20", "percent")]),
        ("20 %", [("20", "percent")]),
        ("4 años", [("4", "year")]),
        ("cuatro anios y 48 meses", [("4", ""), ("48", "month")]),
        ("un año", [("1", "year")]),
        ("48 mensualidades", [("48", "month")]),
        ("a 3, 4, 5 y 6 años", [("3", "year"), ("4", "year"), ("5", "year"), ("6", "year")]),
        ("60,000 km", [("60000", "km")]),
        ("60 mil kilómetros", [("60000", "km")]),
        ("15 mil dólares", [("15000", "dollar")]),
        ("15,000 usd", [("15000", "dollar")]),
        ("300 thousand pesos", [("300000", "peso")]),
        ("three hundred thousand", [("300000", "")]),
        ("half a million", [("500000", "")]),
        ("twenty percent down over five years", [("20", "percent"), ("5", "year")]),
        ("4 yrs", [("4", "year")]),
        ("entre 200 y 300 mil", [("200", ""), ("300000", "")]),
        ("busco un auto", []),
        ("una camioneta", []),
        ("", []),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, quantities: list[tuple[str, str]]) -> None:
    assert read(text) == quantities


def _written(number: int, style: str) -> str:
    return f"{number:,}".replace(",", style)


@given(st.integers(min_value=1, max_value=99_999_999), st.sampled_from([",", ".", "'", ""]))
def test_a_number_in_any_thousands_style_reads_back(number: int, style: str) -> None:
    (quantity,) = figures.quantities(_written(number, style))
    assert quantity.value == number


@given(st.integers(min_value=1, max_value=99_999_999), st.integers(min_value=0, max_value=99))
def test_an_amount_with_cents_reads_back(pesos: int, cents: int) -> None:
    (quantity,) = figures.quantities(f"${pesos:,}.{cents:02}")
    assert quantity.value == Decimal(f"{pesos}.{cents:02}")
    assert quantity.has_sign


@given(st.integers(min_value=1, max_value=999), st.sampled_from(["mil", " mil", "k", " k", " thousand"]))
def test_thousands_in_a_word_read_back(thousands: int, word: str) -> None:
    (quantity,) = figures.quantities(f"{thousands}{word}")
    assert quantity.value == thousands * 1000
    assert quantity.is_scaled


_pieces = st.lists(
    st.sampled_from(
        [
            "mil",
            "y",
            "medio",
            "un",
            "k",
            "$",
            "20",
            "1,000",
            "2.5",
            "años",
            "%",
            "de",
            "millones",
            "cien",
            " ",
            ",",
            "-",
        ]
    )
    | st.text(max_size=4),
    max_size=10,
)


@given(_pieces, st.sampled_from(["", " "]))
def test_no_text_is_too_much_to_look_for_numbers_in(pieces: list[str], link: str) -> None:
    text = plain(link.join(pieces))
    for quantity in figures.quantities(text):
        assert quantity.value >= 0
        assert 0 <= quantity.start < quantity.end <= len(text)


@given(st.text())
def test_a_plain_text_is_as_long_as_the_text(text: str) -> None:
    assert len(plain(text)) == len(text)
