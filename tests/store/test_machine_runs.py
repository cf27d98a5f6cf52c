"""What one run of a machine asks for is not another's; locks, limits and the end of its sessions."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.people.leavers import left, sweep
from envaccess.domain.audit import ActorKind, person
from envaccess.domain.call import CI, Origin
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.rules import PER_RUN, DeliveryMode
from envaccess.domain.policy.ruling import Limit, Ruling
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State
from envaccess.domain.session import SessionEnd
from envaccess.store.keys import MOST
from envaccess.store.script_text import compose
from tests.fakes.rulings import AUTOMATIC
from tests.store.harness import ALICE, BOB, CAROL, HOUR, RULING, SECURITY, StoreHarness
from tests.store.pipelines import OTHER_RUN, RUN, Pipeline
from tests.store.signing_in import Terminal
from tests.store.test_chain import why

DEPLOY = Principal(ActorKind.MACHINE, "deploy", behalf=ALICE, run=RUN)
OTHER = Principal(ActorKind.MACHINE, "deploy", behalf=ALICE, run=OTHER_RUN)
AGENT = Principal(ActorKind.AGENT, "ag_7k2p", behalf=ALICE)
TARGET = Target(program="machine:deploy")
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def _composed_anew() -> Iterator[None]:
    """A test may change numbers that are in the scripts."""
    yield
    compose.cache_clear()


def by(principal: Principal) -> dict[str, Any]:
    return {"who": principal.key, "behind": principal.behalf}


async def grant(harness: StoreHarness, principal: Principal = DEPLOY, label: str = "A") -> str:
    ruling = replace(RULING, delivery=(DeliveryMode.CI,))
    return await harness.grant(label, ruling=ruling, **by(principal))


async def test_events_say_the_machine_and_the_run_apart(harness: StoreHarness) -> None:
    request = await grant(harness)
    await harness.requests.revoke(harness.op(), request, DEPLOY.acting)
    told = [event for event in await harness.events() if event.request == request]
    assert {(event.requester, event.detail["run"]) for event in told} == {("machine:deploy", RUN)}
    assert [str(event.actor) for event in told][::3] == ["machine:deploy"] * 2
    assert (await harness.get(request)).ended_by == "machine:deploy"


async def test_no_run_uses_withdraws_or_ends_what_another_asked_for(harness: StoreHarness) -> None:
    pending, held = await harness.file("B", **by(DEPLOY)), await grant(harness)
    origin = Origin(surface=CI)
    assert why(await harness.reveals.claim(harness.op(), held, OTHER.key, origin)) is Reason.NOT_YOURS
    assert why(await harness.requests.cancel(harness.op(), pending, OTHER.acting)) is Reason.NOT_YOURS
    assert why(await harness.revoke(held, OTHER.acting)) is Reason.PERSONS_ONLY
    for principal in (OTHER, replace(DEPLOY, run="")):
        assert why(await harness.requests.cancel(harness.op(), pending, principal.acting)) is Reason.NOT_YOURS
    assert not isinstance(await harness.requests.cancel(harness.op(), pending, DEPLOY.acting), Refusal)
    assert not isinstance(await harness.revoke(held, DEPLOY.acting), Refusal)


async def test_a_repeat_is_the_same_request_only_within_a_run(harness: StoreHarness) -> None:
    first = await harness.file("A", **by(DEPLOY))
    assert await harness.file("A", **by(DEPLOY)) == first
    assert await harness.file("A", **by(OTHER)) != first


def automatic(per: int) -> Ruling:
    return replace(AUTOMATIC, limits=(Limit("deploys", automatic=1, per=per),))


async def is_automatic(harness: StoreHarness, ruling: Ruling, principal: Principal, label: str) -> bool:
    filed = await harness.requests.open(harness.op(), harness.new(label, ruling=ruling, **by(principal)))
    assert isinstance(filed, Filed), filed
    return filed.state is State.APPROVED


async def test_automatic_approval_by_run_is_counted_for_each_run_however_long_it_takes(
    harness: StoreHarness,
) -> None:
    ruling = automatic(PER_RUN)
    assert await is_automatic(harness, ruling, DEPLOY, "A")
    await harness.pass_time(30 * DAY)
    assert not await is_automatic(harness, ruling, DEPLOY, "B")
    assert await is_automatic(harness, ruling, OTHER, "B")


async def test_automatic_approval_by_time_is_counted_for_all_runs_of_a_machine(harness: StoreHarness) -> None:
    """Else whoever starts another run has it again."""
    ruling = automatic(3_600)
    assert await is_automatic(harness, ruling, DEPLOY, "A")
    assert not await is_automatic(harness, ruling, OTHER, "B")
    await harness.pass_time(HOUR)
    assert await is_automatic(harness, ruling, OTHER, "staging/DB")


async def test_another_agent_of_the_same_person_has_no_automatic_approvals_of_its_own(
    harness: StoreHarness,
) -> None:
    """Else whoever starts another agent has it again."""
    ruling = automatic(3_600)
    assert await is_automatic(harness, ruling, AGENT, "A")
    assert not await is_automatic(harness, ruling, replace(AGENT, id="ag_9x1y"), "B")
    assert await is_automatic(harness, ruling, Principal(ActorKind.AGENT, "ag_bob", behalf=BOB), "B")


async def test_with_the_last_session_of_a_run_what_it_asked_for_is_withdrawn(harness: StoreHarness) -> None:
    one, two = await Pipeline(harness).signed_in(seconds=600), await Pipeline(harness).signed_in(seconds=900)
    request = await harness.file("A", **by(DEPLOY))
    others = await harness.file("A", **by(OTHER)), await harness.file("A", ALICE)
    assert one.session != two.session
    await harness.pass_time(601_000)
    await settled(harness)
    assert (await harness.get(request)).state is State.PENDING
    await harness.pass_time(300_000)
    await settled(harness)
    assert (await harness.get(request)).state is State.CANCELLED
    event = [event for event in await harness.events() if event.event == "request.cancelled"]
    assert [(one.request, str(one.actor), one.detail["why"]) for one in event] == [
        (request, "bot", "session_ended")
    ]
    assert {(await harness.get(other)).state for other in others} == {State.PENDING}


async def settled(harness: StoreHarness) -> None:
    """A worker goes on until nothing is due."""
    for _ in range(3):
        await harness.work()


async def test_a_session_that_is_signed_out_withdraws_and_leaves_live_grants(harness: StoreHarness) -> None:
    """A later token of the same run uses them: a step of a job that comes after another."""
    pipeline = await Pipeline(harness).signed_in()
    request, held = await harness.file("B", **by(DEPLOY)), await grant(harness)
    await harness.sessions.end(harness.op(), DEPLOY.acting, DEPLOY.key, pipeline.session, SessionEnd.LOGOUT)
    await settled(harness)
    assert (await harness.get(request)).state is State.CANCELLED
    assert (await harness.get(held)).grant is GrantState.ACTIVE
    later = await Pipeline(harness).signed_in()
    origin = Origin("", CI, later.session, later.seal.public)
    assert not isinstance(await harness.reveals.claim(harness.op(), held, DEPLOY.key, origin), Refusal)


async def test_a_session_of_another_run_uses_no_grant(harness: StoreHarness) -> None:
    held, other = await grant(harness), await Pipeline(harness, run=OTHER_RUN).signed_in()
    origin = Origin("", CI, other.session, other.seal.public)
    for who, reason in ((DEPLOY.key, Reason.NO_SESSION), (OTHER.key, Reason.NOT_YOURS)):
        assert why(await harness.reveals.claim(harness.op(), held, who, origin)) is reason


async def lock(harness: StoreHarness, target: Target = TARGET) -> Any:
    return await harness.locks.lock(harness.op(), target, SECURITY, "a runner was taken over")


async def test_a_lock_on_a_machine_ends_sessions_and_grants_of_all_its_runs(harness: StoreHarness) -> None:
    one, other = await Pipeline(harness).signed_in(), await Pipeline(harness, run=OTHER_RUN).signed_in()
    held = [await grant(harness), await grant(harness, OTHER, "B")]
    apart = await grant(harness, replace(DEPLOY, id="test"))
    locked = await lock(harness)
    assert locked.grants == 2
    for pipeline in (one, other):
        assert why(await pipeline.call()) is Reason.NO_SESSION
    assert {(await harness.get(request)).grant for request in held} == {GrantState.REVOKED}
    assert (await harness.get(apart)).grant is GrantState.ACTIVE
    event = next(event for event in await harness.events() if event.event == "principal.locked")
    assert (event.requester, event.detail["grants"]) == ("machine:deploy", "2")


async def test_while_a_machine_is_locked_none_of_its_runs_asks_or_is_approved(harness: StoreHarness) -> None:
    request = await harness.file("A", **by(DEPLOY))
    await lock(harness)
    assert why(await Pipeline(harness, run="0123456789abcdef").bring()) is Reason.LOCKED
    assert why(await harness.requests.open(harness.op(), harness.new("B", **by(OTHER)))) is Reason.LOCKED
    assert why(await harness.decide(request)) is Reason.LOCKED
    shown = (await harness.get(request)).lock
    assert shown is not None
    assert shown.target == TARGET
    await harness.locks.unlock(harness.op(), TARGET, SECURITY)
    assert (await harness.get(request)).lock is None
    await Pipeline(harness).signed_in()


async def test_a_lock_on_a_person_ends_what_their_agents_and_pipelines_have(harness: StoreHarness) -> None:
    """What a lock did not end would live again with the unlock."""
    pipeline = await Pipeline(harness).signed_in()
    held = [await grant(harness), await grant(harness, AGENT, "B"), await harness.grant("B", ALICE)]
    carols = await grant(harness, replace(AGENT, id="ag_carol", behalf=CAROL))
    assert (await harness.lock(ALICE)).grants == 3
    assert {(await harness.get(request)).grant for request in held} == {GrantState.REVOKED}
    assert (await harness.get(carols)).grant is GrantState.ACTIVE
    assert why(await pipeline.call()) is Reason.NO_SESSION


async def test_a_lock_on_an_agent_is_on_that_agent_alone(harness: StoreHarness) -> None:
    mine, other = await grant(harness, AGENT), await grant(harness, replace(AGENT, id="ag_9x1y"), "B")
    assert (await lock(harness, Target(program="agent:ag_7k2p"))).grants == 1
    assert (await harness.get(mine)).grant is GrantState.REVOKED
    assert (await harness.get(other)).grant is GrantState.ACTIVE
    assert not isinstance(await harness.requests.open(harness.op(), harness.new("A", ALICE)), Refusal)


async def test_ending_all_of_a_persons_sessions_ends_no_pipeline_unless_they_left(
    harness: StoreHarness,
) -> None:
    pipeline = await Pipeline(harness).signed_in()
    assert await harness.sessions.end(harness.op(), person(ALICE), ALICE, "", SessionEnd.LOGOUT) == 0
    assert not isinstance(await pipeline.call(), Refusal)
    assert await harness.sessions.end(harness.op(), person(ALICE), ALICE, "", SessionEnd.LEFT) == 1
    assert why(await pipeline.call()) is Reason.NO_SESSION


@pytest.mark.parametrize("seconds", [60, 3_600])
async def test_the_lists_of_grants_go_with_them(harness: StoreHarness, seconds: int) -> None:
    request = await grant(harness)
    await harness.pass_time(seconds * 1_000)
    await harness.revoke(request, DEPLOY.acting)
    await settled(harness)
    assert not [name for name in await harness.keys() if "person-grants:" in name]


async def test_who_leaves_has_no_pipeline_either(harness: StoreHarness) -> None:
    """At once where Slack says so, and by the sweep where it forgot to; others' runs go on."""
    terminal = Terminal(harness)
    pipeline, other = (
        await Pipeline(harness).signed_in(),
        await Pipeline(harness, run=OTHER_RUN, behind=BOB).signed_in(),
    )
    held = await grant(harness)
    del terminal.directory.people[ALICE]
    assert await sweep(terminal.context) == 1
    assert why(await pipeline.call()) is Reason.NO_SESSION
    assert (await harness.get(held)).grant is GrantState.REVOKED
    assert not isinstance(await other.call(), Refusal)
    await left(terminal.context, BOB, Reason.DEACTIVATED)
    assert why(await other.call()) is Reason.NO_SESSION


async def test_many_runs_of_a_machine_do_not_fill_the_queue_of_those_who_decide(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 16: whoever pushes starts as many runs as they like."""
    monkeypatch.setitem(MOST, "machine_pending", 3)
    compose.cache_clear()
    for number in range(3):
        pipeline = await Pipeline(harness, run=f"{number:016x}").signed_in(seconds=60)
        await harness.file("A", **by(pipeline.principal))
    await Pipeline(harness).signed_in()
    filed = await harness.requests.open(harness.op(), harness.new("A", **by(DEPLOY)))
    assert isinstance(filed, Refusal)
    assert (filed.reason, filed.limit) == (Reason.TOO_MANY_OF_MACHINE, 3)
    assert await harness.file("A", **by(replace(DEPLOY, id="test")))
    await harness.pass_time(61_000)
    await settled(harness)
    assert await harness.file("A", **by(DEPLOY))


async def test_many_runs_of_a_machine_do_not_fill_the_store(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST, "machine_filed", 2)
    compose.cache_clear()
    for run in (RUN, OTHER_RUN):
        await harness.file("A", ruling=AUTOMATIC, **by(replace(DEPLOY, run=run)))
    third = replace(DEPLOY, run="0" * 16)
    filed = await harness.requests.open(harness.op(), harness.new("A", ruling=AUTOMATIC, **by(third)))
    assert isinstance(filed, Refusal)
    assert filed.reason is Reason.TOO_MANY_OF_MACHINE
    assert await harness.now() < filed.at <= await harness.now() + DAY
    await harness.pass_time(DAY)
    assert await harness.file("A", ruling=AUTOMATIC, **by(third))
