"""Runs one piece of work in a process of its own and tells what it took: `python -m benchmarks.measured MODULE FUNCTION [WORD ...]`.

What the function returns is told beside the seconds, the CPU seconds and the most memory held.
"""

import importlib
import json
import os
import resource
import sys
import time


def main() -> None:
    """Imports and Django's setup are not counted."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karlos_site.settings")
    import django

    django.setup()
    work = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    before, began = os.times(), time.perf_counter()
    told = work(*sys.argv[3:])
    after, seconds = os.times(), time.perf_counter() - began
    cpu = after.user + after.system - before.user - before.system
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write("\n" + json.dumps({"seconds": seconds, "cpu": cpu, "peak_bytes": peak, "told": told}) + "\n")


if __name__ == "__main__":
    main()
