"""The tests that were skipped, one a line with the reason, from pytest's JUnit reports; a missing report counts as one."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def _skipped(report: Path) -> list[str]:
    if not report.is_file():
        return [f"everything in {report.name}: it was not written"]
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
    return [
        f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
        for case in cases
        if (skip := case.find("skipped")) is not None
    ]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        for line in _skipped(Path(name)):
            sys.stdout.write(line + "\n")
