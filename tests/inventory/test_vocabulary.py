"""Any way of writing a make or model finds the stock's own, and what is not in stock is not bent into what is."""

import csv
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from inventory import stock_import, vocabulary
from inventory.models import Vehicle

pytestmark = pytest.mark.anywhere

Add = Callable[..., Vehicle]

STOCK = [
    ("Audi", "A1"),
    ("BMW", "Serie 3"),
    ("BMW", "X3"),
    ("Chevrolet", "Aveo"),
    ("Fiat", "Uno"),
    ("Ford", "Escape"),
    ("Honda", "CR-V"),
    ("Honda", "Civic"),
    ("KIA", "Rio"),
    ("Land Rover", "Discovery Sport"),
    ("Mazda", "CX-5"),
    ("Mazda", "CX-9"),
    ("Mazda", "Mazda 3"),
    ("Mercedes Benz", "Clase A"),
    ("Mini", "Cooper"),
    ("Nissan", "March"),
    ("Nissan", "Sentra"),
    ("Nissan", "Versa"),
    ("Nissan", "X-Trail"),
    ("Peugeot", "208"),
    ("Renault", "Duster"),
    ("Seat", "Ibiza"),
    ("Suzuki", "Swift"),
    ("Toyota", "Corolla"),
    ("Toyota", "RAV4"),
    ("Volkswagen", "Gol"),
    ("Volkswagen", "Jetta"),
    ("Volkswagen", "Vento"),
]


@pytest.fixture
def stock(add: Add) -> None:
    for make, model in STOCK:
        add(make=make, model=model)


def read(text: str) -> list[tuple[str | None, str | None]]:
    return [(mention.make, mention.model) for mention in vocabulary.mentions(text)]


def meant(written: str) -> tuple[str | None, str | None]:
    resolution = vocabulary.resolve(written)
    return resolution.make, resolution.model


@pytest.mark.parametrize(
    ("written", "make", "model"),
    [
        ("mazda 3", "Mazda", "Mazda 3"),
        ("MAZDA3", "Mazda", "Mazda 3"),
        ("mazda tres", "Mazda", "Mazda 3"),
        ("cx5", "Mazda", "CX-5"),
        ("cx 9", "Mazda", "CX-9"),
        ("mazda cx-5", "Mazda", "CX-5"),
        ("crv", "Honda", "CR-V"),
        ("crv honda", "Honda", "CR-V"),
        ("sivic", "Honda", "Civic"),
        ("xtrail", "Nissan", "X-Trail"),
        ("xtrail nissan", "Nissan", "X-Trail"),
        ("nisan versa", "Nissan", "Versa"),
        ("rav cuatro", "Toyota", "RAV4"),
        ("corola", "Toyota", "Corolla"),
        ("clase a", "Mercedes Benz", "Clase A"),
        ("mercedez clase a", "Mercedes Benz", "Clase A"),
        ("Mercedes-Benz A class", "Mercedes Benz", "Clase A"),
        ("serie 3", "BMW", "Serie 3"),
        ("3 series", "BMW", "Serie 3"),
        ("bmw 320i", "BMW", "Serie 3"),
        ("kía río", "KIA", "Rio"),
        ("wolsvagen jeta", "Volkswagen", "Jetta"),
        ("vw gol", "Volkswagen", "Gol"),
        ("peyo 208", "Peugeot", "208"),
        ("renol duster", "Renault", "Duster"),
        ("suif", "Suzuki", "Swift"),
        ("eskape ford", "Ford", "Escape"),
        ("ibisa", "Seat", "Ibiza"),
        ("chevrole aveo", "Chevrolet", "Aveo"),
        ("discovery sport", "Land Rover", "Discovery Sport"),
        ("discovery sprot", "Land Rover", "Discovery Sport"),
        ("mazdat 3", "Mazda", "Mazda 3"),
        ("chevy", "Chevrolet", None),
        ("Chebys", "Chevrolet", None),
        ("toyotas", "Toyota", None),
        ("mercedes", "Mercedes Benz", None),
        ("peugot", "Peugeot", None),
    ],
)
def test_a_name_is_understood_in_a_tool_call_and_in_a_sentence(
    stock: None, written: str, make: str, model: str | None
) -> None:
    resolution = vocabulary.resolve(written)
    assert (resolution.make, resolution.model, resolution.is_sure, resolution.absent) == (make, model, True, False)
    assert read(f"hola, busco un {written} en buen estado") == [(make, model)]


@pytest.mark.parametrize(
    ("written", "make", "model"),
    [
        ("tesla", "Tesla", None),
        ("tesla model 3", "Tesla", "Model 3"),
        ("hiunday", "Hyundai", None),
        ("golf", "Volkswagen", "Golf"),
        ("corolla cros", "Toyota", "Corolla Cross"),
        ("mazda 2", "Mazda", "Mazda 2"),
        ("clase c", "Mercedes Benz", "Clase C"),
        ("vocho", "Volkswagen", "Beetle"),
        ("peugeot 2008", "Peugeot", "2008"),
        ("honda hrv", "Honda", "HR-V"),
    ],
)
def test_what_is_not_in_stock_is_known_to_be_absent(stock: None, written: str, make: str, model: str | None) -> None:
    resolution = vocabulary.resolve(written)
    assert (resolution.make, resolution.model, resolution.absent) == (make, model, True)
    (mention,) = vocabulary.mentions(f"tienen un {written}?")
    assert (mention.make, mention.model, mention.absent) == (make, model, True)


def test_a_new_make_in_the_stock_needs_no_code(add: Add) -> None:
    assert vocabulary.resolve("zirconia tornasol").make is None
    add(make="Zirconia", model="Tornasol")
    assert meant("sirconia tornazol") == ("Zirconia", "Tornasol")
    assert not vocabulary.resolve("zirconia").absent


def test_a_sold_model_is_absent(add: Add) -> None:
    vehicle = add(make="Honda", model="Civic")
    assert not vocabulary.resolve("civic").absent
    vehicle.status = Vehicle.Status.SOLD
    vehicle.save()
    assert vocabulary.resolve("civic").absent


def test_two_ways_of_writing_a_make_in_the_stock_are_one(add: Add) -> None:
    add(make="KIA", model="RIO")
    add(make="Kia", model="Rio")
    resolution = vocabulary.resolve("kia rio")
    assert resolution.is_sure
    assert resolution.name is not None
    assert sorted(vocabulary.writings(resolution.name, vocabulary.stocked())) == [("KIA", "RIO"), ("Kia", "Rio")]


def test_between_two_candidates_both_are_named(stock: None) -> None:
    for resolution in (vocabulary.resolve("cx"), *vocabulary.mentions("tienes una mazda cx?")):
        assert not resolution.is_sure
        assert {resolution.model, *(name.model for name in resolution.alternatives)} == {"CX-5", "CX-9"}


def test_two_names_in_one_argument_are_not_taken_for_one(stock: None) -> None:
    resolution = vocabulary.resolve("sentra o versa")
    assert not resolution.is_sure
    assert {resolution.model, *(name.model for name in resolution.alternatives)} == {"Sentra", "Versa"}


def test_an_unread_word_beside_a_make_is_not_passed_over(stock: None) -> None:
    assert not vocabulary.resolve("honda ir-v").is_sure
    assert vocabulary.resolve("mazda sedan").is_sure


def test_trim_colour_and_year_around_a_name_do_not_hide_it(stock: None) -> None:
    for written in ("sentra advance", "Nissan Sentra 2019", "sentra rojo", "un sentra del 2019"):
        assert meant(written) == ("Nissan", "Sentra")
        assert vocabulary.resolve(written).is_sure


def test_nothing_like_a_name_is_none(stock: None) -> None:
    for written in ("", "???", "camioneta", "qwertyuiop", "🚗"):
        resolution = vocabulary.resolve(written)
        assert (resolution.make, resolution.certainty, resolution.absent) == (None, 0, True)


def test_several_names_come_in_their_order_with_their_places(stock: None) -> None:
    text = "estoy entre kia rio, vento, mazda 2, sentra o versa 2020 a 2023"
    found = vocabulary.mentions(text)
    assert [text[mention.start : mention.end] for mention in found] == [
        "kia rio",
        "vento",
        "mazda 2",
        "sentra",
        "versa",
    ]
    assert [mention.words for mention in found if mention.absent] == ["mazda 2"]


def test_a_misspelt_absent_make_does_not_hide_a_misspelt_present_model(stock: None) -> None:
    hyundai, civic = vocabulary.mentions("hiunday o un honda sivic")
    assert (hyundai.make, hyundai.absent) == ("Hyundai", True)
    assert (civic.make, civic.model, civic.absent) == ("Honda", "Civic", False)


def test_the_three_of_mazda_3_is_no_count_and_a_clause_ends_a_name(stock: None) -> None:
    assert read("mazda 3 2018") == [("Mazda", "Mazda 3")]
    assert read("quiero un mazda, 3 años de plazo") == [("Mazda", None)]


def test_an_everyday_word_is_a_car_only_beside_its_make_or_after_un(stock: None) -> None:
    assert read("quiero uno barato, el uno o el otro") == []
    assert read("un uno") == read("fiat uno") == read("el uno de fiat, fiat uno")[-1:] == [("Fiat", "Uno")]
    assert read("will it fit in my city garage") == []
    assert read("208 mil pesos") == []
    assert read("a 4 años") == []


@pytest.mark.parametrize(
    "said",
    [
        "hola buenas tardes me pueden dar informes de los carros que tienen",
        "me gusta la ultima que me mandaste, la roja",
        "viene con factura original y tenencias pagadas?",
        "puedo ir mañana a la sucursal del centro como a las 5",
        "que onda, la marca no importa, que sea rendidor",
        "do you have any suv with 7 seats and good mileage under 300k",
        "is it still available? can i come see it, it needs to fit in my garage",
        "estoy en queretaro, tienen envios a leon o a toledo",
        "me urge vender el mio para comprar otro, entra a cuenta?",
        "trae camara de reversa, apple car play y android auto",
        "cuanto pagaria a 48 meses dando 60 mil de enganche, algo asi",
        "la venta es de contado o a credito? quiero el mas nuevo, el civil me dijo",
        "una mini van o camioneta grande de tres filas",
    ],
)
def test_everyday_talk_names_no_car(stock: None, said: str) -> None:
    assert read(said) == []


def test_an_everyday_word_right_before_a_year_or_after_a_verb_of_asking_is_a_car(stock: None) -> None:
    assert read("manejan seat?") == [("Seat", None)]
    assert read("toledo 2019") == [("Seat", "Toledo")]
    assert read("estoy en toledo") == []


def test_the_x_between_two_lengths_is_no_car(stock: None) -> None:
    assert read("mi cochera es de 3.80 x 2 m") == []
    assert read("una x 3 de bmw") == [("BMW", "X3")]


def test_a_short_name_finds_the_longer_one_in_stock(stock: None) -> None:
    assert meant("discovery") == meant("land rober discoveri") == ("Land Rover", "Discovery Sport")


def one_letter_off(name: str) -> Iterator[str]:
    for place in range(len(name) + 1):
        for letter in string.ascii_lowercase:
            yield name[:place] + letter + name[place:]
            yield name[:place] + letter + name[place + 1 :]
        yield name[:place] + name[place + 1 :]
        yield name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


@pytest.mark.parametrize("with_make", [False, True], ids=["alone", "make and model"])
def test_a_letter_wrong_is_read_right_and_hardly_ever_wrong_with_certainty(db: None, with_make: bool) -> None:
    with (settings.ROOT / "fixtures/vehicles.csv").open(newline="", encoding="utf-8") as file:
        pairs = sorted({(row["make"], row["model"]) for row in csv.DictReader(file) if not row["status"]})
    stock_import.import_stock(Path(settings.ROOT / "fixtures/vehicles.csv"))
    names: dict[str, tuple[str, str | None]] = {make.lower(): (make, None) for make, _ in pairs}
    if with_make:
        names = {f"{make} {model}".lower(): (make, model) for make, model in pairs}
    else:
        names |= {model.lower(): (make, model) for make, model in pairs}
    right = wrong = tried = 0
    for name, truth in names.items():
        for written in sorted(set(one_letter_off(name)) - names.keys())[::61]:
            resolution = vocabulary.resolve(written)
            is_right = (resolution.make, resolution.model) == truth
            tried, right, wrong = tried + 1, right + is_right, wrong + (resolution.is_sure and not is_right)
    assert right / tried >= 0.95
    assert wrong / tried <= 0.005


SENTENCES = ("cuanto cuesta el {}", "hola, la {} sigue disponible", "me interesa el {} 2019", "tienen {}?")


def test_a_letter_wrong_is_read_right_within_a_sentence(db: None) -> None:
    stock_import.import_stock(Path(settings.ROOT / "fixtures/vehicles.csv"))
    right = wrong = tried = 0
    for make, model in vocabulary.stocked():
        for written in sorted(set(one_letter_off(model.lower())))[::97]:
            found = vocabulary.mentions(SENTENCES[tried % len(SENTENCES)].format(written))
            is_right = any((name.make, name.model) == (make, model) for name in found)
            tried, right = tried + 1, right + is_right
            wrong += not is_right and any(name.is_sure and name.model for name in found)
    assert right / tried >= 0.92
    assert wrong / tried <= 0.015


def test_the_longest_message_is_read_to_its_end(stock: None) -> None:
    found = vocabulary.mentions("mazda qwerty zxcvb " * 215)
    assert {mention.make for mention in found} == {"Mazda"}
    assert len(found) == 215
    assert vocabulary.resolve("mazda " * 700).make is None
