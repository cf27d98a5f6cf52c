"""Several workspaces that installed the app, and one process of the bot that serves them all."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from envaccess import wiring
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import Actor, Event
from envaccess.domain.installation import Installation
from envaccess.domain.variable import Variable
from envaccess.domain.workspaces import WorkspaceEntry
from envaccess.settings import Settings
from envaccess.store.client import Client
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail
from envaccess.wiring.installations import SealedInstallations
from slack_emulator import Channel, CommandReply, Message, SlackEmulator, User
from slack_emulator.administration import WorkspaceAdministration
from slack_emulator.http_sender import HttpSender
from slack_emulator.organisation_administration import OrganisationAdministration
from slack_emulator.record import RecordedCall
from tests.scenario.harness import STRIPE
from tests.scenario.test_http_mode import free_port
from tests.scenario.watch import comes_true

CLIENT_ID = "1000.2000"
REASON = "STRIPE_KEY 1h debugging a failed refund"


@dataclass
class Workspace:
    """One of them: Alice asks, Bob and Carol decide, Dana reads the audit."""

    slack: SlackEmulator
    team: WorkspaceAdministration
    alice: User
    bob: User
    carol: User
    dana: User
    general: Channel
    approvers: Channel
    audit: Channel
    value: str = ""

    @property
    def id(self) -> str:
        """The team id."""
        return self.team.team_id

    @property
    def entry(self) -> WorkspaceEntry:
        """What the file says of it."""
        return WorkspaceEntry(self.approvers.id, self.audit.id)

    async def ask(self, text: str = REASON, who: User | None = None) -> CommandReply:
        """Type `/envaccess TEXT` in #general."""
        return await (who or self.alice).command("/envaccess", text, channel=self.general)

    async def heard(self, text: str = REASON, who: User | None = None) -> str:
        """The same; the private answer as it is drawn."""
        reply = await self.ask(text, who)
        assert reply.error is None, reply.error
        assert reply.message
        return self.team.draw(reply.message)

    async def says(self, text: str, words: str) -> bool:
        """Whether these words are in the private answer to a command."""
        return words in await self.heard(text)

    def waiting(self) -> Message | None:
        """The approvers' message that waits for a decision."""
        found = self.team.messages(self.approvers)
        return next((one for one in found if "[ Approve ]" in self.team.draw(one)), None)

    async def shown(self) -> str:
        """Ask as Alice, approve as Bob, reveal; what she is shown."""
        assert "Filed" in await self.heard()
        message = await self.slack.until(self.waiting)
        assert (await self.bob.press(message, "Approve")).error is None
        card = await self.slack.until(lambda: self.alice.find("[ Reveal ]"))
        assert (await self.alice.press(card, "Reveal")).error is None
        shown = await self.slack.until(lambda: self.alice.find("value-"))
        return self.team.draw(shown)


@dataclass
class Company:
    """All of them, on one Redis."""

    slack: SlackEmulator
    redis: Client
    redis_url: str
    home: Path
    file: Path
    workspaces: list[Workspace] = field(default_factory=list)
    keys: tuple[bytes, ...] = field(default_factory=lambda: (secrets.token_bytes(32),))

    def settings(self, **more: Any) -> Settings:
        """The bot's settings, without any token of a workspace."""
        given: dict[str, Any] = {
            "home": self.home,
            "redis_url": self.redis_url,
            "master_keys": self.keys,
            "slack_client_id": CLIENT_ID,
            "slack_client_secret": "value-for-tests",
            "slack_signing_secret": self.slack.signing_secret,
            "slack_api_url": self.slack.api_url,
            "workspaces_file": self.file,
            "api_url": "http://127.0.0.1:1",
            "port": 0,
        }
        return Settings.explicit(**{**given, **more})

    @property
    def installations(self) -> SealedInstallations:
        """What is installed."""
        return SealedInstallations(self.redis, Keyring(tuple(map(MasterKey, self.keys))), CLIENT_ID)

    def add(
        self,
        team_id: str = "",
        *,
        installed: bool = True,
        organisation: OrganisationAdministration | None = None,
    ) -> Workspace:
        """One more workspace; the first one is the emulator's own."""
        team: WorkspaceAdministration = self.slack
        if team_id:
            team = self.slack.add_team(team_id, installed=installed, organisation=organisation)
        alice, bob, carol, dana = (team.add_person(name) for name in ("alice", "bob", "carol", "dana"))
        found = Workspace(
            self.slack,
            team,
            alice,
            bob,
            carol,
            dana,
            team.add_channel("general", [alice, bob, carol, dana]),
            team.add_channel("approvers", [bob, carol], private=True),
            team.add_channel("audit", [dana], private=True),
        )
        self.workspaces.append(found)
        return found

    async def install(self, workspace: Workspace) -> None:
        """Keep its installation, as the install page does, and store a value for it, as its operator does."""
        one = Installation(
            "A0PLAYGROUND",
            "",
            workspace.id,
            org_wide=False,
            bot_user=workspace.team.bot.id,
            scopes=(),
            token=workspace.team.bot_token,
            installed_by=workspace.dana.id,
        )
        await self.installations.save(one)

    async def store(self, workspace: Workspace) -> None:
        """Store a value for it, as its operator does."""
        workspace.value = f"value-{secrets.token_hex(8)}"
        await self.store_as(workspace, STRIPE, workspace.value)

    async def store_as(self, workspace: Workspace, variable: Variable, value: str) -> None:
        """The same of any variable."""
        settings = self.settings().of_workspace(workspace.team.bot_token, workspace.entry)
        async with wiring.operator_context(settings) as operator:
            op, actor = operator.ids.operation(), operator.actor
            await operator.values.write(op, variable, value, actor, replace=True)

    def write_file(self, *workspaces: Workspace) -> None:
        """Say which channels they use."""
        lines = ["version: 1", "workspaces:"]
        for one in workspaces:
            lines += [
                f"  {one.id}:",
                f"    approvers_channel: {one.approvers.id}",
                f"    audit_channel: {one.audit.id}",
            ]
        self.file.write_text("\n".join(lines) + "\n")
        self.file.chmod(0o600)

    async def events(self, workspace: Workspace) -> Sequence[Event]:
        """Its whole audit stream."""
        return await RedisTrail(Runner(self.redis, workspace.id)).after("0", 100_000)

    async def tags(self, workspace: Workspace) -> list[str]:
        """The tags of it."""
        return [event.event for event in await self.events(workspace)]

    async def removed(self, workspace: Workspace) -> None:
        """Forget its installation."""
        assert await self.installations.remove(workspace.id, "", Actor("bot"), "uninstalled")

    async def comes_true(self, ask: Callable[[], Awaitable[bool]]) -> None:
        """Ask again until it is so."""
        await comes_true(ask)

    async def ready(self, sender: HttpSender) -> dict[str, Any]:
        """What whoever balances is told."""
        url = sender.url.replace("/slack/events", "/readyz")
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return dict(await answer.json())

    def calls_by(self, workspace: Workspace, method: str) -> list[RecordedCall]:
        """The calls with its token."""
        return [call for call in self.slack.calls_of(method) if call.team == workspace.id]

    async def untouched(self, *workspaces: Workspace) -> None:
        """Nobody asked for anything, and nobody was told of it."""
        for one in workspaces:
            assert not one.team.messages(one.approvers)
            assert "request.created" not in await self.tags(one)

    @contextlib.asynccontextmanager
    async def bot(self, *served: Workspace, **more: Any) -> AsyncIterator[HttpSender]:
        """The real bot by HTTP, once it serves these workspaces."""
        port, stop = free_port(), asyncio.Event()
        running = asyncio.create_task(wiring.serve(self.settings(port=port, **more), stop))
        sender = self.slack.http_target(f"http://127.0.0.1:{port}/slack/events")
        try:
            for one in served:
                await self.started(one, running)
            yield sender
        finally:
            stop.set()
            await running

    async def started(self, workspace: Workspace, running: "asyncio.Task[None] | None" = None) -> None:
        """Wait until it is served: its audit says so, and its people are answered."""
        async with asyncio.timeout(60):
            while not (running and running.done()):
                reply = await workspace.ask("help")
                if reply.error is None and reply.message and "STRIPE" in workspace.team.draw(reply.message):
                    return
                await asyncio.sleep(0.02)
        assert running
        running.result()
