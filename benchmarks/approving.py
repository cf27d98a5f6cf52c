"""Approve pressed, to the requester's card posted, on the local Slack over Socket Mode."""

import asyncio
import base64
import contextlib
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.children import child
from benchmarks.harness import client, open_home
from benchmarks.machine import Cores
from benchmarks.payloads import PER_PERSON, VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, milliseconds, share
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.variable import Variable
from envaccess.slack.names import APPROVE, COMMAND
from envaccess.store.sealing import Sealing
from envaccess.wiring.parts import RandomIds, WallClock, open_values
from envaccess.wiring.seal_keys import open_seals
from slack_emulator import Channel, Message, SlackEmulator, User
from slack_emulator.record import RecordedCall
from slack_emulator.types import Json

_PATIENCE = 20.0
_REST = 0.1
"""Seconds before a press: what the filing set off is over."""


@dataclass
class BenchmarkWorkspace:
    """One local Slack with one bot on it: the real one, or the stand-in.

    Attributes:
        times: milliseconds from each press to the post that answers it.
    """

    slack: SlackEmulator
    bob: User
    general: Channel
    approvers: Channel
    commands: "itertools.cycle[tuple[str, User]]"
    times: list[float] = field(default_factory=list)

    async def press(self, message: Message, posted: Callable[[RecordedCall], bool]) -> None:
        """Press Approve; wait for the post."""
        pressed = 0.0

        def mark(payload: Json) -> Json:
            nonlocal pressed
            pressed = time.perf_counter()
            return payload

        known = len(self.slack.calls)

        def found() -> bool:
            return any(
                call.acted and posted(call) for call in itertools.islice(self.slack.calls, known, None)
            )

        seen = asyncio.create_task(self._see(found))
        press = await self.bob.press(message, APPROVE, change=mark)
        assert press.error is None, press.error
        self.times.append((await seen - pressed) * 1000)

    async def _see(self, found: Callable[[], bool]) -> float:
        await self.slack.until(found, within=_PATIENCE)
        return time.perf_counter()


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """The real bot and the stand-in in turn."""
    async with contextlib.AsyncExitStack() as stack:
        ours = await stack.enter_async_context(_workspace(cores, folder / "bot"))
        limit = await stack.enter_async_context(_workspace(cores, folder / "poster"))
        only = await limit.slack.until(lambda: _with_buttons(limit), within=_PATIENCE)
        for harness in (ours, limit):  # what is asked of Slack once is asked now
            await _approve_one(harness) if harness is ours else await _press_again(harness, only)
            harness.times.clear()
        for _ in range(scale.rounds):
            for _ in range(scale.approvals):
                await _approve_one(ours)
            for _ in range(scale.approvals):
                await _press_again(limit, only)
    return _rows(ours.times, limit.times)


async def _approve_one(harness: BenchmarkWorkspace) -> None:
    """File, wait until it is drawn and nothing is going on, approve."""
    name, person = next(harness.commands)
    reply = await person.command(COMMAND, f"{name} 1h debugging a failed refund", channel=harness.general)
    assert reply.error is None, reply.error
    message = await harness.slack.until(lambda: _with_buttons(harness), within=_PATIENCE)
    await harness.slack.until(lambda: person.dm and harness.slack.messages(person.dm), within=_PATIENCE)
    await asyncio.sleep(_REST)
    dm = person.dm
    assert dm
    await harness.press(
        message, lambda call: call.method == "chat.postMessage" and call.args["channel"] == dm.id
    )
    await harness.slack.until(lambda: _with_buttons(harness) is None, within=_PATIENCE)


async def _press_again(harness: BenchmarkWorkspace, message: Message) -> None:
    await asyncio.sleep(_REST)
    await harness.press(message, lambda call: call.method == "chat.postMessage")


def _with_buttons(harness: BenchmarkWorkspace) -> Message | None:
    """The approvers' newest message, while it can be decided."""
    found = harness.slack.messages(harness.approvers)
    return found[-1] if found and any(block["type"] == "actions" for block in found[-1].blocks) else None


@contextlib.asynccontextmanager
async def _workspace(cores: Cores, folder: Path) -> AsyncIterator[BenchmarkWorkspace]:
    with open_home(folder) as url:
        async with SlackEmulator(bot_name="envaccess") as slack:
            people = [slack.add_person(f"person{number}") for number in range(200)]
            bob = slack.add_person("bob")
            general = slack.add_channel("general", [*people, bob])
            approvers = slack.add_channel("approvers", [bob], private=True)
            audit = slack.add_channel("audit", [bob], private=True)
            key = secrets.token_bytes(32)
            await _store_values(url, slack.team_id, slack.bot.id, key)
            env = {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "SLACK_API_URL": slack.api_url,
                "PORT": "0",
                "REDIS_URL": url,
                "ENVACCESS_HOME": str(folder),
                "ENVACCESS_APPROVERS_CHANNEL": approvers.id,
                "ENVACCESS_AUDIT_CHANNEL": audit.id,
                "ENVACCESS_MASTER_KEYS": base64.urlsafe_b64encode(key).decode(),
                "ENVACCESS_LOG_LEVEL": "warning",
            }
            poster = (
                "-m",
                "benchmarks.poster",
                url,
                slack.api_url,
                slack.bot_token,
                slack.app_token,
                approvers.id,
            )
            arguments = poster if folder.name == "poster" else ("-m", "envaccess")
            async with child(arguments, core=cores.subject, log=folder / "envaccess.log", env=env):
                await slack.connected(1, within=_PATIENCE)
                commands = itertools.cycle(itertools.product(VARIABLE_NAMES[:PER_PERSON], people))
                yield BenchmarkWorkspace(slack, bob, general, approvers, commands)


async def _store_values(url: str, workspace: str, app: str, key: bytes) -> None:
    ids = RandomIds()
    async with client(url) as redis:
        keyring = Keyring((MasterKey(key),))
        seals = await open_seals(redis, workspace, app, keyring)
        values = open_values(redis, workspace, keyring, Sealing(seals, WallClock().now))
        for name in VARIABLE_NAMES:
            await values.write(
                ids.operation(),
                Variable("default", name),
                ids.operation(),
                Actor(ActorKind.CLI),
                replace=False,
            )


def _rows(ours: list[float], limit: list[float]) -> list[Row]:
    def row(name: str, part: float, bound: float) -> Row:
        number, least = share(ours, part), share(limit, part)
        beside = f"one script, then one post {milliseconds(least)}"
        what = f"Approve pressed to DM card posted, {name}"
        return Row(what, milliseconds(number), beside, number / least, Goal(bound, unit=" ms"), number)

    return [row("p50", 0.5, 10), row("p99", 0.99, 40)]
