"""A workspace whose variable A a database makes for each use, and the process that ends what was made."""

from dataclasses import dataclass, field, replace
from typing import Any

from envaccess.application.grants.reveal import hand_over
from envaccess.application.leases.sweep import LeaseSweep
from envaccess.application.ports.sources import Leases
from envaccess.domain.leases import KeptLease
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.person import Person
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request
from envaccess.projections.workers import keep_on
from envaccess.store.leases import RedisLeases
from envaccess.wiring.parts import WallClock
from tests.fakes.context import FakeDirectory
from tests.fakes.delivery import FakeDelivery
from tests.fakes.lease_server import FakeLeases, LeaseServer
from tests.fakes.lease_sources import FakeLeaseSources
from tests.store.harness import ALICE, BOB, StoreHarness, var
from tests.store.verbs import context_on

A = var("A")


class Alarms:
    """What the operator is told, as long as it lasts."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], str] = {}

    def tell(self, tag: str, subject: str = "", *, problem: str, mend: str) -> None:
        self.told[tag, subject] = f"{problem}. {mend}"

    def clear(self, tag: str, channel: str = "") -> None:
        self.told.pop((tag, channel), None)


class Log:
    """Fits `ports.process.Journal`."""

    def __init__(self) -> None:
        self.crashes: list[BaseException] = []

    def fault(self, what: str, **facts: str) -> None:
        del what, facts

    def crash(self, what: str, error: BaseException) -> None:
        del what
        self.crashes.append(error)


class Directory(FakeDirectory):
    """Slack, in a workspace of any name."""

    def __init__(self, workspace: str) -> None:
        super().__init__()
        self._workspace = workspace

    @property
    def workspace(self) -> str:
        return self._workspace


@dataclass
class Leasing:
    """One process on a workspace, and the server that it shares with others."""

    store: StoreHarness
    server: LeaseServer = field(default_factory=LeaseServer)
    process: str = "process-1"

    def __post_init__(self) -> None:
        self.delivery = FakeDelivery()
        self.sources = FakeLeaseSources({A: "pg"}, {"pg": FakeLeases(self.server)})
        self.leases = RedisLeases(self.store.runner, self.store.reader, self.store.workspace, self.process)
        self.alarms, self.log = Alarms(), Log()
        self.start()

    def start(self) -> None:
        """A process begins anew, and knows nothing."""
        self.directory = Directory(self.store.workspace)
        self.directory.people = {who: Person(who, self.store.workspace) for who in (ALICE, BOB)}
        self.directory.approvers = frozenset({BOB})
        context = context_on(self.store, self.directory)
        self.context = replace(context, lease_sources=self.sources, leases=self.leases)
        self.sweep = LeaseSweep(
            self.store.workspace,
            self.leases,
            self.sources,
            self.store.requests,
            WallClock(),
            self.log,
            self.alarms,
            keep_on,
            apart=0.0,
        )

    def another(self) -> "Leasing":
        """Another process, on the same database."""
        return Leasing(self.store, self.server, "process-2")

    def made_by(self, leases: Leases) -> None:
        """Another adapter before the same server."""
        self.sources.makers["pg"] = leases

    async def reveal(self, request: str, op: str = "") -> Failure | Refusal | None:
        """Press Reveal, and be shown what comes of it."""
        claim = await self.store.claim(request, op=op)
        return claim if isinstance(claim, Refusal) else await self.hand_over(claim)

    async def hand_over(self, claim: Claim) -> Failure | None:
        return await hand_over(self.context, claim, self.delivery)

    async def shown(self, request: str) -> str:
        """What is shown, where that must work."""
        outcome = await self.reveal(request)
        assert outcome is None, outcome
        return self.delivery.shown[-1][1][A]

    async def granted(self, labels: str = "A", **more: Any) -> tuple[str, str]:
        """A live grant, and what was shown by it."""
        request = await self.store.grant(labels, **more)
        return request, await self.shown(request)

    async def pass_time(self, seconds: float, *, asleep: bool = False) -> None:
        """Time passes for everybody; `asleep`: nobody works meanwhile, or after."""
        await self.store.pass_time(seconds * 1_000)
        self.server.pass_time(seconds)
        if not asleep:
            await self.work()

    async def work(self, rounds: int = 3) -> None:
        """Whatever a process does: deadlines are settled, what is due at sources is seen to."""
        for _ in range(rounds):
            await self.store.work()
            for source in await self.sweep.lanes():
                await self.sweep.step(source)

    async def kept(self) -> list[KeptLease]:
        return list(await self.leases.kept())

    async def get(self, request: str) -> Request:
        return await self.store.get(request)

    async def tags(self) -> list[str]:
        return [tag for tag in await self.store.tags() if tag.startswith("lease.")]
