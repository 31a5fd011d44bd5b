"""Cars in words: lists, one car, and what was asked about it."""

from decimal import Decimal
from typing import Any

from assistant.llm.rules import plan
from assistant.llm.rules.plan.calls import Step
from assistant.llm.rules.speaker import Speaker
from assistant.reading import Reading
from assistant.sentences import count, pesos


def told(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    """What a search gave: what is not here, what to ask, the cars, and what is not recorded of others."""
    result = step.result
    if "error" in result:
        return [tell("search_failed")]
    parts = [*_not_in_stock(tell, result), *_candidates(tell, result)]
    if cars := _found(tell, step, reading):
        parts.append(cars)
    elif step.arguments.get("offset"):
        parts.append(tell("no_more"))
    elif not parts:
        parts.append(tell("nothing_fits"))
    if len(result["vehicles"]) != 1 and reading.says("equipment"):
        parts.append(_equipment(tell, reading))
    return [*parts, *_besides(tell, result)]


def _found(tell: Speaker, step: Step, reading: Reading) -> str:
    """The one car, the first of an order, or the list; empty if nothing was found."""
    vehicles, total = step.result["vehicles"], step.result["total"]
    if len(vehicles) == 1 and total == 1:
        return _one_car(tell, vehicles[0], reading)
    if len(vehicles) == 1 and (best := plan.cars.superlative(reading)):
        return tell(f"best_{best}", car=line(vehicles[0]), total=_total(tell, step.result))
    return _list(tell, step, reading) if vehicles else ""


def _besides(tell: Speaker, result: dict[str, Any]) -> list[str]:
    """What is not recorded of others, what comes nearest, and what payments rest on."""
    parts: list[str] = []
    vehicles = result["vehicles"]
    if unknown := result.get("not_recorded"):
        fields = ", ".join(tell(f"field_{name.removesuffix('_mm')}").lower() for name in unknown)
        parts.append(tell("some_not_recorded" if vehicles else "none_recorded", fields=fields))
    if changes := result.get("nearest"):
        parts.append("\n".join([tell("nearest"), *(f"- {_change(tell, change)}" for change in changes)]))
    elif not vehicles and not result.get("unclear"):
        parts.append(tell("another_wish"))
    if "assumptions" in result:
        parts.append(result["assumptions"])
    return parts


_MONEY = {"price_min", "price_max", "down_payment", "monthly_max"}
_COUNTED = {"mileage_min_km", "mileage_max_km", "length_max_mm", "width_max_mm", "height_max_mm"}


def _change(tell: Speaker, change: dict[str, Any]) -> str:
    """ "con precio de hasta $286,999: Honda CR-V 2016 ..." """
    name, to = change["change"], change["to"]
    car = _paid(tell, change["vehicles"][0])
    if to in {"not_recorded", "without"}:
        field = name.removesuffix("_max_mm").removesuffix("_min")
        return tell(f"nearest_{to}", field=tell(f"field_{field}"), car=car)
    if name in {"transmission", "body_type", "fuel"}:
        return tell("nearest_kind", field=tell(f"field_{name}").lower(), value=tell(f"value_{to}"), car=car)
    value = pesos(Decimal(str(to))) if name in _MONEY else count(to) if name in _COUNTED else to
    return tell(f"nearest_{name}", value=value, car=car)


def _paid(tell: Speaker, vehicle: dict[str, Any]) -> str:
    """The car's line, with its monthly payment where one was asked for."""
    if "monthly" not in vehicle:
        return line(vehicle)
    return f"{line(vehicle)} · " + tell("paid", monthly=pesos(Decimal(vehicle["monthly"])), months=vehicle["months"])


def _not_in_stock(tell: Speaker, result: dict[str, Any]) -> list[str]:
    parts = [tell("absent", name=name) for name in result.get("absent", [])]
    for stock_id, status in result.get("unavailable", {}).items():
        name = f"unavailable_{status}" if status in {"sold", "reserved"} else "unavailable"
        parts.append(tell(name, stock_id=stock_id))
    return parts


def _candidates(tell: Speaker, result: dict[str, Any]) -> list[str]:
    return [
        tell("unclear", written=unclear["written"], candidates=tell.either(unclear["candidates"]))
        for unclear in result.get("unclear", [])
    ]


def _list(tell: Speaker, step: Step, reading: Reading) -> str:
    result, vehicles = step.result, step.result["vehicles"]
    head = tell(
        _headline(step),
        total=_total(tell, step.result),
        shown=len(vehicles),
        what=_what(tell, step),
        limits=_limits(tell, step.arguments),
    )
    first = (step.arguments.get("offset") or 0) + 1
    cars = [_paid(tell, vehicle) + _sizes(tell, vehicle, reading) for vehicle in vehicles]
    lines = [tell("list_line", number=n, car=car) for n, car in enumerate(cars, first)]
    is_more = result.get("is_more") or result["total"] > first - 1 + len(vehicles)
    tail = tell("list_end_more" if is_more else "list_end")
    if "comparison_sent_as" in result:
        tail = f"{tell('compared')} {tell('list_end')}"
    elif "comparison" in result:
        tail = tell("compare_which")
    return "\n".join([head, *lines]) + f"\n\n{tail}"


def _total(tell: Speaker, result: dict[str, Any]) -> str:
    """ "12", or "más de 1,000" where nobody counted on."""
    return tell("more_than", total=count(result["total"])) if result.get("is_more") else count(result["total"])


def _sizes(tell: Speaker, vehicle: dict[str, Any], reading: Reading) -> str:
    """What was asked of a list's measures, after the line of each car."""
    if reading.space_mm:
        return "".join(f" · {_measure(tell, vehicle, name, space)}" for name, space in reading.space_mm.items())
    if not reading.says("measures"):
        return ""
    asked = [name for name in ("length", "width", "height") if reading.says(name)] or ["length", "width", "height"]
    return "".join(f" · {_measure(tell, vehicle, name, None)}" for name in asked)


def _headline(step: Step) -> str:
    if step.arguments.get("offset"):
        return "list_next"
    if "monthly_max" in step.arguments:
        return "list_affordable"
    if step.result["total"] <= len(step.result["vehicles"]):
        return "list_all"
    return "list_cheapest" if step.arguments.get("sort") in {None, "price"} else "list_first"


def _what(tell: Speaker, step: Step) -> str:
    """What was searched for, as the stock writes it."""
    refused = {*step.arguments.get("exclude_makes", ()), *step.arguments.get("exclude_models", ())}
    read_as = [read for read in step.result.get("read_as", []) if read["written"] not in refused]
    names = dict.fromkeys(_name(read["make"], read["model"]) for read in read_as)
    return tell.either(list(names)) if names else tell("cars")


def _name(make: str, model: str | None) -> str:
    if not model:
        return make
    return model if model.casefold().startswith(make.casefold()) else f"{make} {model}"


def _limits(tell: Speaker, arguments: dict[str, Any]) -> str:
    """The limits that were searched by, so that a misreading shows."""
    said = _kinds(tell, arguments)
    for low, high, name, worded in (
        ("price_min", "price_max", "price", lambda value: pesos(Decimal(str(value)))),
        ("", "length_max_mm", "length", count),
        ("", "width_max_mm", "width", count),
        ("", "height_max_mm", "height", count),
        ("year_min", "year_max", "year", str),
        ("mileage_min_km", "mileage_max_km", "mileage", count),
        ("", "monthly_max", "monthly", lambda value: pesos(Decimal(str(value)))),
    ):
        least, most = arguments.get(low), arguments.get(high)
        if least is not None and least == most:
            said.append(tell(f"limit_{name}_exact", value=worded(least)))
        elif least is not None and most is not None:
            said.append(tell(f"limit_{name}_range", low=worded(least), high=worded(most)))
        elif least is not None:
            said.append(tell(f"limit_{name}_least", value=worded(least)))
        elif most is not None:
            said.append(tell(f"limit_{name}_most", value=worded(most)))
    if down := arguments.get("down_payment"):
        said.append(tell("limit_down", value=pesos(Decimal(str(down)))))
    if percent := arguments.get("down_payment_percent"):
        said.append(tell("limit_down", value=f"{percent}%"))
    return "".join(f" {limit}" for limit in said)


def _kinds(tell: Speaker, arguments: dict[str, Any]) -> list[str]:
    """Kind, transmission, features, seats and colour that were searched by."""
    said: list[str] = []
    if bodies := arguments.get("body_types"):
        said.append(tell("limit_body", value=tell.either([tell(f"value_{body}") for body in bodies])))
    for name, sentence in (("transmissions", "limit_transmission"), ("exclude_transmissions", "limit_no_transmission")):
        # Every kind of automatic is searched by where "automatic" was said.
        kinds = ["automatic"] if "automatic" in arguments.get(name, ()) else arguments.get(name, ())
        if kinds:
            said.append(tell(sentence, value=tell.either([tell(f"value_{kind}") for kind in kinds])))
    if fuels := arguments.get("fuels"):
        # A plug-in hybrid is one where hybrids were asked for.
        kinds = [fuel for fuel in fuels if not (fuel == "plug_in_hybrid" and "hybrid" in fuels)]
        said.append(tell("limit_fuel", value=tell.either([tell(f"value_{fuel}") for fuel in kinds])))
    said.extend(tell("limit_feature", value=tell(f"field_{feature}")) for feature in arguments.get("features", ()))
    if seats := arguments.get("seats_min"):
        said.append(tell("limit_seats", value=seats))
    if colours := arguments.get("colours"):
        said.append(tell("limit_colour", value=tell.either(colours)))
    return said


def _one_car(tell: Speaker, vehicle: dict[str, Any], reading: Reading) -> str:
    """The car or, to a question about it, its name and what was asked."""
    facts = [_fact(tell, vehicle, asked) for phrase, asked in plan.cars.QUESTIONS.items() if reading.says(phrase)]
    if reading.says("equipment"):
        facts.append(_equipment(tell, reading))
    facts.extend(_measures(tell, vehicle, reading))
    if facts and not reading.names_others:
        return "\n".join([tell("of_car", car=f"{vehicle['name']} {vehicle['year']}"), *facts])
    end = [] if plan.financing.wants_credit(reading) else [tell("one_car_end")]
    return "\n".join([tell("one_car", car=line(vehicle)), *facts, *end])


def _fact(tell: Speaker, vehicle: dict[str, Any], asked: str) -> str:
    """What is recorded of one thing that was asked about; nothing recorded is said to be so, and never a no."""
    value, name = vehicle.get(asked), tell(f"field_{asked}")
    if value is None:
        return tell("field_not_recorded", field=name)
    if isinstance(value, bool):
        return tell("field_is", field=name, value=tell("yes" if value else "no"), read="")
    is_kind = asked in {"transmission", "fuel"}
    read = tell("read_from_trim") if asked in vehicle.get("read_from_trim", ()) else ""
    return tell("field_is", field=name, value=tell(f"value_{value}") if is_kind else value, read=read)


def _equipment(tell: Speaker, reading: Reading) -> str:
    """What was asked about and no stock file records, in the customer's words."""
    return tell("field_not_recorded", field=", ".join(reading.every("equipment")).capitalize())


def _measures(tell: Speaker, vehicle: dict[str, Any], reading: Reading) -> list[str]:
    """Its length, width or height, where asked, and whether it fits where it should."""
    asked = list(reading.space_mm) or [name for name in ("length", "width", "height") if reading.says(name)]
    if not asked and reading.says("measures"):
        asked = ["length", "width", "height"]
    if not (reading.space_mm or reading.says("measures")):
        return []
    return [_measure(tell, vehicle, name, reading.space_mm.get(name)) for name in asked]


def _measure(tell: Speaker, vehicle: dict[str, Any], name: str, space_mm: int | None) -> str:
    """One dimension or, where a place was named, whether it fits, as the tool said."""
    size_mm = vehicle.get(f"{name}_mm")
    if size_mm is None:
        return tell(f"{name}_not_recorded")
    fit = vehicle.get("fits", {}).get(name)
    if space_mm is None or not isinstance(fit, dict):
        return tell(f"{name}_is", size=count(size_mm))
    margin, fits = count(fit["margin_mm"]), "fits" if fit["fits"] else "does_not_fit"
    worded = tell(f"{name}_{fits}", size=count(size_mm), space=count(space_mm), margin=margin)
    return f"{worded} {tell('mirrors')}" if name == "width" else worded


def line(vehicle: dict[str, Any]) -> str:
    """One line: name, year, trim, mileage, price and stock id."""
    told = [
        f"*{vehicle['name']} {vehicle['year']}*",
        vehicle.get("trim", ""),
        f"{count(vehicle['mileage_km'])} km",
        f"*{pesos(Decimal(vehicle['price']))}*",
        f"id {vehicle['stock_id']}",
    ]
    return " · ".join(filter(None, told))
