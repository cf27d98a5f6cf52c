"""Agents on the real scripts: nothing begins without the press, and whoever writes to Redis opens nothing."""

import asyncio
from typing import Any

import pytest

from envaccess.application.people.sessions import end_session
from envaccess.domain.audit import BOT, ActorKind
from envaccess.domain.call import by_person
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import (
    AGENTS_MAX,
    Login,
    LoginState,
    Session,
    SessionEnd,
)
from tests.store.agents import Agent
from tests.store.harness import ALICE, BOB, StoreHarness


def why(found: Any) -> Reason | None:
    return found.reason if isinstance(found, Refusal) else None


async def events(store: StoreHarness, agent: Agent) -> list[tuple[str, str, str]]:
    """Tag, actor and how, of this agent."""
    return [
        (event.event, str(event.actor), event.detail.get("how", ""))
        for event in await store.trail.tail(200)
        if event.requester == f"agent:{agent.id}"
    ]


async def test_an_agent_begins_with_the_press_and_speaks_for_nobody_but_itself(harness: StoreHarness) -> None:
    agent = await (await Agent.of(harness)).start()
    session = await agent.call()
    assert isinstance(session, Session)
    assert session.principal == Principal(ActorKind.AGENT, agent.id, session.principal.issuer, ALICE)
    assert session.agent
    assert (session.agent.name, session.ends_at - session.opened_at) == ("review", 3_600_000)
    assert await events(harness, agent) == [
        ("session.offered", f"agent:{agent.id}", ""),
        ("session.opened", f"person:{ALICE}", ""),
    ]


async def test_no_token_before_the_press_and_none_after_a_refusal(harness: StoreHarness) -> None:
    agent = await Agent.of(harness)
    await agent.offer()
    assert await agent.fetch() == ""
    refused = await agent.press(start=False)
    assert isinstance(refused, Login)
    assert (refused.state, refused.ended_how) == (LoginState.REFUSED, SessionEnd.DECLINED)
    assert await agent.fetch() == ""
    assert why(await agent.press()) is Reason.AGENT_OVER


async def test_nobody_else_presses_and_nobody_presses_for_another_look(harness: StoreHarness) -> None:
    agent = await Agent.of(harness)
    await agent.offer()
    assert why(await agent.press(BOB)) is Reason.AGENT_NOT_YOURS
    assert why(await agent.press(offer="0" * 32)) is Reason.AGENT_OVER
    assert (await agent.at()).state is LoginState.OFFERED


async def test_of_start_and_refuse_at_once_one_wins(harness: StoreHarness) -> None:
    for _ in range(5):
        agent = await Agent.of(harness)
        await agent.offer()
        presses = await asyncio.gather(agent.press(), agent.press(start=False))
        assert [isinstance(press, Login) for press in presses].count(True) >= 1
        assert (await agent.at()).state in {LoginState.CONFIRMED, LoginState.REFUSED}


async def test_only_somebody_signed_in_asks_for_one(harness: StoreHarness) -> None:
    agent = await Agent.of(harness)
    await end_session(agent.terminal.context, by_person(harness.op(), ALICE), agent.session)
    assert why(await agent.offer()) is Reason.NO_SESSION
    other = await (await Agent.of(harness)).start()
    program = Principal(ActorKind.AGENT, other.id, behalf=ALICE)
    assert why(await other.offer(principal=program)) is Reason.PERSONS_ONLY


async def test_ten_agents_at_most_and_those_that_wait_count(harness: StoreHarness) -> None:
    agent = await (await Agent.of(harness)).start()
    for _ in range(AGENTS_MAX - 1):
        assert isinstance(await agent.offer(), Login)
    assert why(await agent.offer()) is Reason.TOO_MANY_AGENTS


async def test_every_end_of_its_person_ends_it(harness: StoreHarness) -> None:
    for how in (SessionEnd.LOGOUT, SessionEnd.LEFT, SessionEnd.LOCKED):
        agent = await (await Agent.of(harness)).start()
        assert isinstance(await agent.call(), Session)
        if how is SessionEnd.LOCKED:
            await harness.lock(ALICE)
        else:
            await harness.sessions.end(harness.op(), BOT, ALICE, "", how)
        assert why(await agent.call()) is Reason.NO_SESSION
        assert ((await agent.at()).state, (await agent.at()).ended_how) == (LoginState.ENDED, how)


async def test_nobody_else_ends_it(harness: StoreHarness) -> None:
    agent = await (await Agent.of(harness)).start()
    ended = await end_session(agent.terminal.context, by_person(harness.op(), BOB), agent.id)
    assert why(ended) is Reason.SESSION_UNKNOWN
    assert isinstance(await agent.call(), Session)


async def test_its_token_is_worth_nothing_under_another_key(harness: StoreHarness) -> None:
    agent, thief = await (await Agent.of(harness)).start(), await Agent.of(harness)
    assert why(await thief.call(token=agent.token, proof_token=agent.token)) is Reason.NO_SESSION


async def test_what_it_holds_and_what_waits_ends_with_it(harness: StoreHarness) -> None:
    agent = await (await Agent.of(harness)).start()
    await harness.add("A", "B")
    key = f"agent:{agent.id}"
    live, waits = await harness.grant("A", key, behind=ALICE), await harness.file("B", key, behind=ALICE)
    await end_session(agent.terminal.context, by_person(harness.op(), ALICE), agent.id)
    assert not await harness.client.exists(harness.runner.key("grant", live))
    found = {one.event: one.request for one in await harness.trail.tail(50) if one.detail.get("why")}
    assert found["grant.revoked"] == live
    assert found["request.cancelled"] == waits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("behind", BOB),
        ("person", "agent:ag_00000000"),
        ("state", "confirmed"),
        ("ends_at", "99999999999999"),
        ("sign_key", "A" * 43),
        ("offer", ""),
        ("opened", ""),
    ],
)
async def test_a_changed_record_opens_nothing(harness: StoreHarness, name: str, value: str) -> None:
    agent = await Agent.of(harness)
    await agent.offer()
    key = harness.runner.key("session", agent.id)
    if name in {"ends_at", "opened"}:
        await agent.press()
        await agent.fetch()
    await harness.client.hset(key, name, value)
    assert await harness.sessions.get(agent.id) is None
    if agent.token:
        assert why(await agent.call()) is Reason.NO_SESSION


async def test_seals_of_one_agent_open_no_other(harness: StoreHarness) -> None:
    """An agent that waits is given what another one's person agreed to."""
    first, second = await (await Agent.of(harness)).start(), await Agent.of(harness)
    await second.offer()
    one, other = (harness.runner.key("session", agent.id) for agent in (first, second))
    stored: Any = await harness.client.hgetall(one)
    for names in (("opened", "ends_at"), ("offer", "opened", "ends_at"), tuple(stored)):
        await harness.client.hset(other, mapping={"state": "confirmed"} | {n: stored[n] for n in names})
        assert await harness.sessions.get(second.id) is None
