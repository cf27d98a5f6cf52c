"""The workspace of the scenario tests: people, channels, a real Redis, the real bot on the local Slack."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from envaccess import wiring
from envaccess.domain.audit import Actor, Event
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable
from envaccess.settings import Settings
from envaccess.store.client import Client
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.trail import RedisTrail
from envaccess.wiring.parts import WallClock, open_keyring
from envaccess.wiring.seal_keys import open_seals
from envaccess_demo.moving_clock import move_clock, runner_with_clock
from slack_emulator import Channel, CommandReply, Message, NeverHappenedError, Press, SlackEmulator, User

T = TypeVar("T")

STRIPE = Variable("default", "STRIPE_KEY")
DB = Variable("staging", "DB_URL")

TRY_AGAIN = "does not answer just now, so nothing was done"
CHECK_STATUS = "may or may not have happened"
NOT_CHECKED = "Slack did not answer in time"
AGAIN = (TRY_AGAIN, CHECK_STATUS, NOT_CHECKED)
"""What somebody is told who has to do it again: nothing was done, or it counts once."""


@dataclass
class ScenarioHarness:
    """Who lives here, and what a test looks at.

    Attributes:
        values: what the operator stored, by variable; made up afresh for each test.
        printed: the sentences that a process of the bot, or the doctor, said to the operator.
    """

    slack: SlackEmulator
    redis: Client
    home: Path
    alice: User
    bob: User
    carol: User
    dana: User
    general: Channel
    approvers: Channel
    audit: Channel
    keys: tuple[bytes, ...] = field(default_factory=lambda: (secrets.token_bytes(32),))
    values: dict[Variable, str] = field(default_factory=dict)
    redis_url: str = ""
    printed: list[str] = field(default_factory=list)

    @property
    def runner(self) -> Runner:
        """The scripts of this workspace."""
        return runner_with_clock(self.redis, self.slack.team_id)

    def settings(self, **more: Any) -> Settings:
        """The bot's settings: Socket Mode, the real Redis, reveal on demand."""
        given: dict[str, Any] = {
            "home": self.home,
            "redis_url": self.redis_url,
            "master_keys": self.keys,
            "slack_bot_token": self.slack.bot_token,
            "slack_app_token": self.slack.app_token,
            "slack_api_url": self.slack.api_url,
            "approvers_channel": self.approvers.id,
            "audit_channel": self.audit.id,
            "port": 0,
        }
        return Settings.explicit(**{**given, **more})

    async def store(self, variable: Variable, value: str | None = None) -> str:
        """Store a value as an operator does; returns it."""
        self.values[variable] = value or f"value-{secrets.token_hex(8)}"
        await self._write(variable)
        return self.values[variable]

    async def store_all(self, *variables: Variable) -> None:
        """Store a value for each, as an operator does by one command."""
        self.values |= {variable: f"value-{secrets.token_hex(8)}" for variable in variables}
        await self._write(*variables)

    async def _write(self, *variables: Variable) -> None:
        async with wiring.operator_context(self.settings()) as operator:
            for variable in variables:
                await operator.values.write(
                    operator.ids.operation(), variable, self.values[variable], operator.actor, replace=True
                )

    @contextlib.asynccontextmanager
    async def bot(self, **more: Any) -> AsyncIterator[None]:
        """The real bot, in this process, connected."""
        stop, before = asyncio.Event(), self.slack.connections
        serving = asyncio.create_task(wiring.serve(self.settings(**more), stop))
        connected = asyncio.create_task(self.slack.connected(before + 2))
        try:
            await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            await connected
            yield
        finally:
            connected.cancel()
            stop.set()
            await serving

    async def sealing(self) -> Sealing:
        """The seals of this workspace, as whoever has the master keys opens them."""
        keyring = await open_keyring(self.settings(), self.redis)
        seals = await open_seals(self.redis, self.slack.team_id, self.slack.bot.id, keyring)
        return Sealing(seals, WallClock().now)

    async def reader(self) -> RequestReader:
        """Reads requests as the bot does, without an alarm."""
        return RequestReader(self.runner, await self.sealing())

    async def stored(self) -> RedisRequests:
        """The requests of this workspace."""
        return RedisRequests(self.runner, await self.reader())

    async def move_clock(self, seconds: float) -> None:
        """Let time pass in Redis: every TTL and every stored time, in one step."""
        await move_clock(self.runner, int(seconds * 1000), (await self.sealing()).seals)

    async def ask(self, text: str, who: User | None = None) -> CommandReply:
        """Type `/envaccess TEXT` in #general."""
        return await (who or self.alice).command("/envaccess", text, channel=self.general)

    async def filed(self, text: str = "STRIPE_KEY 1h debugging a failed refund") -> Message:
        """File a request as Alice; returns the approvers' message, with its buttons."""
        known = set(map(id, self.slack.messages(self.approvers)))
        await self.heeded(partial(self.ask, text))

        def fresh() -> Message | None:
            new = [m for m in self.slack.messages(self.approvers) if id(m) not in known]
            return next((m for m in new if "[ Approve ]" in self.slack.draw(m)), None)

        return await self.until(fresh)

    async def granted(self, text: str = "STRIPE_KEY 1h debugging a failed refund") -> Message:
        """File as Alice and approve as Bob; returns Alice's card with Reveal.

        On a busy machine the private answer that says "press again" may come after the ack: then he does.
        """
        message = await self.filed(text)
        press = partial(self.bob.press, message, "Approve")
        await self.heeded(press)
        with contextlib.suppress(NeverHappenedError):
            return await self.until(lambda: self.alice.find("[ Reveal ]"), within=20)
        await self.heeded(press)
        return await self.until(lambda: self.alice.find("[ Reveal ]"))

    async def heeded(self, act: Callable[[], Awaitable[CommandReply | Press]]) -> None:
        """Do it again as long as the private answer says so: a busy machine may be too slow for an ack."""
        busy = True
        while busy:
            done = await act()
            if done.error == "operation_timeout":
                continue
            assert done.error is None, done.error
            answers = [done.message] if isinstance(done, CommandReply) else done.answers
            said = " ".join(self.slack.draw(answer) for answer in answers if answer)
            busy = any(words in said for words in AGAIN)

    async def bot_opens_deny(self, message: Message, who: User | None = None) -> None:
        """Press Deny, by default as Bob, and wait for the form."""
        person = who or self.bob
        await person.press(message, "Deny")
        await self.until(lambda: person.modal)

    async def asked_again(self, person: User) -> None:
        """An event about this person's profile: what the bot remembers of them is dropped."""
        await self.slack.tell({"type": "user_change", "user": {"id": person.id, "deleted": False}})

    async def delete(self, variable: Variable, actor: Actor | None = None) -> None:
        """Delete a value as an operator does."""
        async with wiring.operator_context(self.settings()) as operator:
            await operator.values.delete(operator.ids.operation(), variable, actor or operator.actor)

    async def until(self, condition: Callable[[], T | None], within: float = 60) -> T:
        """Wait for something to come true; returns it."""
        found = await self.slack.until(condition, within=within)
        assert found is not None
        return found

    async def events(self) -> Sequence[Event]:
        """The whole audit stream."""
        return await RedisTrail(self.runner).after("0", 100_000)

    async def tags(self) -> list[str]:
        """The tags of the whole audit stream, in order."""
        return [event.event for event in await self.events()]

    async def requests(self) -> list[Request]:
        """Every request of Alice's, newest first."""
        held = await (await self.stored()).held_by(self.alice.id)
        return [*held.pending, *held.live, *held.ended]


def harness_of(
    slack: SlackEmulator,
    redis: Client,
    redis_url: str,
    home: Path,
    people: Sequence[User],
    approvers: Sequence[User],
    **more: Any,
) -> ScenarioHarness:
    """The harness of a workspace: Alice, Bob, Carol and Dana first, everybody in #general, Dana in #audit."""
    alice, bob, carol, dana, *_ = people
    return ScenarioHarness(
        slack=slack,
        redis=redis,
        redis_url=redis_url,
        home=home,
        alice=alice,
        bob=bob,
        carol=carol,
        dana=dana,
        general=slack.add_channel("general", people),
        approvers=slack.add_channel("approvers", approvers, private=True),
        audit=slack.add_channel("audit", [dana], private=True),
        **more,
    )
