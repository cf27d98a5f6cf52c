"""The whole: servers, Slack, processes, people and faults for some minutes; then the auditor reads it all."""

import asyncio
import contextlib
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - a simulation
from typing import Any, cast

from benchmarks.children import answers, child, free_port
from benchmarks.machine import untie
from benchmarks.scale import CompanyExtent
from benchmarks.simulated.crew import Crew, hear_later
from benchmarks.simulated.faults import be_patient, break_things, watch_primary
from benchmarks.simulated.fleet import (
    CLIENT_ID,
    Office,
    environment_of,
    environment_of_all,
    open_office,
    workspaces_file,
)
from benchmarks.simulated.history import Fault, History, Shown, read_entry
from benchmarks.simulated.world import BOT, PEOPLE, POLICY, VARIABLES, Workspace, value_of
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.errors import StoreError
from envaccess.domain.installation import Installation
from envaccess.domain.variable import Variable
from envaccess.store.client import Client, connect, ours
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.wiring.installations import SealedInstallations
from envaccess.wiring.parts import RandomIds, WallClock, open_values
from envaccess.wiring.seal_keys import open_seals
from tests.fakes.redis_servers import Watched, watched

Story = Callable[[Crew], Awaitable[None]]
Page = list[tuple[str, dict[str, str]]]
_PAGE = 2_000
_BEGIN_SECONDS = 1.0
"""For each workspace of a process that serves them all: one after the other they begin."""
_PATIENCE = 60.0
_REST_SECONDS = 15.0
"""After the last command: stories end, and the relays draw what they may."""


@dataclass
class CompanyRun:
    """What came of it.

    Attributes:
        calls: of Slack's methods, by name and what was answered.
        sizes: what was measured, by name.
    """

    history: History
    calls: Counter[str] = field(default_factory=Counter)
    sizes: dict[str, float] = field(default_factory=dict)


async def simulate(
    extent: CompanyExtent,
    folder: Path,
    *,
    policy: str = POLICY,
    story: Story = Crew.story,
) -> CompanyRun:
    """Run it.

    Args:
        extent: how large it is.
        folder: gets the logs.
        policy: of every workspace.
        story: what somebody of a crew does, from a request to its end.
    """
    untie()
    servers_folder = folder / "servers"
    servers_folder.mkdir()
    outcome = CompanyRun(History())
    with watched(servers_folder) as servers:
        key, slack, told = secrets.token_bytes(32), free_port(), folder / "slack.jsonl"
        workspaces = [Workspace(number) for number in range(extent.workspaces)]
        client = connect(servers.url)
        await patiently(client)
        await store_values(client, workspaces, key)
        arguments = ("-m", "benchmarks.simulated.slack", str(slack), str(told))
        counts = (str(extent.workspaces), str(extent.questions))
        log = folder / "slack.log"
        async with child((*arguments, *counts), core=None, log=log):
            await answers(slack, "/api/api.test", log)
            place = _Place(folder, slack, servers.url, key, extent)
            offices = place.offices(workspaces, policy)
            if extent.together:
                await _install(client, workspaces, key)
            async with _opened(offices, extent.replicas):
                await _live(extent, servers, offices, slack, outcome, story)
                await _measure(servers, offices, outcome)
        await patiently(client)
        await _read_all(client, workspaces, told, outcome)
        await client.aclose()
    return outcome


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the processes are: the folder, Slack's port, the store's address and the master key."""

    folder: Path
    slack: int
    redis: str
    key: bytes
    extent: CompanyExtent

    def offices(self, workspaces: Sequence[Workspace], policy: str) -> list[Office]:
        """One for each workspace, or one for all."""
        text = self.folder / "policy.yml"
        text.write_text(policy, "utf-8")
        text.chmod(0o600)
        if not self.extent.together:
            return [self._own(one, text) for one in workspaces]
        file = self.folder / "workspaces.yml"
        file.write_text(workspaces_file(workspaces, text), "utf-8")
        file.chmod(0o600)
        environment = environment_of_all(
            slack=self.slack,
            redis=self.redis,
            home=self._home("all"),
            key=self.key,
            file=file,
            durability=self.extent.durability,
        )
        return [Office("all workspaces", environment, self.folder / "all.log")]

    def _own(self, one: Workspace, policy: Path) -> Office:
        environment = environment_of(
            one,
            slack=self.slack,
            redis=self.redis,
            home=self._home(one.team),
            key=self.key,
            policy=policy,
            durability=self.extent.durability,
        )
        return Office(one.team, environment, self.folder / f"{one.team}.log")

    def _home(self, name: str) -> Path:
        home = self.folder / name
        home.mkdir()
        return home


async def _install(client: Client, workspaces: Sequence[Workspace], key: bytes) -> None:
    """What Slack gave when each workspace installed the app."""
    installations = SealedInstallations(client, Keyring((MasterKey(key),)), CLIENT_ID)
    scopes = ("chat:write", "commands", "users:read")
    for one in workspaces:
        new = Installation(
            "A0SIMULATED", "", one.team, org_wide=False, bot_user=BOT, scopes=scopes, token=one.token
        )
        await installations.save(new)


@contextlib.asynccontextmanager
async def _opened(offices: Sequence[Office], replicas: int) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for office in offices:
            await stack.enter_async_context(open_office(office, replicas))
        yield


async def _live(
    extent: CompanyExtent,
    servers: Watched,
    offices: Sequence[Office],
    slack: int,
    outcome: CompanyRun,
    story: Story,
) -> None:
    """People come and go while things break."""
    chance = Random(17)  # noqa: S311 - likewise
    each = PEOPLE // extent.workspaces
    crews = [
        Crew(Workspace(number), offices[number % len(offices)].balancer, slack, each, number)
        for number in range(extent.workspaces)
    ]
    if extent.together:
        await asyncio.sleep(extent.workspaces * _BEGIN_SECONDS)
    faults = outcome.history.faults
    stop = asyncio.Event()
    await asyncio.to_thread(be_patient, servers)
    seen: list[Fault] = []
    watching = asyncio.create_task(watch_primary(servers, seen, stop))
    breaking = asyncio.create_task(break_things(servers, offices, extent.every, faults, stop))
    outcome.sizes["bytes in Redis"] = await _bytes(servers)
    spent = sum(office.spent for office in offices)
    began, until = time.monotonic(), time.monotonic() + extent.minutes * 60
    stories: set[asyncio.Task[None]] = set()
    due = began
    while due < until:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(_play(story, chance.choice(crews)))
        stories.add(task)
        task.add_done_callback(stories.discard)
        due += chance.expovariate(extent.rate)
    stop.set()
    await asyncio.gather(watching, breaking, *stories)
    faults += [one for one in seen if not any(_within(one, forced) for forced in faults)]
    outcome.sizes["seconds"] = time.monotonic() - began
    outcome.sizes["processor seconds"] = sum(office.spent for office in offices) - spent
    await asyncio.sleep(_REST_SECONDS)
    outcome.history.steps = [step for crew in crews for step in crew.steps]


async def _play(story: Story, crew: Crew) -> None:
    await story(crew)


def _within(one: Fault, forced: Fault) -> bool:
    return forced.failover and forced.at <= one.over and one.at <= forced.over


async def _measure(servers: Watched, offices: Sequence[Office], outcome: CompanyRun) -> None:
    outcome.sizes["bytes in Redis"] = await _bytes(servers) - outcome.sizes["bytes in Redis"]
    sizes = [replica.resident for office in offices for replica in office.replicas]
    outcome.sizes["memory of a process"] = max(sizes)


async def _bytes(servers: Watched) -> float:
    """What the primary's data takes."""
    info = await asyncio.to_thread(servers.primary().client.info, "memory")
    return float(info["used_memory_dataset"])


async def patiently(client: Client) -> None:
    """Wait until the store answers: a busy machine lets even a quiet one wait."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            with contextlib.suppress(StoreError):
                async with ours():
                    await client.ping()
                    return
            await asyncio.sleep(1)


async def store_values(client: Client, workspaces: Sequence[Workspace], key: bytes) -> None:
    """Store them as an operator does."""
    operator, ids, keyring = Actor(ActorKind.CLI, "simulation"), RandomIds(), Keyring((MasterKey(key),))
    for one in workspaces:
        seals = await open_seals(client, one.team, BOT, keyring)
        values = open_values(client, one.team, keyring, Sealing(seals, WallClock().now))
        for name in VARIABLES:
            environment, _, short = name.partition("/")
            variable = Variable(environment, short)
            await values.write(ids.operation(), variable, value_of(one.team, name), operator, replace=False)


async def _read_all(client: Client, workspaces: Sequence[Workspace], told: Path, outcome: CompanyRun) -> None:
    history = outcome.history
    for one in workspaces:
        history.entries[one.team] = [
            read_entry(id_, fields) async for id_, fields in _stream(client, Runner(client, one.team))
        ]
    words: dict[str, str] = {}
    for line in (await asyncio.to_thread(told.read_text, "utf-8")).splitlines():
        said: dict[str, Any] = json.loads(line)
        match said["kind"]:
            case "shown":
                names = {name: said[name] for name in ("team", "to", "owner", "variable", "at")}
                history.shown.append(Shown(**names))
            case "lines":
                history.lines.setdefault(said["team"], []).extend((id_, said["at"]) for id_ in said["ids"])
            case "drawn":
                history.drawn[said["request"]] = said["at"]
            case "told":
                words[said["op"]] = said["words"]
            case "calls":
                outcome.calls.update(said["counts"])
    hear_later(history.steps, words)


async def _stream(client: Client, runner: Runner) -> AsyncIterator[tuple[str, dict[str, str]]]:
    begin = "-"
    while page := cast("Page", await client.xrange(runner.key("audit"), min=begin, count=_PAGE)):
        for id_, fields in page:
            yield id_, fields
        begin = f"({page[-1][0]}"
