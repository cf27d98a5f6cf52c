"""A workspace on fakeredis with the real adapters, verbs and scripts, whose acts are noted as they happen."""

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakeredis import FakeAsyncRedis, FakeServer
from fakeredis._core._database import Item

from envaccess.application.grants.reveal import claim_by_name, claim_reveal, hand_over
from envaccess.application.requests.decide import WHOLE, Narrower, decide
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.call import by_person
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Verb
from envaccess.domain.variable import Variable
from envaccess.sources.sealed import SealedSource
from envaccess.store.runner import Runner
from envaccess.store.script_arguments import Argument
from tests.attack.acts import Acts, Asked
from tests.attack.clock import MovedClock
from tests.fakes.context import FakeDirectory
from tests.fakes.delivery import FakeDelivery
from tests.fakes.rulings import CHANNEL, usual
from tests.store.harness import OPERATOR, REASON, WORKSPACE, StoreHarness
from tests.store.verbs import context_on

ALICE, EVE = "U0ALICE", "U0EVE"
BOB, CAROL, DAN = "U0BOB", "U0CAROL", "U0DAN"
FAY = "U0FAY"
PEOPLE = (ALICE, EVE, BOB, CAROL, DAN, FAY)
SEATS = {
    CHANNEL: frozenset({BOB, CAROL, DAN}),
    "S0FIRST": frozenset({BOB}),
    "S0SECOND": frozenset({CAROL}),
    "S0CALLED": frozenset({DAN}),
}
NAMES = ("default/A", "default/B", "staging/C")
SEAL = re.compile(r"[a-z]{1,20}\.[0-9a-f]{16}\.[0-9a-f]{32}\.\{[ -~]*\}")

Snapshot = Mapping[bytes, tuple[Any, float | None]]
"""Every key with its value and when it expires."""


@dataclass
class Moment:
    """A store as it was, when, and which seals a watcher had heard by then."""

    store: Snapshot
    ms: int
    acts: Acts
    heard: frozenset[str]


class HeardRunner(Runner):
    """Keeps every seal that was ever an argument, as whoever watches with MONITOR does."""

    heard: set[str]

    async def run(self, name: str, /, **arguments: Argument) -> str | int:
        self.heard.update(
            text for text in arguments.values() if isinstance(text, str) and SEAL.fullmatch(text)
        )
        return await super().run(name, **arguments)


@dataclass
class Workspace:
    """People, variables, a store, and what a writer to Redis has seen of it."""

    clock: MovedClock
    server: FakeServer = field(default_factory=FakeServer)

    def __post_init__(self) -> None:
        self.client: Any = FakeAsyncRedis(server=self.server, decode_responses=True)
        self.store = StoreHarness(self.client)
        self.heard: set[str] = set()
        self._listen()
        self.directory = FakeDirectory()
        self.directory.join(*PEOPLE)
        self.acts = Acts(dict(SEATS), values={name: set() for name in NAMES})
        self.seat_everybody()
        self.moments: list[Moment] = []
        sealer = Sealer(Keyring((MasterKey(b"k" * 32),)))
        self.context = context_on(
            self.store,
            self.directory,
            values=SealedSource(self.store.sealed, sealer, WORKSPACE),
            clock=self.clock,
        )

    def _listen(self) -> None:
        runner: Any = self.store.runner
        runner.__class__ = HeardRunner
        runner.heard = self.heard

    def seat_everybody(self) -> None:
        """Whoever was away is back."""
        self.directory.approvers = SEATS[CHANNEL]
        self.directory.groups = {name: set(who) for name, who in SEATS.items() if name != CHANNEL}

    async def put(self, name: str, value: str) -> None:
        """An operator stores a value."""
        source: Any = self.context.values
        await source.write(self.store.op(), Variable(*name.split("/")), value, OPERATOR, replace=True)
        self.acts.values[name].add(value)

    async def file(
        self,
        names: str,
        who: str = ALICE,
        ruling: Ruling = usual(CHANNEL),  # noqa: B008 - frozen
        *,
        seconds: int = 3_600,
        once: bool = False,
        starts_in: int = 0,
        extends: str = "",
    ) -> str:
        """Somebody asks for something; returns the request's id."""
        starts_at = self.clock.ms + starts_in * 1_000 if starts_in else 0
        mac = (await self.store.get(extends)).sealed.mac if extends else ""  # type: ignore[union-attr]
        more: dict[str, Any] = {"starts_at": starts_at, "extends": extends, "extends_mac": mac}
        new = self.store.new(names, who, seconds=seconds, once=once, ruling=ruling, **more)
        filed = await self.store.requests.open(self.store.op(), new)
        assert isinstance(filed, Filed), filed
        self.acts.asked[filed.id] = Asked(
            id=filed.id,
            who=who,
            names=tuple(map(str, new.variables)),
            seconds=seconds,
            ruling=ruling,
            at=self.clock.ms,
            reason=REASON,
            once=once,
            starts_at=starts_at,
            extends=extends,
            alone=filed.state == "approved",
        )
        self.clock.pass_(5)
        return filed.id

    async def press(self, request: str, who: str, less: Narrower = WHOLE) -> Decided | Refusal:
        """Press Approve."""
        return await decide(self.context, by_person(self.store.op(), who), request, Verb.APPROVE, "", less)

    async def approve(self, request: str, who: str = BOB, less: Narrower = WHOLE, seat: str = "") -> None:
        """The same where it must be taken."""
        decided = await self.press(request, who, less)
        assert isinstance(decided, Decided), decided
        names = frozenset(map(str, less.variables or ()))
        self.acts.asked[request].agree(seat or who, self.clock.ms, names, less.seconds)
        self.clock.pass_(5)

    async def deny(self, request: str) -> None:
        """Press Deny, as Bob."""
        decided = await decide(self.context, by_person(self.store.op(), BOB), request, Verb.DENY, "no")
        assert isinstance(decided, Decided), decided
        self.acts.asked[request].ended = True

    async def reveal(
        self, who: str, request: str = "", name: str = ""
    ) -> tuple[str, str, dict[str, str]] | None:
        """Press Reveal, or name a variable: the request, who was shown it, and what."""
        delivery, call = FakeDelivery(), by_person(self.store.op(), who)
        claimed = (
            await claim_reveal(self.context, delivery, call, request)
            if request
            else await claim_by_name(self.context, delivery, call, Variable(*name.split("/")))
        )
        if not isinstance(claimed, Claim) or await hand_over(self.context, claimed, delivery) is not None:
            return None
        to, values = delivery.shown[-1]
        return claimed.id, to, {str(variable): value for variable, value in values.items()}

    def mark(self) -> None:
        """Remember the store as it is now."""
        self.moments.append(
            Moment(self.snapshot(), self.clock.ms, copy.deepcopy(self.acts), frozenset(self.heard))
        )

    def snapshot(self) -> Snapshot:
        """Every key as it is."""
        kept = self.server.dbs[0]._dict
        return {key: (copy.deepcopy(item.value), item.expireat) for key, item in kept.items()}

    def restore(self, store: Snapshot, ms: int) -> None:
        """Put everything back."""
        database = self.server.dbs[0]
        database._dict.clear()
        database._expiry_heap.clear()
        self.clock.ms, database.time = ms, ms / 1_000
        self.put_back(store, frozenset(store))

    def put_back(self, store: Snapshot, keys: Collection[bytes]) -> None:
        """These keys as they were then, or gone if they were not there."""
        database = self.server.dbs[0]
        for key in keys:
            database._dict.pop(key, None)
            if key in store:
                value, expires = store[key]
                item = Item(copy.deepcopy(value))
                item.expireat = expires  # type: ignore[assignment]
                database[key] = item
