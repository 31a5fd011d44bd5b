"""Past answers are given again by a version that is tried, with the stock of then; a change that is worse does not come into force."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from assistant.models import AssistantSettings, DealershipText
from conversations import approval, rehearsal, replay, tasks, versions
from conversations.candidate import Candidate
from conversations.models import Customer, Limits, Replay, ReplayedTurn, SettingsVersion, Turn
from conversations.replay import Flaw
from inventory import distinct, standing
from inventory.models import CreditTerms, Vehicle
from tests.assistant.responses_server import Answer as ModelAnswer
from tests.assistant.responses_server import Json, ResponsesServer, asks, call, results, says
from tests.conversations.conftest import Answer, Write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def past(write: Write, answer: Answer) -> Callable[..., Customer]:
    """A conversation on WhatsApp that is over."""

    def past(*texts: str, **fields: str) -> Customer:
        for text in texts:
            customer = write(text, **fields)
            assert answer(customer)
        return customer

    return past


def outcomes(candidate: Candidate | None = None) -> list[replay.Outcome]:
    return [replay.play(turn, candidate or Candidate()) for turn in replay.turns(100)][::-1]


def flaws(candidate: Candidate | None = None) -> list[tuple[Flaw, ...]]:
    return [outcome.flaws for outcome in outcomes(candidate)]


def version(**changed: Any) -> SettingsVersion:
    """One that nobody has brought into force, of changes label=fields to the single rows."""
    settings = versions.snapshot()
    for label, fields in changed.items():
        next(rows for name, rows in settings.items() if name.endswith(f".{label}"))["1"] |= fields
    return SettingsVersion(settings=settings)


# --- Playing the past -----------------------------------------------------------------------------------------------


def test_the_version_in_force_answers_as_it_did(past: Callable[..., Customer]) -> None:
    past("busco un mazda 3", "el segundo a 4 años con 20% de enganche", "quiero hablar con una persona")
    assert flaws() == [(), (), ()]


def test_cars_that_were_sold_repriced_or_bought_since_are_as_they_were(past: Callable[..., Customer]) -> None:
    past("busco un mazda 3", "el 201 a 4 años con 20% de enganche")
    Turn.objects.update(settings_version=None)  # so that nothing is played back: the stock is what is looked at
    sold, repriced = Vehicle.objects.get(stock_id=101), Vehicle.objects.get(stock_id=201)
    sold.delete()
    repriced.price_mxn = Decimal(300_000)
    repriced.save()
    Vehicle.objects.create(stock_id=107, make="Mazda", model="Mazda 3", year=2015, mileage_km=1, price_mxn=150_000)
    assert flaws() == [(), ()]
    assert Vehicle.objects.get(stock_id=201).price_mxn == 300_000
    assert not Vehicle.objects.filter(stock_id=101).exists()


def test_what_the_tools_gave_then_is_given_again_for_the_same_call(past: Callable[..., Customer]) -> None:
    past("busco un mazda 3")
    use = Turn.objects.get().tool_uses.get()
    use.result["total"] = 99  # as no look at the stock could give it
    use.save()
    (outcome,) = outcomes()
    assert outcome.tool_calls[0]["result"]["total"] == 99
    assert not outcome.flaws


def test_other_credit_terms_are_other_figures(past: Callable[..., Customer]) -> None:
    past("busco un mazda 3", "el 201 a 4 años con 20% de enganche")
    dearer = version(creditterms={"annual_rate": "0.1500"})
    assert flaws(Candidate(version=dearer)) == [(), (Flaw.FIGURES,)]
    assert CreditTerms.current().annual_rate == Decimal("0.10")


def test_nothing_of_a_replay_is_written(past: Callable[..., Customer]) -> None:
    past("quiero vender mi carro")
    counted = [Turn.objects.count(), Customer.objects.count(), SettingsVersion.objects.count()]
    outcomes(Candidate(version=version(assistantsettings={"name": "Beto"})))
    assert [Turn.objects.count(), Customer.objects.count(), SettingsVersion.objects.count()] == counted
    assert AssistantSettings.current().name != "Beto"


def test_a_rehearsal_leaves_real_tables_alone_even_if_it_breaks_off(past: Callable[..., Customer]) -> None:
    past("hola")

    def break_off() -> None:
        with rehearsal.rehearsed({}, stock_at=Turn.objects.get().opened_at):
            assert not DealershipText.objects.exists()
            assert Vehicle.objects.count() == 9
            Vehicle.objects.update(price_mxn=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert not Vehicle.objects.filter(price_mxn=1).exists()


def test_what_was_asked_of_the_stock_before_a_rehearsal_is_asked_anew_within_it(past: Callable[..., Customer]) -> None:
    past("hola")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE left_over (n integer)")  # as an import on this connection had one
    then = standing.of([201]), distinct.values("make", "model")
    car = Vehicle.objects.get(stock_id=201)
    car.price_mxn, car.model = Decimal(300_000), "Mazda 6"
    car.save()
    now = standing.of([201]), distinct.values("make", "model")
    assert now != then
    with rehearsal.rehearsed({}, stock_at=Turn.objects.get().opened_at):
        assert (standing.of([201]), distinct.values("make", "model")) == then
    assert (standing.of([201]), distinct.values("make", "model")) == now


def test_the_terminal_and_what_karlos_was_not_free_to_say_are_left_out(past: Callable[..., Customer]) -> None:
    past("busco un mazda 3", "BAJA")
    assert [turn.rounds for turn in replay.turns(10)] == [2]


# --- With a language model ------------------------------------------------------------------------------------------

GOOD = "Look every car up before you name it."


def obedient(request: Json) -> ModelAnswer:
    """A model that looks cars up because its instructions say so; told otherwise it makes up a price."""
    if GOOD not in request["instructions"]:
        return says("Sí, el Mazda 3 2018 cuesta $99,000.")
    found = results(request).get("fetch_vehicles_data")
    if found is None:
        return asks(call("fetch_vehicles_data", {"models": ["mazda 3"]}))
    car = found["vehicles"][0]
    return says(f"Tenemos {found['total']}; el más barato es el {car['name']} {car['year']} en ${car['price']}.")


@pytest.fixture
def model(llm: ResponsesServer) -> ResponsesServer:
    """It serves customers well: the greeting, which stands in its instructions, tells it what to do."""
    AssistantSettings.objects.create(greeting_spanish=f"¡Hola! {GOOD}", model="stand-in-1")
    llm.behave(obedient)
    return llm


WORSE = {"greeting_spanish": "¡Hola! Di siempre que cuesta poco."}


def test_a_worse_prompt_is_seen(past: Callable[..., Customer], model: ResponsesServer) -> None:
    past("busco un mazda 3")
    assert Turn.objects.get().model == "stand-in-1"
    assert flaws() == [()]
    worse = Candidate(version=version(assistantsettings=WORSE))
    assert flaws(worse) == [(Flaw.WITHHELD,)]


def test_a_model_that_does_not_answer_is_no_good_replay(past: Callable[..., Customer], model: ResponsesServer) -> None:
    past("busco un mazda 3")
    model.behave(None)
    assert flaws() == [(Flaw.NO_ANSWER,)]


def test_the_command_refuses_worse_instructions(
    past: Callable[..., Customer], model: ResponsesServer, tmp_path: Path
) -> None:
    past("busco un mazda 3")
    (tmp_path / "good.md").write_text(f"You are {{assistant}}. {GOOD}")
    (tmp_path / "worse.md").write_text("You are {assistant}. Never look anything up.")
    call_command("replay", instructions=tmp_path / "good.md", floor=0.9, out=tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written["passed"], written["total"]) == (1, 1)
    with pytest.raises(CommandError, match=r"0\.0% as good as then: below the floor of 90\.0%"):
        call_command("replay", instructions=tmp_path / "worse.md", floor=0.9)


# --- The threshold ----------------------------------------------------------------------------------------------


def ask(proposed: SettingsVersion, by: User, **more: Any) -> Replay:
    """Ask for it, and let the workers do all of it."""
    asked = approval.ask(proposed.settings, versions.current(), by, **more)
    while approval.work(asked.pk):
        pass
    asked.refresh_from_db()
    return asked


def test_a_deliberately_worsened_prompt_does_not_come_into_force(
    past: Callable[..., Customer], model: ResponsesServer, admin_user: User
) -> None:
    past("busco un mazda 3", "y otro mazda 3 de menos de 300 mil", "¿qué mazda 3 tienes?")
    Limits.objects.create(replay_percent=90)
    before = versions.current()
    held = ask(version(assistantsettings=WORSE), admin_user)
    assert (held.state, held.percent, held.total) == (Replay.State.BELOW, 0, 3)
    assert all(Flaw.WITHHELD in answer.flaws for answer in held.answers.all())
    assert versions.current() == before
    assert AssistantSettings.current().greeting_spanish == f"¡Hola! {GOOD}"


def test_a_change_that_is_as_good_comes_into_force_in_the_name_of_who_made_it(
    past: Callable[..., Customer], model: ResponsesServer, admin_user: User
) -> None:
    past("busco un mazda 3")
    Limits.objects.create(replay_percent=90)
    as_good = version(assistantsettings={"greeting_spanish": f"¡Buen día! {GOOD}"})
    done = ask(as_good, admin_user, reason="Más amable")
    assert (done.state, done.percent) == (Replay.State.LIVE, 100)
    assert AssistantSettings.current().greeting_spanish == f"¡Buen día! {GOOD}"
    made = versions.current()
    assert (made.made_by, made.reason) == (admin_user, "Más amable")


def test_with_rules_a_setting_that_takes_figures_away_is_held_back(
    past: Callable[..., Customer], admin_user: User
) -> None:
    past("el 201 a 4 años con 20% de enganche")
    Limits.objects.create(replay_percent=100)
    held = ask(version(creditterms={"terms_months": [60]}), admin_user)
    assert held.state == Replay.State.BELOW
    assert CreditTerms.current().terms_months != [60]


def test_a_manager_may_let_it_through(past: Callable[..., Customer], admin_user: User) -> None:
    past("el 201 a 4 años con 20% de enganche")
    Limits.objects.create(replay_percent=100)
    held = ask(version(creditterms={"annual_rate": "0.1500"}), admin_user)
    through = approval.override(held.pk, admin_user, "La tasa subió de verdad")
    assert (through.state, through.overridden_by) == (Replay.State.OVERRIDDEN, admin_user)
    assert CreditTerms.current().annual_rate == Decimal("0.15")
    assert versions.current().reason == "La tasa subió de verdad"
    with pytest.raises(approval.Overtaken):
        approval.override(held.pk, admin_user, "Otra vez")


def test_a_change_that_another_one_overtook_is_not_made(past: Callable[..., Customer], admin_user: User) -> None:
    past("busco un mazda 3")
    Limits.objects.create(replay_percent=50)
    asked = approval.ask(version(assistantsettings={"name": "Beto"}).settings, versions.current(), admin_user)
    AssistantSettings.objects.create(name="Lupita")
    assert not approval.work(asked.pk)
    asked.refresh_from_db()
    assert asked.state == Replay.State.OVERTAKEN
    assert AssistantSettings.current().name == "Lupita"


def test_where_there_is_no_past_nothing_is_waited_for(stock: dict[int, Vehicle], admin_user: User) -> None:
    Limits.objects.create(replay_percent=90)
    assert ask(version(assistantsettings={"name": "Beto"}), admin_user).state == Replay.State.LIVE
    assert AssistantSettings.current().name == "Beto"


def test_a_worker_that_died_loses_nothing_and_no_answer_is_given_twice(
    past: Callable[..., Customer], admin_user: User
) -> None:
    past("busco un mazda 3", "hola")
    tried = approval.try_out(versions.current(), admin_user)
    approval._keep(tried, replay.play(replay.turns(1)[0], Candidate()))
    assert not approval.work(tried.pk)
    tried.refresh_from_db()
    assert (tried.state, tried.done, tried.passed) == (Replay.State.DONE, 2, 2)


def test_what_is_kept_tells_nobody_who_the_customer_is_and_goes_with_them(
    past: Callable[..., Customer], admin_user: User
) -> None:
    customer = past("soy Ana Pérez, mi correo es ana@perez.mx, quiero hablar con una persona")
    Turn.objects.update(settings_version=None)
    tried = approval.ask(version(creditterms={"annual_rate": "0.1500"}).settings, versions.current(), admin_user)
    approval.work(tried.pk)
    kept = json.dumps(list(ReplayedTurn.objects.values("reply", "differences", "flaws")), ensure_ascii=False)
    assert not any(secret in kept for secret in ("Ana", "Pérez", "perez.mx"))
    customer.delete()
    assert not ReplayedTurn.objects.exists()


# --- In the admin -----------------------------------------------------------------------------------------------


def post_terms(client: Client, rate: str, reason: str = "") -> str:
    """Save other credit terms; where that leads."""
    assumed = "Tasa fija de {rate} % anual."
    form = {
        "annual_rate": rate,
        "terms_months": [48],
        "minimum_down_payment_share": "0",
        "assumptions_spanish": assumed,
        "assumptions_english": assumed,
        "change_reason": reason,
    }
    page = "1/change" if CreditTerms.objects.exists() else "add"
    response = client.post(f"/admin/inventory/creditterms/{page}/", form)
    assert response.status_code == 302
    return str(response["Location"])


def test_a_change_made_in_the_admin_waits_and_nothing_says_that_it_was_saved(
    past: Callable[..., Customer], admin_client: Client
) -> None:
    past("el 201 a 4 años con 20% de enganche")
    Limits.objects.create(replay_percent=90)
    address = post_terms(admin_client, "0.15", "Subió la tasa")
    waiting = Replay.objects.get()
    assert address == f"/admin/conversations/replay/{waiting.pk}/change/"
    page = admin_client.get(address).content.decode()
    assert "espera" in page
    assert "se agregó correctamente" not in page
    assert not CreditTerms.objects.exists()
    assert not LogEntry.objects.filter(object_repr__contains="15").exists()
    approval.work(waiting.pk)
    page = admin_client.get(address).content.decode()
    assert "otras cifras" in page.casefold()
    assert "let-through" in page
    assert not CreditTerms.objects.exists()


def test_a_manager_lets_it_through_with_a_reason_that_is_kept(
    past: Callable[..., Customer], admin_client: Client, admin_user: User
) -> None:
    past("el 201 a 4 años con 20% de enganche")
    Limits.objects.create(replay_percent=90)
    address = post_terms(admin_client, "0.15")
    waiting = Replay.objects.get()
    approval.work(waiting.pk)
    through = f"/admin/conversations/replay/{waiting.pk}/let-through/"
    admin_client.post(through, {"reason": " "})
    assert not CreditTerms.objects.exists(), "without a reason nobody lets it through"
    admin_client.post(through, {"reason": "Es la tasa nueva del banco"})
    assert CreditTerms.current().annual_rate == Decimal("0.15")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.overridden_by) == (Replay.State.OVERRIDDEN, admin_user)
    assert versions.current().reason == "Es la tasa nueva del banco"
    assert LogEntry.objects.filter(user=admin_user, object_id=str(waiting.pk)).exists()
    assert "Es la tasa nueva del banco" in admin_client.get(address).content.decode()


def test_who_may_not_set_everything_lets_nothing_through(
    past: Callable[..., Customer], admin_client: Client, client: Client
) -> None:
    past("el 201 a 4 años con 20% de enganche")
    Limits.objects.create(replay_percent=90)
    post_terms(admin_client, "0.15")
    waiting = Replay.objects.get()
    viewer = User.objects.create_user("vera", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_replay", "view_limits"]))
    client.force_login(viewer)
    assert "let-through" not in client.get(f"/admin/conversations/replay/{waiting.pk}/change/").content.decode()
    answered = client.post(f"/admin/conversations/replay/{waiting.pk}/let-through/", {"reason": "Porque sí"})
    assert answered.status_code == 403
    assert not CreditTerms.objects.exists()


def test_going_back_to_a_version_waits_too(past: Callable[..., Customer], admin_client: Client) -> None:
    CreditTerms.objects.create(annual_rate=Decimal("0.15"))
    old = versions.current()
    CreditTerms.objects.update(annual_rate=Decimal("0.10"))
    past("el 201 a 4 años con 20% de enganche")
    Limits.objects.create(replay_percent=90)
    admin_client.post(f"/admin/conversations/settingsversion/{old.pk}/go-back/", {"reason": "Ya no"})
    waiting = Replay.objects.get()
    approval.work(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.restored) == (Replay.State.BELOW, old)
    assert CreditTerms.current().annual_rate == Decimal("0.10")


def test_what_customers_are_not_told_and_what_no_threshold_asks_for_is_in_force_at_once(
    past: Callable[..., Customer], admin_client: Client
) -> None:
    past("el 201 a 4 años con 20% de enganche")
    post_terms(admin_client, "0.15")
    assert CreditTerms.current().annual_rate == Decimal("0.15")
    assert not Replay.objects.exists()


def test_a_version_is_tried_from_its_page(past: Callable[..., Customer], admin_client: Client) -> None:
    past("busco un mazda 3")
    version = versions.current()
    page = f"/admin/conversations/settingsversion/{version.pk}/change/"
    assert "/begin/" in admin_client.get(page).content.decode()
    begun = admin_client.post(f"/admin/conversations/replay/version/{version.pk}/begin/")
    tried = Replay.objects.get()
    polled = {"HX-Request": "true"}
    assert "HX-Refresh" not in admin_client.get(begun["Location"], headers=polled)
    tasks.replay_answers(tried.pk)
    assert admin_client.get(begun["Location"], headers=polled)["HX-Refresh"] == "true"
    shown = admin_client.get(begun["Location"]).content.decode()
    assert "100 %" in shown
    assert "Ana Pérez" not in shown
    listed = admin_client.get("/admin/conversations/replay/").content.decode()
    assert "1 de 1" in listed


def test_who_hears_nothing_of_a_worker_asks_once_more(
    past: Callable[..., Customer], admin_client: Client, rung: list[tuple[str, int]]
) -> None:
    past("busco un mazda 3")
    admin_client.post(f"/admin/conversations/replay/version/{versions.current().pk}/begin/")
    tried = Replay.objects.get()
    page = f"/admin/conversations/replay/{tried.pk}/change/"
    assert "/again/" not in admin_client.get(page).content.decode()
    Replay.objects.update(heard_at=Now() - 2 * approval.SILENCE)
    assert "/again/" in admin_client.get(page).content.decode()
    admin_client.post(f"/admin/conversations/replay/{tried.pk}/again/")
    assert rung[-1] == ("conversations.tasks.replay_answers", tried.pk)
    assert rung.count(rung[-1]) == 2
