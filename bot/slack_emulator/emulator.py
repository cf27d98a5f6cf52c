"""The whole local Slack: start it, add people, channels and groups, watch."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Self, TypeVar, overload

import aiohttp
from aiohttp import web

from slack_emulator import payloads
from slack_emulator.administration import WorkspaceAdministration
from slack_emulator.channels import Channel, channel_shape
from slack_emulator.dispatcher import PATIENCE, Dispatcher
from slack_emulator.drawing import draw_message, draw_view
from slack_emulator.http_sender import HttpSender
from slack_emulator.ids import Clock, mint_secret
from slack_emulator.members import Member
from slack_emulator.mentions import pings
from slack_emulator.modals import Modal
from slack_emulator.notifier import NeverHappenedError
from slack_emulator.response_endpoint import ResponseEndpoint
from slack_emulator.sockets import Sockets
from slack_emulator.state import Credentials, EmulatorState
from slack_emulator.web.api import WebApi
from slack_emulator.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from slack_emulator.deliveries import Kind, PayloadDelivery
    from slack_emulator.faults import Faults
    from slack_emulator.messages import Message
    from slack_emulator.people import User
    from slack_emulator.record import RecordedCall, Said
    from slack_emulator.types import Json

T = TypeVar("T")

SCOPES = (
    "commands",
    "chat:write",
    "im:write",
    "users:read",
    "usergroups:read",
    "channels:read",
    "groups:read",
)


class SlackEmulator(WorkspaceAdministration):
    """A Slack workspace with one app installed, served on 127.0.0.1 while it is open.

    Tokens and the signing secret are random unless given. `clock` gives seconds since the epoch: message
    stamps, trigger ids, rate limits and response URLs live by it. `patience` are the real seconds that an
    acknowledgement may take. Without `home_tab` the app's settings have the Home tab off. `events` are its
    subscriptions to messages (see `EmulatorState`); all other events are told when asked to. `port` is the
    Web API's, 0 any free one.
    """

    def __init__(
        self,
        *,
        clock: Clock = time.time,
        bot_token: str = "",
        app_token: str = "",
        signing_secret: str = "",
        team_id: str = "T0PLAYGROUND",
        domain: str = "playground",
        app_id: str = "A0PLAYGROUND",
        bot_name: str = "app",
        scopes: Iterable[str] = SCOPES,
        patience: float = PATIENCE,
        home_tab: bool = True,
        events: Iterable[str] = (),
        port: int = 0,
    ) -> None:
        bot = Member("U0BOT", bot_name, team_id, bot_name, is_bot=True)
        secrets = Credentials(
            bot_token or mint_secret("xoxb-playground-"),
            app_token or mint_secret("xapp-playground-"),
            signing_secret or mint_secret(""),
            mint_secret(""),
        )
        workspace = Workspace(clock, team_id, domain, app_id, bot, "B0BOT")
        state = EmulatorState(
            clock, workspace, secrets, list(scopes), home_tab=home_tab, events=frozenset(events)
        )
        self._port = port
        self._sockets = Sockets(state)
        super().__init__(state, Dispatcher(state, self._sockets, patience))
        self._open = AsyncExitStack()
        self._telling: set[asyncio.Task[PayloadDelivery]] = set()
        self._session: aiohttp.ClientSession | None = None

    # -- its life

    async def __aenter__(self) -> Self:
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self.state.port = runner.addresses[0][1]
        self.state.base_url = f"http://127.0.0.1:{self.state.port}"
        self._session = await self._open.enter_async_context(aiohttp.ClientSession())
        self._open.push_async_callback(self._sockets.close)
        self._open.callback(self.faults.clear)
        self._open.push_async_callback(self._stop_telling)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._open.aclose()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=10 * 1024 * 1024)
        api, answers = WebApi(self.state, self._sockets, self._tell_later), ResponseEndpoint(self.state)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/link/", self._sockets.handle)
        app.router.add_post("/{kind:commands|actions}/{number}/{secret}", answers.handle)
        return app

    # -- what the bot's settings need

    @property
    def api_url(self) -> str:
        """The Web API's base URL, ending in a slash."""
        return f"{self.state.base_url}/api/"

    @property
    def bot_token(self) -> str:
        """The bot's token."""
        return self.state.secrets.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self.state.secrets.app_token

    @property
    def signing_secret(self) -> str:
        """The signing secret, for HTTP mode."""
        return self.state.secrets.signing_secret

    # -- the wires

    async def tell(self, event: Json) -> PayloadDelivery:
        """Deliver an Events API event, its outer envelope added."""
        return await self.dispatcher.send("events_api", payloads.event_callback(self.state, event))

    def _tell_later(self, event: Json) -> None:
        """The same, without waiting: the answer that led to it comes first."""
        task = asyncio.create_task(self.tell(event))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _stop_telling(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def open_home(self, person: User, tab: str = "home") -> PayloadDelivery:
        """Somebody opens the bot's page (`home` or `messages`)."""
        channel = self.state.workspace.open_im(self.bot.id, person.id)
        event: Json = {"type": "app_home_opened", "user": person.id, "channel": channel.id, "tab": tab}
        if tab == "home" and person.home:
            event["view"] = payloads.view_shape(self.state, person.home.view)
        return await self.tell(event)

    def http_target(self, url: str) -> HttpSender:
        """From now on, post signed requests to this URL instead of using web sockets."""
        assert self._session is not None, "the emulator is not open"
        self.dispatcher.sender = HttpSender(self.state, self._session, url)
        return self.dispatcher.sender

    async def send(self, kind: Kind, payload: Json) -> PayloadDelivery:
        """Deliver any payload, however forged."""
        return await self.dispatcher.send(kind, payload)

    async def repeat(self, delivery: PayloadDelivery) -> PayloadDelivery:
        """Deliver something that was delivered before once more, word for word."""
        return await self.dispatcher.repeat(delivery)

    def deliver_twice(self, count: int = 1) -> None:
        """Deliver each of the next payloads twice."""
        self.dispatcher.double(count)

    @property
    def deliveries(self) -> list[PayloadDelivery]:
        """Everything handed to the bot, oldest first."""
        return self.dispatcher.deliveries

    @property
    def connections(self) -> int:
        """How many web sockets take payloads."""
        return self._sockets.count

    async def connected(self, count: int = 1, within: float = 60) -> None:
        """Wait until that many web sockets are there."""
        await self.until(lambda: self.connections >= count, within)

    async def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        """Ask for every web socket to be replaced, as Slack does every few hours."""
        await self._sockets.refresh(reason)

    def drop_sockets(self) -> None:
        """Cut every web socket without a word."""
        self._sockets.drop()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Slack is not there: every connection is cut, and every new one too."""
        with self.faults.outage():
            self.drop_sockets()
            yield

    def enforce_rates(self) -> None:
        """From now on answer 429 where Slack's documented rates are exceeded."""
        self.state.rates.enforced = True

    # -- watching

    @property
    def faults(self) -> Faults:
        """Faults of Slack, to be switched on and off."""
        return self.state.faults

    @property
    def calls(self) -> list[RecordedCall]:
        """Every Web API call (and `response_url` post), oldest first."""
        return self.state.record.calls

    def calls_of(self, method: str) -> list[RecordedCall]:
        """The calls of one method."""
        return [call for call in self.calls if call.method == method]

    def everything_said(self) -> list[Said]:
        """Every word between Slack and the bot."""
        return self.state.record.said

    def said(self, needle: str) -> list[Said]:
        """Where a string was said, in any encoding, by either side."""
        return self.state.record.find(needle)

    def forget(self) -> None:
        """Empty the records of calls, words and deliveries (for long runs); the workspace stays as it is."""
        self.state.record.calls.clear()
        self.state.record.said.clear()
        self.dispatcher.deliveries.clear()

    def messages(self, channel: Channel) -> list[Message]:
        """What a channel stores: everything but ephemeral and deleted messages."""
        timeline = self.state.workspace.timelines.get(channel.id, [])
        return [message for message in timeline if not message.is_ephemeral and not message.gone]

    def pings(self, message: Message) -> list[str]:
        """Whom a message would notify: user ids, and `here`, `channel`, `everyone`, group ids."""
        return pings(message)

    def draw(self, what: Message | Modal) -> str:
        """A message or a modal as text."""
        workspace = self.state.workspace
        return (
            draw_view(what.view.given, workspace)
            if isinstance(what, Modal)
            else draw_message(what, workspace)
        )

    def describe(self, channel: Channel) -> Json:
        """The channel as `conversations.info` gives it."""
        return channel_shape(channel, self.bot.id, self.team_id, count=True)

    @overload
    async def until(self, condition: Callable[[], Awaitable[T | None]], within: float = 60) -> T: ...

    @overload
    async def until(self, condition: Callable[[], T | None], within: float = 60) -> T: ...

    async def until(self, condition: Callable[[], object], within: float = 60) -> object:
        """Wait until the condition, a function or a coroutine function, is truthy; return its value.

        It is asked again whenever something happens here: a call, an answer, an ack, a connection.
        Raises NeverHappenedError with the recent calls after `within` seconds.
        """
        found = await self.state.changes.until(condition, within)
        if found is None:
            raise NeverHappenedError(
                f"not within {within} s; the last calls were\n{self.state.record.tail()}"
            )
        return found
