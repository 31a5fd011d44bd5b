"""A change of what customers are told waits for its replay: good enough it comes into force, else a manager has to let it through."""

import logging
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from conversations import doorbell, replay, versions
from conversations.candidate import Candidate
from conversations.models import Limits, Replay, ReplayedTurn, SettingsVersion, Template, Turn
from conversations.versions import KINDS, Settings

logger = logging.getLogger(__name__)

# So many at a time: then the worker sees to customers who wait, and asks for itself again.
BATCH = 20
# Longer than any answer takes: who was not heard of for so long has died, or was never asked.
SILENCE = timedelta(seconds=150)
_State = Replay.State


class Overtaken(Exception):
    """The settings are others than when the change was made: it has to be made anew."""


def is_asked_for(before: Settings, after: Settings) -> bool:
    """Whether staff set a threshold, and customers would be told something else by Karlos: neither limits nor templates are."""
    told = (kind._meta.label_lower for kind in KINDS if kind not in (Limits, Template))
    return Limits.current().replay_percent > 0 and any(before.get(kind) != after.get(kind) for kind in told)


def ask(
    settings: Settings, base: SettingsVersion, by: User, reason: str = "", restored: SettingsVersion | None = None
) -> Replay:
    """A change that comes into force if its replay is good enough; at once where there is nothing to replay."""
    return _begun(
        Replay(settings=settings, base=base, made_by=by, reason=reason[:200], restored=restored, is_change=True)
    )


def try_out(version: SettingsVersion, by: User) -> Replay:
    """A replay that changes nothing."""
    return _begun(Replay(settings=version.settings, base=versions.current(), made_by=by, restored=version))


@transaction.atomic
def _begun(made: Replay) -> Replay:
    limits = Limits.current()
    made.percent_least = limits.replay_percent
    made.turn_ids = [turn.pk for turn in replay.turns(limits.replay_turns)]
    made.save()
    if made.turn_ids:
        transaction.on_commit(lambda: doorbell.ring_replay(made.pk))
    else:
        _decide(made.pk)
    made.refresh_from_db()
    return made


def work(replay_id: int) -> bool:
    """Give the next answers again, and decide after the last. Whether there are more. Safe to run twice."""
    found = Replay.objects.filter(pk=replay_id, state=_State.RUNNING).first()
    if found is None:
        return False
    candidate = Candidate(version=SettingsVersion(settings=found.settings))
    left = Turn.objects.filter(pk__in=found.turn_ids).exclude(pk__in=found.answers.values("turn"))
    turns = list(left.select_related("customer", "thread", "settings_version").order_by("-pk")[: BATCH + 1])
    for turn in turns[:BATCH]:
        _keep(found, replay.play(turn, candidate))
    if len(turns) > BATCH:
        return True
    _decide(replay_id)
    return False


def _keep(found: Replay, outcome: replay.Outcome) -> None:
    ReplayedTurn.objects.get_or_create(replay=found, turn=outcome.turn, defaults=outcome.as_data())
    Replay.objects.filter(pk=found.pk).update(heard_at=Now())


@transaction.atomic
def _decide(replay_id: int) -> None:
    found = Replay.objects.select_for_update().get(pk=replay_id)
    if found.state != _State.RUNNING:
        return
    if not found.is_change:
        found.state = _State.DONE
    elif found.percent is not None and found.percent < found.percent_least:
        found.state = _State.BELOW
    else:
        try:
            _put(found, found.reason)
            found.state = _State.LIVE
        except Overtaken:
            found.state = _State.OVERTAKEN
    found.save(update_fields=["state"])
    logger.info("Replay %s: %s of %s as good as then, %s", found.pk, found.passed, found.done, found.state)


@transaction.atomic
def override(replay_id: int, by: User, reason: str) -> Replay:
    """Let a change through that is held back, or whose replay is not done. Raises Overtaken."""
    found = Replay.objects.select_for_update().get(pk=replay_id)
    if not found.is_change or found.state not in {_State.RUNNING, _State.BELOW}:
        raise Overtaken
    _put(found, reason[:200])
    found.state, found.overridden_by, found.override_reason = _State.OVERRIDDEN, by, reason[:200]
    found.save(update_fields=["state", "overridden_by", "override_reason"])
    return found


def again(replay_id: int) -> None:
    """Ask for a worker once more."""
    Replay.objects.filter(pk=replay_id, state=_State.RUNNING).update(heard_at=Now())
    doorbell.ring_replay(replay_id)


def _put(found: Replay, reason: str) -> SettingsVersion:
    """Bring it into force, if what it changes is still what is in force; whoever changes settings meanwhile waits."""
    SettingsVersion.objects.select_for_update().order_by("-number").first()
    if versions.current() != found.base:
        raise Overtaken
    return versions.put(found.settings, found.made_by_id, reason, restored=found.restored)
