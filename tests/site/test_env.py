"""How variables are read."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from karlos_site import env


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("plain", "plain"),
        ("  spaced  ", "spaced"),
        ("true  # set to false locally", "true"),
        ("# only a comment", ""),
        ("", ""),
        ("OPENAI_API_KEY_PLACEHOLDER", ""),
        ("your_key_placeholder # yours", ""),
        ('"quoted"', "quoted"),
        ("a#b", "a#b"),
        ("$ecret", "$ecret"),
        ("$PATH", "$PATH"),
        ("ends=with=equals=", "ends=with=equals="),
    ],
)
def test_text_is_read_as_it_was_meant(monkeypatch: pytest.MonkeyPatch, written: str, understood: str) -> None:
    monkeypatch.setenv("A_VARIABLE", written)
    assert env.text("A_VARIABLE") == understood


def test_what_is_not_set_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_VARIABLE", "A_PLACEHOLDER")
    assert env.text("A_VARIABLE", "the default") == "the default"


def test_libraries_that_read_for_themselves_see_what_we_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI's SDK takes an empty OPENAI_BASE_URL for an address, Celery a placeholder for a broker."""
    monkeypatch.setenv("AN_EMPTY_ONE", "")
    monkeypatch.setenv("A_PLACEHOLDER_ONE", "A_PLACEHOLDER")
    monkeypatch.setenv("A_COMMENTED_ONE", "amqp://host # RabbitMQ")
    for name in ("AN_EMPTY_ONE", "A_PLACEHOLDER_ONE", "A_COMMENTED_ONE"):
        env.text(name)
    assert "AN_EMPTY_ONE" not in os.environ
    assert "A_PLACEHOLDER_ONE" not in os.environ
    assert os.environ["A_COMMENTED_ONE"] == "amqp://host"


def test_any_of_them_may_stand_in_a_file_and_then_in_no_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As systemd, containers and vaults hand out secrets."""
    secret = tmp_path / "A_VARIABLE"
    secret.write_text("$ecret # and all\n")
    monkeypatch.setenv("A_VARIABLE_FILE", str(secret))
    monkeypatch.setenv("A_VARIABLE", "A_PLACEHOLDER")
    assert env.text("A_VARIABLE") == "$ecret # and all"
    assert "A_VARIABLE" not in os.environ
    monkeypatch.setenv("A_VARIABLE", "from the process")
    assert env.text("A_VARIABLE") == "from the process"
    monkeypatch.setenv("A_VARIABLE", "")
    secret.unlink()
    with pytest.raises(ImproperlyConfigured, match=r"A_VARIABLE_FILE names .* can.t be read .FileNotFoundError"):
        env.text("A_VARIABLE")


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("No", False), ("ON", True), ("0", False), ("", True)])
def test_a_flag_is_yes_or_no_in_many_spellings(monkeypatch: pytest.MonkeyPatch, written: str, meant: bool) -> None:
    monkeypatch.setenv("A_VARIABLE", written)
    assert env.flag("A_VARIABLE", default=True) is meant


def test_what_is_not_understood_names_the_variable_and_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_VARIABLE", "perhaps")
    with pytest.raises(ImproperlyConfigured, match='A_VARIABLE is "perhaps": write true or false'):
        env.flag("A_VARIABLE", default=True)
    with pytest.raises(ImproperlyConfigured, match="write a whole number, 1 or more"):
        env.number("A_VARIABLE", 5, at_least=1)
    with pytest.raises(ImproperlyConfigured, match=r"write a number such as 0\.10"):
        env.amount("A_VARIABLE", "0.10", most=2)
    with pytest.raises(ImproperlyConfigured, match="write one of low, none"):
        env.choice("A_VARIABLE", ("low", "none"))
    with pytest.raises(ImproperlyConfigured, match="A_VARIABLE is not PostgreSQL's URL"):
        env.database("A_VARIABLE")


def test_numbers_and_lists_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_VARIABLE", " 12 # months")
    assert env.number("A_VARIABLE", 5) == 12
    assert env.amount("A_VARIABLE", "0.10", most=20) == Decimal(12)
    with pytest.raises(ImproperlyConfigured, match=r"write a number from 0 to 2, such as 0\.10"):
        env.amount("A_VARIABLE", "0.10", most=2)
    monkeypatch.setenv("A_VARIABLE", "one, two,,")
    assert env.words("A_VARIABLE") == ["one", "two"]


def test_the_processs_own_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A_VARIABLE=from the file\nANOTHER_VARIABLE='from the file' # quoted\n")
    monkeypatch.setenv("A_VARIABLE", "from the process")
    monkeypatch.setenv("ANOTHER_VARIABLE", "")
    monkeypatch.delenv("ANOTHER_VARIABLE")
    env.read_file(file)
    assert env.text("A_VARIABLE") == "from the process"
    assert env.text("ANOTHER_VARIABLE") == "from the file"
    monkeypatch.delenv("ANOTHER_VARIABLE")
