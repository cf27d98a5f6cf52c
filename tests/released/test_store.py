"""What was released before is upgraded: what it gave and what waited has ended, and the rest is kept."""

import json
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.approval_progress import Review
from envaccess.domain.audit import export_line, person, read_actor
from envaccess.domain.call import IN_SLACK
from envaccess.domain.cursors import LINES
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.lock import Target, read_target
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from envaccess.sources.sealed import SealedSource
from envaccess.store.client import Client
from envaccess.wiring.parts import open_values
from tests.fakes.rulings import change_defaults
from tests.fakes.sealing import sealing_for
from tests.released.conftest import Released, put_in, upgrade
from tests.released.rulings import whole
from tests.store.harness import TERMINAL, StoreHarness

STRANGER = "U0STRANGER"
SHARED = 5_000
"""Milliseconds after which no answer of Slack is shared any more, so that nothing ends while a test looks."""
LATER = {"an hour later": 3_600_000, "three days later": 3 * 86_400_000, "a year later": 366 * 86_400_000}
LIVED = {("approved", "active"), ("approved", "waiting")}
"""Where a request stood whose access was live, or was to begin."""


@pytest.fixture
async def harness(client: Client, released: Released) -> StoreHarness:
    """The store, as old as it was when it was dumped, and upgraded."""
    harness = await put_in(client, released)
    await upgrade(harness)
    return harness


def source(client: Client, released: Released) -> SealedSource:
    """Its values, opened with its own master keys."""
    return open_values(
        client,
        released.workspace,
        Keyring(tuple(map(MasterKey, released.master_keys))),
        sealing_for(released.workspace),
    )


async def test_every_request_is_over_or_stands_where_it_stood(
    harness: StoreHarness, released: Released
) -> None:
    for about, kept in released.told["requests"].items():
        request, stood = await harness.get(kept["id"]), (kept["state"], kept["grant"])
        ends = {stood}
        if stood in LIVED:
            ends = {("approved", "revoked"), ("approved", "expired")}
        elif stood[0] == "pending":
            ends = {("timed_out", None)}
        assert (request.state, request.grant) in ends, about
        assert not request.held
        assert request.requester in released.told["people"].values()
        assert request.ruling.steps
        assert request.variables
        assert request.reason


async def test_each_end_has_its_event_and_says_why(harness: StoreHarness, released: Released) -> None:
    told = {event.request: event for event in await harness.events() if event.detail.get("why") == "upgraded"}
    for about, kept in released.told["requests"].items():
        request = await harness.get(kept["id"])
        if kept["state"] == "pending":
            assert (told[request.id].event, str(told[request.id].actor)) == ("request.timed_out", "bot"), (
                about
            )
        elif request.ended_why == "upgraded":
            assert (told[request.id].event, str(told[request.id].actor)) == ("grant.revoked", "bot"), about
            assert (kept["state"], kept["grant"]) in LIVED
    assert (await harness.tags())[-1] == "store.upgraded"


async def test_upgraded_again_nothing_changes(harness: StoreHarness) -> None:
    before = await harness.state()
    counts = await upgrade(harness)
    assert (counts.grants, counts.requests, counts.duties, counts.kept, counts.refused) == (0, 0, 0, 0, 0)
    assert await harness.state() == before


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
    harness = await put_in(client, released)
    await upgrade(harness)
    values = source(client, released)
    names = await harness.catalogue.names()
    assert {str(name): (await values.read(name)).text for name in names} == released.told["values"]
    assert list(await harness.catalogue.get(names)) == names


async def test_nothing_gives_a_value_to_anybody(harness: StoreHarness, released: Released) -> None:
    for kept in released.told["requests"].values():
        request = await harness.get(kept["id"])
        for who in (request.requester, STRANGER):
            for origin, how in ((IN_SLACK, ""), (IN_SLACK, "push"), (TERMINAL, "")):
                assert isinstance(
                    await harness.reveals.claim(harness.op(), request.id, who, origin, how), Refusal
                )
        for name in request.variables:
            assert isinstance(
                await harness.reveals.claim_named(harness.op(), name, request.requester), Refusal
            )


async def test_nothing_is_decided_or_withdrawn_any_more(harness: StoreHarness, released: Released) -> None:
    assert await harness.requests.undecided() == []
    for request in released.ids("pending"):
        for verb in (Verb.APPROVE, Verb.DENY):
            assert isinstance(await harness.decide(request, STRANGER, verb), Refusal)
        found = await harness.get(request)
        refused = await harness.requests.cancel(harness.op(), request, person(found.requester))
        assert isinstance(refused, Refusal)


async def test_who_asked_is_shown_it_and_asks_again(harness: StoreHarness, released: Released) -> None:
    for request in released.ids("pending"):
        before = await harness.get(request)
        held = await harness.requests.held_by(before.requester)
        assert request in {one.id for one in held.ended}
        assert not [*held.pending, *held.live]
        if before.lock or before.extends:
            continue
        variables = ",".join(map(str, before.asked_variables or before.variables))
        again = await harness.file(variables, before.requester, ruling=before.ruling)
        assert (await harness.get(again)).state is State.PENDING
        await harness.requests.cancel(harness.op(), again, person(before.requester))


async def test_somebody_new_is_given_access(harness: StoreHarness, released: Released) -> None:
    label = min(set(released.told["values"]) - {lock.partition(":")[2] for lock in released.told["locks"]})
    request = await harness.grant(label, STRANGER)
    assert (await harness.get(request)).grant is GrantState.ACTIVE
    await harness.use(request, STRANGER)


async def test_reviews_that_were_open_are_open_and_can_be_closed(
    harness: StoreHarness, released: Released
) -> None:
    waits = {kept["id"] for about, kept in released.told["requests"].items() if about.endswith("review open")}
    assert {request.id for request in await harness.requests.unreviewed()} == waits
    for request in waits:
        await harness.requests.review(harness.op(), request, "U0REVIEWER", "a real outage", "")
        emergency = (await harness.get(request)).emergency
        assert emergency
        assert emergency.review is Review.CLOSED


async def test_a_review_that_was_open_is_closed_by_nobody_who_only_writes_to_redis(
    harness: StoreHarness, released: Released
) -> None:
    for request in [one.id for one in await harness.requests.unreviewed()]:
        closed: Any = {"review": "closed", "reviewed_by": "U0STRANGER", "reviewed_at": "1"}
        await harness.client.hset(harness.runner.key("request", request), mapping=closed)
        with pytest.raises(RecordRefusedError):
            await harness.get(request)
    for request in released.ids("expired emergency, reviewed"):
        emergency = (await harness.get(request)).emergency
        assert emergency
        assert emergency.review is Review.CLOSED


async def test_who_had_agreed_is_still_shown(harness: StoreHarness, released: Released) -> None:
    """Nobody sealed it then, so that it counts for nothing."""
    agreed = [
        request
        for kept in released.told["requests"].values()
        if (request := await harness.get(kept["id"])).progress.approvals
    ]
    assert bool(agreed) is bool(released.told["requests"])
    for request in agreed:
        assert request.sealed
        assert request.sealed.counting == ()


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


async def test_duties_are_back_with_their_owners(harness: StoreHarness, released: Released) -> None:
    assert not await harness.delegations.standing()
    told = {
        event.detail["of"]: event.detail["from"]
        for event in await harness.events()
        if event.detail.get("why") == "upgraded" and event.event == "duty.returned"
    }
    assert told == released.told["duties"]


async def test_whatever_changed_is_drawn_anew(harness: StoreHarness, released: Released) -> None:
    told = {event.request for event in await harness.events() if event.detail.get("why") == "upgraded"}
    due = await harness.outbox.due(200, 200)
    drawn = {request.id for request in [*due.postings, *due.drawings]}
    assert drawn == (told - {""}) | set(released.told["undrawn"])


async def test_every_event_is_exported(harness: StoreHarness, released: Released) -> None:
    """What happened then is told as it was; the upgrade comes behind it."""
    counted: dict[str, int] = {}
    for event in (await harness.events())[: sum(released.told["events"].values())]:
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
    harness = await put_in(client, released, later=SHARED)
    await upgrade(harness)
    before = await harness.state()
    events = await harness.tags()
    repeated = [(outcome, await repeat(harness, outcome)) for outcome in released.told["outcomes"]]
    answered = [(outcome["refused"], answer) for outcome, answer in repeated if answer]
    assert answered or not released.told["requests"]
    for refused, answer in answered:
        assert (answer.reason if isinstance(answer, Refusal) else "") == refused
    assert [await harness.state(), await harness.tags()] == [before, events]


@pytest.mark.parametrize("later", LATER.values(), ids=LATER.keys())
async def test_upgraded_later_what_time_ended_ended_when_it_did(
    client: Client, released: Released, later: int
) -> None:
    harness = await put_in(client, released, later=later)
    counts = await upgrade(harness)
    assert later < LATER["three days later"] or (counts.grants, counts.requests) == (0, 0)
    while not await harness.deadlines.settle(100):
        pass
    told = released.told["requests"]
    found = {about: await harness.requests.get(kept["id"]) for about, kept in told.items()}
    for request in filter(None, found.values()):
        written: Any = await client.hmget(harness.runner.key("request", request.id), "state", "grant")
        assert written == [request.state, request.grant], "what is read is what is written down"
        assert request.state is not State.PENDING
        assert not request.held
    gone = {about for about, request in found.items() if not request}
    kept_shorter = {about for about in found if about == "cancelled, never drawn"}
    assert later == LATER["a year later"] or gone <= kept_shorter
