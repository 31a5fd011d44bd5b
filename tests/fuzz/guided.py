"""Bad input that follows the coverage: `python -m tests.fuzz.guided`. What reaches new lines is kept and changed further.

Each reader has a process of its own, which ends at an exception that it may not raise, at ten seconds for one input and at
a gigabyte of memory; the input stays behind then, in a file that is named.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Times the reader's own share of inputs.
_SHARE = float(os.environ.get("KARLOS_GUIDED_SHARE", "1"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", nargs="?", help="One reader, in this process.")
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write("atheris is not installed here (it is for Linux): the coverage-guided part is left out.\n")
        return 0
    if given.reader:
        _try(given.reader)
        return 0
    with tempfile.TemporaryDirectory(prefix="karlos-fuzz-") as folder:
        return _try_all(folder)


def _try_all(folder: str) -> int:
    """Every reader in turn, on the sample stock; the number of those that failed."""
    os.environ |= {
        "ENV_FILE": os.devnull,
        "DATA_DIR": folder,
        "TMPDIR": folder,
        "LOG_LEVEL": "error",
        "DJANGO_SETTINGS_MODULE": "karlos_site.settings",
    }
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    import django  # noqa: PLC0415 - the settings read what was set just now

    django.setup()
    from tests.fuzz.readers import READERS  # noqa: PLC0415

    tried, failed = 0, 0
    for name in READERS:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", name], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False
        )
        inputs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        found = re.findall(r"cov: (\d+)", done.stderr)
        tried += int(inputs[1]) if inputs else 0
        sys.stdout.write(f"{name}: {inputs[1] if inputs else '?'} inputs, {found[-1] if found else '?'} places\n")
        if done.returncode:
            failed += 1
            sys.stdout.write(done.stderr[-6000:] + "\n")
    sys.stdout.write(f"{tried} inputs, {failed} readers failed\n")
    return failed


def _try(name: str) -> None:
    """Does not return: libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 - where it is not installed, nothing is tried

    with atheris.instrument_imports(include=["inventory", "assistant", "conversations"]):
        import django  # noqa: PLC0415 - instrumented from here on

        django.setup()
        from tests.fuzz.readers import READERS  # noqa: PLC0415

    reader, inputs, seeds = READERS[name]
    corpus = Path(tempfile.mkdtemp())
    kept = ROOT / "var"  # not there in a fresh clone
    kept.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    limits = [f"-runs={int(inputs * _SHARE)}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"]
    atheris.Setup(
        ["fuzz", *limits, "-seed=1", "-print_final_stats=1", f"-artifact_prefix={kept}/", str(corpus)], reader
    )
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
