"""What was released before is read, decided, revealed and ended by the version that stands here."""

import json
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import export_line, person, read_actor
from envaccess.domain.cursors import LINES
from envaccess.domain.lock import Target, read_target
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State, Verb
from envaccess.sources.sealed import SealedSource
from envaccess.store.client import Client
from envaccess.wiring.parts import open_values
from tests.fakes.rulings import change_defaults
from tests.released.conftest import Released, put_in
from tests.released.rulings import whole
from tests.store.harness import StoreHarness

STRANGER = "U0STRANGER"
SHARED = 5_000
"""Milliseconds after which no answer of Slack is shared any more, so that nothing ends while a test looks."""
LATER = {
    "at once": 0,
    "an hour later": 3_600_000,
    "three days later": 3 * 86_400_000,
    "a year later": 366 * 86_400_000,
}


@pytest.fixture
async def harness(client: Client, released: Released) -> StoreHarness:
    """The store, as old as it was when it was dumped."""
    await put_in(client, released)
    return StoreHarness(client, released.workspace)


def source(client: Client, released: Released) -> SealedSource:
    """Its values, opened with its own master keys."""
    return open_values(client, released.workspace, Keyring(tuple(map(MasterKey, released.master_keys))))


async def test_every_request_stands_where_it_stood(harness: StoreHarness, released: Released) -> None:
    found = {about: await harness.get(kept["id"]) for about, kept in released.told["requests"].items()}
    stands = {about: (request.state, request.grant) for about, request in found.items()}
    assert stands == {
        about: (kept["state"], kept["grant"]) for about, kept in released.told["requests"].items()
    }
    for request in found.values():
        assert request.requester in released.told["people"].values()
        assert request.ruling.steps
        assert request.variables
        assert request.reason


async def test_the_audit_channels_lines_go_on_where_they_were(harness: StoreHarness) -> None:
    """Begun anew, the channel would be told everything that ever happened."""
    told = await harness.client.get(harness.runner.key("cursor"))
    assert await harness.cursors.at(LINES) == told
    await harness.cursors.move(LINES, await harness.trail.last())
    assert await harness.cursors.at(LINES) == await harness.trail.last()


def says(ruling: Any, then: Any) -> bool:
    """Whether a ruling says all that it said then; it may say more."""
    if isinstance(then, dict):
        return all(name in ruling and says(ruling[name], part) for name, part in then.items())
    if isinstance(then, list):
        return len(ruling) == len(then) and all(map(says, ruling, then))
    return bool(ruling == then)


@pytest.mark.parametrize("usual_changed", [False, True], ids=["as now", "with other defaults"])
async def test_every_ruling_says_what_it_said(
    harness: StoreHarness, released: Released, monkeypatch: pytest.MonkeyPatch, *, usual_changed: bool
) -> None:
    """A default that changed since then, or changes later, changes nothing that was pinned."""
    if usual_changed:
        change_defaults(monkeypatch)
    for about, kept in released.told["requests"].items():
        ruling = whole((await harness.get(kept["id"])).ruling)
        assert says(ruling, released.told["rulings"][kept["ruling"]]), (about, ruling)


async def test_every_value_is_opened_with_the_master_keys_of_its_time(
    client: Client, released: Released
) -> None:
    await put_in(client, released)
    values = source(client, released)
    catalogue = StoreHarness(client, released.workspace).catalogue
    names = await catalogue.names()
    assert {str(name): await values.read(name) for name in names} == released.told["values"]
    assert list(await catalogue.get(names)) == names


async def claim(harness: StoreHarness, request: Request) -> Claim | Refusal:
    """The use of a grant, in the way that its ruling lets the value out."""
    ways = request.ruling.delivery
    how = "" if "reveal" in ways else str(ways[0])
    return await harness.reveals.claim(harness.op(), request.id, request.requester, how=how)


async def test_live_access_reveals_its_value_to_its_requester_alone(
    client: Client, harness: StoreHarness, released: Released
) -> None:
    values = source(client, released)
    for live in [*released.ids("live"), *released.ids("waiting for its first use")]:
        request = await harness.get(live)
        refused = await harness.claim(live, STRANGER)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.NOT_YOURS
        used = await claim(harness, request)
        assert isinstance(used, Claim), (live, used)
        assert [await values.read(name) for name in used.variables] == [
            released.told["values"][str(name)] for name in request.variables
        ]


async def test_what_is_over_or_has_not_begun_reveals_nothing(
    harness: StoreHarness, released: Released
) -> None:
    over = (
        "expired",
        "ended",
        "used up",
        "lapsed",
        "denied",
        "cancelled",
        "timed out",
        "pending",
        "waiting for its hour",
    )
    for word in over:
        for request in released.ids(word):
            refused = await claim(harness, await harness.get(request))
            assert isinstance(refused, Refusal), request


async def approve(harness: StoreHarness, request: str) -> Any:
    """Agree as often as its chain asks for, each time as another person; returns the last answer."""
    for number in range(9):
        found = await harness.get(request)
        progress = found.progress
        answer = await harness.decide(
            request, f"U0APPROVER{number}", step=progress.step, checked=len(progress.approvals)
        )
        if isinstance(answer, Refusal) or answer.state is not State.PENDING:
            return answer
    raise AssertionError(request)


async def test_what_waited_is_approved_to_the_end_of_its_chain_and_used(
    harness: StoreHarness, released: Released
) -> None:
    for waiting in released.ids("pending"):
        before = await harness.get(waiting)
        target = await harness.requests.get(before.extends)
        decided = await approve(harness, waiting)
        if before.lock:
            assert decided.reason is Reason.LOCKED
            continue
        assert isinstance(decided, Decided), decided
        after = await harness.get(waiting)
        assert after.state is State.APPROVED
        if target:
            assert after.extended
            longer = await harness.get(target.id)
            assert longer.expires_at == target.expires_at + after.duration.seconds * 1000
        else:
            assert after.held
            assert isinstance(await claim(harness, after), Claim)


async def test_what_waited_is_denied_or_withdrawn(harness: StoreHarness, released: Released) -> None:
    for place, waiting in enumerate(released.ids("pending")):
        before = await harness.get(waiting)
        if place % 2:
            await harness.requests.cancel(harness.op(), waiting, person(before.requester))
        else:
            await harness.decide(waiting, STRANGER, Verb.DENY)
        assert (await harness.get(waiting)).state is (State.CANCELLED if place % 2 else State.DENIED)
    assert await harness.requests.undecided() == []


async def test_nobody_counts_twice_who_agreed_before(harness: StoreHarness, released: Released) -> None:
    """Law 3, also for approvals that the version before wrote down."""
    for waiting in released.ids("pending"):
        found = await harness.get(waiting)
        for approval in found.progress.approvals:
            if found.lock:
                continue
            step, checked = found.progress.step, len(found.progress.approvals)
            refused = await harness.decide(waiting, approval.by, step=step, checked=checked)
            assert isinstance(refused, Refusal)
            assert refused.reason in {Reason.ALREADY_COUNTED, Reason.LOCKED}


async def test_locks_hold_and_are_lifted(harness: StoreHarness, released: Released) -> None:
    standing = await harness.locks.standing()
    assert sorted(map(str, standing)) == released.told["locks"]
    for text in released.told["locks"]:
        where = read_target(text)
        refused = await harness.requests.open(harness.op(), _asking(harness, released, where))
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.LOCKED
        await harness.locks.unlock(harness.op(), where, read_actor("cli:root"))
        assert isinstance(await harness.requests.open(harness.op(), _asking(harness, released, where)), Filed)


def _asking(harness: StoreHarness, released: Released, target: Target) -> Any:
    """A request that a lock is in the way of."""
    label = (
        str(target.variable)
        if target.variable
        else min(set(released.told["values"]) - set(released.told["locks"]))
    )
    return harness.new(label, target.person or STRANGER)


async def test_duties_are_in_the_hands_that_they_were_in(harness: StoreHarness, released: Released) -> None:
    standing = await harness.delegations.standing()
    assert {duty.giver: duty.taker for duty in standing} == released.told["duties"]
    for giver in released.told["duties"]:
        assert await harness.delegations.take_back(harness.op(), giver) is True


async def test_what_was_to_be_shown_is_still_to_be_shown_and_nothing_else(
    harness: StoreHarness, released: Released
) -> None:
    due = await harness.outbox.due(100, 100)
    assert {request.id for request in [*due.postings, *due.drawings]} == set(released.told["undrawn"])


async def test_every_event_is_exported(harness: StoreHarness, released: Released) -> None:
    counted: dict[str, int] = {}
    for event in await harness.events():
        line = json.loads(export_line(event))
        counted[line["event"]] = counted.get(line["event"], 0) + 1
    assert dict(sorted(counted.items())) == released.told["events"]


async def repeat(harness: StoreHarness, outcome: dict[str, str]) -> Any:
    """Do once more what was done under an operation; None for what only a service can do again."""
    script, op, who = outcome["did"].partition(":")[0], outcome["op"], outcome["who"]
    verb, request, *_ = outcome["did"].split(":")[1:]
    match script:
        case "decide":
            return await harness.requests.decide(op, request, who, Verb(verb), "not today", "")
        case "cancel":
            return await harness.requests.cancel(op, request, person(who))
        case "revoke":
            return await harness.requests.revoke(op, request, person(who))
        case "claim" if request:
            return await harness.reveals.claim(op, request, who)
        case _:
            return None


async def test_what_was_done_before_and_comes_again_changes_nothing(
    client: Client, released: Released
) -> None:
    """Law 10: Slack may deliver to the new version what the old one has answered."""
    await put_in(client, released, later=SHARED)
    harness = StoreHarness(client, released.workspace)
    before = await harness.state()
    events = await harness.tags()
    repeated = [(outcome, await repeat(harness, outcome)) for outcome in released.told["outcomes"]]
    answered = [(outcome["refused"], answer) for outcome, answer in repeated if answer]
    assert answered or not released.told["requests"]
    for refused, answer in answered:
        assert (answer.reason if isinstance(answer, Refusal) else "") == refused
    assert [await harness.state(), await harness.tags()] == [before, events]


@pytest.mark.parametrize("later", LATER.values(), ids=LATER.keys())
async def test_what_time_brings_about_is_written_down_whenever_a_worker_comes(
    client: Client, released: Released, later: int
) -> None:
    await put_in(client, released, later=later)
    harness = StoreHarness(client, released.workspace)
    while not await harness.deadlines.settle(100):
        pass
    told = released.told["requests"]
    found = {about: await harness.requests.get(kept["id"]) for about, kept in told.items()}
    for request in filter(None, found.values()):
        written: Any = await client.hmget(harness.runner.key("request", request.id), "state", "grant")
        assert written == [request.state, request.grant], "what is read is what is written down"
        assert later < LATER["three days later"] or not (request.state is State.PENDING or request.held)
    gone = {about for about, request in found.items() if not request}
    kept_shorter = {about for about in found if about == "cancelled, never drawn"}
    assert later == LATER["a year later"] or gone <= kept_shorter
