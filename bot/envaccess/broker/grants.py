"""An agent's live grants: which gives a service its value, and when it ends.

A value is kept for a minute at most, that of a single use until its time is over, since it is given once, and
a login that was made for this use as long as its grant, since another use makes another one and five are the
most; only while its grant is watched by a long poll. At the end of the grant, however it comes, it is
dropped, and what is under way with it is broken off.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Protocol, TypeVar

from envaccess.broker.errors import CallRefusedError, forbidden
from envaccess.broker.reports import CallFolder, CallReport
from envaccess.broker.service import BrokeredService
from envaccess.broker.source import CallRecord, OpenService
from envaccess.client.agent_api import ListedService, OpenedService
from envaccess.client.answers import ACTIVE, USED_UP, WAITING, GrantAnswer, RequestAnswer
from envaccess.client.api import WAIT_SECONDS
from envaccess.client.calls import new_operation
from envaccess.client.errors import ClientError, NotSignedInError, RefusedError
from envaccess.client.receipt import local_receipt
from envaccess.domain.receipt import Receipt
from envaccess.domain.variable import parse_variable

KEPT_SECONDS: Final = 60.0
REPORT_SECONDS: Final = 60.0
AGAIN_SECONDS: Final = 5.0
"""Between two reports of an echo, until the server takes one."""
ASKED_PER_MINUTE: Final = 600
"""Calls of the server that callers of the broker cause; half of what the server takes from one agent."""
_ECHO: Final = "echo"
_AWAY: Final = "server_away"
_THREADS: Final = 40
_MINUTE: Final = 60.0
_LATER: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
"""What says that the server may not have taken a report, and may take it later: under the same id."""
_STATUSES: Final = frozenset(HTTPStatus)
_PAUSE: Final = 1.0
_HOW_TO_ASK: Final = (
    "Ask for it: POST /_envaccess/requests with variables, duration and reason, or by MCP's request_access; "
    "then a person decides in Slack."
)

T = TypeVar("T")


class AgentApi(Protocol):
    """What is asked of the server; `client.agent_api.AgentApiClient` fits. Every method may wait."""

    def services(self) -> tuple[ListedService, ...]:
        """The services of the policy."""
        ...

    def requests(self) -> tuple[RequestAnswer, ...]:
        """The agent's own requests."""
        ...

    def open_service(self, grant: str, name: str, receipt: Receipt) -> OpenedService:
        """A service with its value."""
        ...

    def grant(self, id_: str, wait: int = 0, version: int | None = None) -> GrantAnswer:
        """A grant, as soon as its version is another than this one."""
        ...

    def report(self, grant: str, service: str, calls: Sequence[dict[str, Any]], op: str) -> None:
        """Report calls."""
        ...

    def whoami(self) -> object:
        """Whose session this is."""
        ...


class AgentGrants:
    """Fits `ServiceSource`, for one agent's session.

    Args:
        api: the server.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, api: AgentApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api, self._clock = api, clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="broker")
        self._kept: dict[str, tuple[float, OpenService]] = {}
        self._watched: dict[str, set[OpenService]] = {}
        self._opening = asyncio.Lock()
        self._blocked: set[str] = set()
        self._folder = CallFolder()
        self._unsent: list[CallReport] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._reporting: set[asyncio.Task[None]] = set()
        self._asked: deque[float] = deque()
        self.signed_out = asyncio.Event()

    async def open(self, name: str) -> OpenService:
        """The service of this name, with the value of a live grant."""
        if kept := self._still_kept(name):
            return kept
        async with self._opening:  # calls at once claim one use
            return self._still_kept(name) or await self._open(name)

    def record(self, call: CallRecord) -> None:
        """Count a call; an echo is reported at once, and its grant gives nothing more."""
        self._folder.add(call)
        if call.blocked == _ECHO:
            self._blocked.add(call.grant)
            self.end(call.grant)
            self._reporting.add(report := asyncio.ensure_future(self._report_until_taken()))
            report.add_done_callback(self._reporting.discard)

    def end(self, grant: str) -> None:
        """A grant is over: drop its values, and break off what is under way."""
        for opened in self._watched.pop(grant, ()):
            opened.end()
        for name in [name for name, (_, opened) in self._kept.items() if opened.service.grant == grant]:
            del self._kept[name]

    async def ask(self, call: Callable[[], T]) -> T:
        """Have a call of the API made for whoever calls the broker, which may wait, in a thread.

        Raises:
            CallRefusedError: the server says no, or is away; or they have this asked too often.
        """
        began = self._clock() - _MINUTE
        while self._asked and self._asked[0] < began:
            self._asked.popleft()
        if len(self._asked) >= ASKED_PER_MINUTE:
            raise _problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_calls",
                "That was too much to ask the server for within a minute.",
                "Try again in a minute; calls with live access ask for little.",
            )
        self._asked.append(self._clock())
        return await self._ask(call)

    async def _ask(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except NotSignedInError:
            self._end_all()
            raise _problem(HTTPStatus.FORBIDDEN, "session_ended", "The agent's session is over.") from None
        except RefusedError as error:
            raise CallRefusedError(_status(error), error.reason, error.detail, error.hint) from None
        except ClientError as error:
            raise _problem(HTTPStatus.BAD_GATEWAY, _AWAY, str(error)) from None

    async def send_reports(self) -> None:
        """Report what was counted; what the server does not take now is sent later."""
        waiting, self._unsent = deque([*self._unsent, *self._folder.take(new_operation)]), []
        try:
            while waiting:
                if later := await self._send(waiting[0]):
                    waiting[0] = later
                    break
                waiting.popleft()
        finally:
            self._unsent.extend(waiting)

    async def _send(self, report: CallReport) -> CallReport | None:
        """Send a report; what is to be sent later in its place, if anything is."""
        try:
            await self._ask(partial(self._api.report, *report.sent()))
        except CallRefusedError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:  # it did nothing, and says so to a repeat
                return report._replace(op=new_operation())
            return report if error.status in _LATER else None
        return None

    async def _report_until_taken(self) -> None:
        """Report an echo: the server ends its access then, and nobody keeps that from it by other calls."""
        await self.send_reports()
        while self._unsent and not self.signed_out.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.signed_out.wait(), AGAIN_SECONDS)
            await self.send_reports()

    async def report_each_minute(self) -> None:
        """Report for ever, and notice when the session is over."""
        while not self.signed_out.is_set():
            await asyncio.sleep(REPORT_SECONDS)
            await self.send_reports()
            with contextlib.suppress(CallRefusedError):
                await self._ask(self._api.whoami)

    async def close(self) -> None:
        """End everything, and report what is left."""
        self._end_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._reporting, return_exceptions=True)
        await self.send_reports()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _still_kept(self, name: str) -> OpenService | None:
        until, opened = self._kept.get(name, (0.0, None))
        if opened is not None and not opened.ended.is_set() and self._clock() < until:
            return opened
        self._kept.pop(name, None)
        return None

    async def _open(self, name: str) -> OpenService:
        listed = {service.name: service for service in await self.ask(self._api.services)}
        if name not in listed:
            told = ", ".join(listed) or "none"
            raise _problem(
                HTTPStatus.NOT_FOUND, "service", "The policy has no such service.", f"It has: {told}."
            )
        grant = self._choose(await self.ask(self._api.requests), listed[name].variable)
        if grant is None:
            raise forbidden("no_access", f"There is no live access to {listed[name].variable}.", _HOW_TO_ASK)
        found = await self.ask(lambda: self._api.open_service(grant, name, local_receipt("envaccess broker")))
        opened = OpenService(_brokered(found))
        self._watch(opened, found.ends_in)
        kept = found.ends_in if found.once or found.leased else min(KEPT_SECONDS, found.ends_in)
        self._kept[name] = (self._clock() + kept, opened)
        return opened

    def _choose(self, requests: Sequence[RequestAnswer], label: str) -> str | None:
        """The live grant of a variable that ends last; one for a single use only where there is no other."""
        wanted = parse_variable(label)
        found = [
            request
            for request in requests
            if request.grant is not None
            and (request.grant.state == ACTIVE or (request.grant.state == WAITING and request.starts_in <= 0))
            and wanted in map(parse_variable, request.variables)
            and request.id not in self._blocked
        ]
        found.sort(key=lambda request: (not request.once, request.grant.ends_in if request.grant else 0))
        return found[-1].id if found else None

    def _watch(self, opened: OpenService, ends_in: int) -> None:
        grant = opened.service.grant
        others = self._watched.get(grant)
        if others is not None:
            others.add(opened)
            return
        self._watched[grant] = {opened}
        self._start(self._watch_until_end(grant, ends_in))

    async def _watch_until_end(self, grant: str, ends_in: int) -> None:
        """Wait for the end of a grant, by the server's word or by the time that it last said."""
        ends_at, version = self._clock() + ends_in, None
        try:
            while (left := ends_at - self._clock()) > 0 and self._needed(grant):
                began = self._clock()
                found = await self._poll(grant, min(WAIT_SECONDS, max(1, int(left))), version, left)
                if found is None or not _is_live(found):
                    return
                if found.version == version and self._clock() < began + _PAUSE:
                    await asyncio.sleep(_PAUSE)
                version, ends_at = found.version, self._clock() + found.ends_in
        finally:
            self.end(grant)

    async def _poll(self, grant: str, wait: int, version: int | None, left: float) -> GrantAnswer | None:
        """The grant, however long the server is away; None once its time is over or the server says no."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                while True:
                    try:
                        return await self._ask(partial(self._api.grant, grant, wait, version))
                    except CallRefusedError as error:
                        if error.reason != _AWAY:
                            return None
                    await asyncio.sleep(_PAUSE)
        return None

    def _needed(self, grant: str) -> bool:
        """Whether a value of this grant is kept, or in use."""
        now = self._clock()
        for name, (until, opened) in tuple(self._kept.items()):
            if opened.ended.is_set() or now >= until:
                del self._kept[name]
        kept = {id(opened) for _, opened in self._kept.values()}
        return any(opened.is_running or id(opened) in kept for opened in self._watched.get(grant, ()))

    def _end_all(self) -> None:
        self.signed_out.set()
        for grant in tuple(self._watched):
            self.end(grant)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_live(grant: GrantAnswer) -> bool:
    """Of a single use that was made: whether what it was made for may go on."""
    return grant.state in {ACTIVE, WAITING} or (grant.once and grant.state == USED_UP and grant.ends_in > 0)


def _status(error: RefusedError) -> HTTPStatus:
    """What a refusal is told with; a proxy between may answer with a status that is none of HTTP's."""
    if error.status in _STATUSES:
        return HTTPStatus(error.status)
    return HTTPStatus.BAD_GATEWAY if error.status else HTTPStatus.FORBIDDEN


def _brokered(found: OpenedService) -> BrokeredService:
    return BrokeredService(
        found.name, found.grant, found.base, found.header, found.format, found.allow, found.value
    )


def _problem(status: HTTPStatus, reason: str, detail: str, hint: str = "") -> CallRefusedError:
    return CallRefusedError(status, reason, detail, hint)
