"""Whoever writes to Redis opens nothing by an agent: changes to offers, sessions and proposals (law 13).

`pytest --changes-tried=-1 tests/attack` tries all of them; else a sample, always the same.
"""

import random  # noqa: TID251 - a seeded sample, the same in every run
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from typing import TypeVar

import pytest

from envaccess.application.agents.start import poll_agent
from envaccess.application.people.sessions import end_session
from envaccess.domain.call import by_person
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.proposal import Proposal, ProposalState
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Login, LoginState, Session
from tests.attack.agents import AgentWorkspace, Lived
from tests.attack.changes import PREFIX, Change, set_field
from tests.attack.clock import MovedClock
from tests.attack.enumeration import LivedStore
from tests.attack.lives import live
from tests.attack.oracle import Oracle
from tests.attack.workspace import ALICE, BOB, CAROL, EVE, Snapshot, Workspace

T = TypeVar("T")
SAMPLE = 2
"""Changes that are tried to each moment, unless all are."""
KINDS = ("session", "login-", "request-proposal", "person-")
"""How keys begin that agents, and those who are signed in, have."""
ELSEWHERE = ("catalogue", "secret")
"""How those begin that are as in every life: `test_single_changes` tries them."""


async def with_agents(work: Workspace) -> None:
    """Two of Alice's and two of Eve's: offered, started, refused; asked, let, not let, approved, ended."""
    assert isinstance(work, AgentWorkspace)
    mine, waits = await work.offer(), await work.offer()
    eves, refused = await work.offer(EVE), await work.offer(EVE)
    work.mark()
    await work.start(mine)
    await work.start(eves)
    await refused.agent.press(start=False)
    asked, other = await work.propose(mine, "A"), await work.propose(eves, "B")
    left, no = await work.propose(mine, "B,staging/C"), await work.propose(eves, "staging/C")
    work.mark()
    granted, others = await work.let(mine, asked), await work.let(eves, other)
    assert eves.program
    await eves.program.press(no, EVE, let=False)
    work.mark()
    await work.approve(granted, BOB)
    await work.approve(others, CAROL)
    for lived, request in ((mine, granted), (eves, others)):
        session = await lived.agent.call()
        assert isinstance(session, Session)
        assert await work.claim(lived, session, request)
    work.mark()
    await end_session(work.context, by_person(work.store.op(), ALICE), mine.agent.id)
    await waits.agent.press(start=False)
    assert (await work.store.proposals.get(left.id)).state is ProposalState.DECLINED  # type: ignore[union-attr]
    work.mark()


async def look(work: AgentWorkspace) -> list[str]:
    """Draw, poll, call, claim and press as Eve and as whoever is behind; call when it should be over."""
    opened = [fault async for fault in shown(work)]
    opened += [fault async for fault in used(work)]
    opened += [fault async for fault in pressed(work)]
    work.clock.ms = max(lived.until for lived in work.agents) + 60_000
    opened += [fault async for fault in used(work)]
    return opened


async def shown(work: AgentWorkspace) -> AsyncIterator[str]:
    """What people would be asked, which is what they would agree to."""
    for id_ in work.proposed:
        found = await attempt(work.store.proposals.get(id_))
        if isinstance(found, Proposal):
            for name in work.misdrawn(found):
                yield f"drawn: {name} of {id_}"
    for lived in work.agents:
        login = await attempt(work.store.sessions.get(lived.agent.id))
        if isinstance(login, Login) and login.offer:
            keys = (login.offer.sign_key, login.offer.seal_key) == (
                lived.agent.sign.public,
                lived.agent.seal.public,
            )
            if not (keys and login.behind == lived.person and login.person == lived.key):
                yield f"drawn: another agent as {lived.agent.id}"
            if login.state is LoginState.CONFIRMED and not lived.until:
                yield f"drawn: {lived.agent.id} as begun"


async def used(work: AgentWorkspace) -> AsyncIterator[str]:
    """What agents get."""
    for lived in work.agents:
        async for fault in used_by(work, lived):
            yield fault


async def used_by(work: AgentWorkspace, lived: Lived) -> AsyncIterator[str]:
    """What an agent gets by its own keys, and by the token that it was given."""
    if not lived.until:
        polled = await attempt(poll_agent(work.context, lived.agent.id, lived.agent.sign.public))
        if polled and not isinstance(polled, Refusal) and polled.token:
            yield f"{lived.key}: a token that nobody pressed for"
    session = await attempt(lived.agent.call())
    if not isinstance(session, Session):
        return
    for fault in work.misread(lived, session):
        yield f"{lived.key}: {fault}"
    for request in work.acts.asked:
        values = await attempt(work.claim(lived, session, request))
        if values:
            for fault in work.faults(lived, request, values):
                yield f"{lived.key} {request}: {fault}"


async def pressed(work: AgentWorkspace) -> AsyncIterator[str]:
    """Eve presses all that there is; and those behind agents press Approve."""
    eves = next(lived for lived in work.agents if lived.person == EVE)
    for id_ in work.proposed:
        found = await attempt(work.store.proposals.get(id_))
        if not (isinstance(found, Proposal) and eves.program):
            continue
        filed = await attempt(eves.program.press(found, EVE))
        if isinstance(filed, Filed):
            request = await attempt(work.store.requests.get(filed.id))
            made = work.proposed[found.id]
            same = request and (request.requester, request.behind, request.variables, request.duration) == (
                made.agent.key,
                EVE,
                made.variables,
                made.duration,
            )
            if made.agent.behalf != EVE or not same:
                yield f"let: {id_} by {EVE}"
    for lived in work.agents:
        if await attempt(work.store.sessions.get(lived.agent.id)) is None:
            continue
        begun = await attempt(lived.agent.press(EVE))
        if isinstance(begun, Login) and lived.person != EVE:
            yield f"started: {lived.key} by {EVE}"
        if isinstance(begun, Login) and begun.state is LoginState.CONFIRMED and not lived.until:
            lived.until = work.clock.ms + 3_600_000
    for id_, asked in work.acts.asked.items():
        behind = next(lived.person for lived in work.agents if lived.key == asked.who)
        if isinstance(await attempt(work.press(id_, behind)), Decided):
            yield f"approved: {id_} by {behind}, who is behind it"


async def attempt(call: Awaitable[T]) -> T | None:
    """What comes of it; None where the product refuses the record."""
    try:
        return await call
    except EnvaccessError:
        return None


def all_changes(work: AgentWorkspace, lived: LivedStore, number: int) -> list[Change]:
    """What is tried to the store of one moment."""
    usual = [one for one in lived.all_changes(number) if not one.key.startswith(ELSEWHERE)]
    return [*usual, *own_changes(work, lived, number)]


def own_changes(work: AgentWorkspace, lived: LivedStore, number: int) -> Iterator[Change]:
    """Every state in each place of one, and each record as it was at an earlier moment."""
    for key, kept in lived.stores[number].items():
        if isinstance(kept, dict) and "state" in kept:
            for state in dict.fromkeys(map(str, (*LoginState, *ProposalState))):
                yield set_field(key, "state", state)
    for other, moment in enumerate(work.moments[:number]):
        names = [key for key in moment.store if own(key)]
        for keys in (*([name] for name in names), *by_agent(work, names), names):

            def write(_: object, store: Snapshot = moment.store, keys: Sequence[bytes] = keys) -> None:
                work.put_back(store, keys)

            told = ", ".join(key.decode().removeprefix(PREFIX) for key in keys)
            yield Change(f"PUT {told} as of {other}", "", write)


def own(key: bytes) -> bool:
    return key.decode().removeprefix(PREFIX).startswith(KINDS)


def by_agent(work: AgentWorkspace, names: Sequence[bytes]) -> Iterator[list[bytes]]:
    for lived in work.agents:
        yield [name for name in names if lived.agent.id.encode() in name]


async def test_no_single_change_gives_an_agent_more_than_its_person_and_others_agreed_to(
    clock: MovedClock, pytestconfig: pytest.Config
) -> None:
    work = AgentWorkspace(clock)
    await live(work, with_agents)
    lived, opened, tried = LivedStore(work), [], 0
    untils = [one.until for one in work.agents]
    most = pytestconfig.getoption("--changes-tried") or SAMPLE
    for number, moment in enumerate(work.moments):
        oracle = Oracle(work, moment)
        todo = all_changes(work, lived, number)
        if 0 < most < len(todo):
            todo = random.Random(f"{number}:{len(todo)}").sample(todo, most)  # noqa: S311 - which ones matters to nobody
        for change in (None, *todo):
            oracle.reset()
            for one, until in zip(work.agents, untils, strict=True):
                one.until = until if number else 0
            if change:
                change.write(lived.client)
            name = change.name[:400] if change else "nothing"
            opened += [f"{number}: {name} -> {fault}" for fault in await look(work)]
            tried += bool(change)
    print(f"{tried} changes, {len(opened)} opened something")  # noqa: T201 - counted
    assert opened == []


async def test_what_is_changed_has_the_offers_the_sessions_and_the_proposals(clock: MovedClock) -> None:
    """A list that lost them would open nothing either."""
    work = AgentWorkspace(clock)
    await live(work, with_agents)
    lived = LivedStore(work)
    changes = all_changes(work, lived, 2)
    told = " ".join(change.name for change in changes)
    for kind in (
        "session:ag_",
        "session-token:",
        "request-proposal:",
        " offer ",
        " opened ",
        " seal ",
        " behind ",
    ):
        assert kind in told, kind
    assert len(changes) > 1_000
