"""Stock of any size: the sample cars over and over, each with a number, mileage, price and year of its own."""

import csv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "fixtures" / "vehicles.csv"
_COLOURS = ("Blanco", "Negro", "Gris", "Rojo", "Azul", "")
_FUELS = ("gasolina", "gasolina", "gasolina", "híbrido", "diésel", "")


def headings() -> list[str]:
    """As in the sample."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def rows(size: int) -> Iterator[dict[str, str]]:
    """The same rows for the same number, whatever the size; spread evenly, and never the same twice."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        sample = list(csv.DictReader(file))
    for number in range(size):
        car = dict(sample[number % len(sample)])
        turn = number // len(sample)
        car["stock_id"] = str(1_000_000 + number)
        car["km"] = str(1_000 + (number * 7_919) % 190_000)
        car["price"] = f"{90_000 + (number * 104_729) % 900_000}.00"
        car["year"] = str(2012 + (number * 31 + turn) % 14)
        car["colour"] = _COLOURS[(number + turn) % len(_COLOURS)]
        car["fuel"] = _FUELS[(number * 3 + turn) % len(_FUELS)]
        yield car


def write(path: Path, size: int) -> None:
    """As a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys([*headings(), "colour", "fuel"])))
        writer.writeheader()
        writer.writerows(rows(size))
