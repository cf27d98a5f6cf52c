"""HTTP mode: Slack's signed requests, and whether the process lives and is ready.

A request is authentic before Bolt sees it. One that is not is answered 401 and counted, and nothing of it is
logged (law 12).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.http import HttpProcessingError
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from envaccess import log
from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.tracing import traced
from envaccess.slack.budget import before_ack
from envaccess.slack.incoming import Dispatch, read_http
from envaccess.slack.metrics import ACK_SECONDS, BAD_SIGNATURES, PAYLOAD, kind_of, outcome_of

BODY_BYTES_MAX: Final = 512 * 1024
"""The largest payload holds one of our messages or forms: some 160 KB, were every letter of it escaped."""
READ_SECONDS: Final = 3.0
"""How long a body may take to arrive: Slack waits no longer for an answer (docs/explanation/slack.md)."""
READY_SECONDS: Final = 3.0
"""How long the readiness checks may take together."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_AGE_SECONDS = 5 * 60
"""As slack-sdk's check has it (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""

Take = Callable[[web.Request], Awaitable[web.StreamResponse]]
Ready = Callable[[], Awaitable[Mapping[str, bool]]]
"""Asks, now, whether each named part works."""
Lag = Callable[[], Awaitable[Mapping[str, int]]]


async def nothing_behind() -> Mapping[str, int]:
    """Where events go to no other system."""
    return {}


@dataclass(frozen=True, slots=True)
class SlackEndpoint:
    """HTTP mode's `POST /slack/events`.

    Attributes:
        dispatch: answers what is authentic.
        verifier: made from SLACK_SIGNING_SECRET.
        count_bad_signature: counts a request that is not Slack's.
        meter: counts and times.
    """

    dispatch: Dispatch
    verifier: SignatureVerifier
    count_bad_signature: Callable[[], Awaitable[None]]
    meter: Meter = UNMETERED

    async def take(self, request: web.Request) -> web.Response:
        """Check, dispatch, answer. What cannot be Slack's by its headers alone is not even read."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        if not self._may_be_authentic(request):
            return await self._refuse(401)
        body = await _read_body(request)
        if isinstance(body, int):
            return await self._refuse(body)
        if not self._is_authentic(request, body):
            return await self._refuse(401)
        payload = read_http(body, request.content_type)
        if payload is None:
            log.warn("payload_unreadable", mode="http")
            return web.Response(status=400)
        with traced(PAYLOAD, kind_of(payload)) as span, before_ack():
            response = await self.dispatch(payload)
            span.came_to(outcome_of(response.status))
        self.meter.took(ACK_SECONDS, clock() - begun, kind_of(payload), outcome_of(response.status))
        return _to_aiohttp(response)

    def _may_be_authentic(self, request: web.Request) -> bool:
        """Whether time and signature have the right shape, and the time is now."""
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return False
        return abs(self.verifier.clock.now() - int(timestamp)) <= _AGE_SECONDS

    def _is_authentic(self, request: web.Request, body: bytes) -> bool:
        timestamp = request.headers["X-Slack-Request-Timestamp"]
        signature = request.headers["X-Slack-Signature"]
        try:
            return self.verifier.is_valid(body, timestamp, signature)
        except ValueError:  # slack-sdk decodes the body, which an attacker may have sent
            return False

    async def _refuse(self, status: int) -> web.Response:
        """Count what is not Slack's, answer without a word, and hang up."""
        self.meter.count(BAD_SIGNATURES)
        await self._count()
        response = web.Response(status=status)
        response.force_close()
        return response

    async def _count(self) -> None:
        try:
            await self.count_bad_signature()
        except EnvaccessError as error:
            log.fault("bad_signature_not_counted", error)


async def _read_body(request: web.Request) -> bytes | int:
    """The body, or the status of one that does not arrive whole. aiohttp answers 413 to too large a one."""
    try:
        if request.content.is_eof():  # it came with the headers, as Slack's do
            return await request.read()
        async with asyncio.timeout(READ_SECONDS):
            return await request.read()
    except (TimeoutError, ConnectionError):
        return 408
    except (web.RequestPayloadError, HttpProcessingError):
        return 400


def build_web(ready: Ready, take: Take | None, lag: Lag = nothing_behind) -> web.Application:
    """Make the web application.

    Args:
        ready: asked at each `GET /readyz`.
        take: answers `POST /slack/events`; None in Socket Mode, which has no such endpoint.
        lag: by how many seconds other systems are behind, which makes nobody less ready.
    """
    application = web.Application(client_max_size=BODY_BYTES_MAX)
    application.router.add_get("/healthz", _tell_alive)
    application.router.add_get("/readyz", _ready_handler(ready, lag))
    if take:
        application.router.add_post("/slack/events", take)
    return application


async def _tell_alive(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


def _ready_handler(ready: Ready, lag: Lag) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def tell_ready(_: web.Request) -> web.Response:
        failing = await _find_failing(ready)
        behind = await lag()
        return web.json_response(
            {"ready": not failing, "failing": failing, **({"sinks": dict(behind)} if behind else {})},
            status=503 if failing else 200,
            headers={"Cache-Control": "no-store"},
        )

    return tell_ready


async def _find_failing(ready: Ready) -> list[str]:
    try:
        async with asyncio.timeout(READY_SECONDS):
            return sorted(name for name, works in (await ready()).items() if not works)
    except (EnvaccessError, TimeoutError) as error:
        log.fault("readiness_unknown", error)
        return ["unknown"]


def _to_aiohttp(response: BoltResponse) -> web.Response:
    """Translate what Bolt answers: no cookies and no headers of ours but the content's type."""
    kind = response.headers.get("content-type", ["text/plain"])[0].partition(";")[0]
    return web.Response(status=response.status, text=response.body, content_type=kind)
