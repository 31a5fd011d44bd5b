"""What staff set is read once; any change of it, whoever makes it, is seen in the next turn."""

from datetime import time

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from assistant import agent, dealership
from assistant.models import Agent, AssistantSettings, DealershipText, OpeningHours, Place, Question
from conversations import versions
from conversations.models import Limits, SettingsVersion, Template
from inventory import stamp
from inventory.models import CreditTerms, SettingsStamp

pytestmark = pytest.mark.django_db


def rows() -> list[models.Model]:
    return [
        AssistantSettings(),
        DealershipText(topic="about", spanish="Somos nosotros."),
        Question(asked="¿Lavan coches?", spanish="No."),
        OpeningHours(weekday=6, opens=time(9), closes=time(10)),
        Place(latitude=19, longitude=-99),
        CreditTerms(),
        Limits(),
        Template(name="t", sid="HX" + "0" * 32, text="Hola"),
        Agent(name="K", model="m", instructions="", tools=[], settings={}, fingerprint="f"),
        SettingsVersion(number=9999, settings={}, fingerprint="f"),
    ]


def current() -> str:
    """Empty where nothing was changed since a flush, as other tests end in one."""
    return SettingsStamp.objects.values_list("value", flat=True).first() or ""


def test_every_table_that_staff_or_turns_fill_is_watched() -> None:
    assert {type(row) for row in rows()} == {*versions.KINDS, Agent, SettingsVersion}


@pytest.mark.parametrize("row", rows(), ids=lambda row: type(row).__name__)
def test_every_way_to_change_a_row_renews_the_stamp(row: models.Model) -> None:
    kind = type(row)._default_manager
    kind.filter(pk=1).delete()
    stamps = [current()]
    kind.bulk_create([row], ignore_conflicts=True)
    stamps.append(current())
    kind.update(**{kind.model._meta.fields[-1].name: getattr(row, kind.model._meta.fields[-1].attname)})
    stamps.append(current())
    kind.all().delete()
    stamps.append(current())
    assert len(set(stamps)) == len(stamps)


def test_what_is_kept_is_not_read_again_while_nothing_changes() -> None:
    for _ in range(2):
        with stamp.held():
            versions.current(), agent.upsert_agent(), dealership.name(), Limits.current()
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        stamp.held(),
    ):
        versions.current(), agent.upsert_agent(), dealership.name(), Limits.current()
    assert len(asked) == 1


def test_a_change_is_seen_in_the_next_turn_and_not_within_one() -> None:
    Limits.objects.create(turns_per_day=7)
    with stamp.held():
        assert Limits.current().turns_per_day == 7
        Limits.objects.update(turns_per_day=8)
        assert Limits.current().turns_per_day == 7
    with stamp.held():
        assert Limits.current().turns_per_day == 8
    assert Limits.current().turns_per_day == 8


def test_what_was_read_of_a_change_that_was_undone_is_forgotten() -> None:
    with stamp.held():
        assert dealership.name() != "Otra"
    with transaction.atomic():
        DealershipText.objects.update_or_create(topic="name", defaults={"spanish": "Otra"})
        with stamp.held():
            assert dealership.name() == "Otra"
        transaction.set_rollback(True)
    with stamp.held():
        assert dealership.name() != "Otra"
