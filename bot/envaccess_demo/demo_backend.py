"""What lies behind the page's Slack: the embedded Valkey and the bot. Fits `envaccess_demo.page.Backend`."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

from envaccess.domain.errors import StoreUnavailableError
from envaccess_demo.bot_process import BotProcess
from envaccess_demo.page import GrantFacts, TreeFacts
from envaccess_demo.workspace import NAMES, made_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from envaccess.domain.variable import Variable
    from envaccess.wiring import OperatorContext
    from envaccess_demo.page import Standing
    from envaccess_demo.test_controls import LiveGrant, TestControls
    from envaccess_demo.tree_look import TreeLook
    from slack_emulator import SlackEmulator

LINKS = 2
"""The bot's web sockets: with both it is up."""

_FOR_EVER = 10**9
_CULPRIT = "carol"
"""Who is put into an event that is tampered with."""


class DemoBackend:
    """The server and the bot of one emulator.

    Args:
        slack: the emulator, open.
        home: the temporary home.
        settings: the bot's settings, by the names that they have in the environment.
        made: variables whose values a database makes, so that none is stored.
    """

    def __init__(
        self,
        slack: SlackEmulator,
        home: Path,
        settings: Mapping[str, str],
        made: frozenset[Variable] = frozenset(),
    ) -> None:
        self._made = made
        self._slack = slack
        self._home = home
        self._settings = settings
        self._notify = slack.state.changes.notify
        self._bot = BotProcess(
            settings,
            connected=lambda: slack.connected(LINKS, _FOR_EVER),
            cut=lambda: slack.until(lambda: not slack.connections),
            changed=self._notify,
        )
        self._controls: TestControls | None = None
        self._stored = False

    async def run(self) -> None:
        """Start everything and keep it until cancelled; then the bot is killed and the server left.

        Raises:
            EnvaccessError: the server cannot be started.
        """
        try:
            await self._bot.start()
            # In a thread, because the page is open by now and must not stand still.
            wiring = await asyncio.to_thread(importlib.import_module, "envaccess.wiring")
            from envaccess.settings import Settings  # noqa: PLC0415 - heavy
            from envaccess_demo.test_controls import open_test_controls  # noqa: PLC0415 - heavy

            settings = Settings.explicit(home=self._home, **self._settings)
            async with open_test_controls(
                settings, self._slack.team_id, self._slack.bot.id
            ) as self._controls:
                await self._store(wiring.operator_context(settings))
                await asyncio.Event().wait()
        finally:
            await self._bot.kill()

    async def _store(self, opening: AbstractAsyncContextManager[OperatorContext]) -> None:
        async with opening as operator:
            for variable in (name for name in NAMES if name not in self._made):
                await operator.values.write(
                    operator.ids.operation(), variable, made_up(variable), operator.actor, replace=False
                )
        self._stored = True
        self._notify()

    @property
    def _opened_controls(self) -> TestControls:
        if self._controls is None:
            raise StoreUnavailableError("The embedded Valkey is still starting")
        return self._controls

    # -- what the page asks for

    @property
    def bot(self) -> Standing:
        """Whether the bot's process runs and was connected since it started."""
        return self._bot.standing

    @property
    def ready(self) -> bool:
        """Whether the bot takes commands, and the variables are stored."""
        return self._stored and self.bot == "up"

    async def events(self, after: str, count: int) -> Sequence[Mapping[str, Any]]:
        """Audit events after a stream id, oldest first, as `audit export` prints them."""
        return await self._opened_controls.events(after, count)

    async def wait(self, last: str, seconds: float) -> None:
        """Return when an event after `last` came, or when the time is over."""
        await self._opened_controls.wait(last, seconds)

    async def grants(self) -> Sequence[GrantFacts]:
        """The live grants."""
        return [_facts(grant) for grant in await self._opened_controls.grants()]

    async def move_clock(self, seconds: int) -> None:
        """Shorten every time that Redis holds, in one step."""
        await self._opened_controls.move_clock(seconds)

    async def restart_redis(self) -> None:
        """End the Redis server at once; its watcher starts it again."""
        await self._opened_controls.restart_redis()

    @property
    def tampered(self) -> str:
        """What was done to the audit stream and is not undone; empty for nothing."""
        return str((self._controls and self._controls.tampering.deed) or "")

    async def tree(self) -> TreeFacts:
        """The audit tree, verified just now."""
        return _tree_facts(await self._opened_controls.tree())

    async def tamper(self, deed: str) -> None:
        """Edit an event, delete one, or sign another tree of the same size."""
        from envaccess_demo.tampering import Deed  # noqa: PLC0415 - heavy

        members = self._slack.state.workspace.members.values()
        culprit = next(member.id for member in members if member.name == _CULPRIT)
        await self._opened_controls.tampering.do(Deed(deed), culprit)

    async def undo_tampering(self) -> None:
        """Bring the true stream back; after a fork with a bot that starts anew."""
        controls = self._opened_controls
        if not controls.tampering.needs_rest:
            await controls.undo_tampering()
            return
        await self._bot.kill()
        try:
            await controls.undo_tampering()
        finally:
            await self._bot.start()

    async def kill_bot(self) -> None:
        """`kill -9` the bot; returns when it is gone."""
        await self._bot.kill()

    async def start_bot(self) -> None:
        """Start the bot's process if it does not run."""
        await self._bot.start()


def _facts(grant: LiveGrant) -> GrantFacts:
    request = grant.request
    return GrantFacts(
        id=request.id,
        requester=request.requester,
        variables=tuple(variable.label for variable in request.variables),
        once=request.duration.once,
        granted_at=request.decided_at,
        expires_at=request.expires_at,
        ttl_ms=grant.ttl_ms,
    )


def _tree_facts(look: TreeLook) -> TreeFacts:
    head, report = look.head, look.report
    note = head.signed if head else None
    return TreeFacts(
        exit_code=int(report.outcome),
        problems=tuple(f"{problem.outcome.name.lower()}: {problem.told}" for problem in report.problems),
        size=head.size if head else 0,
        origin=head.origin if head else "",
        root=head.root.hex() if head else "",
        key=note.signatures[0].key_hash.hex() if note and note.signatures else "",
        sealed_until=int(head.last.partition("-")[0]) if head else 0,
        events=look.events,
        marks=look.marks,
    )
