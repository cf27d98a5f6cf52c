"""Whatever people, time, the database and `kill -9` do to logins, in any order: some things always hold.

A login that is at the database is written down; none outlives its grant there; and once everybody is back
each is gone, and was told so once.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envaccess.domain.outcome import Decided
from envaccess.domain.sources.faults import SourceFault
from envaccess.store.client import connect
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing
from tests.store.test_lease_kills import KilledError, Life, check_gone, mortal

GRANT = 3_600
STEPS = 12
ACTIONS = st.one_of(
    st.tuples(st.just("grant"), st.booleans()),
    st.tuples(st.sampled_from(["reveal", "revoke", "extend", "lock", "drop"]), st.integers(0, 3)),
    st.tuples(st.just("kill"), st.integers(0, 12)),
    st.tuples(st.just("pass"), st.sampled_from([1, 30, 400, 901, 2_000])),
    st.tuples(
        st.just("source"), st.sampled_from([None, SourceFault.DOWN, SourceFault.SLOW, SourceFault.DENIED])
    ),
    st.tuples(st.sampled_from(["mute", "bot"]), st.booleans()),
)


@dataclass
class Lives:
    """One workspace, and what was done in it.

    Attributes:
        ends: by request, when all that it shows must be over by the database's own clock, in milliseconds.
    """

    leasing: Leasing
    requests: list[str] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    once: set[str] = field(default_factory=set)
    asleep: bool = False

    async def do(self, verb: str, what: Any) -> None:
        await (self.pass_time(what) if verb == "pass" else getattr(self, verb)(what))
        if not self.asleep:
            await self.leasing.work(1)
        await self.check()

    async def grant(self, once: bool) -> None:
        if len(self.requests) == 4:
            return
        seconds = 900 if once else GRANT
        request = await self.leasing.store.grant("A", once=once, seconds=seconds)
        self.requests.append(request)
        self.once |= {request} if once else set()
        self.ends[request] = self.leasing.server.now + seconds * 1_000

    def one(self, number: int) -> str:
        return self.requests[number % len(self.requests)] if self.requests else ""

    async def reveal(self, number: int) -> None:
        if request := self.one(number):
            await self.leasing.reveal(request)
            self.used(request)

    async def kill(self, step: int) -> None:
        if request := self.one(step):
            with suppress(KilledError):
                await mortal(self.leasing, Life(step)).reveal(request)
            self.used(request)

    def used(self, request: str) -> None:
        """What a single use showed lives for as long as was agreed to, from the use."""
        if request in self.once:
            self.ends[request] = max(self.ends[request], self.leasing.server.now + 900_000)

    async def revoke(self, number: int) -> None:
        if request := self.one(number):
            await self.leasing.store.revoke(request)

    async def lock(self, _number: int) -> None:
        await self.leasing.store.lock("A")
        await self.leasing.store.unlock("A")

    async def drop(self, number: int) -> None:
        """Somebody drops a login by hand."""
        for name in list(self.leasing.server.roles)[number : number + 1]:
            del self.leasing.server.roles[name]

    async def extend(self, number: int) -> None:
        request = self.one(number)
        found = await self.leasing.get(request) if request else None
        if found is None or not found.live or found.duration.once or not found.sealed:
            return
        store = self.leasing.store
        more = await store.file("A", extends=request, extends_mac=found.sealed.mac)
        if isinstance(await store.decide(more), Decided):
            self.ends[request] += GRANT * 1_000

    async def pass_time(self, seconds: int) -> None:
        await self.leasing.pass_time(seconds, asleep=self.asleep)

    async def source(self, fault: SourceFault | None) -> None:
        self.leasing.server.fault = fault

    async def mute(self, mute: bool) -> None:
        self.leasing.server.mute = mute

    async def bot(self, asleep: bool) -> None:
        self.asleep = asleep
        if not asleep:
            self.leasing.start()

    async def check(self) -> None:
        written = {kept.id for kept in await self.leasing.kept()}
        for name, role in self.leasing.server.roles.items():
            assert name in written, "a login that nothing is written of"
            request = name.split("_")[2]
            assert role.valid_until <= self.ends[request], "it outlives its grant at the database"
        for request in self.requests:
            live = [one for one in (await self.leasing.get(request)).leases if one.live]
            assert len(live) <= 5

    async def end(self) -> None:
        """Everybody is back, and everything is over."""
        self.leasing.server.fault, self.leasing.server.mute = None, False
        self.leasing.start()
        for request in self.requests:
            await self.leasing.store.revoke(request)
        await self.leasing.pass_time(4 * GRANT)
        await self.leasing.pass_time(GRANT)
        await check_gone(self.leasing)


async def live(client: Any, actions: list[tuple[str, Any]]) -> None:
    store = StoreHarness(client)
    await store.add("A", "B")
    lives = Lives(Leasing(store))
    await lives.grant(once=False)
    for verb, what in actions:
        await lives.do(verb, what)
    await lives.end()


async def on_fake(actions: list[tuple[str, Any]]) -> None:
    await live(FakeAsyncRedis(decode_responses=True), actions)


def on_real(address: str) -> Callable[[list[tuple[str, Any]]], Coroutine[Any, Any, None]]:
    async def run(actions: list[tuple[str, Any]]) -> None:
        client = connect(address)
        await client.flushall()
        await live(client, actions)
        await client.aclose()

    return run


@pytest.mark.real
@pytest.mark.usefixtures("relaxed")
@pytest.mark.parametrize("server", ["fake", "real"])
def test_logins_keep_their_promises_whatever_happens_in_whatever_order(
    server: str, valkey: str, pytestconfig: pytest.Config
) -> None:
    run = on_fake if server == "fake" else on_real(valkey)
    tried = max(1, int(pytestconfig.getoption("--sequences-tried")) // 4)

    @settings(max_examples=tried, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(ACTIONS, max_size=STEPS))
    def sequences(actions: list[tuple[str, Any]]) -> None:
        asyncio.run(run(actions))

    sequences()
