"""Ends of agents' and pipelines' sessions, and presses, at once: nothing is left of what ended.

`--races-tried` times each, on the real server.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import pytest

from envaccess.application.agents.propose import withdraw_proposal
from envaccess.application.agents.start import end_agent
from envaccess.application.people.sessions import end_session
from envaccess.domain.call import CI, Origin, by_person
from envaccess.domain.outcome import Filed
from envaccess.domain.proposal import ProposalState
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State
from envaccess.domain.session import Login, LoginState, Session, SessionEnd
from tests.fakes.rulings import ruled
from tests.store.agents import Agent, Program
from tests.store.harness import ALICE, BOB, StoreHarness
from tests.store.pipelines import CLIENT, PIPELINE, Pipeline


class Hurried:
    """Fits `ports.process.Throttle`: races are quicker than people."""

    async def allow(self, *_: object) -> bool:
        return True


async def hurried(store: StoreHarness) -> Program:
    """An agent whose person presses as often as a test likes."""
    program = await Program.of(store)
    program.context = replace(program.context, throttle=Hurried())
    return program


def asked_by(pipeline: Pipeline) -> dict[str, Any]:
    who = pipeline.principal
    origin = Origin("", CI, pipeline.session, pipeline.seal.public, CLIENT, PIPELINE)
    return {"behind": who.behalf, "issuer": who.issuer, "origin": origin}


async def test_what_arrives_after_the_end_of_its_session_is_not_filed(harness: StoreHarness) -> None:
    """Its end withdrew what waited: nobody would withdraw this, and people would be asked for nothing."""
    program = await Program.of(harness)
    agent = program.session
    more = {"behind": ALICE, "origin": program.call().origin}
    pipeline = await Pipeline(harness).signed_in()
    await end_session(program.context, by_person(harness.op(), ALICE), agent.id)
    run = pipeline.principal
    late = asked_by(pipeline)
    await harness.sessions.end(harness.op(), run.acting, run.key, pipeline.session, SessionEnd.LOGOUT)
    for who, said in ((agent.principal.key, more), (run.key, late)):
        for ruling in (ruled(), ruled(automatic=True)):
            filed = await harness.requests.open(harness.op(), harness.new("A", who, ruling=ruling, **said))
            assert isinstance(filed, Refusal)
            assert filed.reason is Reason.NO_SESSION
    assert "request.created" not in [event.event for event in await harness.trail.tail(99)]


async def test_an_end_between_the_press_and_the_filing_leaves_nothing_to_decide(
    harness: StoreHarness,
) -> None:
    program = await Program.of(harness)
    found = await program.proposes()
    sessions: Any = program.context.sessions

    class EndedMeanwhile:
        """The agent ends right after somebody looked whether it lives."""

        async def get(self, login: str) -> Login | None:
            read: Login | None = await sessions.get(login)
            await end_session(whole, by_person(harness.op(), ALICE), program.session.id)
            return read

    whole, meanwhile = program.context, EndedMeanwhile()
    program.context = replace(whole, sessions=cast("Any", meanwhile))
    pressed = await program.press(found)
    assert isinstance(pressed, Refusal)
    assert pressed.reason is Reason.AGENT_OVER
    assert await harness.requests.get(found.id) is None
    assert await program.state(found) is ProposalState.DECLINED


@pytest.fixture
def rounds(pytestconfig: pytest.Config) -> range:
    return range(int(pytestconfig.getoption("--races-tried")))


@pytest.fixture
async def relaxed(real: StoreHarness) -> AsyncIterator[StoreHarness]:
    """Races need no disk."""
    await real.client.config_set("appendfsync", "no")
    yield real
    await real.client.config_set("appendfsync", "always")


async def is_over(program: Program, id_: str) -> bool:
    """Whether nothing is left of what it asked for: nobody is asked, and no access lives."""
    request = await program.harness.requests.get(id_)
    lives = await program.harness.client.exists(program.harness.runner.key("grant", id_))
    return not lives and (request is None or request.state is not State.PENDING)


@pytest.mark.real
async def test_a_press_and_the_end_of_the_agent_at_once_leave_nothing(
    relaxed: StoreHarness, rounds: range
) -> None:
    for _ in rounds:
        program = await hurried(relaxed)
        found = await program.proposes()
        call = by_person(relaxed.op(), ALICE)
        await asyncio.gather(program.press(found), end_agent(program.context, call, program.session.id))
        assert await is_over(program, found.id)
        assert not await relaxed.proposals.of(program.session.principal.key)
        await relaxed.client.flushall()


@pytest.mark.real
async def test_an_approval_and_the_end_of_the_agent_at_once_leave_no_access(
    relaxed: StoreHarness, rounds: range
) -> None:
    for _ in rounds:
        program = await hurried(relaxed)
        found = await program.proposes()
        assert isinstance(await program.press(found), Filed)
        call = by_person(relaxed.op(), ALICE)
        await asyncio.gather(
            relaxed.decide(found.id, BOB), end_agent(program.context, call, program.session.id)
        )
        assert await is_over(program, found.id)
        await relaxed.client.flushall()


@pytest.mark.real
async def test_a_press_and_a_withdrawal_at_once_come_to_one_of_them(
    relaxed: StoreHarness, rounds: range
) -> None:
    for _ in rounds:
        program = await hurried(relaxed)
        found = await program.proposes()
        both = (program.press(found), withdraw_proposal(program.context, program.call(), found))
        pressed, _ = await asyncio.gather(*both)
        state = await program.state(found)
        assert state is (ProposalState.FILED if isinstance(pressed, Filed) else ProposalState.DECLINED)
        assert (await relaxed.requests.get(found.id) is None) is (state is ProposalState.DECLINED)
        await relaxed.client.flushall()


@pytest.mark.real
async def test_two_starts_and_a_refusal_at_once_come_to_one_of_them(
    relaxed: StoreHarness, rounds: range
) -> None:
    for _ in rounds:
        agent = await Agent.of(relaxed)
        await agent.offer()
        presses = (agent.press(), agent.press(start=False), agent.press())
        answers = await asyncio.gather(*presses)
        assert sum(isinstance(answer, Login) for answer in answers) == 1
        began = (await agent.at()).state is LoginState.CONFIRMED
        assert bool(await agent.fetch()) is began
        opened = [event for event in await relaxed.trail.tail(50) if event.actor.id == agent.terminal.person]
        told = [event.event for event in opened if event.detail.get("session") == agent.id]
        assert told.count("session.opened") == int(began)
        await relaxed.client.flushall()


@pytest.mark.real
async def test_a_token_a_request_and_the_end_of_a_run_at_once_leave_nothing_without_a_session(
    relaxed: StoreHarness, rounds: range
) -> None:
    await relaxed.add("A")
    for round_ in rounds:
        pipeline = await Pipeline(relaxed, run=f"{round_:016x}").signed_in()
        run, new = pipeline.principal, relaxed.new("A", pipeline.principal.key, **asked_by(pipeline))
        ended = relaxed.sessions.end(relaxed.op(), run.acting, run.key, "", SessionEnd.LOGOUT)
        await asyncio.gather(pipeline.bring(seconds=60), relaxed.requests.open(relaxed.op(), new), ended)
        lives = isinstance(await pipeline.call(), Session)
        request = await relaxed.requests.get(new.id)
        assert lives or request is None or request.state is not State.PENDING
        await relaxed.sessions.end(relaxed.op(), run.acting, run.key, "", SessionEnd.LOGOUT)
