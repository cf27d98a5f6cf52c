"""A claimed value leaves only while its access lives: that is asked last of all (laws 2 and 15)."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.grants.reveal import claim_by_name, claim_reveal, hand_over
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import person
from envaccess.domain.call import by_person
from envaccess.domain.delivery import NotDelivered, Outcome
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.person import Person
from envaccess.domain.policy.rules import Starts
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from tests.fakes.books import Books
from tests.fakes.context import FakeDirectory, FakeSource
from tests.fakes.delivery import FakeDelivery
from tests.fakes.rulings import usual
from tests.store.harness import ALICE, BOB, HOUR, OPERATOR, StoreHarness, var
from tests.store.verbs import context_on

A = var("A")
ROUNDS = 200
QUARTER = 900


class Source(FakeSource):
    """Reads slowly: `reading` is set when it begins, and it ends when `let` is."""

    def __init__(self) -> None:
        super().__init__(Books(values={A: "value-for-tests"}))
        self.reading, self.let = asyncio.Event(), asyncio.Event()

    async def read(self, variable: Variable) -> Value:
        self.reading.set()
        await self.let.wait()
        return await super().read(variable)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def directory() -> FakeDirectory:
    directory = FakeDirectory()
    directory.join(ALICE, BOB)
    return directory


async def deleted(harness: StoreHarness, _request: str) -> None:
    await harness.sealed.delete(harness.op(), A, OPERATOR)


async def made_anew(harness: StoreHarness, request: str) -> None:
    await harness.pass_time(10)
    await deleted(harness, request)
    await harness.add("A")


async def revoked(harness: StoreHarness, request: str) -> None:
    await harness.revoke(request, person(BOB))


async def expired(harness: StoreHarness, _request: str) -> None:
    await harness.pass_time(2 * HOUR)


async def person_locked(harness: StoreHarness, _request: str) -> None:
    await harness.lock(ALICE)


async def variable_locked(harness: StoreHarness, _request: str) -> None:
    await harness.lock("A")


async def locked_for_a_moment(harness: StoreHarness, _request: str) -> None:
    await harness.lock(ALICE)
    await harness.unlock(ALICE)


End = Callable[[StoreHarness, str], Awaitable[None]]
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


async def granted(harness: StoreHarness, kind: str) -> str:
    if kind == "first use":
        return await harness.grant(ruling=replace(usual("C0APPROVE"), starts=Starts.FIRST_USE))
    return await harness.grant(once=kind == "once", seconds=QUARTER)


async def claimed(context: ServiceContext, delivery: FakeDelivery, request: str, op: str = "press") -> Claim:
    claim = await claim_reveal(context, delivery, by_person(op, ALICE), request)
    assert isinstance(claim, Claim), claim
    return claim


@each_kind
@each_end
async def test_what_ended_while_the_value_was_read_is_not_shown(
    harness: StoreHarness, source: Source, directory: FakeDirectory, kind: str, end: End
) -> None:
    context, delivery = context_on(harness, directory, values=source), FakeDelivery()
    request = await granted(harness, kind)
    handing = asyncio.create_task(hand_over(context, await claimed(context, delivery, request), delivery))
    await source.reading.wait()
    await end(harness, request)
    source.let.set()
    assert await handing is Failure.ENDED
    assert delivery.shown == []
    tags = await harness.tags()
    assert tags.count("grant.reveal_failed") == 1
    assert "value.seen" not in tags, "nobody has seen it"
    assert not (await harness.get(request)).live
    assert await harness.left(request) == -2


@each_kind
@each_end
async def test_what_ended_while_slack_refused_the_direct_delivery_is_not_shown_elsewhere(
    harness: StoreHarness, source: Source, directory: FakeDirectory, kind: str, end: End
) -> None:
    """The second way is a leaving of its own."""
    context, delivery = context_on(harness, directory, values=source), FakeDelivery()
    request = await granted(harness, kind)
    source.let.set()

    class Refusing(FakeDelivery):
        async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
            del claim, values
            await end(harness, request)
            return NotDelivered(Failure.MESSAGES_TAB, elsewhere=True)

    claim = await claimed(context, delivery, request)
    assert await hand_over(context, claim, Refusing(), delivery) is Failure.ENDED
    assert delivery.shown == []


@each_kind
async def test_whoever_lost_their_account_while_the_value_was_read_does_not_see_it(
    harness: StoreHarness, source: Source, directory: FakeDirectory, kind: str
) -> None:
    context, delivery = context_on(harness, directory, values=source), FakeDelivery()
    claim = await claimed(context, delivery, await granted(harness, kind))
    directory.people[ALICE] = Person(ALICE, directory.workspace, deleted=True)
    source.let.set()
    assert await hand_over(context, claim, delivery) is Failure.NOT_ALLOWED
    assert delivery.shown == []


async def test_a_store_that_does_not_say_keeps_the_value_back(
    harness: StoreHarness, source: Source, directory: FakeDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first way the step says it that writes down who sees it; before others it is asked."""
    context, delivery = context_on(harness, directory, values=source), FakeDelivery()
    claim = await claimed(context, delivery, await harness.grant())
    source.let.set()

    async def away(_claim: Claim) -> bool:
        raise StoreUnavailableError("Redis cannot be reached")

    monkeypatch.setattr(harness.reveals, "still", away)
    refusing = FakeDelivery(NotDelivered(Failure.MESSAGES_TAB, elsewhere=True))
    assert await hand_over(context, claim, refusing, delivery) is Failure.NOT_CHECKED
    assert delivery.shown == []
    assert (await harness.tags()).count("grant.reveal_failed") == 1


async def test_asking_whether_it_still_lives_changes_nothing(harness: StoreHarness) -> None:
    request = await harness.grant()
    claim = await harness.use(request)
    before = await harness.dump()
    assert await harness.reveals.still(claim)
    assert not await harness.reveals.still(replace(claim, requester=BOB))
    assert not await harness.reveals.still(replace(claim, id="zzzzzzzz"))
    assert await harness.dump() == before


async def test_ending_one_of_two_grants_keeps_back_only_what_was_claimed_on_it(harness: StoreHarness) -> None:
    first, second = await harness.grant(seconds=60), await harness.grant("A,B", seconds=600)
    claims = [await harness.use(first), await harness.use(second)]
    await harness.revoke(first)
    assert [await harness.reveals.still(claim) for claim in claims] == [False, True]


MOMENTS = ("begun", "read", "asked", "shown")
"""When the end comes: at each of these, or never before it."""


class RevealProgress:
    """One reveal's way out: each moment that it passes is set, and when it was asked about is kept."""

    def __init__(self) -> None:
        self.passed = {moment: asyncio.Event() for moment in MOMENTS}
        self.asked_at = 0

    async def read(self, _variable: Variable) -> Value:
        self.passed["read"].set()
        await asyncio.sleep(secrets.randbelow(2_000) / 1e6)
        return Value("value-for-tests", "1")


class Asking:
    """Says when it is asked whether a claim still lives, in the step of the ledger, as the server's time."""

    def __init__(self, harness: StoreHarness, progress: RevealProgress) -> None:
        self._harness, self._progress = harness, progress

    async def see(self, claim: Claim, *given: Any) -> bool:
        self._progress.asked_at = await self._harness.now()
        self._progress.passed["asked"].set()
        return await self._harness.ledger.see(claim, *given)


class Showing(FakeDelivery):
    def __init__(self, progress: RevealProgress) -> None:
        super().__init__()
        self._progress = progress

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        self._progress.passed["shown"].set()
        return await super().deliver(claim, values)


@pytest.mark.real
@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("by_name", [False, True])
async def test_no_value_leaves_after_its_end_whatever_comes_first(
    real: StoreHarness, other: StoreHarness, directory: FakeDirectory, *, once: bool, by_name: bool
) -> None:
    """Whenever another process ends the access: what left was asked about before the end."""
    shown, asked = dict.fromkeys(MOMENTS, 0), {}
    for round_ in range(ROUNDS):
        moment, progress = MOMENTS[round_ % len(MOMENTS)], RevealProgress()
        source = FakeSource(Books())
        source.read = progress.read  # type: ignore[method-assign, assignment]
        context = context_on(real, directory, values=source, ledger=Asking(real, progress))
        delivery, request = Showing(progress), await real.grant("A", once=once, seconds=QUARTER)

        async def reveal(
            context: ServiceContext = context, delivery: Showing = delivery, request: str = request
        ) -> None:
            if by_name:
                claim = await claim_by_name(context, delivery, by_person(real.op(), ALICE), A)
            else:
                claim = await claim_reveal(context, delivery, by_person(real.op(), ALICE), request)
            if isinstance(claim, Claim):
                await hand_over(context, claim, delivery)

        progress.passed["begun"].set()
        revealing = asyncio.create_task(reveal())
        await asyncio.wait(
            {revealing, asyncio.create_task(progress.passed[moment].wait())}, return_when="FIRST_COMPLETED"
        )
        await other.revoke(request, person(BOB), op=f"end-{request}")
        await revealing
        assert not (await real.get(request)).live
        if delivery.shown:
            shown[moment] += 1
            asked[request] = progress.asked_at
    for event in await real.events():
        if event.event == "grant.revoked" and event.request in asked:
            assert int(event.id.partition("-")[0]) >= asked[event.request]
    assert sum(shown.values()) < ROUNDS
    assert shown["shown"] == ROUNDS // len(MOMENTS)
