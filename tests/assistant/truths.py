"""Three hundred answers that are true, with the threads they rest on: the rules' own, and the way a language model writes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assistant import language, loop, reading, tools
from assistant.items import Item, Said, ToolCall, ToolResult
from assistant.llm.rules import Rules
from assistant.sentences import pesos
from assistant.tools import Asked
from inventory.models import Vehicle
from tests.assistant.conftest import NOW


@dataclass(frozen=True)
class Truth:
    """An answer, and what its thread had when it was given."""

    text: str
    items: tuple[Item, ...]


def every() -> list[Truth]:
    """All of them, the same in the same order each time, from the stock of fixtures/vehicles.csv."""
    return [*_of_rules(), *_of_models()]


# --- As the rules say it --------------------------------------------------------------------------------------------

_TALKS: tuple[tuple[str, ...], ...] = (
    ("hola, busco un {name}", "el primero con 20% de enganche a 4 años", "y a 5 años?", "cuánto mide?"),
    ("tienes {name} de menos de 400 mil", "cuál es el más barato?", "tiene bluetooth?"),
    ("qué {make} tienen", "mándame más opciones", "el segundo"),
    ("cuánto sale al mes el {id}, doy 80 mil de enganche", "y a 60 meses", "cuánto debo después de 12 pagos"),
    ("me interesa el {id}", "qué kilometraje tiene?", "todos los plazos con 30%"),
    ("puedo pagar 7,500 al mes y dar 90 mil de enganche", "con menos km"),
    ("¿el {id} cabe en una cochera de 4.6 m?", "cuánto mide de ancho"),
    ("do you have a {name}?", "the first one with 20% down over 4 years", "what about 60 months?"),
    ("looking for a {make} under 350 thousand", "the cheapest one", "how many km does it have?"),
    ("how much is {id} per month with 100 thousand down?", "show me the total paid"),
    ("is the {id} still available?", "can I see it tomorrow at 11?"),
    ("busco {make} {year}", "quiero ir mañana a las 11", "dónde están?"),
    ("un Tesla o un {name}", "a qué hora abren?"),
    ("autos de {year} en adelante hasta 300 mil", "el de menos kilometraje"),
    ("precio del {name} {year}", "te ofrezco 150 mil"),
)


def _of_rules() -> Iterator[Truth]:
    cars = list(Vehicle.objects.for_sale().order_by("stock_id"))
    for n, talk in enumerate(_TALKS * 2):
        car = cars[(n * 17) % len(cars)]
        items: tuple[Item, ...] = ()
        tongue = "es"
        for words in talk:
            said = words.format(name=car.name, make=car.make, id=car.stock_id, year=car.year)
            tongue = language.of([said], otherwise=tongue)
            items = (*items, Said("customer", said))
            known = reading.remarks(items, NOW)
            task = loop.Task(
                instructions="", tools=(), items=(*items, *known), language=tongue, now=NOW, customer_ref="truth"
            )
            answer = loop.answer(task, (Rules(),), lambda: None)
            yield Truth(answer.text, (*items, *known, *(item for item in answer.items[:-1])))
            items = (*items, *answer.items)


# --- As a language model says it ------------------------------------------------------------------------------------

_SPANISH_OF_A_LIST = (
    (
        "¡Hola! Tenemos {total} {name} disponibles. Los primeros:\n\n1. *{a.name} {a.year}* {a.trim}, {a.km} km, *{a.price}* (id {a.id})\n"
        "2. *{b.name} {b.year}* {b.trim}, {b.km} km, *{b.price}* (id {b.id})\n\n¿Cuál te late?"
    ),
    "Claro que sí: el {a.name} {a.year} cuesta {a.price} y el {b.name} {b.year} está en {b.price}. El primero lleva {a.km} kilómetros.",
    "Hay {total} en total. El más económico es el *{a.name} {a.year}* de {a.price}, con {a.km} km. Su número es {a.id}.",
    "Te recomiendo el {a.name} {a.year} (id {a.id}): tiene {a.km} km y su precio de lista es de {a.price}.\nEl {b.name} {b.year} cuesta {b.price}.",
    "El {b.name} {b.year}, id {b.id}, sigue disponible. Precio: {b.price}. Kilometraje: {b.km} km. ¿Te calculo la mensualidad?",
    "No manejamos Tesla por ahora, pero sí tenemos el {a.name} {a.year} en {a.price}.",
)
_ENGLISH_OF_A_LIST = (
    (
        "Hi! We have {total} {name} in stock. Here are the first two:\n- *{a.name} {a.year}*, {a.km} km, *{a.price}*, id {a.id}\n"
        "- *{b.name} {b.year}*, {b.km} km, *{b.price}*, id {b.id}\nWhich one do you like?"
    ),
    "The {a.name} {a.year} is {a.price} and has {a.km} km. The {b.name} {b.year} costs {b.price}.",
    "There are {total} in total. The cheapest is the {a.name} {a.year} at {a.price} with {a.km} km on it (id {a.id}).",
    "Sure, the {b.name} {b.year} (id {b.id}) is still available at {b.price}. It has {b.km} km.",
)
_SPANISH_OF_A_QUOTE = (
    (
        "Con {down} de enganche ({percent}%) pagarías {monthly} al mes durante {months} meses; el último pago sería de {last}. "
        "Es una estimación con tasa anual fija de {rate}%, sin IVA, seguro ni comisiones; no es el CAT ni una oferta."
    ),
    (
        "Para el *{a.name} {a.year}* a {years} años quedarían mensualidades de *{monthly}* dando {down} de enganche. En total pagarías {total}, "
        "con intereses de {interest}."
    ),
    (
        "¡Va! {a.name} {a.year}, precio {a.price}:\n- Enganche: {down}\n- A financiar: {financed}\n- Mensualidad: {monthly}\n- Plazo: {months} meses\n"
        "Tasa fija anual del {rate}%."
    ),
)
_ENGLISH_OF_A_QUOTE = (
    "With {percent}% down ({down}), the {a.name} {a.year} would be {monthly} a month for {months} months. Last payment: {last}.",
    (
        "Price {a.price}, down payment {down}, amount financed {financed}. That is *{monthly} per month* over {years} years, "
        "{interest} in interest, at a fixed annual rate of {rate}%."
    ),
)


class Shown:
    """A row of a tool's result, its figures written for customers."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.id, self.name, self.year, self.trim = row["stock_id"], row["name"], row["year"], row.get("trim", "")
        self.price, self.km = pesos(Decimal(row["price"])), f"{row['mileage_km']:,}"


def _of_models() -> Iterator[Truth]:
    for n, (name, spanish) in enumerate(_names()):
        words = f"busco un {name}, o un Tesla" if spanish else f"do you have a {name}, or a Tesla?"
        search, found = _call("fetch_vehicles_data", models=[name], makes=["Tesla"])
        items: tuple[Item, ...] = (Said("customer", words), *search)
        rows = [Shown(row) for row in found["vehicles"]]
        texts = _SPANISH_OF_A_LIST if spanish else _ENGLISH_OF_A_LIST
        for text in texts:
            yield Truth(text.format(total=found["total"], name=name, a=rows[0], b=rows[1]), items)
        yield from _quoted(items, rows[n % 2], spanish=spanish, percent=10 + 5 * (n % 4), months=36 + 12 * (n % 4))


def _names() -> list[tuple[str, bool]]:
    """Every model of which there are two or more, asked for in both languages."""
    names: dict[str, int] = {}
    for vehicle in Vehicle.objects.for_sale().order_by("stock_id"):
        names[vehicle.name] = names.get(vehicle.name, 0) + 1
    several = sorted(name for name, cars in names.items() if cars > 1)
    return [(name, spanish) for name in several for spanish in (True, False)]


def _quoted(items: tuple[Item, ...], car: Shown, *, spanish: bool, percent: int, months: int) -> Iterator[Truth]:
    words = (
        f"el {car.id} con {percent}% a {months} meses" if spanish else f"{car.id} with {percent}% down, {months} months"
    )
    call, quote = _call("fetch_credit_estimate", stock_id=car.id, down_payment_percent=percent, months=months)
    row = quote["estimates"][0]
    figures = {
        "down": row["down_payment"],
        "financed": row["financed"],
        "monthly": row["monthly"],
        "last": row["last_payment"],
        "interest": row["interest_total"],
        "total": row["total_with_down"],
    }
    said = {name: pesos(Decimal(value)) for name, value in figures.items()}
    for text in _SPANISH_OF_A_QUOTE if spanish else _ENGLISH_OF_A_QUOTE:
        worded = text.format(
            a=car, percent=percent, months=months, years=months // 12, rate=quote["annual_rate_percent"], **said
        )
        yield Truth(worded, (*items, Said("customer", words), *call))


_ids = iter(range(10**6))


def _call(name: str, **arguments: Any) -> tuple[tuple[Item, ...], dict[str, Any]]:
    call = ToolCall(f"truth_{next(_ids)}", name, json.dumps(arguments))
    receipt, _ = tools.run(call, Asked(now=NOW, language="es"))
    return (call, ToolResult(call.call_id, json.dumps(receipt.result, ensure_ascii=False))), receipt.result
