"""One customer's turn: claim, open, answer, and one transaction that records everything or nothing."""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bind_contextvars, bound_contextvars

from assistant import agent, escalation, language, llm, loop, reading, tools
from assistant.answer import Answer, HandOff
from assistant.diary import Diary
from assistant.items import Item, Remark, Said
from assistant.llm import LanguageModel, available
from assistant.models import Agent
from assistant.reading import phones
from assistant.sentences import say
from conversations import (
    attachments,
    commitments,
    consent,
    gaps,
    inbound,
    lease,
    limits,
    metrics,
    outdated,
    parts,
    privacy,
    quotes,
    threads,
    versions,
    visits,
    words,
)
from conversations.lease import Lease, LeaseLost
from conversations.models import Customer, Limits, Message, SettingsVersion, Thread, ToolUse, Turn, Visit
from conversations.outdated import Change
from inventory import prepared, stamp
from inventory.prepared import Gap, Insert, Statement

logger = logging.getLogger(__name__)

ATTEMPTS_MOST = 3
FOLDS_MOST = 2
RETRY_AFTER_SECONDS = (5, 20)

_WAITING = Message.objects.filter(customer=Gap("customer"), handling=Message.Handling.WAITING)
_ASKED = prepared.select(_WAITING.order_by("id"))
_NEWS = prepared.select(_WAITING.filter(turn=None))
_TAKE_IN = prepared.update(_WAITING, turn=Gap("turn"))
_ANSWER = prepared.update(
    Message.objects.filter(turn=Gap("turn"), author=Message.Author.CUSTOMER), handling=Message.Handling.ANSWERED
)
_OPEN = prepared.insert(Turn(attempts=1, **prepared.gaps_of(Turn, "customer_id")))
_CLOSE = prepared.update(
    Turn.objects.filter(pk=Gap("pk")),
    state=Turn.State.DONE,
    closed_at=Now(),
    **prepared.gaps_of(
        Turn,
        "thread_id",
        "agent_id",
        "settings_version_id",
        "model",
        "rounds",
        "input_tokens",
        "cached_tokens",
        "output_tokens",
        "cost_mxn",
        "limit",
        "seconds",
        "remarks",
        "withheld",
    ),
)
_USED = prepared.insert(ToolUse(**prepared.gaps_of(ToolUse, "turn_id", "position", "name", "arguments", "result")))
_UNFINISHED = prepared.select(
    Turn.objects.filter(
        Q(state=Turn.State.WITHDRAWN, replaced_by=None) | Q(state=Turn.State.OPEN), customer=Gap("customer")
    )
)


def run(
    customer_id: int,
    before_answer: Callable[[Turn], None],
    *,
    now: datetime | None = None,
    models: Sequence[LanguageModel] | None = None,
) -> Turn | None:
    """Answer a customer who is due. The closed turn; None if there was nothing to do or another worker took over.

    Safe to run twice, anywhere and at any time. `before_answer` is called once the turn is open, outside of any transaction.
    `now` is what the customer's "mañana" is reckoned from, the present unless given; `models` answer instead of those that serve.
    """
    with bound_contextvars(customer_id=customer_id, turn_id=None, message_ids=[]):
        opened = _open(customer_id)
        if opened is None:
            return None
        held, turn = opened
        bind_contextvars(turn_id=turn.pk)
        return _run(held, turn, before_answer, _Circumstances(now or timezone.localtime(), models))


def _run(held: Lease, turn: Turn, before_answer: Callable[[Turn], None], given: "_Circumstances") -> Turn | None:
    try:
        if turn.attempts > ATTEMPTS_MOST:
            _fail(held, turn, "It could not be answered in three attempts.")
            return turn
        with stamp.held():
            lease.let_go_of_connection()  # it was leased a moment ago
            before_answer(turn)
            _answer(held, turn, given)
    except LeaseLost:
        logger.warning("Customer %s: the lease was lost, the work is thrown away", held.customer_id)
        return None
    except Exception as e:
        logger.exception("Customer %s: the turn broke off", held.customer_id)
        _break_off(held, e)
        return None
    return turn


# --- Opening ----------------------------------------------------------------------------------------------------


@transaction.atomic
def _open(customer_id: int) -> tuple[Lease, Turn] | None:
    """The customer's open turn, or a new one, with every waiting message in it; None if none waits, or another worker has it."""
    held = lease.claim(customer_id)
    if held is None:
        return None
    customer = held.customer
    waiting = _ASKED.all(customer=customer_id)
    if not waiting:
        held.release(due_in=None)
        return None
    unfinished = _UNFINISHED.all(customer=customer_id)
    turn = next((turn for turn in unfinished if turn.state == Turn.State.OPEN), None)
    # An attempt is counted before the work: a message that kills its worker is found out by this.
    if turn is None:
        turn = _OPEN.add(Turn(customer=customer, attempts=1))
    else:
        turn.attempts += 1
        turn.save(update_fields=["attempts"])
    turn.customer, turn.asked = customer, waiting
    turn.replacing = [withdrawn for withdrawn in unfinished if withdrawn != turn]
    for message in waiting:
        message.customer = customer  # not to be read again for each
    _TAKE_IN.run(customer=customer_id, turn=turn.pk)
    return held, turn


def _waiting(customer: Customer) -> QuerySet[Message]:
    return customer.messages.filter(handling=Message.Handling.WAITING)


# --- Answering --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """An answer, with what it answers."""

    answer: Answer
    messages: list[Message]
    thread: Thread
    agent: Agent
    version: SettingsVersion
    language: str
    opts_out: bool | None = None
    tells_privacy: bool = False
    # The limit that the customer or the dealership is over, as `Turn.Limit`.
    limit: str = ""

    @property
    def only_confirms(self) -> bool:
        """Whether it says no more than that the customer's opt-out, or its end, is obeyed."""
        return self.opts_out is not None and not self.answer.rounds


@dataclass(frozen=True)
class _Circumstances:
    """When a turn is held, and by which models if not by those that serve."""

    now: datetime
    models: Sequence[LanguageModel] | None


def _answer(held: Lease, turn: Turn, given: _Circumstances) -> None:
    """Answer and record; take in what the customer wrote meanwhile, and answer again, at most twice."""
    began = time.monotonic()
    changed: dict[int, Change] = {}
    stale: Exception = _Outdated(changed)
    for fold in range(FOLDS_MOST + 1):
        changed = _withdrawn(turn) | changed
        draft = _draft(held, turn, given, changed)
        try:
            is_recorded = _record(held, turn, draft, seconds=time.monotonic() - began, may_fold=fold < FOLDS_MOST)
        except _Outdated as e:
            logger.info("Turn %s of customer %s: %s", turn.pk, turn.customer_id, e)
            changed = {**changed, **e.changed}
            stale = e
            continue
        except visits.Taken as e:
            # Told anew, with the times that are free now.
            logger.info("Turn %s of customer %s: %s", turn.pk, turn.customer_id, e)
            stale = e
            continue
        if is_recorded:
            logger.info(
                "Turn %s of customer %s: %s, %s rounds, %s tools, %.1f s, %s tokens",
                turn.pk,
                turn.customer_id,
                draft.answer.model,
                draft.answer.rounds,
                len(draft.answer.receipts),
                time.monotonic() - began,
                draft.answer.usage.input_tokens + draft.answer.usage.output_tokens,
            )
            return
    raise stale


class _Outdated(Exception):
    """A car in the answer was sold or priced anew while it was made: it is made anew, saying so."""

    def __init__(self, changed: dict[int, Change]) -> None:
        super().__init__(f"Cars {', '.join(map(str, changed))} changed while they were spoken of.")
        self.changed = changed


def _withdrawn(turn: Turn) -> dict[int, Change]:
    """What has become of the cars of answers that were withdrawn before they were sent, and that this turn replaces."""
    if not turn.replacing:
        return {}
    unsent = Message.objects.filter(turn__in=turn.replacing, delivery=Message.Delivery.CANCELLED)
    cars = {stock_id: price for message in unsent for stock_id, price in message.cars.items()}
    return {change.stock_id: change for change in outdated.changes(cars)}


def _draft(held: Lease, turn: Turn, given: _Circumstances, changed: dict[int, Change]) -> _Draft:
    customer, messages = turn.customer, turn.asked
    bind_contextvars(message_ids=[message.pk for message in messages])
    attachments.gather(messages, held.before_call)
    version, current = versions.current(), agent.upsert_agent()
    thread = threads.upsert(customer)
    tongue = language.of([m.text for m in messages], otherwise=customer.language or "es")
    opts_out = _consent(messages)
    asked = [m for m in messages if not consent.asks_to_stop(m.text) and not consent.asks_to_resume(m.text)]
    over = limits.passed(customer)
    serving = given.models or available.in_order(current)
    # The last of them has no eyes.
    pictures = attachments.pictures(asked) if len(serving) > 1 and not over else []
    if opts_out or not asked:
        answer = _plain(say(tongue, "opted_out" if opts_out else "opted_in"))
    elif over == Turn.Limit.TURNS_MOST:
        answer = _to_a_person(say(tongue, "very_many_messages"), "limit", tongue, given.now)
    elif (unreadable := words.for_unreadable(asked, tongue)) and not pictures:
        answer = _plain(unreadable)
    else:
        before = threads.read(thread)
        items = (*before, *(Said("customer", words.of(message)) for message in asked), *pictures)
        earlier_car, earlier_quote = threads.earlier(thread)
        task = _task(customer, current, items, tongue, given.now)
        noted = [*words.quotations(asked), *(change.noted() for change in changed.values())]
        news = tuple(Remark(note) for note in noted)
        task = replace(task, items=(*task.items, *news), earlier_car=earlier_car, earlier_quote=earlier_quote)
        answer = loop.answer(task, serving[-1:] if over else serving, held.before_call)
        changed = {**changed, **{change.stock_id: change for change in outdated.changes(answer.outdated)}}
        said = "\n".join(words.read_part(message) for message in asked)
        about = tools.Asked(now=given.now, language=tongue, visit_at=task.visit_at)
        answer = escalation.ensured(answer, said, before=before, asked=about)
        # Where only the rules serve anyway, nothing changes for the customer.
        over = over if len(serving) > 1 else ""
        if unreadable and answer.model == llm.RULES:
            answer = _plain(unreadable)
        if heard := attachments.heard_unsurely(asked):
            answer = answer.reworded(f"{say(tongue, 'heard', words=heard)}\n\n{answer.text}")
        answer = _with_what_was_limited(answer, customer, asked, tongue, over)
    if told := [change.told(tongue) for change in changed.values()]:
        answer = answer.reworded("\n\n".join([*told, answer.text]))
    if any("written_at" in message.details for message in messages):
        answer = replace(answer, text=f"{say(tongue, 'late')}\n\n{answer.text}")
    if notice := "" if opts_out else privacy.first_notice(customer, tongue):
        answer = answer.reworded(f"{answer.text}\n\n{notice}")
    return _Draft(
        answer=answer,
        messages=messages,
        thread=thread,
        agent=current,
        version=version,
        language=tongue,
        opts_out=opts_out,
        tells_privacy=bool(notice),
        limit=over,
    )


def _with_what_was_limited(answer: Answer, customer: Customer, asked: list[Message], tongue: str, over: str) -> Answer:
    """The answer, saying of what was not read and, once a day, of answering more simply from now on."""
    told = [answer.text]
    if any(message.text != words.read_part(message) for message in asked):
        told.append(say(tongue, "too_long_to_read"))
    if over and limits.is_news(customer):
        told.append(say(tongue, "simpler_for_today"))
    return answer.reworded("\n\n".join(told)) if len(told) > 1 else answer


def _consent(messages: list[Message]) -> bool | None:
    """True: the customer wants no more messages. False: takes that back. None: neither. The last such message counts."""
    for message in reversed(messages):
        if consent.asks_to_stop(message.text):
            return True
        if consent.asks_to_resume(message.text):
            return False
    return None


def _plain(sentence: str) -> Answer:
    """A sentence written by people, for which no model is asked."""
    return Answer(text=sentence, model=llm.RULES, items=(Said("assistant", sentence),))


def _to_a_person(sentence: str, reason: str, tongue: str, now: datetime) -> Answer:
    """A sentence that hands the conversation over, with from when on somebody answers."""
    text = "\n\n".join(filter(None, (sentence, escalation.until_open(tongue, now))))
    return replace(_plain(text), effects=(HandOff(reason=reason, summary=""),))


def _task(customer: Customer, current: Agent, items: tuple[Item, ...], tongue: str, now: datetime) -> loop.Task:
    visit = Visit.open_of(customer)
    owner = visit.owner_id if visit else customer.owner_id
    ref = hmac.new(settings.SECRET_KEY.encode(), f"customer {customer.pk}".encode(), hashlib.sha256)
    return loop.Task(
        instructions=current.instructions,
        tools=agent.specs(current),
        items=(*items, *reading.remarks(items, now)),
        language=tongue,
        now=now,
        customer_ref=ref.hexdigest(),
        recorded=commitments.recorded(customer, visit),
        visit_at=timezone.localtime(visit.starts_at) if visit else None,
        # Looked up by who books a visit only.
        diary=cast(Diary, SimpleLazyObject(partial(visits.diary, customer, owner, since=now))),
        has_phone=customer.can_be_called or phones.read(reading.last_words(items)) is not None,
    )


# --- Recording --------------------------------------------------------------------------------------------------


@transaction.atomic
def _record(held: Lease, turn: Turn, draft: _Draft, *, seconds: float, may_fold: bool) -> bool:
    """Write everything the turn came to, fence checked. False: the customer wrote again, and the turn now has that too."""
    customer = held.hold()
    news = _NEWS.all(customer=customer.pk)
    if news and may_fold and not limits.is_slowed(customer):
        _TAKE_IN.run(customer=customer.pk, turn=turn.pk)
        del turn.asked, turn.replacing
        return False
    leaves = customer.is_with_person and not draft.only_confirms
    _know(customer, draft, tells_privacy=draft.tells_privacy and not leaves)
    if leaves:
        _leave_to_person(customer, turn, draft)
        _finish(held, customer, news)
        return True
    if changed := {change.stock_id: change for change in outdated.changes(draft.answer.cars)}:
        raise _Outdated(changed)
    if turn.replacing:
        Turn.objects.filter(pk__in=[withdrawn.pk for withdrawn in turn.replacing]).update(replaced_by=turn)
    _send(customer, turn, draft.answer, draft.language, is_notice=_ends_the_talk(draft, customer))
    for message in draft.messages:  # what was spoken is known by now
        privacy.open_case(customer, message.text if message.kind == Message.Kind.AUDIO else "")
    quotes.record(customer, turn, draft.answer, draft.language)
    # After the answer is written: whoever gets the conversation is told what was shown in it.
    for effect in draft.answer.effects:
        commitments.apply(effect, customer, turn)
    threads.append(
        draft.thread, [Said("customer", words.of(m)) for m in draft.messages] + list(draft.answer.items), turn
    )
    for n, used in enumerate(draft.answer.receipts):
        _USED.add(ToolUse(turn=turn, position=n, name=used.name[:64], arguments=used.arguments, result=used.result))
    gaps.record(customer, turn, draft.answer.receipts)
    _close(turn, draft, seconds)
    _ANSWER.run(turn=turn.pk)
    _finish(held, customer, news)
    return True


def _know(customer: Customer, draft: _Draft, *, tells_privacy: bool) -> None:
    """What the customer's words tell of them: the language, a phone, and whether they want messages; and what they are told."""
    known: dict[str, Any] = {
        "language": draft.language,
        "told_phone": _told_phone(draft.messages) or customer.told_phone,
    }
    if draft.opts_out is not None:
        known["opted_out_at"] = Now() if draft.opts_out else None
    if tells_privacy:
        known["privacy_told_at"] = Now()
    changed = {name: value for name, value in known.items() if getattr(customer, name) != value}
    for name, value in changed.items():
        setattr(customer, name, value)
    if changed:
        now = frozenset(name for name, value in changed.items() if isinstance(value, Now))
        _learned(frozenset(changed) - now, now).run_for(customer)


@cache
def _learned(values: frozenset[str], now: frozenset[str]) -> Statement:
    """Writes some of a customer's fields, and the present moment into others."""
    changed = prepared.gaps_of(Customer, *values) | dict.fromkeys(now, Now())
    return prepared.update(Customer.objects.filter(pk=Gap("pk")), **changed)


def _told_phone(messages: list[Message]) -> str:
    """The last phone number that the customer wrote in them."""
    told = (phones.read(words.read_part(message)) for message in reversed(messages))
    return next((phone for phone in told if phone), "")


def _send(customer: Customer, turn: Turn, answer: Answer, language: str, *, is_notice: bool) -> None:
    """Record the messages to be sent. A notice goes out whatever the customer's state: it ends or hands over the talk."""
    delivery, next_step_at = _first_step(customer, is_notice=is_notice)
    turn.said = [
        Message(
            customer=customer,
            turn=turn,
            author=Message.Author.ASSISTANT,
            part=n,
            model=answer.model,
            is_notice=is_notice and "media" not in part,
            delivery=delivery,
            next_step_at=next_step_at,
            **part,
        )
        for n, part in enumerate(parts.of(answer, turn, language))
    ]
    for message in turn.said:
        _said(is_due=isinstance(next_step_at, Now)).add(message)


@cache
def _said(*, is_due: bool) -> Insert:
    """Adds a message of Karlos's, whose next step is due now or at a time that the message has."""
    names = (
        "customer_id",
        "turn_id",
        "part",
        "model",
        "is_notice",
        "delivery",
        "kind",
        "text",
        "details",
        "cars",
        "media",
    )
    next_step_at = {"next_step_at": Now()} if is_due else prepared.gaps_of(Message, "next_step_at")
    return prepared.insert(
        Message(author=Message.Author.ASSISTANT, **prepared.gaps_of(Message, *names), **next_step_at)
    )


def _first_step(customer: Customer, *, is_notice: bool) -> tuple[Message.Delivery, Any]:
    """Where a message begins, and when its next step is due: of a proposal, that somebody is brought in."""
    if customer.channel == Customer.Channel.TERMINAL:
        return Message.Delivery.DELIVERED, None
    if limits.proposes(customer) and not is_notice and not customer.opted_out_at:
        return Message.Delivery.PROPOSED, limits.open_minutes_on(Limits.current().take_minutes)
    return Message.Delivery.QUEUED, Now()


def _ends_the_talk(draft: _Draft, customer: Customer) -> bool:
    """Whether the answer tells of an opt-out or a handoff: it goes out although Karlos is silent from then on."""
    hands_off = any(isinstance(effect, HandOff) for effect in draft.answer.effects)
    return draft.only_confirms or (hands_off and not customer.opted_out_at)


def _close(turn: Turn, draft: _Draft, seconds: float) -> None:
    answer = draft.answer
    turn.state = Turn.State.DONE
    turn.closed_at = Now()
    turn.thread = draft.thread
    turn.agent = draft.agent
    turn.settings_version = draft.version
    turn.model = answer.model
    turn.rounds = answer.rounds
    turn.input_tokens = answer.usage.input_tokens
    turn.cached_tokens = answer.usage.cached_tokens
    turn.output_tokens = answer.usage.output_tokens
    turn.cost_mxn = Limits.current().cost_mxn(**asdict(answer.usage))
    turn.limit = draft.limit
    turn.seconds = round(seconds, 3)
    metrics.ANSWER_SECONDS.observe(seconds)
    turn.remarks = [*turn.remarks, *answer.remarks]
    turn.withheld = [asdict(withheld) for withheld in answer.withheld]
    _CLOSE.run_for(turn)


def _leave_to_person(customer: Customer, turn: Turn, draft: _Draft) -> None:
    """Someone took the conversation while Karlos was thinking: his answer is thrown away."""
    threads.append(draft.thread, [Said("customer", words.of(message)) for message in draft.messages], turn)
    turn.messages.filter(author=Message.Author.CUSTOMER).update(handling=Message.Handling.WITH_PERSON)
    turn.state, turn.closed_at = Turn.State.DONE, Now()
    turn.remarks = [*turn.remarks, "A person took the conversation; nothing was sent."]
    turn.save()


def _finish(held: Lease, customer: Customer, news: list[Message]) -> None:
    """Let go of the customer: due at once if more waits, unless that is now for a person or for nobody."""
    for message in news:
        inbound.settle(customer, message)
    held.release(due_in=timedelta(0) if news and _waiting(customer).exists() else None)
    limits.hold_back(customer)


# --- Failing ----------------------------------------------------------------------------------------------------


@transaction.atomic
def _fail(held: Lease, turn: Turn, reason: str) -> None:
    """Park the messages with the reason, apologise, and bring in a person."""
    customer = held.hold()
    turn.state, turn.closed_at = Turn.State.FAILED, Now()
    turn.remarks = [*turn.remarks, reason]
    turn.save()
    _waiting(customer).update(turn=turn, handling=Message.Handling.FAILED)
    tongue = customer.language or "es"
    apology = _to_a_person(say(tongue, "to_a_person_after_failure"), "failed", tongue, timezone.localtime())
    _send(customer, turn, apology, tongue, is_notice=not customer.opted_out_at)
    commitments.hand_off(HandOff(reason="failed", summary=reason), customer, turn)
    held.release(due_in=None)


def _break_off(held: Lease, error: Exception) -> None:
    """Note the error and come back later, or fail when there have been too many."""
    try:
        with transaction.atomic():
            turn = Turn.objects.filter(customer=held.hold(), state=Turn.State.OPEN).first()
            if turn is None:  # it could not even be opened
                held.release(due_in=timedelta(seconds=RETRY_AFTER_SECONDS[0]))
                return
            turn.remarks = [*turn.remarks, f"{type(error).__name__}: {error}"[:500]]
            turn.save(update_fields=["remarks"])
            if turn.attempts >= ATTEMPTS_MOST:
                _fail(held, turn, "It could not be answered in three attempts.")
            else:
                held.release(due_in=timedelta(seconds=RETRY_AFTER_SECONDS[turn.attempts - 1]))
    except LeaseLost:
        logger.warning("Customer %s: the lease was lost", held.customer_id)
