"""Rotations in memory, and whatever else a driver of them is given, with a clock that a test moves."""

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from envaccess.application.ports.process import Clock
from envaccess.application.ports.rotations import Asker, Rotator
from envaccess.application.rotations.advance import RotationDriver
from envaccess.domain.audit import BOT, Actor, Tag
from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.refusal import Refusal
from envaccess.domain.rotation import RotationError
from envaccess.domain.rotation_record import Rotation, RotationMove, RotationSecrets
from envaccess.domain.seals.rotations import RotationSeal
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from tests.fakes.two_slots import Issuer, Place, TwoSlots, nowhere

DB_URL = Variable("production", "DB_URL")
FIRST = "app_a:value-for-tests"
SLOTS = RotationRule(RotatorKind.POSTGRES, roles=("app_a", "app_b"))
START = 1_900_000_000_000


@dataclass
class FakeClock:
    """Fits `ports.process.Clock`."""

    at: int = START

    def now(self) -> int:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += int(seconds * 1_000)


class FakeSecrets:
    """Fits `ports.rotations.NewSecrets`."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def secret(self) -> str:
        return f"value-for-tests-{next(self._numbers)}".ljust(43, "_")


@dataclass
class FakeLedger:
    """Fits `ports.rotations.RotationLedger`: a mark is a digest under the name of a key."""

    name: str = "first"

    async def key(self) -> str:
        return self.name

    async def version(self, variable: Variable, value: Value) -> str:
        mark = hashlib.sha256(f"{self.name}:{variable}:{value.text}".encode()).hexdigest()[:16]
        return f"{value.version}~{mark}"

    async def note_current(self, variable: Variable, value: Value, read_at: int) -> str:
        del read_at
        return await self.version(variable, value)


@dataclass
class FakeCatalogue:
    """Fits `ports.secrets.Catalogue`."""

    variables: list[Variable] = field(default_factory=lambda: [DB_URL])

    async def names(self) -> Sequence[Variable]:
        return self.variables

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        return {
            one: CatalogueEntry(one, "place", "cli:root", "first", 1, 0, 0)
            for one in variables
            if one in self.variables
        }


@dataclass
class FakeJournal:
    """Fits `ports.process.Journal`."""

    faults: list[str] = field(default_factory=list)

    def fault(self, what: str, **facts: str) -> None:
        del facts
        self.faults.append(what)

    def crash(self, what: str, error: BaseException) -> None:
        raise AssertionError(what) from error


@dataclass
class MemoryRotations:
    """Fits `ports.rotations.Rotations`. `reach` is called before and after each write.

    Attributes:
        events: tag and details of each, in order.
        held: how many live grants hold a value.
        told: how often holders were told to reveal again.
        exposed: what somebody has seen.
    """

    clock: Clock
    reach: Callable[[str], None] = nowhere
    kept: dict[str, Rotation] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    next_at: dict[str, int] = field(default_factory=dict)
    events: list[tuple[Tag, dict[str, str]]] = field(default_factory=list)
    held: int = 0
    told: int = 0
    told_of: set[str] = field(default_factory=set)
    exposed: dict[str, Sequence[tuple[Variable, str]]] = field(default_factory=dict)

    async def add(self, op: str, new: RotationSeal, actor: Actor, seen_at: int) -> str | Refusal:
        del op, actor, seen_at
        self.kept[new.id] = Rotation(new, "0")
        self.next_at[new.id] = self.clock.now()
        self.events.append((Tag.ROTATION_DUE, {"why": new.why}))
        return new.id

    async def due(self, limit: int) -> tuple[Sequence[Rotation], float]:
        due = [self.kept[one] for one, at in self.next_at.items() if at <= self.clock.now()]
        return due[:limit], 1.0

    async def open(self) -> Sequence[Rotation]:
        return sorted(
            (one for one in self.kept.values() if not one.state.is_closed),
            key=lambda rotation: (rotation.state.due_at, rotation.id),
        )

    async def of(self, variable: Variable) -> Sequence[Rotation]:
        return [one for one in await self.open() if one.variable == variable]

    async def get(self, rotation: str) -> Rotation | None:
        return self.kept.get(rotation)

    async def holders(self, variable: Variable) -> int:
        del variable
        return self.held

    async def exposed_to(self, person: str) -> Sequence[tuple[Variable, str]]:
        return self.exposed.get(person, ())

    async def since(self, variable: Variable, mark: str, begun: int) -> int:
        del variable, mark
        return begun

    async def wake(self, variable: Variable) -> None:
        for one in await self.of(variable):
            self.next_at[one.id] = self.clock.now()

    async def secrets(self, rotation: Rotation) -> RotationSecrets:
        texts = self.texts.get(rotation.id, {})
        return RotationSecrets(**{name: texts.get(name, "") for name in ("fresh", "slot")})

    async def move(
        self, rotation: Rotation, move: RotationMove, *, by: Actor, press: str | None = None
    ) -> Rotation | None:
        del by, press
        self.reach(f"before storing {move.state.stage}")
        now = self.kept[rotation.id]
        if now.mac != rotation.mac:
            return None
        state = replace(move.state, number=now.state.number + 1)
        moved = Rotation(state, str(state.number), now.version + move.draw, now.card)
        self.kept[rotation.id] = moved
        self.texts.setdefault(rotation.id, {}).update(move.secrets)
        if move.event:
            self.events.append((move.event, dict(move.detail)))
        if move.tells_holders and rotation.id not in self.told_of:
            self.told_of.add(rotation.id)
            self.told += 1
        if state.is_closed:
            self.next_at.pop(rotation.id, None)
        else:
            self.next_at[rotation.id] = self.clock.now() + int(move.seconds * 1_000)
        self.reach(f"after storing {move.state.stage}")
        return moved


@dataclass
class FakeAsker:
    """Fits `ports.rotations.Asker`: what it does when it is asked, a test says.

    Attributes:
        asked: the operations that it was told of.
        does: called with the operation.
    """

    asked: list[str] = field(default_factory=list)
    does: Callable[[str], None] = nowhere

    async def ask(self, op: str, variable: Variable, rule: RotationRule) -> None:
        del variable, rule
        self.asked.append(op)
        self.does(op)


@dataclass
class FakeRotators:
    """Fits `ports.rotations.Rotators`."""

    said: RotationRule | None = SLOTS
    slots: Rotator | None = None
    system: Asker | None = None

    def rule(self, variable: Variable) -> RotationRule | None:
        del variable
        return self.said

    def rotator(self, rule: RotationRule) -> Rotator | None:
        return self.slots if rule.by in {RotatorKind.POSTGRES, RotatorKind.AWS_IAM} else None

    def asker(self, rule: RotationRule) -> Asker | None:
        return self.system if rule.by in {RotatorKind.WEBHOOK, RotatorKind.COMMAND} else None


class World:
    """An issuer, a place, and a driver between them; `reach` is called around every effect of either."""

    def __init__(self, rule: RotationRule | None = SLOTS, reach: Callable[[str], None] = nowhere) -> None:
        self.clock, self.journal, self.place = FakeClock(), FakeJournal(), Place()
        self.place.set(DB_URL, FIRST)
        self.issuer, self.asker = Issuer(), FakeAsker()
        self.slots = TwoSlots(self.issuer)
        self.rotations, self.catalogue = MemoryRotations(self.clock), FakeCatalogue()
        self.rotators = FakeRotators(rule, self.slots, self.asker)
        self.ledger, self.secrets = FakeLedger(), FakeSecrets()
        self.reach(reach)
        self._ids = itertools.count(1)
        self.driver = self.another()

    def reach(self, reach: Callable[[str], None]) -> None:
        """From now on this is called around every effect."""
        self.slots.reach = self.rotations.reach = self.place.reach = reach

    def another(self) -> RotationDriver:
        """Another process, or the same one started anew."""
        return RotationDriver(
            self.rotations,
            self.place,
            self.place,
            self.rotators,
            self.ledger,
            self.catalogue,
            self.clock,
            self.secrets,
            lambda _: "U0DANA",
            self.journal,
        )

    async def due(self, wait: int = 0, why: str = "demand") -> Rotation:
        """What is current is to be made worthless."""
        seen = await self.ledger.version(DB_URL, await self.place.read(DB_URL))
        now = self.clock.now()
        new = RotationSeal(
            id=f"r{next(self._ids):07d}",
            variable=str(DB_URL),
            seen=seen,
            why=why,
            by="bot",
            due_at=now,
            wait_until=now + wait * 1_000,
            at=now,
        )
        await self.rotations.add(new.id, new, BOT, 0)
        return self.rotations.kept[new.id]

    async def run(self, seconds: float = 0.0, most: int = 200) -> None:
        """Do what is due, until so many seconds have passed."""
        until = self.clock.now() + int(seconds * 1_000)
        for _ in range(most):
            due, _ = await self.rotations.due(10)
            if due:
                for one in due:
                    await self.driver.step(one)
                continue
            later = [at for at in self.rotations.next_at.values() if at <= until]
            if not later:
                self.clock.at = until
                return
            self.clock.at = min(later)
        raise AssertionError("it never comes to rest")

    def tags(self) -> list[str]:
        return [str(tag) for tag, _ in self.rotations.events]

    @property
    def value(self) -> str:
        """What the place shows."""
        return self.place.texts[DB_URL]


def refuses(why: str = "It answered 500.") -> Callable[[str], None]:
    def refuse(_: str) -> None:
        raise RotationError(why)

    return refuse
