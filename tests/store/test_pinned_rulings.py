"""Law 14 in the scripts: a pinned ruling is never widened by what it does not say."""

import json
from typing import Any

import pytest

from envaccess.domain.outcome import Claim
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Starts, Step, Then
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.fakes.rulings import EMERGENCY, HERE, ruled
from tests.store.harness import ALICE, BOB, HOUR, MINUTE, StoreHarness

V1 = {"channel": "C0APPROVE", "steps": [{"approvers": ["C0APPROVE"]}]}
"""What 0.1.0 pinned where everything was usual."""
TIMED = ruled(Step(HERE, remind=60, timeout=600, then=Then.SKIP), Step(PrincipalSet(("S0OTHERS",))))


async def pin(harness: StoreHarness, request: str, ruling: str, *, schema: int = 2) -> None:
    """Put another ruling into a record."""
    client: Any = harness.client
    await client.hset(harness.runner.key("text", request), "ruling", ruling)
    await client.hset(harness.runner.key("request", request), "schema", str(schema))
    if schema == 1:
        await client.hdel(harness.runner.key("request", request), "schema")


async def pinned(harness: StoreHarness, request: str) -> dict[str, Any]:
    """The ruling of a record, as it is stored."""
    client: Any = harness.client
    found: dict[str, Any] = json.loads(await client.hget(harness.runner.key("text", request), "ruling"))
    return found


async def without(harness: StoreHarness, request: str, field: str, *, of_steps: bool = False) -> None:
    """Take a field out of the ruling of a record, or out of its steps."""
    ruling = await pinned(harness, request)
    for part in ruling["steps"] if of_steps else [ruling]:
        del part[field]
    await pin(harness, request, json.dumps(ruling))


@pytest.mark.parametrize("broken", ["{}", "[]", "7", "no JSON", '{"steps":[]}', '{"steps":[{}]}'])
async def test_a_chain_that_cannot_be_read_is_never_complete(harness: StoreHarness, broken: str) -> None:
    request = await harness.file()
    await pin(harness, request, broken)
    for person in ("U0ONE", "U0TWO", "U0THREE"):
        await harness.decide(request, person)
    found: Any = await harness.client.hmget(harness.runner.key("request", request), "state", "grant")
    assert found == [State.PENDING, None]
    assert await harness.left(request) == -2


async def test_a_step_that_says_not_how_many_must_agree_is_never_passed(harness: StoreHarness) -> None:
    request = await harness.file()
    await without(harness, request, "approvals", of_steps=True)
    for person in ("U0ONE", "U0TWO"):
        await harness.decide(request, person)
    assert await harness.left(request) == -2


async def test_a_ruling_that_names_no_delivery_lets_nothing_out(harness: StoreHarness) -> None:
    request = await harness.grant()
    await without(harness, request, "delivery")
    refused = await harness.claim(request)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.DELIVERY


async def test_an_extension_that_names_no_maximum_adds_nothing(harness: StoreHarness) -> None:
    granted = await harness.grant("A", ruling=ruled())
    ends = (await harness.get(granted)).expires_at
    more = await harness.file("A", extends=granted, ruling=ruled())
    await without(harness, more, "max_seconds")
    await harness.decide(more)
    assert (await harness.get(granted)).expires_at == ends


async def test_a_grant_that_does_not_say_how_soon_it_must_be_used_lapses_at_once(
    harness: StoreHarness,
) -> None:
    request = await harness.file(ruling=ruled(starts=Starts.FIRST_USE, use_within=600))
    await without(harness, request, "use_within")
    await harness.decide(request)
    await harness.pass_time(1_001)
    await harness.work()
    assert "grant.lapsed" in await harness.tags()


@pytest.mark.parametrize("broken", ["{}", "no JSON", '{"steps":[]}', '{"steps":[{}]}'])
async def test_time_goes_on_for_all_where_one_ruling_cannot_be_read(
    harness: StoreHarness, broken: str
) -> None:
    """A script that stops here would stop every deadline of the workspace."""
    strange = await harness.file("A", ruling=TIMED)
    raised = await harness.file("A", BOB, ruling=EMERGENCY, seconds=1800)
    other = await harness.file("B", ruling=TIMED)
    for request in (strange, raised):
        await pin(harness, request, broken)
    for minutes in (2, *[10] * 30):
        await harness.pass_time(minutes * MINUTE)
        await harness.work()
    assert (await harness.get(other)).state is State.TIMED_OUT
    assert "request.step_skipped" in await harness.tags()
    state: Any = await harness.client.hget(harness.runner.key("request", strange), "state")
    assert state == State.TIMED_OUT


async def test_what_0_1_0_left_out_rules_as_it_ruled_then(harness: StoreHarness) -> None:
    """One approval; shown on demand; eight hours at most."""
    request = await harness.file("A", seconds=3600)
    await pin(harness, request, json.dumps(V1), schema=1)
    await harness.decide(request)
    found = await harness.get(request)
    assert (found.grant, found.ruling.max_seconds) == (GrantState.ACTIVE, 8 * 3600)
    assert isinstance(await harness.claim(request), Claim)
    refused = await harness.reveals.claim(harness.op(), request, ALICE, how="push")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.DELIVERY
    more = await harness.file("A", extends=request, seconds=8 * 3600)
    await pin(harness, more, json.dumps(V1), schema=1)
    now = await harness.now()
    await harness.decide(more)
    ends = (await harness.get(request)).expires_at
    assert 0 <= ends - now - 8 * HOUR < MINUTE


async def test_an_emergency_of_0_1_0_is_asked_for_again_after_an_hour(harness: StoreHarness) -> None:
    request = await harness.file("A", ruling=EMERGENCY, seconds=1800)
    people = {"who": ["anyone"], "review": ["S0OTHERS"], "seconds": 1800}
    await pin(harness, request, json.dumps({**V1, "emergency": people}), schema=1)
    reminded: list[int] = []
    for hour in range(1, 8):
        await harness.pass_time(HOUR)
        await harness.work()
        if (await harness.tags()).count("emergency.reminded") > len(reminded):
            reminded.append(hour)
    assert reminded == [1, 3, 7]


async def test_before_there_were_chains_so_many_of_the_channel_agreed(harness: StoreHarness) -> None:
    request = await harness.file()
    await pin(harness, request, json.dumps({"channel": "C0APPROVE", "approvals": 2}), schema=1)
    await harness.decide(request, "U0ONE")
    assert (await harness.get(request)).state is State.PENDING
    await harness.decide(request, "U0TWO", Verb.APPROVE, checked=1)
    assert (await harness.get(request)).state is State.APPROVED
