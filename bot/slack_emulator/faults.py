"""Faults of Slack, switched on and off by tests.

A fault wraps a call: it may refuse before the call acts, act and then lose the reply, or wait.
Methods are named as in the Web API; `response_url` and `socket` (opening a web socket) go through here
too, and `*` is all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict, Unpack

from slack_emulator.http_answers import DroppedError, Reply
from slack_emulator.notifier import ChangeNotifier
from slack_emulator.types import Json

RESPONSE_URL = "response_url"
SOCKET = "socket"


Act = Callable[[], Reply]
Effect = Callable[[Act], Awaitable[Reply]]


class When(TypedDict, total=False):
    """Which calls a fault hits: the next `times` (None: all), by their arguments, by their token's `team`."""

    times: int | None
    only_if: Callable[[Json], bool] | None
    team: str | None


@dataclass(eq=False)
class Fault:
    """One fault: what it does, to which method, to how many more calls (None: until stopped)."""

    method: str
    effect: Effect
    times: int | None = None
    only_if: Callable[[Json], bool] | None = None
    team: str | None = None
    hits: int = 0
    stopped: bool = False

    def stop(self) -> None:
        """The next calls are answered as usual; calls that hang go on hanging until released."""
        self.stopped = True

    def strikes(self, method: str, args: Json, team: str = "") -> bool:
        """Whether this call is hit; counts it."""
        if (
            self.stopped
            or self.method not in ("*", method)
            or (self.times is not None and self.hits >= self.times)
        ):
            return False
        if self.team not in (None, team) or (self.only_if is not None and not self.only_if(args)):
            return False
        self.hits += 1
        return True


class Gate:
    """Holds calls until somebody opens it."""

    def __init__(self, changes: ChangeNotifier) -> None:
        self._open = asyncio.Event()
        self._changes = changes
        self.waiting = 0

    def release(self) -> None:
        """Let everybody through, now and later."""
        self._open.set()

    async def wait(self) -> None:
        """Wait until it is released."""
        self.waiting += 1
        self._changes.notify()
        await self._open.wait()
        self.waiting -= 1


class Faults:
    """The faults that are on. The first one that fits a call decides."""

    def __init__(self, changes: ChangeNotifier) -> None:
        self._changes = changes
        self._on: list[Fault] = []
        self._gates: list[Gate] = []

    def add(self, method: str, effect: Effect, **when: Unpack[When]) -> Fault:
        """Switch a fault on."""
        fault = Fault(method, effect, **when)
        self._on.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all off and release whatever hangs."""
        self._on.clear()
        for gate in self._gates:
            gate.release()

    async def meet(self, method: str, args: Json, act: Act, team: str = "") -> Reply:
        """Answer a call through the fault that fits, if any; raises DroppedError."""
        for fault in self._on:
            if fault.strikes(method, args, team):
                return await fault.effect(act)
        return act()

    def rate_limit(self, method: str = "*", *, retry_after: int = 1, **when: Unpack[When]) -> Fault:
        """Answer 429 with `Retry-After` seconds."""
        headers = {"Retry-After": str(retry_after)}
        return self._answer(method, Reply(429, {"ok": False, "error": "ratelimited"}, headers), **when)

    def break_down(self, method: str = "*", *, status: int = 500, **when: Unpack[When]) -> Fault:
        """Answer with an HTTP error and no JSON."""
        return self._answer(method, Reply(status, "<html>Slack is having trouble</html>"), **when)

    def answer(self, method: str, error: str, extra: Json | None = None, **when: Unpack[When]) -> Fault:
        """Answer `ok: false` with this error."""
        return self._answer(method, Reply(200, {"ok": False, "error": error, **(extra or {})}), **when)

    def _answer(self, method: str, reply: Reply, **when: Unpack[When]) -> Fault:
        async def effect(_act: Act) -> Reply:
            return reply

        return self.add(method, effect, **when)

    def slow(self, method: str = "*", *, seconds: float, **when: Unpack[When]) -> Fault:
        """Act after a delay of real seconds."""

        async def effect(act: Act) -> Reply:
            await asyncio.sleep(seconds)
            return act()

        return self.add(method, effect, **when)

    def hang(self, method: str = "*", *, after_acting: bool = False, **when: Unpack[When]) -> Gate:
        """Hold calls at a gate, before or after they act; `gate.waiting` says how many are held."""
        gate = Gate(self._changes)
        self._gates.append(gate)

        async def effect(act: Act) -> Reply:
            reply = act() if after_acting else None
            await gate.wait()
            return reply or act()

        self.add(method, effect, **when)
        return gate

    def refuse(self, method: str = "*", **when: Unpack[When]) -> Fault:
        """Drop the connection before anything happens."""

        async def effect(_act: Act) -> Reply:
            raise DroppedError

        return self.add(method, effect, **when)

    def lose_reply(self, method: str = "*", **when: Unpack[When]) -> Fault:
        """Do what was asked, then drop the connection: the bot cannot know."""

        async def effect(act: Act) -> Reply:
            act()
            raise DroppedError

        return self.add(method, effect, **when)

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Every call is dropped inside the block."""
        fault = self.refuse()
        try:
            yield
        finally:
            fault.stop()
