"""The whole local Slack: start it, add people, channels and groups, watch."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Self, TypeVar, overload
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from aiohttp import web

from slack_emulator import payloads
from slack_emulator.administration import WorkspaceAdministration
from slack_emulator.authorize_page import AuthorizePage, allowed, check, denied
from slack_emulator.dispatcher import PATIENCE, Dispatcher
from slack_emulator.http_sender import HttpSender
from slack_emulator.ids import Clock, IdMaker, mint_secret
from slack_emulator.members import Member
from slack_emulator.mentions import pings
from slack_emulator.notifier import NeverHappenedError
from slack_emulator.organisation_administration import OrganisationAdministration
from slack_emulator.rates import Rates
from slack_emulator.response_endpoint import ResponseEndpoint
from slack_emulator.sockets import Sockets
from slack_emulator.state import Credentials, EmulatorState
from slack_emulator.teams import Organisation, Teams
from slack_emulator.web.api import WebApi
from slack_emulator.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from slack_emulator.deliveries import Kind, PayloadDelivery
    from slack_emulator.faults import Faults
    from slack_emulator.messages import Message
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
    Web API's, 0 any free one. Unless `installed` the app waits for OAuth. `add_team` and `add_organisation`
    make more workspaces, in which the same app can be installed.
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
        client_id: str = "1000.2000",
        client_secret: str = "",
        installed: bool = True,
        bot_name: str = "app",
        scopes: Iterable[str] = SCOPES,
        patience: float = PATIENCE,
        home_tab: bool = True,
        events: Iterable[str] = (),
        port: int = 0,
    ) -> None:
        bot = Member("U0BOT", bot_name, team_id, bot_name, is_bot=True)
        secrets = Credentials(
            bot_token or (mint_secret("xoxb-playground-") if installed else ""),
            app_token or mint_secret("xapp-playground-"),
            signing_secret or mint_secret(""),
            mint_secret(""),
        )
        workspace = Workspace(clock, team_id, domain, app_id, bot, "B0BOT")
        self.teams = Teams(clock, client_id, client_secret or mint_secret(""))
        state = EmulatorState(
            clock, workspace, secrets, list(scopes), self.teams, home_tab=home_tab, events=frozenset(events)
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
        for state in self.teams.states.values():
            state.port = self.state.port
            state.base_url = f"http://127.0.0.1:{self.state.port}"
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
        app.router.add_get("/oauth/v2/authorize", AuthorizePage(self.teams).handle)
        app.router.add_get("/link/", self._sockets.handle)
        app.router.add_post("/{kind:commands|actions}/{number}/{secret}", answers.handle)
        return app

    # -- what the bot's settings need

    @property
    def api_url(self) -> str:
        """The Web API's base URL, ending in a slash."""
        return f"{self.state.base_url}/api/"

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self.state.secrets.app_token

    @property
    def signing_secret(self) -> str:
        """The signing secret, for HTTP mode."""
        return self.state.secrets.signing_secret

    # -- more workspaces

    def add_team(
        self,
        team_id: str,
        domain: str = "",
        *,
        organisation: OrganisationAdministration | None = None,
        installed: bool = True,
        twin_ids: bool = False,
    ) -> WorkspaceAdministration:
        """Another workspace of the same app, alone or in an organisation with one bot in all of them.

        With `twin_ids` its people, channels and bot get the ids that the first workspace's got: Slack
        promises that a user id is unique in its workspace only.
        """
        home, grid = self.state.workspace, organisation.organisation if organisation else None
        ids = IdMaker() if twin_ids else home.ids
        name = home.bot.name
        bot = Member("U0BOT" if twin_ids else ids.next("U", "BOT"), name, team_id, name, is_bot=True)
        bot_id = home.bot_id if twin_ids else ids.next("B", "BOT")
        if grid:
            bot, bot_id = grid.bot, grid.bot_id
            grid.teams.append(team_id)
        workspace = Workspace(
            home.clock, team_id, domain or team_id.lower(), home.app_id, bot, bot_id, ids=ids
        )
        state = self.state.beside(workspace, "")
        team = WorkspaceAdministration(state, self.dispatcher)
        if installed and not grid:
            team.install()
        return team

    def add_organisation(
        self, enterprise_id: str, name: str = "Playground Org", *, home: bool = False
    ) -> OrganisationAdministration:
        """An Enterprise Grid, without workspaces, or with the first one (`home`)."""
        workspace = self.state.workspace
        bot_name, bot_id = workspace.bot.name, workspace.bot_id
        bot = workspace.bot
        if not home:
            bot = Member(workspace.ids.next("W", "BOT"), bot_name, enterprise_id, bot_name, is_bot=True)
            bot_id = workspace.ids.next("B", "BOT")
        grid = Organisation(enterprise_id, name, bot, bot_id, Rates(self.state.clock))
        grid.rates.enforced = self.state.rates.enforced
        grid.teams += [self.team_id] if home else []
        self.teams.organisations[enterprise_id] = grid
        return OrganisationAdministration(self.state, self.dispatcher, grid)

    def consent(self, address: str, place: str, *, by: str = "U0INSTALLER") -> str:
        """Somebody opens an authorize address and lets the app into a workspace or organisation.

        Returns the address, with `code` and `state`, that their browser is sent to. Raises RefusalError.
        """
        query = dict(parse_qsl(urlsplit(address).query))
        check(self.teams, query)
        return allowed(self.teams, query, place, by)

    def decline(self, address: str) -> str:
        """Somebody opens an authorize address and cancels; the address that their browser is sent to."""
        return denied(self.teams, dict(parse_qsl(urlsplit(address).query)))

    @property
    def authorize_url(self) -> str:
        """Where an installation begins, without its arguments."""
        return f"{self.state.base_url}/oauth/v2/authorize"

    # -- the wires

    def _tell_later(self, state: EmulatorState, event: Json) -> None:
        """Deliver an event without waiting: the answer that led to it comes first."""
        payload = payloads.event_callback(state, event)
        task = asyncio.create_task(self.dispatcher.send("events_api", payload))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _stop_telling(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

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
        rates = [state.rates for state in self.teams.states.values()]
        for one in (*rates, *(grid.rates for grid in self.teams.organisations.values())):
            one.enforced = True

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

    def pings(self, message: Message) -> list[str]:
        """Whom a message would notify: user ids, and `here`, `channel`, `everyone`, group ids."""
        return pings(message)

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
