"""Rotations as processes drive them: the real store, a real issuer, and `kill -9` around any call."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from envaccess.application.ports.rotations import Rotator
from envaccess.application.rotations.advance import RotationDriver
from envaccess.application.rotations.press import pressed
from envaccess.domain.audit import BOT
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.seals.rotations import RotationSeal
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.wiring.parts import RandomIds, WallClock
from tests.fakes.rotations import FakeJournal, FakeRotators
from tests.store.harness import StoreHarness
from tests.store.rotating import rotations_on

T = TypeVar("T")


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Process:
    """Counts its calls, and is killed before or after the effect of one; never at 0."""

    at: int = 0
    before: bool = False
    made: int = 0

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        self.made += 1
        if self.made == self.at and self.before:
            raise KilledError
        found = await call()
        if self.made == self.at:
            raise KilledError
        return found


class Called:
    """Whatever it wraps, each of its methods a call of a process."""

    def __init__(self, inner: object, process: Process) -> None:
        self._inner, self._process = inner, process

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*args: Any, **more: Any) -> Awaitable[Any]:
            return self._process.call(lambda: method(*args, **more))

        return call


class Place(Protocol):
    """Where the value is read and published."""

    async def read(self, variable: Variable) -> Value: ...

    async def put(self, op: str, variable: Variable, text: str, *, after: str, fields: Any = None) -> str: ...


@dataclass
class WholeRotations:
    """One value and whoever drives its rotations.

    Attributes:
        places: where the value is read and published, as a process calls it.
        rotators: the issuer, as a process calls it.
    """

    harness: StoreHarness
    variable: Variable
    rule: RotationRule
    places: Callable[[Process], Place]
    rotators: Callable[[Process], Rotator]

    def driver(self, process: Process) -> RotationDriver:
        rotations: Any = Called(rotations_on(self.harness), process)
        place = self.places(process)
        ledger: Any = Called(self.harness.ledger, process)
        return RotationDriver(
            rotations,
            place,
            place,
            FakeRotators(self.rule, self.rotators(process)),
            ledger,
            self.harness.catalogue,
            WallClock(),
            RandomIds(),
            lambda _: "",
            FakeJournal(),
        )

    async def shown(self) -> str:
        """What the source shows now."""
        return (await self.current()).text

    async def current(self) -> Value:
        """The same with its version."""
        return await self.places(Process()).read(self.variable)

    async def due(self) -> None:
        """What is current was seen."""
        version = await self.harness.ledger.version(self.variable, await self.current())
        now = WallClock().now()
        new = RotationSeal(
            RandomIds().request(), str(self.variable), version, "grant_end", "bot", now, now, now
        )
        assert isinstance(await rotations_on(self.harness).add(self.harness.op(), new, BOT, 0), str)

    async def open(self) -> list[Rotation]:
        return [*await rotations_on(self.harness).open()]

    async def press(self, rotation: Rotation) -> None:
        """An owner has mended what was in its way, and says so."""
        store = rotations_on(self.harness)
        assert await store.move(rotation, pressed(rotation, WallClock().now()), by=BOT, press="")

    async def run(self, driver: RotationDriver, steps: int = 40) -> None:
        """Step after step without waiting, until it is over or a person has to act."""
        for _ in range(steps):
            for one in await self.open():
                await driver.step(one)
            if all(one.state.for_owners for one in await self.open()):
                return
        raise AssertionError("it never comes to rest")

    async def killed(self, process: Process) -> bool:
        """Let it run until this process is killed; whether it was."""
        try:
            await self.run(self.driver(process))
        except KilledError:
            return True
        return False


def kills(calls: int, tried: int) -> Iterator[Process]:
    """Processes that are killed before or after one of their calls: at each, or at so many of them."""
    every = [(at, before) for at in range(1, calls + 1) for before in (True, False)]
    for at, before in every if tried >= len(every) else every[3 :: max(len(every) // tried, 1)]:
        yield Process(at, before)
