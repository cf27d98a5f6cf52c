"""The workspace that most tests of the emulator start with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

if TYPE_CHECKING:
    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

    from slack_emulator import Channel, Json, SlackEmulator, User

READS = frozenset(
    {
        *(f"conversations.{name}" for name in ("history", "info", "list", "members", "replies")),
        *(f"users.{name}" for name in ("info", "list", "lookupByEmail")),
    }
)
"""Methods that pass over a JSON body."""


@dataclass
class HandClock:
    """A clock that moves only when a test moves it."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class EmulatorHarness:
    """Two people, a channel, and an app with its client."""

    slack: SlackEmulator
    client: AsyncWebClient
    session: aiohttp.ClientSession
    clock: HandClock
    alice: User
    bob: User
    general: Channel
    handlers: list[Any] = field(default_factory=list)

    def app(self) -> Any:
        """A Bolt app that talks to the emulator."""
        return AsyncApp(
            client=self.client,
            signing_secret=self.slack.signing_secret,
            process_before_response=True,
        )

    async def connect(self, app: Any) -> Any:
        """Open one more Socket Mode connection for the app."""
        handler: Any = AsyncSocketModeHandler(
            app,
            self.slack.app_token,
            web_client=self.client,
            ping_interval=0.2,
        )
        handler.client.proxy = None
        self.handlers.append(handler)
        await handler.connect_async()
        await self.slack.connected(len(self.handlers))
        return handler

    async def post(self, text: str = "hello", **more: Any) -> str:
        """Post as the bot in #general; returns the stamp."""
        answer = await self.client.chat_postMessage(channel=self.general.id, text=text, **more)
        return str(answer["ts"])

    async def refused(self, method: str, **args: Any) -> Json:
        """Call a method that must be refused; returns Slack's answer."""
        answer = await self.raw(method, **args)
        assert answer["ok"] is False, answer
        return answer

    async def raw(self, method: str, *, token: str | None = None, **args: Any) -> Json:
        """Call a method and return the answer, refused or not; with a JSON body where Slack takes one."""
        headers = {"Authorization": f"Bearer {token or self.slack.bot_token}"}
        body: Json = {"data": _form(args)} if method in READS else {"json": args}
        async with self.session.post(self.slack.api_url + method, headers=headers, **body) as answer:
            said: Json = await answer.json()
        return said


def _form(args: Json) -> dict[str, str]:
    """Arguments as a form carries them; None is left out."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in args.items()
        if value is not None
    }
