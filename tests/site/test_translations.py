"""The pages speak Spanish and English: the catalogue has everything that is marked, and nothing of the other language shows."""

import ast
import gettext
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
import unfold
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from assistant.agent import upsert_agent
from assistant.models import DealershipText, OpeningHours, Question
from conversations import versions
from conversations.models import (
    Arrival,
    Customer,
    Gap,
    Handoff,
    Identity,
    Lead,
    Limits,
    Message,
    Thread,
    ToolUse,
    Turn,
    Visit,
)
from inventory.models import CreditTerms, Vehicle
from tests.site.programs import ROOT, surroundings

CATALOGUE = ROOT / "locale/es/LC_MESSAGES/django.po"
# The same in both languages.
ALIKE = {"General", "%(full_result_count)s total", "WhatsApp %(cost)s", "Twilio %(cost)s"}

needs_gettext = pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext (xgettext) is not installed")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One msgid with its context and plural, if it has them, and what it is in Spanish."""

    context: str
    msgid: str
    plural: str
    spanish: tuple[str, ...]
    is_fuzzy: bool


def _read(catalogue: Path) -> list[Entry]:
    """Every entry but the header."""
    blocks = re.split(r"\n\s*\n", catalogue.read_text(encoding="utf-8"))
    return [entry for entry in map(_entry, blocks) if entry.msgid]


def _entry(block: str) -> Entry:
    texts: dict[str, str] = {}
    keyword = ""
    for line in block.splitlines():
        if line and not line.startswith("#"):
            word, _, quoted = line.partition('"')
            keyword = word.strip() or keyword
            texts[keyword] = texts.get(keyword, "") + ast.literal_eval(f'"{quoted}')
    return Entry(
        context=texts.get("msgctxt", ""),
        msgid=texts.get("msgid", ""),
        plural=texts.get("msgid_plural", ""),
        spanish=tuple(text for word, text in texts.items() if word.startswith("msgstr")),
        is_fuzzy=bool(re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE)),
    )


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return _read(CATALOGUE)


def _gather(folder: Path, *words: str) -> set[tuple[str, str, str]]:
    """What makemessages finds marked in a folder that has a `locale`."""
    program = [sys.executable, *words, "makemessages", "-l", "es", "--no-location", "--no-obsolete", "-i", "tests"]
    subprocess.run(program, cwd=folder, env=surroundings(folder / "var"), check=True, capture_output=True)
    found = _read(folder / "locale/es/LC_MESSAGES/django.po")
    return {(entry.context, entry.msgid, entry.plural) for entry in found}


@needs_gettext
def test_everything_marked_in_our_code_is_in_the_catalogue_and_nothing_else(
    tmp_path: Path, entries: list[Entry]
) -> None:
    copy = tmp_path / "karlos"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "var", "*.po", "*.mo", "__pycache__"))
    marked = _gather(copy, "manage.py")
    listed = {(entry.context, entry.msgid, entry.plural) for entry in entries}
    assert marked == listed, "run `make messages` and translate what is new"


@needs_gettext
def test_everything_the_theme_says_has_spanish(tmp_path: Path) -> None:
    copy = tmp_path / "unfold"
    # The parts in contrib are not installed.
    shutil.copytree(Path(unfold.__file__).parent, copy, ignore=shutil.ignore_patterns("contrib", "static", "*.pyc"))
    (copy / "locale").mkdir()
    with translation.override("es"):
        english = [
            msgid
            for _, msgid, plural in _gather(copy, "-m", "django")
            if msgid == (translation.ngettext(msgid, plural, 1) if plural else translation.gettext(msgid))
        ]
    assert set(english) <= ALIKE


def test_every_entry_is_translated(entries: list[Entry]) -> None:
    assert len(entries) > 300
    assert [entry.msgid for entry in entries if entry.is_fuzzy or not all(entry.spanish)] == []
    assert [entry.msgid for entry in entries if len(entry.spanish) != (3 if entry.plural else 1)] == []


def test_what_is_filled_in_is_the_same_in_both_languages(entries: list[Entry]) -> None:
    for entry in entries:
        for spanish in entry.spanish:
            assert _blanks(spanish) == _blanks(entry.msgid), entry.msgid


def _blanks(text: str) -> set[str]:
    fields = {f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return fields | set(re.findall(r"%\(\w+\)[a-z]", text)) | set(re.findall(r"<[^>]+>", text))


def test_the_compiled_catalogue_is_the_written_one(entries: list[Entry]) -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in entries:
        if entry.plural:
            spoken = tuple(compiled.ngettext(entry.msgid, entry.plural, n) for n in (1, 1_000_000, 2))
        else:
            spoken = (
                compiled.pgettext(entry.context, entry.msgid) if entry.context else compiled.gettext(entry.msgid),
            )
        assert spoken == entry.spanish
    size = sum(len(entry.spanish) for entry in entries) + 1
    assert len(compiled._catalog) == size  # type: ignore[attr-defined] # the only way to count them


class Shown(HTMLParser):
    """The texts of a page that a person sees or hears."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_icon = "material-symbols-outlined" in (dict(attrs).get("class") or "")
        # What is in <pre> was never words: tools and their results.
        if tag in {"script", "style", "pre"} or is_icon:
            self._within.append(tag)
        self.texts |= {
            value.strip() for name, value in attrs if value and name in {"placeholder", "title", "aria-label"}
        }

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.texts.add(" ".join(data.split()).rstrip(":"))


@pytest.fixture
def customer(stock: dict[int, Vehicle], settings: Settings) -> Customer:
    """Someone who wrote, was answered and is with a person; beside them, one row at least of everything in the admin."""
    settings.SIMULATOR = settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.simulator.urls"
    customer = Customer.objects.create(profile_name="Ana Pérez", language="es")
    Identity.objects.create(customer=customer, kind=Identity.Kind.PHONE, value="+5215512345678")
    turn = Turn.objects.create(customer=customer, agent=upsert_agent(), state=Turn.State.DONE, model="gpt-x")
    ToolUse.objects.create(turn=turn, position=0, name="fetch_vehicles_data", arguments={}, result={"total": 6})
    Message.objects.create(
        customer=customer,
        author="customer",
        kind=Message.Kind.IMAGE,
        handling="waiting",
        details={"ad": {"headline": "X"}},
    )
    Message.objects.create(
        customer=customer,
        turn=turn,
        author="assistant",
        text="Hola",
        model="gpt-x",
        delivery="sent",
        possible_duplicate=True,
    )
    Handoff.objects.create(customer=customer, reason=Handoff.Reason.ASKED)
    Visit.objects.create(customer=customer, vehicle=stock[101], starts_at=timezone.now(), due_at=timezone.now())
    Lead.objects.create(customer=customer, kind=Lead.Kind.OFFER, amount_mxn=1, due_at=timezone.now())
    waits = Lead.objects.create(customer=customer, kind=Lead.Kind.WATCH, due_at=timezone.now(), wish={"makes": ["X"]})
    Arrival.objects.create(lead=waits, vehicle=stock[102])
    for kind, name in (("field", "colour"), ("field", "zzz"), ("topic", "phone"), ("name", "X"), ("price", "50000")):
        Gap.objects.create(customer=customer, kind=kind, name=name, turn=turn, asked_at=timezone.now())
    OpeningHours.objects.create(weekday=0, opens=time(9), closes=time(19))
    CreditTerms.objects.create(minimum_down_payment_share=Decimal("0.2"))
    DealershipText.objects.create(topic=DealershipText.Topic.HOURS, spanish="De 9 a 19", is_example=True)
    Question.objects.create(asked="¿Hay wifi?", spanish="Sí.")
    versions.current()
    Limits.objects.create(take_minutes=5)
    versions.current()
    Thread.objects.create(customer=customer)
    Group.objects.create(name="Ventas")
    return customer


@pytest.fixture
def staff(customer: Customer) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("jefa"))
    return client


def _addresses(staff: Client) -> Iterator[str]:
    """The pages of the admin that staff open, and the simulator's."""
    yield from (reverse("admin:index"), reverse("admin:password_change"), reverse("simulator:page"))
    yield from (reverse(f"admin:conversations_{name}") for name in ("lead_todo", "visit_calendar", "gap_overview"))
    yield from (reverse("admin:conversations_gap_blanks", args=[field]) for field in ("colour", "fuel", "bluetooth"))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield f"{reverse(f'{name}_changelist')}?pk=0"
        if staff.get(reverse(f"{name}_add")).status_code == 200:
            yield reverse(f"{name}_add")
        if row := model._default_manager.first():
            yield reverse(f"{name}_change", args=[row.pk])
            yield reverse(f"{name}_history", args=[row.pk])
    yield reverse("admin:inventory_vehicle_delete", args=[Vehicle.objects.earliest("pk").pk])


def _shown(client: Client, address: str, language: str) -> set[str]:
    response = client.get(address, follow=True, headers={"accept-language": language})
    assert response.status_code == 200, address
    return {text.casefold() for text in Shown(response.content.decode()).texts}


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_page_shows_a_word_of_the_other_language(language: str, entries: list[Entry], staff: Client) -> None:
    english = {entry.msgid.casefold() for entry in entries}
    spanish = {entry.spanish[0].casefold() for entry in entries}
    # Django's own "No" is the same word in both.
    foreign = english - spanish if language == "es" else spanish - english - {"no"}
    pages = {reverse("admin:login"): _shown(Client(), reverse("admin:login"), language)}
    pages |= {address: _shown(staff, address, language) for address in _addresses(staff)}
    assert {address: texts & foreign for address, texts in pages.items() if texts & foreign} == {}
    own = spanish - english if language == "es" else english - spanish
    assert not [address for address, texts in pages.items() if not texts & own], "these say nothing of ours"


def test_the_sidebar_offers_only_what_its_reader_may_see(customer: Customer) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nueva", is_staff=True))
    shown = _shown(client, reverse("admin:index"), "es")
    assert "simulador" in shown
    assert not shown & {"inventario", "conversaciones", "clientes", "asistente", "personal"}


def test_the_sidebar_has_no_simulator_in_production(staff: Client, settings: Settings) -> None:
    settings.DEBUG = False
    assert "simulador" not in _shown(staff, reverse("admin:index"), "es")
