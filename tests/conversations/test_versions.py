"""Karlos's settings in the admin: whatever changes is a version, told as a difference, followed at once, and taken back."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from assistant.models import AssistantSettings, DealershipText, OpeningHours, Question
from conversations import versions
from conversations.models import Limits, SettingsVersion, Turn
from inventory.models import CreditTerms
from tests.conversations.conftest import Answer, Write

pytestmark = pytest.mark.django_db(transaction=True)


def terms(rate: str, **others: Any) -> dict[str, Any]:
    """The form of the credit terms."""
    assumed = "Tasa fija de {rate} % anual."
    return {
        "annual_rate": rate,
        "terms_months": [48],
        "minimum_down_payment_share": "0",
        "assumptions_spanish": assumed,
        "assumptions_english": assumed,
        **others,
    }


def change(client: Client, rate: str, reason: str = "") -> None:
    page = "1/change" if CreditTerms.objects.exists() else "add"
    done = client.post(f"/admin/inventory/creditterms/{page}/", terms(rate, change_reason=reason))
    assert done.status_code == 302


def told(version: SettingsVersion) -> list[tuple[str, str, str]]:
    return [(d.what, d.before, d.after) for d in versions.changes(version)]


def test_a_change_is_a_version_with_who_why_and_the_difference(admin_client: Client, admin_user: User) -> None:
    change(admin_client, "0.10")
    change(admin_client, "0.125", "Subió la tasa del banco")
    first, *_between, latest = SettingsVersion.objects.order_by("number")
    assert (first.number, first.previous, versions.changes(first)) == (1, None, [])
    assert (latest.made_by, latest.reason) == (admin_user, "Subió la tasa del banco")
    assert told(latest) == [("condiciones de crédito: tasa de interés anual", "0.1", "0.125")]
    page = admin_client.get(f"/admin/conversations/settingsversion/{latest.pk}/change/").content.decode()
    assert "<del>0.1</del>" in page
    assert "<ins>0.125</ins>" in page
    listed = admin_client.get("/admin/conversations/settingsversion/").content.decode()
    assert "Subió la tasa del banco" in listed
    assert "0.1 → 0.125" in listed


def test_saving_without_a_change_makes_none(admin_client: Client) -> None:
    change(admin_client, "0.10")
    change(admin_client, "0.10")
    assert SettingsVersion.objects.count() == len({v.fingerprint for v in SettingsVersion.objects.all()})
    latest = SettingsVersion.objects.latest("number")
    change(admin_client, "0.1000")
    assert SettingsVersion.objects.latest("number") == latest


def test_the_next_turn_follows_a_change_and_names_its_version(
    admin_client: Client, write: Write, answer: Answer
) -> None:
    asked = "el 201 a 4 años con 20% de enganche"
    assert "$5,458.01" in answer(write(asked))[0]
    change(admin_client, "0.12")
    assert "$5,458.01" not in answer(write(asked))[0]
    before, after = Turn.objects.order_by("id")
    assert before.settings_version
    assert after.settings_version
    assert after.settings_version.number > before.settings_version.number
    assert after.settings_version == SettingsVersion.objects.latest("number")


def test_whatever_is_changed_outside_the_admin_is_a_version_of_nobodys_at_the_next_turn(
    write: Write, answer: Answer
) -> None:
    answer(write("hola"))
    Limits.objects.create(take_minutes=5)
    answer(write("hola otra vez"))
    latest = SettingsVersion.objects.latest("number")
    assert (latest.number, latest.made_by) == (2, None)
    assert told(latest) == [("límites: minutos para que responda una persona", "30", "5")]


def test_going_back_restores_every_setting_and_is_a_version_itself(admin_client: Client, admin_user: User) -> None:
    AssistantSettings.objects.create(name="Lupita")
    CreditTerms.objects.create(annual_rate=Decimal("0.11"))
    DealershipText.objects.create(topic="address", spanish="Calle Real 1")
    kept = Question.objects.create(asked="¿Hay wifi?", spanish="Sí.")
    OpeningHours.objects.create(weekday=0, opens="09:00", closes="18:00")
    OpeningHours.objects.create(weekday=1, opens="09:00", closes="18:00")
    good = versions.current()
    AssistantSettings.objects.update(name="Beto", model="gpt-6.1-terra")
    CreditTerms.objects.update(annual_rate=Decimal("0.5"))
    DealershipText.objects.all().delete()
    Question.objects.all().delete()
    Question.objects.create(asked="¿Hay café?", spanish="Sí.")
    OpeningHours.objects.filter(weekday=0).delete()
    OpeningHours.objects.filter(weekday=1).update(weekday=0)
    Limits.objects.create(budget_mxn=1)
    bad = versions.current()
    page = admin_client.get(f"/admin/conversations/settingsversion/{good.pk}/change/").content.decode()
    assert "<ins>Lupita</ins>" in page
    response = admin_client.post(
        f"/admin/conversations/settingsversion/{good.pk}/go-back/", {"reason": "Fue un error"}, follow=True
    )
    assert "vuelve a trabajar como en la versión" in response.content.decode()
    assert versions.snapshot() == good.settings
    assert Question.objects.get() == kept
    assert Limits.current().budget_mxn == 200
    made = versions.current()
    assert (made.number, made.restored, made.previous, made.made_by) == (bad.number + 1, good, bad, admin_user)
    assert made.reason == "Fue un error"


def test_a_version_of_before_a_field_was_there_can_be_gone_back_to() -> None:
    Limits.objects.create(take_minutes=7)
    old = versions.current()
    del old.settings["conversations.limits"]["1"]["twilio_in_mxn"]
    old.settings["conversations.limits"]["1"]["a field that is gone"] = 1
    del old.settings["assistant.question"]
    old.save()
    Limits.objects.update(take_minutes=9, twilio_in_mxn=5)
    versions.go_back(old, None)
    limits = Limits.objects.get()
    assert (limits.take_minutes, limits.twilio_in_mxn) == (7, Decimal("0.10"))


def test_of_a_long_text_the_words_that_changed_are_marked(admin_client: Client) -> None:
    text = DealershipText.objects.create(
        topic="hours", spanish="Abrimos de lunes a viernes de 9:00 a 19:00 <b>siempre</b>."
    )
    form = {"topic": "hours", "spanish": text.spanish.replace("19:00", "18:30"), "english": ""}
    done = admin_client.post(f"/admin/assistant/dealershiptext/{text.pk}/change/", form, follow=True)
    latest = SettingsVersion.objects.latest("number")
    assert f"/admin/conversations/settingsversion/{latest.pk}/change/" in done.content.decode()
    page = admin_client.get(f"/admin/conversations/settingsversion/{latest.pk}/change/").content.decode()
    assert "de 9:00 a <del>19:00</del><ins>18:30</ins> &lt;b&gt;" in page


def test_hours_edited_in_the_list_are_one_version(admin_client: Client) -> None:
    rows = [OpeningHours.objects.create(weekday=day, opens="09:00", closes="18:00") for day in range(2)]
    form: dict[str, Any] = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "1"}
    for n, row in enumerate(rows):
        form |= {f"form-{n}-id": row.pk, f"form-{n}-opens": "10:00", f"form-{n}-closes": "18:00"}
    assert admin_client.post("/admin/assistant/openinghours/", form).status_code == 302
    latest = SettingsVersion.objects.latest("number")
    assert [(before, after) for _what, before, after in told(latest)] == [("09:00", "10:00")] * 2
    assert latest.number == 2


def test_a_greeting_that_the_guardrails_would_withhold_is_refused(admin_client: Client) -> None:
    form = {"name": "Karlos", "greeting_english": "Hi!", "model": "gpt-6-luna", "effort": "low"}
    form |= {"privacy_spanish": "Aviso: {link}", "privacy_english": "Notice: {link}"}
    bad = {**form, "greeting_spanish": "¡Hola! Tu crédito está aprobado."}
    page = admin_client.post("/admin/assistant/assistantsettings/add/", bad)
    assert "Las barreras no dejarían enviar esto" in page.content.decode()
    assert not AssistantSettings.objects.exists()
    good = {**form, "greeting_spanish": "¡Hola! Soy {name}, asistente virtual de {dealership}."}
    assert admin_client.post("/admin/assistant/assistantsettings/add/", good).status_code == 302


def test_the_greeting_begins_the_first_answer_and_is_no_message_of_its_own(write: Write, answer: Answer) -> None:
    AssistantSettings.objects.create(
        name="Lupita", greeting_spanish="¡Bienvenido! Te atiende {name}, asistente virtual."
    )
    (first,) = answer(write("busco un mazda 3"))
    assert first.startswith("¡Bienvenido! Te atiende Lupita, asistente virtual.\n\n")
    (second,) = answer(write("¿y un sentra?"))
    assert "Bienvenido" not in second


def test_the_rules_answer_with_the_dealerships_own_answers(write: Write, answer: Answer) -> None:
    Question.objects.create(asked="¿Tienen wifi?", spanish="Sí, la clave está en recepción.")
    (text,) = answer(write("oye ¿y tienen wifi?"))
    assert "la clave está en recepción" in text


def test_where_no_key_is_set_the_page_says_that_the_rules_answer(admin_client: Client) -> None:
    page = admin_client.get("/admin/assistant/assistantsettings/", follow=True).content.decode()
    assert "Las reglas: no hay clave" in page


def test_going_back_is_for_those_who_may_change_every_setting(client: Client) -> None:
    user = User.objects.create_user("vera", is_staff=True)
    kinds = [kind._meta.model_name for kind in versions.KINDS]
    names = ["view_settingsversion", *(f"change_{kind}" for kind in kinds[1:])]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    first = versions.current()
    Limits.objects.create(take_minutes=5)
    versions.current()
    page = client.get(f"/admin/conversations/settingsversion/{first.pk}/change/").content.decode()
    assert "go-back" not in page
    assert client.post(f"/admin/conversations/settingsversion/{first.pk}/go-back/").status_code == 403
    assert Limits.current().take_minutes == 5
    user.user_permissions.add(Permission.objects.get(codename=f"change_{kinds[0]}"))
    assert client.post(f"/admin/conversations/settingsversion/{first.pk}/go-back/").status_code == 302
    assert Limits.current().take_minutes == 30
