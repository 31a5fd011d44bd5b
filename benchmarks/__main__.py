"""The benchmarks, one after the other: `python -m benchmarks [--full] [NAME ...]`."""

import argparse
import sys

from benchmarks import admin_pages, burst, machines, search, start, steady, stock_import, tokens, turns, webhook
from benchmarks.stage import stage

BENCHMARKS = {
    "webhook": webhook.measure,
    "burst": burst.measure,
    "pools": burst.measure_pools,
    "turns": turns.measure,
    "tokens": tokens.measure,
    "import": stock_import.measure,
    "search": search.measure,
    "admin": admin_pages.measure,
    "start": start.measure,
    "steady": steady.measure,
    "machines": machines.measure,
}


def main() -> int:
    """The names that were asked for, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--full", action="store_true", help="more rounds, and the million rows")
    given = parser.parse_args()
    for name in given.names or BENCHMARKS:
        with stage() as held:
            BENCHMARKS[name](held, is_full=given.full)
    return 0


if __name__ == "__main__":
    sys.exit(main())
