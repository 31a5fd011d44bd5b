"""How surely makes and models are read, alone and within a sentence: every one-letter mistake of every name in a stock file,
and real misspellings.

    .venv/bin/python benchmarks/vocabulary.py [STOCK.csv]

Wrong but sure is what matters most: a customer is shown another car without being asked. A mistake that happens to be another
name of the same stock ("Gol" for "Golf") is counted apart: no reading could know better.
"""

import argparse
import csv
import itertools
import os
import string
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inventory.vocabulary import Resolution

# Make and model; a make alone has no model.
Meant = tuple[str, str | None]
Names = dict[str, Meant]
Read = Callable[[str], "Sequence[Resolution]"]

ROOT = Path(__file__).resolve().parent.parent
MISSPELLINGS = Path(__file__).with_name("misspellings.csv")
# The names take turns in these.
SENTENCES = (
    "busco un {}",
    "tienen {}?",
    "cuanto cuesta el {}",
    "hola, el {} sigue disponible",
    "quiero un {} de menos de 300 mil",
    "precio de la {} por favor",
    "me interesa el {} 2019 automatico",
    "que onda, ando viendo el {} que anuncian",
)


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
    import django

    django.setup()
    from django.core.management import call_command

    from inventory import stock_import, vocabulary

    call_command("migrate", verbosity=0)
    stock_import.import_stock(stock)
    pairs = vocabulary.stocked()
    models: Names = {model.lower(): (make, model) for make, model in pairs}
    makes: Names = {make.lower(): (make, None) for make, _ in pairs}
    print(f"{stock.name}: {len(makes)} makes, {len(pairs)} models")  # noqa: T201
    print(f"{'':<28} {'tried':>7} {'right':>8} {'wrong but sure':>16} {'another name':>14}")  # noqa: T201
    for where, read in (("", read_alone), (", in a sentence", in_sentences())):
        of_makes, of_models = tally(mistaken(makes), read), tally(mistaken(models), read)
        for what, found in (("makes", of_makes), ("models", of_models), ("both", of_makes + of_models)):
            print(found.line(what + where))  # noqa: T201
    real = [(text, meant) for text, meant in misspellings() if meant in {*models.values(), *makes.values()}]
    print(tally(real, read_alone).line("real misspellings"))  # noqa: T201
    print(tally(real, in_sentences()).line("real ones, in a sentence"))  # noqa: T201


def tally(written: Iterable[tuple[str, Meant]], read: Read) -> Tally:
    """What becomes of these writings, each with what it means."""
    found = Tally()
    for text, meant in written:
        found.tried += 1
        names = read(text)
        wrong = [name for name in names if name.is_sure and (name.make, name.model) != meant]
        if any((name.make, name.model) == meant and not name.absent for name in names):
            found.right += 1
        elif any(is_written_so(name) for name in wrong):
            found.another_name += 1
        elif wrong:
            found.sure_and_wrong += 1
    return found


def is_written_so(read: "Resolution") -> bool:
    """The words are another name, letter by letter."""
    from inventory import spelling

    parts = ((read.make, read.model), (read.model,), (read.make,))
    return spelling.compact(read.written) in {
        spelling.compact(" ".join(filter(None, part))) for part in parts if any(part)
    }


def read_alone(text: str) -> "list[Resolution]":
    """A name by itself, as a tool gets it."""
    from inventory import vocabulary

    return [vocabulary.resolve(text)]


def in_sentences() -> Read:
    """A reader of names within a sentence, each within the next one."""
    from inventory import vocabulary

    sentences = itertools.cycle(SENTENCES)
    return lambda text: list(vocabulary.mentions(next(sentences).format(text)))


def mistaken(names: Names) -> Iterator[tuple[str, Meant]]:
    """Every one-letter mistake of every name."""
    return ((wrong, meant) for name, meant in names.items() for wrong in mistakes(name))


def misspellings() -> Iterator[tuple[str, Meant]]:
    """The real ones."""
    with MISSPELLINGS.open(encoding="utf-8", newline="") as file:
        yield from ((row["written"], (row["make"], row["model"] or None)) for row in csv.DictReader(file))


if __name__ == "__main__":
    main()
