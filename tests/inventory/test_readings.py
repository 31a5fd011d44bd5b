"""What trims, models and people's words tell."""

import pytest

from inventory import kinds, makes, nicknames, readings

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("trim", "transmission"),
    [
        ("2.0 SEDAN I TA", "automatic"),
        ("2.4 LATITUDE AUTO", "automatic"),
        ("1.6 SC STYLE TIPTRONIC", "automatic"),
        ("1.6 5 PTAS. TRENDLINE ASG", "automatic"),
        ("1.6 AT F LTZ", "automatic"),
        ("1.6 ADVANCE LTS XTRONIC", "cvt"),
        ("2.0 GT LINE IVT", "cvt"),
        ("1.4 TFSI COOL S TRONIC", "dual_clutch"),
        ("1.4 tsi dsg", "dual_clutch"),
        ("1.5 FIGO ENERGY MT", "manual"),
        ("1.6 Estándar", "manual"),
        ("1.8 LS STD", "manual"),
        ("1.5 TREND", ""),
        ("1.0 LS A", ""),
        ("MATTE AUTOGRAPH", ""),
        ("", ""),
    ],
)
def test_a_trim_tells_the_transmission_by_whole_words(trim: str, transmission: str) -> None:
    assert readings.transmission(trim) == transmission


@pytest.mark.parametrize(
    ("make", "model", "trim", "body"),
    [
        ("Nissan", "Frontier", "2.5 PRO-4X", "pickup"),
        ("MAZDA", "cx 5", "", "suv"),
        ("Mercedes-Benz", "Clase C", "", "sedan"),
        ("Mazda", "Mazda 3", "2.0 SEDAN I TA", "sedan"),
        ("Volkswagen", "Golf", "1.4 VARIANT", "wagon"),
        ("Honda", "CR-V", "2.4 EX 5 PTAS", "suv"),
        ("Chevrolet", "Sonic", "1.6 LT 5 PTAS.", "hatchback"),
        ("KIA", "Rio", "1.6 LX", ""),
        ("Nobody", "Knows", "", ""),
    ],
)
def test_the_body_is_told_by_the_trim_then_the_model_then_the_doors(
    make: str, model: str, trim: str, body: str
) -> None:
    assert readings.body_type(make, model, trim) == body


def test_the_files_that_people_edit_name_only_kinds_there_are() -> None:
    bodies = {body for make in makes.known() for body in make.models.values()}
    assert bodies <= {"", *kinds.BodyType}
    for word in ("troca", "camioneta", "sedan", "minivan", "vagoneta", "coupe", "descapotable", "hatchback", "van"):
        (mention,) = nicknames.body_mentions(word)
        assert set(mention.body_types) <= set(kinds.BodyType)


@pytest.mark.parametrize(
    ("said", "words", "bodies"),
    [
        ("busco una troca barata", "troca", ("pickup",)),
        ("una pick-up doble", "pick-up", ("pickup",)),
        ("Una Camioneta familiar", "Camioneta familiar", ("minivan",)),
        ("tienen mini van?", "mini van", ("minivan",)),
        ("any SUVs", "SUVs", ("suv",)),
        ("un sedán", "sedán", ("sedan",)),
    ],
)
def test_kinds_of_car_are_found_in_a_sentence(said: str, words: str, bodies: tuple[str, ...]) -> None:
    (mention,) = nicknames.body_mentions(said)
    assert (mention.words, mention.body_types) == (words, bodies)
    assert said[mention.start : mention.end] == words


def test_a_sentence_without_a_kind_of_car_has_none() -> None:
    assert nicknames.body_mentions("quiero algo bonito y barato, de 300 mil y pico") == []


@pytest.mark.parametrize(
    ("wanted", "recorded", "same"),
    [
        ("rojo", "Rojo", True),
        ("rojas", "ROJO METÁLICO", True),
        ("gray", "Gris Oxford", True),
        ("café", "CAFE", True),
        ("silver", "Plata", True),
        ("azul", "Blanco", False),
        ("turquesa", "Turquesa", True),
    ],
)
def test_a_colour_is_the_same_in_any_gender_number_and_language(wanted: str, recorded: str, same: bool) -> None:
    assert nicknames.is_colour(wanted, recorded) is same


@pytest.mark.parametrize(
    ("trim", "seats"),
    [
        ("1.5 LT 7 PASAJEROS B CVT", 7),
        ("2.4 SXT 7 PAS AUTO", 7),
        ("1.8 ADVANCE AUTO", None),
        ("2.0 I SPORT AT 2WD", None),
    ],
)
def test_seats_are_read_from_the_trim_where_it_tells(trim: str, seats: int | None) -> None:
    assert readings.seats(trim) == seats
