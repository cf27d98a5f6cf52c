"""`kill -9` between every two steps of making, prolonging and ending a login: nothing outlives its grant.

A killed process does nothing any more, not even what it would do on its way out. Another one goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.delivery import NotDelivered
from envaccess.domain.outcome import Failure
from envaccess.domain.refusal import Refusal
from envaccess.store.client import Client
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("relaxed")]


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often each step is tried: once, and more often where many kills are asked for."""
    return max(1, int(request.config.getoption("--kills")) // 10)


class KilledError(BaseException):
    """Nobody catches it: the process is gone."""


class Life:
    """Counts steps, and ends before one of them."""

    def __init__(self, ends_at: int) -> None:
        self.steps, self.ends_at = 0, ends_at

    @property
    def over(self) -> bool:
        return self.steps == self.ends_at

    def step(self) -> None:
        if self.over:
            raise KilledError
        self.steps += 1


class Mortal:
    """Whatever fits a port, in a process that may be killed before and after each call."""

    def __init__(self, port: Any, life: Life) -> None:
        self._port, self._life = port, life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def mortal(*args: Any, **kwargs: Any) -> Any:
            self._life.step()
            answer = await found(*args, **kwargs)
            self._life.step()
            return answer

        return mortal


async def a_workspace(client: Client, name: str) -> Leasing:
    store = StoreHarness(client, name)
    await store.add("A", "B")
    return Leasing(store)


def mortal(leasing: Leasing, life: Life) -> Leasing:
    """The same process, which is killed at that step."""
    other = Leasing(leasing.store, leasing.server)
    other.sources.makers["pg"] = Mortal(other.sources.makers["pg"], life)
    leases = Mortal(other.leases, life)
    other.context = replace(other.context, leases=leases, reveals=Mortal(leasing.store.reveals, life))
    other.sweep = replace_store(other, leases)
    other.delivery = leasing.delivery
    return other


def replace_store(leasing: Leasing, leases: Any) -> Any:
    leasing.leases = leases
    leasing.start()
    leasing.context = replace(leasing.context, leases=leases)
    return leasing.sweep


async def dies(act: Callable[[], Awaitable[Any]]) -> bool:
    try:
        await act()
    except KilledError:
        return True
    return False


async def check_gone(leasing: Leasing) -> None:
    """Whatever was intended is confirmed gone, once; the server has nothing."""
    assert leasing.server.roles == {}
    assert leasing.server.sessions == []
    assert await leasing.kept() == []
    events = [one for one in await leasing.store.events() if one.event.startswith("lease.")]
    intended = [one.detail["lease"] for one in events if one.event == "lease.intended"]
    revoked = [one.detail["lease"] for one in events if one.event == "lease.revoked"]
    assert sorted(revoked) == sorted(set(intended)) == sorted(intended)


async def killed_at(client: Client, name: str, step: int, *, slack: bool) -> bool:
    """One grant whose first reveal is killed at a step; whether it came so far."""
    leasing = await a_workspace(client, f"T0MAKE{int(slack)}X{name}")
    request = await leasing.store.grant("A")
    life = Life(step)
    process = mortal(leasing, life)
    if not slack:
        process.delivery.outcome = NotDelivered(Failure.SLACK_REFUSED)
    died = await dies(lambda: process.reveal(request))
    shown = [values for _, values in leasing.delivery.shown]
    await leasing.pass_time(31)
    if shown:
        (value,) = shown[-1].values()
        assert leasing.server.log_in(value), "what was shown works"
    leasing.delivery.outcome = type(leasing.delivery)().outcome
    again = await leasing.reveal(request)
    assert again is None or isinstance(again, Refusal | Failure)
    await leasing.pass_time(4_002)
    await check_gone(leasing)
    return died


@pytest.mark.parametrize("slack", [True, False])
async def test_killed_between_any_two_steps_of_making_one_leaves_nothing(
    redis: Client, slack: bool, rounds: int
) -> None:
    for round_ in range(rounds):
        steps = 0
        while await killed_at(redis, f"{round_}X{steps}", steps, slack=slack):
            steps += 1
    assert steps >= 8, "intended, made, noted, asked, each before and after"


async def ended_at(client: Client, name: str, step: int, how: str) -> bool:
    leasing = await a_workspace(client, f"T0END{how}X{name}")
    request, value = await leasing.granted()
    leasing.server.log_in(value)
    process = mortal(leasing, Life(step))
    if how == "extend":
        filing = (await leasing.get(request)).sealed
        assert filing
        more = await leasing.store.file("A", extends=request, extends_mac=filing.mac)
        await leasing.store.decide(more)
    else:
        await leasing.store.revoke(request)
    died = await dies(process.work)
    if how == "extend":
        await leasing.pass_time(3_660)
        assert leasing.server.log_in(value), "the extension came through"
    await leasing.pass_time(4_002)  # whatever the killed one had taken is free by now
    await check_gone(leasing)
    return died


@pytest.mark.parametrize("how", ["revoke", "extend"])
async def test_killed_between_any_two_steps_of_the_sweep_loses_no_end_and_no_extension(
    redis: Client, how: str, rounds: int
) -> None:
    for round_ in range(rounds):
        steps = 0
        while await ended_at(redis, f"{round_}X{steps}", steps, how):
            steps += 1
    assert steps >= 6


async def test_what_was_made_after_its_end_was_asked_for_is_ended_too(redis: Client) -> None:
    """A mint that was under way while the grant ended: "does not exist" was true a moment too early."""
    leasing = await a_workspace(redis, "T0LATE")
    request = await leasing.store.grant("A")
    mint = leasing.sources.makers["pg"].mint

    async def late(lease: Any, left: Any) -> Any:
        await leasing.store.revoke(request)
        await leasing.work()
        assert await leasing.kept(), "it may be made this very moment"
        return await mint(lease, left)

    leasing.sources.makers["pg"].mint = late  # type: ignore[method-assign]
    assert await leasing.reveal(request) is Failure.ENDED
    assert leasing.delivery.shown == []
    await leasing.pass_time(31)
    await check_gone(leasing)


async def test_one_that_was_paused_and_makes_it_after_a_minute_shows_nothing(redis: Client) -> None:
    leasing = await a_workspace(redis, "T0PAUSE")
    request = await leasing.store.grant("A")
    mint = leasing.sources.makers["pg"].mint

    async def paused(lease: Any, left: Any) -> Any:
        await leasing.pass_time(61)
        return await mint(lease, left)

    leasing.sources.makers["pg"].mint = paused  # type: ignore[method-assign]
    outcome = await leasing.reveal(request)
    assert outcome is Failure.ENDED
    assert leasing.delivery.shown == []
