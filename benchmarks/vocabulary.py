"""How surely makes and models are read: every one-letter mistake of every name in a stock file, and real misspellings.

    .venv/bin/python benchmarks/vocabulary.py [STOCK.csv]

Wrong but sure is what matters most: a customer is shown another car without being asked. A mistake that happens to be another
name of the same stock ("Gol" for "Golf") is counted apart: no reading could know better.
"""

import argparse
import csv
import os
import string
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MISSPELLINGS = Path(__file__).with_name("misspellings.csv")


@dataclass
class Tally:
    """What became of the names that were tried."""

    tried: int = 0
    right: int = 0
    sure_and_wrong: int = 0
    another_name: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.tried + other.tried,
            self.right + other.right,
            self.sure_and_wrong + other.sure_and_wrong,
            self.another_name + other.another_name,
        )

    def line(self, what: str) -> str:
        tried = max(self.tried, 1)
        return (
            f"{what:<28} {self.tried:>7} {self.right / tried:>8.2%} {self.sure_and_wrong / tried:>16.2%} "
            f"{self.another_name / tried:>14.2%}"
        )


def mistakes(name: str) -> Iterator[str]:
    """Every deletion, insertion, substitution and transposition of one letter."""
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]
        yield from (name[:at] + letter + name[at + 1 :] for letter in string.ascii_lowercase if letter != name[at])
        if at + 1 < len(name) and name[at] != name[at + 1]:
            yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    yield from (name[:at] + letter + name[at:] for at in range(len(name) + 1) for letter in string.ascii_lowercase)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("stock", nargs="?", type=Path, default=ROOT / "fixtures" / "vehicles.csv")
    stock: Path = arguments.parse_args().stock.resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "karlos_site.settings"}
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        report(stock)


def report(stock: Path) -> None:
    """Load the stock into a database of its own, and print the table."""
    import django  # noqa: PLC0415 (after the surroundings are set)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from inventory import spelling, stock_import, vocabulary  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    stock_import.import_stock(stock)
    pairs = vocabulary.stocked()
    alone = {model.lower(): (make, model) for make, model in pairs}
    makes = {make.lower(): (make, None) for make, _ in pairs}

    def _writings(make: str | None, model: str | None) -> set[str]:
        """The name that was read, as it is written right."""
        return {
            spelling.compact(" ".join(filter(None, parts)))
            for parts in ((make, model), (model,), (make,))
            if any(parts)
        }

    def try_all(written: Iterator[tuple[str, tuple[str, str | None]]]) -> Tally:
        tally = Tally()
        for text, (make, model) in written:
            tally.tried += 1
            read = vocabulary.resolve(text)
            if read.make == make and read.model == model and not read.absent:
                tally.right += 1
            elif read.is_sure and spelling.compact(text) in _writings(read.make, read.model):
                tally.another_name += 1
            elif read.is_sure:
                tally.sure_and_wrong += 1
        return tally

    def mistaken(of: dict[str, tuple[str, str | None]]) -> Iterator[tuple[str, tuple[str, str | None]]]:
        return ((wrong, meant) for name, meant in of.items() for wrong in mistakes(name))

    print(f"{stock.name}: {len(makes)} makes, {len(pairs)} models")  # noqa: T201
    print(f"{'':<28} {'tried':>7} {'right':>8} {'wrong but sure':>16} {'another name':>14}")  # noqa: T201
    of_makes, of_models = try_all(mistaken(dict(makes))), try_all(mistaken(dict(alone)))
    for what, tally in (("makes", of_makes), ("models", of_models), ("both", of_makes + of_models)):
        print(tally.line(what))  # noqa: T201
    with MISSPELLINGS.open(encoding="utf-8", newline="") as file:
        rows = [(row["written"], (row["make"], row["model"] or None)) for row in csv.DictReader(file)]
    stocked = [(text, meant) for text, meant in rows if meant in pairs or meant in makes.values()]
    print(try_all(iter(stocked)).line("real misspellings"))  # noqa: T201


if __name__ == "__main__":
    main()
