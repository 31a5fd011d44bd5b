"""Secrets in files under version control: fails for one that `.known-secrets` does not have; `--write` writes that file anew.

What stands there was looked at, line by line: examples, and secrets that only the tests know. A line is a file and the hash of what was found.
"""

import subprocess
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).resolve().parent.parent
KNOWN = ROOT / ".known-secrets"
# Hashes and translations, which look like secrets to whoever can't read.
_LEFT_OUT = ("requirements.txt", "requirements-dev.txt", KNOWN.name)
_ENDINGS = (".mo", ".po", ".jpg", ".png", ".webp", ".ogg")


def found() -> dict[str, str]:
    """Of each: file and hash, and where a reader finds it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    secrets = SecretsCollection(root=str(ROOT))
    with default_settings():
        for name in filter(None, listed.stdout.split("\0")):
            if name not in _LEFT_OUT and not name.endswith(_ENDINGS):
                secrets.scan_file(name)
    return {f"{name} {each.secret_hash}": f"{name}:{each.line_number}: {each.type}" for name, each in secrets}


def main() -> int:
    """What a shell is told: 0 unless there is a new one. Where git can't list the files, it says that it was left out."""
    try:
        secrets = found()
    except (OSError, subprocess.CalledProcessError) as e:
        print(f"LEFT OUT: the search for written secrets: git does not list the files ({e}).")  # noqa: T201
        return 0
    if "--write" in sys.argv:
        KNOWN.write_text("\n".join(sorted(secrets)) + "\n")
        return 0
    fresh = [place for key, place in secrets.items() if key not in set(KNOWN.read_text().splitlines())]
    print("\n".join(fresh) or "No secret is written down that was not looked at.")  # noqa: T201
    return 1 if fresh else 0


if __name__ == "__main__":
    sys.exit(main())
