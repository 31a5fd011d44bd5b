"""The page by which a new dealership is set up: what it tells to type is there, and is understood."""

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from karlos_site import diagnosis
from tests.site import programs

pytestmark = pytest.mark.anywhere

PAGE = (programs.ROOT / "docs" / "new-dealership.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
UNITS = programs.ROOT / "deploy" / "systemd"

# What an operator writes over the placeholders.
TYPED = {
    "TWILIO_ACCOUNT_SID": programs.PRODUCTION["TWILIO_ACCOUNT_SID"],
    "TWILIO_AUTH_TOKEN": "a-token",
    "SECRET_KEY": programs.PRODUCTION["SECRET_KEY"],
    "METRICS_TOKEN": "another-token",
}


def settings() -> dict[str, str]:
    """The lines that the page writes into /etc/karlos.env."""
    (block,) = (block for block in BLOCKS if "> /etc/karlos.env" in block)
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", block, re.MULTILINE))


def test_a_shell_understands_every_command() -> None:
    for block in BLOCKS:
        subprocess.run(["sh", "-n"], input=block, text=True, check=True)


def test_the_settings_are_all_that_production_asks_for(tmp_path: Path) -> None:
    environment = programs.surroundings(tmp_path, **(settings() | TYPED | {"DATA_DIR": str(tmp_path)}))
    checked = programs.run("manage.py", "check", "--deploy", environment=environment)
    assert checked.returncode == 0, checked.stderr
    assert re.findall(r"\(([\w.]+)\)", checked.stderr) == ["karlos.W002"]


def test_every_setting_is_one_that_is_read() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (programs.ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(settings()) - known == set()


def test_every_command_of_ours_is_there() -> None:
    told = set(re.findall(r"(?:^|`)karlos (\w+)", PAGE, re.MULTILINE))
    assert told
    assert told - set(get_commands()) == set()


def test_every_file_of_ours_is_there() -> None:
    paths = re.findall(r"/srv/karlos/([\w./-]+\w)", PAGE)
    assert [path for path in paths if not (programs.ROOT / path).exists()] == []


def test_the_units_run_what_is_there_with_the_settings_that_the_page_writes() -> None:
    started = {f"{name}.service" for block in BLOCKS for name in re.findall(r"\bkarlos-\w+@?", block)}
    assert started <= {unit.name for unit in UNITS.iterdir()}
    words = [re.findall(r"manage.py (\w+)", unit.read_text()) for unit in UNITS.glob("*.service")]
    assert {word for found in words for word in found} <= set(get_commands())
    assert "ENV_FILE=/etc/karlos.env" in (UNITS / "karlos-.service.d" / "all.conf").read_text()
    assert '--unit="karlos-' in (programs.ROOT / "deploy" / "karlos").read_text()


def test_what_the_doctor_may_call_wrong_has_its_name() -> None:
    told = set(re.findall(r"`WRONG  ([\w ]+)`", PAGE))
    assert told <= {name for name, _, _ in diagnosis._OTHERS}
