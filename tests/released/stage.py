"""The workspace in which the stores come about, and what people do there: by command, button and form.

The ids of people and channels follow from the order in which they are let in, so that the same workspace can
be set up again around a store that was restored.
"""

import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envaccess import wiring
from envaccess.domain.lock import Target
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable, parse_variable
from envaccess.store.client import Client
from envaccess.store.delegations import RedisDelegations
from envaccess.store.locks import RedisLocks
from slack_emulator import Message, Modal, SlackEmulator, User
from tests.released.restoring import Dump, dump, restore
from tests.scenario.harness import ScenarioHarness, harness_of
from tests.scenario.watch import settled

TEAM = "T0RELEASED"
OLD_KEY, NEW_KEY = b"1" * 32, b"2" * 32
"""Master keys that nobody could take for real ones."""

MINUTE, HOUR, DAY = 60, 3_600, 24 * 3_600


@dataclass
class Stage:
    """A workspace with a bot, and what is known of its requests.

    Attributes:
        known: requests by what is remarkable about them, which begins with where request or grant stands.
        frozen: the store as it was when the story had been told; what follows it is what was promised then.
        undrawn: ids of requests of which something was still to be shown.
        duties: who stood in for whom, by the giver.
    """

    harness: ScenarioHarness
    people: dict[str, User]
    payments: str
    policy: Path | None = None
    known: dict[str, str] = field(default_factory=dict)
    frozen: Dump = field(default_factory=dict)
    told: dict[str, Request] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    undrawn: list[str] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)
    duties: dict[str, str] = field(default_factory=dict)
    values: dict[Variable, str] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @contextlib.asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        """The real bot, until all is settled and drawn."""
        more: dict[str, Any] = {"policy_file": self.policy} if self.policy else {}
        async with self.harness.bot(**more):
            await settled(self.harness)
            yield
            await settled(self.harness)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass while no bot runs: the store becomes older in every place."""
        before = await dump(self.harness.redis)
        await self.harness.redis.flushall()
        await restore(self.harness.redis, before, later=int(seconds * 1000))

    async def freeze(self) -> None:
        """Read the whole store as it stands, and what is promised of it."""
        self.frozen = await dump(self.harness.redis)
        self.told = {about: await self.get(request) for about, request in self.known.items()}
        self.events = await self.harness.tags()
        runner = self.harness.runner
        self.undrawn = sorted(await self.harness.runner.client.zrange(runner.key("dirty"), 0, -1))
        self.locks = sorted(map(str, await RedisLocks(runner).standing()))
        self.duties = {
            duty.giver: duty.taker
            for duty in await RedisDelegations(runner, await self.harness.sealing()).standing()
        }

    # -- operators

    async def store(self, *labels: str) -> None:
        """Give each variable a new value."""
        for label in labels:
            value = f"value-for-tests-{next(self.numbers)}"
            self.values[variable(label)] = await self.harness.store(variable(label), value)

    async def delete(self, *labels: str) -> None:
        """Delete these variables."""
        for label in labels:
            await self.harness.delete(variable(label))
            del self.values[variable(label)]

    async def read_out(self, label: str, why: str) -> None:
        """Read a value on the host."""
        async with wiring.operator_context(self.harness.settings()) as tools:
            found = await tools.values.read_out(tools.ids.operation(), variable(label), tools.actor, why)
        assert found == self.values[variable(label)]

    async def reseal(self, *labels: str) -> None:
        """Put a new master key first, and these values under it."""
        self.harness.keys = (NEW_KEY, OLD_KEY)
        async with wiring.operator_context(self.harness.settings()) as tools:
            for label in labels:
                assert await tools.values.reseal(tools.ids.operation(), variable(label), tools.actor)

    async def lock(self, what: str, why: str, *, lift: bool = False) -> None:
        """Lock a person or a variable from the host, and lift that again where it is said."""
        who = self.people.get(what)
        target = Target(who.id) if who else Target(variable=variable(what))
        async with wiring.operator_context(self.harness.settings()) as tools:
            await tools.locks.lock(tools.ids.operation(), target, tools.actor, why)
            if lift:
                await tools.locks.unlock(tools.ids.operation(), target, tools.actor, "found it again")

    # -- people

    async def say(self, who: str, text: str, words: str) -> str:
        """Type a command whose answer has these words; returns the answer."""
        reply = await self.harness.ask(text, self.people[who])
        assert reply.error is None, reply.error
        assert reply.message
        heard = self.harness.slack.draw(reply.message)
        assert words in heard, heard
        return heard

    async def file(self, about: str, who: str, text: str, words: str = "Filed as request") -> str:
        """File a request, remembered by what is remarkable about it; returns its id once it is drawn."""
        await self.say(who, text, words)
        request = await self.note(about)
        await settled(self.harness)
        return request

    async def note(self, about: str) -> str:
        """Remember the newest request by what is remarkable about it; returns its id."""
        created = [event for event in await self.harness.events() if event.event == "request.created"]
        assert about not in self.known
        self.known[about] = created[-1].request
        return created[-1].request

    async def grant(self, about: str, who: str, text: str, by: str = "bob") -> str:
        """File a request that one person's approval makes a grant."""
        request = await self.file(about, who, text)
        await self.press(by, request, "Approve")
        return request

    async def press(self, who: str, request: str, button: str) -> None:
        """Press a button of the approvers' message, seen or not, and wait until all is drawn."""
        await self.people[who].press(await self.message(request), button, forged=True)
        await settled(self.harness)

    async def fill(self, who: str, message: Message, button: str, **values: object) -> None:
        """Press a button that opens a form, and send the form."""
        person = self.people[who]
        await person.press(message, button)

        def fresh() -> Modal | None:
            return person.modal

        sent = await (await self.harness.until(fresh)).submit(values)
        assert not sent.errors, sent.errors
        assert sent.error is None, sent.error
        if sent.next:
            await sent.next.close()
        await settled(self.harness)

    async def reveal(self, request: str) -> None:
        """Press Reveal on the requester's card, and see a value."""
        found = await self.get(request)
        person = next(who for who in self.people.values() if who.id == found.requester)
        before = len(self.harness.slack.calls_of("chat.postEphemeral"))
        await person.press(await self.card(request), "Reveal")
        await self.harness.until(
            lambda: len(self.harness.slack.calls_of("chat.postEphemeral")) > before or None,
        )
        await settled(self.harness)

    # -- what there is

    async def get(self, request: str) -> Request:
        """The request as the store holds it."""
        found = await (await self.harness.stored()).get(request)
        assert found
        return found

    async def message(self, request: str) -> Message:
        """Its message in the approvers channel."""
        found = await self.get(request)
        return _with(self.harness.slack.messages(self.harness.approvers), found.surfaces.message)

    async def card(self, request: str) -> Message:
        """Its card."""
        found = await self.get(request)
        channel = self.harness.slack.state.workspace.channels[found.surfaces.dm]
        return _with(self.harness.slack.messages(channel), found.surfaces.card)


def _with(messages: Sequence[Message], ts: str) -> Message:
    return next(message for message in messages if message.ts == ts)


def variable(label: str) -> Variable:
    """A variable by its label."""
    found = parse_variable(label)
    assert found
    return found


@contextlib.asynccontextmanager
async def opened(redis: Client, url: str, home: Path) -> AsyncIterator[Stage]:
    """The workspace around a store, whatever is in it: people, channels, direct messages with the bot."""
    async with SlackEmulator(bot_name="envaccess", team_id=TEAM) as slack:
        names = ("alice", "bob", "carol", "dana", "erin", "frank", "grace")
        people = {name: slack.add_person(name) for name in names}
        deciding = [people[name] for name in ("bob", "carol", "dana", "erin")]
        harness = harness_of(slack, redis, url, home, [*people.values()], deciding, keys=(OLD_KEY,))
        payments = slack.add_group("payments", [people["alice"], people["frank"]])
        for person in people.values():
            slack.state.workspace.open_im(slack.bot.id, person.id)
        yield Stage(harness, people, payments.id)
