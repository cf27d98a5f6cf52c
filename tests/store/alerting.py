"""Facts in the stream, and the follower that makes alerts of them, on a workspace of the store tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from envaccess.domain.cursors import SIGNALS
from envaccess.domain.signals.alerts import DAY, Alert
from envaccess.projections.signals import SignalFollower
from envaccess.store.alerts import RedisAlerts
from envaccess.store.signals import RedisSignals
from envaccess.wiring.parts import RandomIds
from tests.fakes.context import AUDIT
from tests.store.harness import StoreHarness

EVE, DANA = "U0EVE", "U0DANA"


class SilentJournal:
    """Fits `ports.process.Journal`: keeps which faults there were."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, what: str, **facts: str) -> None:
        del facts
        self.faults.append(what)

    def crash(self, what: str, error: BaseException) -> None:
        del what
        raise error


@dataclass
class Watched:
    """A workspace that has been watched for long, and its follower."""

    store: StoreHarness

    def __post_init__(self) -> None:
        self.alerts = RedisAlerts(self.store.runner, self.store.sealing, AUDIT)
        self.journal = SilentJournal()
        self.follower = self.another("process-1")

    def another(self, token: str) -> SignalFollower:
        """The follower of a process that has, or does not have, the lease."""
        memory = RedisSignals(self.store.runner, self.store.sealing, token)
        outbox, cursors, trail = self.store.outbox, self.store.cursors, self.store.trail
        return SignalFollower(outbox, cursors, trail, memory, RandomIds(), self.journal)

    async def begin(self, days: int = 400) -> None:
        """It has been watched for so many days."""
        await self.follower.step()
        key = self.store.runner.key("watched")
        seconds, _ = await self.store.client.time()
        await self.store.client.set(key, seconds * 1_000 - days * DAY)

    async def asked(self, facts: str, who: str = EVE, behind: str = "") -> None:
        """A request of somebody is in the stream, with these facts about it."""
        told = f',"behind":"{behind}"' if behind else ""
        fields: dict[Any, Any] = {
            "event": "request.created",
            "actor": who if ":" in who else f"person:{who}",
            "request": "0000000a",
            "requester": who,
            "variables": "default/STRIPE_KEY",
            "detail": f'{{"facts":"{facts}","hour":"3"{told}}}',
        }
        await self.store.client.xadd(self.store.runner.key("audit"), fields)

    async def follow(self, follower: SignalFollower | None = None) -> None:
        """Look at everything that is there."""
        last = await self.store.trail.last()
        while await self.store.cursors.at(SIGNALS) != last:
            await (follower or self.follower).step()
            last = await self.store.trail.last()

    async def open(self) -> Sequence[Alert]:
        """The alerts that nobody has closed."""
        return await self.alerts.open(100)


async def raise_alert(store: StoreHarness, who: str = EVE, behind: str = "") -> Alert:
    """An alert about somebody."""
    watched = Watched(store)
    await watched.begin()
    await watched.asked("odd_hour,burst", who, behind)
    await watched.follow()
    return (await watched.open())[0]
