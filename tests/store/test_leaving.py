"""A claimed value leaves only while its access lives: that is asked last of all (laws 2 and 15)."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

import pytest

from envaccess.application.grants.reveal import claim_by_name, claim_reveal, hand_over
from envaccess.application.service_context import World
from envaccess.domain.audit import person
from envaccess.domain.errors import MessageRefusedError, StoreUnavailableError
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.person import Person
from envaccess.domain.policy.rules import Starts
from envaccess.domain.variable import Variable
from envaccess.store.client import connect
from envaccess.store.reveals import RedisReveals
from tests.fakes.books import Books
from tests.fakes.desk import FakeMessages
from tests.fakes.rulings import usual
from tests.fakes.world import FakeDirectory, FakeSource, make_world
from tests.store.house import ALICE, BOB, HOUR, OPERATOR, House, var

A = var("A")
ROUNDS = 200
QUARTER = 900


class Source(FakeSource):
    """Reads slowly: `reading` is set when it begins, and it ends when `let` is."""

    def __init__(self) -> None:
        super().__init__(Books(values={A: "value-for-tests"}))
        self.reading, self.let = asyncio.Event(), asyncio.Event()

    async def read(self, variable: Variable) -> str:
        self.reading.set()
        await self.let.wait()
        return await super().read(variable)


def world_of(house: House, source: FakeSource, directory: FakeDirectory) -> World:
    """The verbs on a real store, with people and values in memory."""
    made = make_world(Books(), directory, source)
    return replace(made, requests=house.requests, reveals=house.reveals, trail=house.trail)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def directory() -> FakeDirectory:
    directory = FakeDirectory()
    directory.join(ALICE, BOB)
    return directory


async def deleted(house: House, _request: str) -> None:
    await house.sealed.delete(house.op(), A, OPERATOR)


async def made_anew(house: House, request: str) -> None:
    await house.pass_time(10)
    await deleted(house, request)
    await house.add("A")


async def revoked(house: House, request: str) -> None:
    await house.revoke(request, person(BOB))


async def expired(house: House, _request: str) -> None:
    await house.pass_time(2 * HOUR)


async def person_locked(house: House, _request: str) -> None:
    await house.lock(ALICE)


async def variable_locked(house: House, _request: str) -> None:
    await house.lock("A")


async def locked_for_a_moment(house: House, _request: str) -> None:
    await house.lock(ALICE)
    await house.unlock(ALICE)


End = Callable[[House, str], Awaitable[None]]
ENDS: list[End] = [
    revoked,
    expired,
    deleted,
    made_anew,
    person_locked,
    variable_locked,
    locked_for_a_moment,
]
each_end = pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
each_kind = pytest.mark.parametrize("kind", ["timed", "once", "first use"])


async def granted(house: House, kind: str) -> str:
    if kind == "first use":
        return await house.grant(ruling=replace(usual("C0APPROVE"), starts=Starts.FIRST_USE))
    return await house.grant(once=kind == "once", seconds=QUARTER)


async def claimed(world: World, messages: FakeMessages, request: str, op: str = "press") -> Claim:
    claim = await claim_reveal(world, messages, op, ALICE, request)
    assert isinstance(claim, Claim), claim
    return claim


@each_kind
@each_end
async def test_what_ended_while_the_value_was_read_is_not_shown(
    house: House, source: Source, directory: FakeDirectory, kind: str, end: End
) -> None:
    world, messages = world_of(house, source, directory), FakeMessages()
    request = await granted(house, kind)
    handing = asyncio.create_task(hand_over(world, messages, await claimed(world, messages, request)))
    await source.reading.wait()
    await end(house, request)
    source.let.set()
    assert await handing is Failure.ENDED
    assert messages.shown == []
    tags = await house.tags()
    assert tags.count("grant.reveal_failed") == 1
    assert not (await house.get(request)).live
    assert await house.left(request) == -2


@each_kind
@each_end
async def test_what_ended_while_slack_refused_the_direct_messages_is_not_shown_elsewhere(
    house: House, source: Source, directory: FakeDirectory, kind: str, end: End
) -> None:
    """The second way is a leaving of its own."""
    world, messages, shown = world_of(house, source, directory), FakeMessages(), []
    request = await granted(house, kind)
    source.let.set()

    async def refuse(_claim: Claim, _values: Mapping[Variable, str]) -> None:
        await end(house, request)
        raise MessageRefusedError("messages_tab_disabled")

    async def beside(claim: Claim, _values: Mapping[Variable, str]) -> None:
        shown.append(claim)

    messages.show_values = refuse  # type: ignore[method-assign, assignment]
    claim = await claimed(world, messages, request)
    assert await hand_over(world, messages, claim, beside) is Failure.ENDED
    assert shown == []


@each_kind
async def test_whoever_lost_their_account_while_the_value_was_read_does_not_see_it(
    house: House, source: Source, directory: FakeDirectory, kind: str
) -> None:
    world, messages = world_of(house, source, directory), FakeMessages()
    claim = await claimed(world, messages, await granted(house, kind))
    directory.people[ALICE] = Person(ALICE, directory.workspace, deleted=True)
    source.let.set()
    assert await hand_over(world, messages, claim) is Failure.NOT_ALLOWED
    assert messages.shown == []


async def test_a_store_that_does_not_say_keeps_the_value_back(
    house: House, source: Source, directory: FakeDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, messages = world_of(house, source, directory), FakeMessages()
    claim = await claimed(world, messages, await house.grant())
    source.let.set()

    async def away(_claim: Claim) -> bool:
        raise StoreUnavailableError("Redis cannot be reached")

    monkeypatch.setattr(house.reveals, "still", away)
    assert await hand_over(world, messages, claim) is Failure.NOT_CHECKED
    assert messages.shown == []
    assert (await house.tags()).count("grant.reveal_failed") == 1


async def test_asking_whether_it_still_lives_changes_nothing(house: House) -> None:
    request = await house.grant()
    claim = await house.use(request)
    before = await house.dump()
    assert await house.reveals.still(claim)
    assert not await house.reveals.still(replace(claim, requester=BOB))
    assert not await house.reveals.still(replace(claim, id="zzzzzzzz"))
    assert await house.dump() == before


async def test_ending_one_of_two_grants_keeps_back_only_what_was_claimed_on_it(house: House) -> None:
    first, second = await house.grant(seconds=60), await house.grant("A,B", seconds=600)
    claims = [await house.use(first), await house.use(second)]
    await house.revoke(first)
    assert [await house.reveals.still(claim) for claim in claims] == [False, True]


MOMENTS = ("begun", "read", "asked", "shown")
"""When the end comes: at each of these, or never before it."""


class Course:
    """One reveal's way out: each moment that it passes is set, and when it was asked about is kept."""

    def __init__(self) -> None:
        self.passed = {moment: asyncio.Event() for moment in MOMENTS}
        self.asked_at = 0

    async def read(self, _variable: Variable) -> str:
        self.passed["read"].set()
        await asyncio.sleep(secrets.randbelow(2_000) / 1e6)
        return "value-for-tests"


class Asking(RedisReveals):
    """Says when it is asked whether a claim still lives, as the server's time."""

    def __init__(self, house: House, course: Course) -> None:
        super().__init__(house.runner, lambda: secrets.token_hex(4))
        self._house, self._course = house, course

    async def still(self, claim: Claim) -> bool:
        self._course.asked_at = await self._house.now()
        self._course.passed["asked"].set()
        return await super().still(claim)


class Showing(FakeMessages):
    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        self._course.passed["shown"].set()
        await super().show_values(claim, values)


@pytest.fixture
async def other(valkey: str) -> AsyncIterator[House]:
    """Another process on the same server."""
    client = connect(valkey)
    yield House(client)
    await client.aclose()


@pytest.mark.real
@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("by_name", [False, True])
async def test_no_value_leaves_after_its_end_whatever_comes_first(
    real: House, other: House, directory: FakeDirectory, *, once: bool, by_name: bool
) -> None:
    """Whenever another process ends the access: what left was asked about before the end."""
    shown, asked = dict.fromkeys(MOMENTS, 0), {}
    for round_ in range(ROUNDS):
        moment, course = MOMENTS[round_ % len(MOMENTS)], Course()
        source = FakeSource(Books())
        source.read = course.read  # type: ignore[method-assign, assignment]
        world = replace(world_of(real, source, directory), reveals=Asking(real, course))
        messages, request = Showing(course), await real.grant("A", once=once, seconds=QUARTER)

        async def reveal(world: World = world, messages: Showing = messages, request: str = request) -> None:
            if by_name:
                claim = await claim_by_name(world, messages, real.op(), ALICE, A)
            else:
                claim = await claim_reveal(world, messages, real.op(), ALICE, request)
            if isinstance(claim, Claim):
                await hand_over(world, messages, claim)

        course.passed["begun"].set()
        revealing = asyncio.create_task(reveal())
        await asyncio.wait(
            {revealing, asyncio.create_task(course.passed[moment].wait())}, return_when="FIRST_COMPLETED"
        )
        await other.revoke(request, person(BOB), op=f"end-{request}")
        await revealing
        assert not (await real.get(request)).live
        if messages.shown:
            shown[moment] += 1
            asked[request] = course.asked_at
    for event in await real.events():
        if event.event == "grant.revoked" and event.request in asked:
            assert int(event.id.partition("-")[0]) >= asked[event.request]
    assert sum(shown.values()) < ROUNDS
    assert shown["shown"] == ROUNDS // len(MOMENTS)
