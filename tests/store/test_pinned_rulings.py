"""Law 14 in the scripts: a pinned ruling is never widened by what it does not say."""

import json
from typing import Any

import pytest

from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Starts, Step, Then
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State, Verb
from tests.fakes.rulings import EMERGENCY, HERE, ruled
from tests.store.harness import BOB, HOUR, MINUTE, StoreHarness

V1 = {"channel": "C0APPROVE", "steps": [{"approvers": ["C0APPROVE"]}]}
"""What 0.1.0 pinned where everything was usual."""
TIMED = ruled(Step(HERE, remind=60, timeout=600, then=Then.SKIP), Step(PrincipalSet(("S0OTHERS",))))


async def pin(harness: StoreHarness, request: str, ruling: str, *, schema: int = 2) -> None:
    """Put another ruling into a record."""
    client: Any = harness.client
    text, record = harness.runner.key("text", request), harness.runner.key("request", request)
    if schema == 1:
        await client.hset(text, "ruling", ruling)
        await client.hdel(text, "filing")
        await client.hdel(record, "schema")
        return
    filing = await client.hget(text, "filing")
    head, facts = filing[: filing.index("{")], json.loads(filing.split(".", 3)[3])
    del facts["ruling"]
    await client.hset(text, "filing", f'{head}{{"ruling":{ruling},{json.dumps(facts)[1:]}')


async def pinned(harness: StoreHarness, request: str) -> dict[str, Any]:
    """The ruling of a record, as it is stored."""
    client: Any = harness.client
    filing = await client.hget(harness.runner.key("text", request), "filing")
    found: dict[str, Any] = json.loads(filing.split(".", 3)[3])["ruling"]
    return found


async def without(harness: StoreHarness, request: str, field: str, *, of_steps: bool = False) -> None:
    """Take a field out of the ruling of a record, or out of its steps."""
    ruling = await pinned(harness, request)
    for part in ruling["steps"] if of_steps else [ruling]:
        del part[field]
    await pin(harness, request, json.dumps(ruling))


async def decide(harness: StoreHarness, request: str, who: str) -> None:
    """Let the script decide on a record that no verb would read."""
    vote: dict[str, Any] = {"step": 0, "checked": 0, "lost": "", "behalf": "", "seconds": 0, "variables": ""}
    texts = {"verb": Verb.APPROVE, "why": "", "ts": "", "seal": "", "seen": ""}
    await harness.runner.run("decide", op=harness.op(), id=request, actor=who, **texts, **vote)


@pytest.mark.parametrize("broken", ["{}", "[]", "7", "no JSON", '{"steps":[]}', '{"steps":[{}]}'])
async def test_a_chain_that_cannot_be_read_is_never_complete(harness: StoreHarness, broken: str) -> None:
    request = await harness.file()
    await pin(harness, request, broken)
    for person in ("U0ONE", "U0TWO", "U0THREE"):
        await decide(harness, request, person)
    found: Any = await harness.client.hmget(harness.runner.key("request", request), "state", "grant")
    assert found == [State.PENDING, None]
    assert await harness.left(request) == -2


async def test_a_step_that_says_not_how_many_must_agree_is_never_passed(harness: StoreHarness) -> None:
    request = await harness.file()
    await without(harness, request, "approvals", of_steps=True)
    for person in ("U0ONE", "U0TWO"):
        await decide(harness, request, person)
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
    await decide(harness, more, BOB)
    assert (await harness.get(granted)).expires_at == ends


async def test_a_grant_that_does_not_say_how_soon_it_must_be_used_lapses_at_once(
    harness: StoreHarness,
) -> None:
    request = await harness.file(ruling=ruled(starts=Starts.FIRST_USE, use_within=600))
    await without(harness, request, "use_within")
    await decide(harness, request, BOB)
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
