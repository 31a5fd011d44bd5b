"""Whether a pinned dependency has a known hole, by OSV's database. Without a network it says that it was left out, and nothing fails."""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = os.environ.get("AUDIT_URL", "https://api.osv.dev/v1/querybatch")
SECONDS = 20
AT_ONCE = 500
# Holes that do not concern us, by their id, each with the reason.
ACCEPTED: dict[str, str] = {}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def pins() -> list[tuple[str, str]]:
    """Every name and version of the compiled requirements."""
    files = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
    return sorted({pin for file in files for pin in _PIN.findall(file.read_text())})


def holes(asked: list[tuple[str, str]]) -> list[str]:
    """A line for each hole. Raises OSError or ValueError where the database gives no answer."""
    told = []
    for start in range(0, len(asked), AT_ONCE):
        batch = asked[start : start + AT_ONCE]
        for (name, version), found in zip(batch, _results(batch), strict=True):
            ids = [hole["id"] for hole in found.get("vulns", ())]
            told += [f"{name} {version}: {hole}" for hole in ids if hole not in ACCEPTED]
    return told


def _results(batch: list[tuple[str, str]]) -> list[dict[str, list[dict[str, str]]]]:
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in batch]
    body = json.dumps({"queries": queries}).encode()
    asked = urllib.request.Request(DATABASE, body, {"Content-Type": "application/json"})  # noqa: S310 (ours)
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
        results: list[dict[str, list[dict[str, str]]]] = json.load(answer)["results"]
    return results


def main() -> int:
    """What a shell is told: 0 unless something was found."""
    asked = pins()
    try:
        found = holes(asked)
    except (OSError, ValueError, KeyError) as e:
        reason = getattr(e, "reason", None) or type(e).__name__
        print(f"LEFT OUT: the audit of {len(asked)} dependencies: {DATABASE} gives no answer ({reason}).")  # noqa: T201
        return 0
    print("\n".join(found) or f"None of {len(asked)} pinned dependencies has a known hole.")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
