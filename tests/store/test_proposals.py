"""What agents want to ask for, on the real scripts: nothing is filed without the press of their person."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.agents.propose import answer_proposal, withdraw_proposal
from envaccess.application.people.sessions import end_session
from envaccess.domain.call import Call, by_person
from envaccess.domain.duration import ONCE
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.principal_set import AGENTS, EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import Automatic, DeliveryMode
from envaccess.domain.proposal import PROPOSAL_SECONDS, PROPOSALS_MAX, Proposal, ProposalState
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, Verb
from tests.store.agents import RULE, WHY, Program
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness, var


def why(found: Any) -> Reason | None:
    return found.reason if isinstance(found, Refusal) else None


@pytest.fixture
async def program(harness: StoreHarness) -> Program:
    return await Program.of(harness)


async def test_nothing_is_filed_before_the_press_and_the_press_files_what_was_shown(program: Program) -> None:
    found = await program.proposes("A,B")
    assert await program.harness.requests.get(found.id) is None
    assert not await program.harness.requests.undecided()
    filed = await program.press(found)
    assert isinstance(filed, Filed)
    assert filed.id == found.id
    request = await program.harness.get(found.id)
    assert (request.requester, request.behind) == (program.session.principal.key, ALICE)
    assert (request.variables, request.reason) == ((var("A"), var("B")), WHY)
    assert request.agent == program.session.agent
    assert request.sealed
    assert request.sealed.filing.session == program.session.seal_key
    assert await program.state(found) is ProposalState.FILED
    assert await program.tags(found.id) == ["request.proposed", "request.consented", "request.created"]


async def test_its_person_never_approves_it_and_another_does(program: Program) -> None:
    found = await program.proposes()
    await program.press(found)
    assert why(await program.harness.decide(found.id, ALICE)) is Reason.SELF_APPROVAL
    assert why(await program.harness.decide(found.id, program.session.principal.key)) is Reason.PERSONS_ONLY
    decided = await program.harness.decide(found.id, CAROL, Verb.APPROVE)
    assert not isinstance(decided, Refusal)


async def test_nobody_else_lets_it_ask(program: Program) -> None:
    found = await program.proposes()
    assert why(await program.press(found, BOB)) is Reason.PROPOSAL_NOT_YOURS
    stranger = Call(program.harness.op(), program.session.principal)
    assert why(await answer_proposal(program.context, stranger, found.id, found.mac, let=True)) is (
        Reason.PERSONS_ONLY
    )
    assert await program.state(found) is ProposalState.PROPOSED
    assert await program.harness.requests.get(found.id) is None
    refused = [e.detail["why"] for e in await program.harness.trail.tail(9) if e.event == "access.refused"]
    assert refused == ["proposal_not_yours", "persons_only"]


async def test_no_files_nothing_and_stays_no(program: Program) -> None:
    found = await program.proposes()
    declined = await program.press(found, let=False)
    assert declined.state is ProposalState.DECLINED
    assert why(await program.press(found)) is Reason.PROPOSAL_OVER
    assert await program.harness.requests.get(found.id) is None
    assert await program.tags(found.id) == ["request.proposed", "request.declined"]


async def test_nobody_is_asked_for_ever(program: Program) -> None:
    found = await program.proposes()
    await program.harness.pass_time((PROPOSAL_SECONDS + 1) * 1_000)
    await program.harness.work()
    declined = await program.harness.proposals.get(found.id)
    assert declined is None or declined.state is ProposalState.DECLINED
    assert (await program.tags(found.id))[-1] == "request.declined"


async def test_an_agent_takes_back_what_it_asked_for(program: Program) -> None:
    found = await program.proposes()
    taken = await withdraw_proposal(program.context, program.call(), found)
    assert isinstance(taken, Proposal)
    assert taken.how == "withdrawn"
    assert why(await program.press(found)) is Reason.PROPOSAL_OVER


async def test_presses_at_once_file_one_request(program: Program) -> None:
    for name in "ABC":
        found = await program.proposes(name)
        await asyncio.gather(*(program.press(found) for _ in range(4)))
        assert (await program.tags(found.id)).count("request.created") == 1
        assert (await program.tags(found.id)).count("request.consented") == 1
    assert len(await program.harness.requests.undecided()) == 3


async def test_yes_and_no_at_once_come_to_one_of_them(program: Program) -> None:
    for name in "ABC":
        found = await program.proposes(name)
        await asyncio.gather(program.press(found), program.press(found, let=False))
        filed = await program.harness.requests.get(found.id) is not None
        assert await program.state(found) is (ProposalState.FILED if filed else ProposalState.DECLINED)


async def test_a_process_that_dies_between_press_and_filing_loses_nothing(program: Program) -> None:
    found = await program.proposes()
    await program.harness.proposals.agree(program.harness.op(), found, ALICE, "")
    assert await program.state(found) is ProposalState.AGREED
    assert isinstance(await program.press(found), Filed)
    assert await program.state(found) is ProposalState.FILED


async def test_the_same_is_answered_without_asking_again(program: Program) -> None:
    found = await program.proposes()
    assert (await program.proposes()).id == found.id
    await program.press(found)
    pending = await program.asks()
    assert isinstance(pending, Request)
    await program.harness.decide(found.id, BOB)
    live = await program.asks()
    assert isinstance(live, Request)
    assert {pending.id, live.id} == {found.id}
    assert (await program.tags(found.id)).count("request.proposed") == 1


async def test_five_wait_at_most(program: Program) -> None:
    for name in "ABCDE"[:PROPOSALS_MAX]:
        await program.proposes(name)
    assert why(await program.asks("F")) is Reason.TOO_MANY_PROPOSALS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"requesters": EVERYBODY}, Reason.NOT_REQUESTER),
        ({"delivery": (DeliveryMode.CLI,)}, Reason.DELIVERY),
        ({"max_seconds": 60}, Reason.TOO_LONG),
    ],
)
async def test_what_the_policy_refuses_bothers_nobody(
    harness: StoreHarness, change: dict[str, Any], reason: Reason
) -> None:
    program = await Program.of(harness, replace(RULE, **change))
    assert why(await program.asks()) is reason
    assert not await harness.proposals.of(program.session.principal.key)


async def test_what_the_policy_lets_through_alone_still_needs_the_press(harness: StoreHarness) -> None:
    automatic = Automatic(PrincipalSet((AGENTS,)), 3_600)
    program = await Program.of(harness, replace(RULE, automatic=automatic))
    found = await program.proposes()
    assert found.automatic
    assert await harness.requests.get(found.id) is None
    await asyncio.gather(*(program.press(found) for _ in range(3)))
    assert (await harness.get(found.id)).grant == "active"
    assert [event.event for event in await harness.trail.tail(99)].count("grant.activated") == 1


async def test_the_end_of_its_agent_ends_a_proposal(program: Program) -> None:
    found = await program.proposes()
    await end_session(program.context, by_person(program.harness.op(), ALICE), program.session.id)
    assert why(await program.press(found)) is Reason.PROPOSAL_OVER
    assert await program.state(found) is ProposalState.DECLINED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("variables", "default/G"),
        ("behind", BOB),
        ("requester", "agent:ag_00000000"),
        ("seal", ""),
        ("state", "waiting"),
    ],
)
async def test_a_changed_proposal_is_none_and_alarms(program: Program, name: str, value: str) -> None:
    found = await program.proposes()
    await program.harness.client.hset(program.harness.runner.key("proposal", found.id), name, value)
    assert why(await program.press(found)) is Reason.PROPOSAL_UNKNOWN
    assert why(await program.press(found, BOB)) is Reason.PROPOSAL_UNKNOWN
    assert await program.harness.requests.get(found.id) is None
    assert "seal.broken" in await program.tags(found.id)


async def test_another_agents_seal_files_nothing_under_this_id(program: Program) -> None:
    one, other = await program.proposes("A"), await program.proposes("B")
    keys = [program.harness.runner.key("proposal", found.id) for found in (one, other)]
    stored: Any = await program.harness.client.hgetall(keys[1])
    await program.harness.client.hset(keys[0], mapping=stored)
    assert why(await program.press(one)) is Reason.PROPOSAL_UNKNOWN
    assert why(await program.press(one, mac=other.mac)) is Reason.PROPOSAL_UNKNOWN


async def test_a_declined_proposal_that_is_put_back_opens_nothing_where_its_end_was_seen(
    program: Program,
) -> None:
    found = await program.proposes()
    key = program.harness.runner.key("proposal", found.id)
    stored: Any = await program.harness.client.hgetall(key)
    await program.press(found, let=False)
    await program.harness.client.hset(key, mapping=stored)

    class Saw:
        async def saw_end(self, request: str) -> str | None:
            return "request.declined" if request == found.id else None

    program.context = replace(program.context, ended=Saw())
    assert why(await program.press(found)) is Reason.PROPOSAL_OVER


async def test_a_lock_stops_it(program: Program) -> None:
    found = await program.proposes()
    await program.harness.lock("A")
    assert why(await program.press(found)) is Reason.LOCKED
    assert why(await program.asks("A,B")) is Reason.LOCKED


async def test_once_is_kept(program: Program) -> None:
    found = await program.asks("A", ONCE)
    assert isinstance(found, Proposal)
    await program.press(found)
    assert (await program.harness.get(found.id)).duration.once
