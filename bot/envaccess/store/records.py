"""Read requests back from their hashes."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from envaccess.domain.approval_progress import (
    Approval,
    ApprovalProgress,
    Delegation,
    Notification,
    Question,
    Review,
)
from envaccess.domain.audit import ActorKind
from envaccess.domain.duration import Duration
from envaccess.domain.errors import RecordRefusedError, SealBrokenError
from envaccess.domain.leases import read_leases
from envaccess.domain.lock import Lock, Target, first_lock, read_target
from envaccess.domain.principal import read_principal
from envaccess.domain.request import Emergency, GrantState, Release, Request, State, Surfaces
from envaccess.domain.seals.access import SealedRequest
from envaccess.domain.seals.statements import DutySeal, FilingSeal, HistorySeal, mac_of
from envaccess.domain.seals.walk import ALLOWANCE
from envaccess.domain.tap import Tap, TapState
from envaccess.domain.variable import Variable
from envaccess.store.client import ours
from envaccess.store.keys import SCHEMA
from envaccess.store.opened_seals import opened
from envaccess.store.record_seals import StoredRequest, check_talk, checked_seals
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

_TIME_MOST = 10**15
"""Milliseconds: later than any clock says."""
UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
"""What reading raises where something is missing, of another shape, or a word of another version."""
_NEEDED = frozenset({"version", "created_at", "deadline_at"})
"""Numbers that every record has."""
_KNOWN = frozenset(map(str, range(1, SCHEMA + 1)))
"""Schemas, as they are written; a record without one is of the first."""


def read_variables(text: str) -> tuple[Variable, ...]:
    """`default/A,staging/B` to names."""
    return tuple(Variable(*name.split("/", 1)) for name in text.split(",") if name)


def read_duration(fields: Mapping[str, object]) -> Duration:
    """The duration in a script's outcome or a record."""
    return Duration(int(str(fields["seconds"])), once=str(fields["once"]) == "1")


_OPTIONAL = tuple(
    field.name for field in dataclasses.fields(Request) if field.type is int and field.name not in _NEEDED
)
"""The other numbers of a request, such as stored times; a new one is read without a line here."""


def build(stored: StoredRequest, sealing: Sealing) -> Request:
    """A request from its seals, and from what nobody needs a seal for.

    Raises:
        RecordRefusedError: this version cannot wholly read it.
        SealRefusedError: its seals do not hold, or its record says something else.
    """
    part = "schema"
    try:
        if stored.fields.get("schema", "1") not in _KNOWN:
            raise ValueError
        part = "record"
        State(stored.fields["state"]), GrantState(stored.fields.get("grant", GrantState.ACTIVE))
        sealed = checked_seals(sealing.seals, stored, sealing.clock())
        part = "progress"
        progress = _progress(stored, sealed)
        check_talk(sealing.seals, stored, sealed)
        part = "principal"
        _check_principal(sealed.filing.requester, sealed.filing.behind)
        part = "record"
        return _build(stored, sealed, progress)
    except UNREADABLE:
        raise RecordRefusedError(stored.id, part) from None


def _build(stored: StoredRequest, sealed: SealedRequest, progress: ApprovalProgress) -> Request:
    fields, text, filing = stored.fields, stored.text, sealed.filing
    numbers: dict[str, Any] = {name: int(fields.get(name) or 0) for name in _OPTIONAL}
    for name in _NEEDED:
        numbers[name] = int(fields[name])
    grant = fields.get("grant")
    seconds, variables = sealed.agreed
    return Request(
        id=filing.id,
        requester=filing.requester,
        variables=_some(variables),
        duration=Duration(seconds, once=filing.once),
        reason=filing.reason,
        state=State(fields["state"]),
        ruling=filing.ruling,
        decided_by=fields.get("decided_by", ""),
        decision_reason=text.get("decision_reason", ""),
        grant=GrantState(grant) if grant else None,
        ended_by=fields.get("ended_by", ""),
        ended_why=fields.get("ended_why", ""),
        barred_by=fields.get("barred_by", ""),
        asked_variables=read_variables(fields.get("asked_variables", "")),
        extends=filing.extends,
        extended=fields.get("extended") == "1",
        automatic=fields.get("automatic") == "1",
        emergency=_emergency(fields, text) if filing.emergency else None,
        progress=progress,
        surfaces=_surfaces(fields),
        behind=filing.behind,
        surface=filing.surface,
        receipt=filing.receipt,
        named=filing.named or (),
        **_asked_by(filing),
        releases=_releases(fields),
        tap=_tap(fields),
        leases=read_leases(fields.get("leases", "")),
        **_new_host(fields),
        sealed=sealed,
        **numbers,
    )


def _asked_by(filing: FilingSeal) -> dict[str, Any]:
    """The program that asked, where it was one, and what was unusual."""
    return {"pipeline": filing.pipeline, "agent": filing.agent, "noticed": filing.unusual}


def _new_host(fields: Mapping[str, str]) -> dict[str, Any]:
    return {name: fields.get(name, "") for name in ("new_host", "new_host_session")}


@lru_cache(maxsize=1_024)
def _check_principal(key: str, behind: str) -> None:
    """Who asks is a person, or a program that this version knows; there is somebody behind every agent."""
    read = read_principal(key, behind)
    unknown = not read.id or (read.is_person and (behind or ":" in key))
    if unknown or (read.kind is ActorKind.AGENT and not behind):
        raise ValueError


def _some(variables: tuple[Variable, ...]) -> tuple[Variable, ...]:
    if not variables:
        raise ValueError
    return variables


def _emergency(fields: Mapping[str, str], text: Mapping[str, str]) -> Emergency:
    return Emergency(
        review=Review(fields["review"]),
        reviewed_by=fields.get("reviewed_by", ""),
        reviewed_at=int(fields.get("reviewed_at") or 0),
        note=text.get("note", ""),
    )


def _progress(stored: StoredRequest, sealed: SealedRequest) -> ApprovalProgress:
    fields, text = stored.fields, stored.text
    notification = fields.get("nudge")
    return ApprovalProgress(
        step=int(fields.get("step") or 0),
        step_at=int(fields.get("step_at") or 0),
        step_deadline=int(fields.get("step_deadline") or 0),
        escalated=fields.get("escalated") == "1",
        skipped=tuple(int(step) for step in fields.get("skipped", "").split(",") if step),
        approvals=_approvals(sealed),
        questions=tuple(map(_question, json.loads(text.get("questions", "[]")))),
        narrowed_by=fields.get("narrowed_by", ""),
        notifications=int(fields.get("nudges") or 0),
        notification=Notification(notification) if notification else None,
    )


def _approvals(sealed: SealedRequest) -> tuple[Approval, ...]:
    if isinstance(sealed.filing, HistorySeal):
        return sealed.filing.approvals
    return tuple(Approval(one.by, one.step, one.at, one.behalf) for one in sealed.counting)


def _question(found: Mapping[str, str]) -> Question:
    said = {name: text for name, text in found.items() if name not in {"seal", "answer_seal"}}
    return Question(**said, mac=mac_of(found.get("seal", "")))


def _tap(fields: Mapping[str, str]) -> Tap | None:
    if "tap_op" not in fields:
        return None
    said = {name: fields.get(f"tap_{name}", "") for name in ("op", "session", "host", "program", "address")}
    return Tap(**said, state=TapState(fields["tap_state"]), ends_at=int(fields["tap_ends_at"]))


def _releases(fields: Mapping[str, str]) -> tuple[Release, ...]:
    found = json.loads(fields.get("releases") or "[]")
    return tuple(Release(str(one["host"]), int(one["times"]), int(one["at"])) for one in found)


def _surfaces(fields: Mapping[str, str]) -> Surfaces:
    """Where it is shown. Records made before cards told of more than a decision have `card_decided`."""
    return Surfaces(
        message=fields.get("message", ""),
        message_shown=int(fields.get("message_shown") or 0),
        dm=fields.get("dm", ""),
        card=fields.get("card", ""),
        card_shown=int(fields.get("card_shown") or 0),
        card_calls=int(fields.get("card_calls") or fields.get("card_decided") or 0),
        nudged=int(fields.get("nudged") or 0),
        thread=fields.get("thread", ""),
        strays=tuple(mark for mark in fields.get("strays", "").split(",") if mark),
    )


def read_time(answer: tuple[int, int]) -> int:
    """Redis' time in milliseconds since the epoch, from seconds and microseconds."""
    seconds, micros = answer
    return int(seconds) * 1000 + int(micros) // 1000


def read_score(score: object) -> int:
    """The score of a sorted set, which is a time; 0 for what no clock says: whoever writes may put `-inf`."""
    try:
        number = float(str(score))
    except ValueError:
        return 0
    return int(number) if abs(number) < _TIME_MOST else 0


def read_duties(
    pairs: Iterable[tuple[str, float]], seals: Mapping[str, str], now: int, sealing: Sealing
) -> tuple[Delegation, ...]:
    """Delegations that hold at a moment of Redis, in milliseconds, from `giver:taker` by until when.

    One whose seal does not say the same gives nobody anything.
    """
    live = [(pair, int(until)) for pair, until in pairs if now < until < math.inf]
    found = (_read_duty(pair, until, seals.get(pair, ""), sealing) for pair, until in live)
    return tuple(duty for duty in found if duty)


def _read_duty(pair: str, until: int, seal: str, sealing: Sealing) -> Delegation | None:
    try:
        duty = opened(DutySeal, sealing.seals, seal)
    except SealBrokenError:
        return None
    current = duty.at - ALLOWANCE <= sealing.clock() <= duty.until + ALLOWANCE
    if f"{duty.giver}:{duty.taker}" != pair or not current:
        return None
    return Delegation(duty.giver, duty.taker, min(until, duty.until + ALLOWANCE), mac_of(seal))


def read_locks(found: Mapping[str, str]) -> dict[Target, Lock]:
    """Locks from their hash."""
    return {
        target: _read_lock(target, kept) for target, kept in ((read_target(t), k) for t, k in found.items())
    }


def _read_lock(target: Target, kept: str) -> Lock:
    """A lock. One that cannot be read holds, only nobody knows by whom and why; it holds up nothing else."""
    try:
        told = json.loads(kept)
        return Lock(told["id"], target, told["by"], int(told["at"]), told["why"])
    except UNREADABLE:
        return Lock("", target, "", 0, "")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The requests that exist among those asked for, in that order, and what is told of those refused."""

    requests: tuple[Request, ...] = ()
    refused: tuple[RecordRefusedError, ...] = ()


async def load(runner: Runner, sealing: Sealing, ids: Iterable[str]) -> Loaded:
    """The requests among these, as they truly stand now; each that cannot be read is refused alone."""
    wanted = list(ids)
    if not wanted:
        return Loaded()
    # One moment for record and key: a grant revoked between the two reads would look expired.
    pipe = runner.client.pipeline(transaction=True)
    pipe.time()
    pipe.zrange(runner.key("delegations"), 0, -1, withscores=True)
    pipe.hgetall(runner.key("duty_seals"))
    pipe.hgetall(runner.key("locks"))
    for request in wanted:
        pipe.hgetall(runner.key("request", request))
        pipe.hgetall(runner.key("text", request))
        pipe.exists(runner.key("grant", request))
    async with ours():
        time, pairs, seals, locked, *answers = await pipe.execute(raise_on_error=False)
        for error in (answer for answer in (time, pairs, seals, locked) if isinstance(answer, Exception)):
            raise error
    now = read_time(time)
    duties, locks = read_duties(pairs, seals, now, sealing), read_locks(locked)
    found: list[Request] = []
    refused: list[RecordRefusedError] = []
    for place, request in enumerate(wanted):
        fields, text, lives = answers[3 * place : 3 * place + 3]
        if not fields:
            continue
        if any(isinstance(answer, Exception) for answer in (fields, text, lives)):
            refused.append(RecordRefusedError(request, "record"))
            continue
        try:
            built = build(StoredRequest(request, fields, text), sealing)
        except RecordRefusedError as error:
            refused.append(error)
            continue
        lock = first_lock(locks, [built.principal.person, built.principal.key], built.variables)
        found.append(replace(built, duties=duties, lock=lock).as_of(now, key_lives=bool(lives)))
    return Loaded(tuple(found), tuple(refused))
