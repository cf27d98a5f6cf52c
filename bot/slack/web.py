"""The HTTP door: Slack's signed requests, and whether the process lives and is ready.

A request is authentic before Bolt sees it. One that is not is answered 401 and counted, and nothing of it is
logged (law 12).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot import log
from bot.domain.errors import EnvaccessError
from bot.slack.budget import before_ack

BODY_BYTES_MAX: Final = 1024 * 1024
READY_SECONDS: Final = 3.0
"""How long the readiness checks may take together."""

Ready = Callable[[], Awaitable[Mapping[str, bool]]]
"""Asks, now, whether each named part works."""


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """HTTP mode's `POST /slack/events`.

    Attributes:
        verifier: made from SLACK_SIGNING_SECRET.
        count_bad_signature: counts a request that is not Slack's.
    """

    app: AsyncApp
    verifier: SignatureVerifier
    count_bad_signature: Callable[[], Awaitable[None]]

    async def take(self, request: web.Request) -> web.Response:
        """Check, dispatch, answer."""
        body = await request.read() if "X-Slack-Signature" in request.headers else b""
        if not self._is_authentic(request, body):
            await self._count()
            return web.Response(status=401)
        payload = _read(request, body)
        if payload is None:
            return web.Response(status=400)
        with before_ack():
            return _to_aiohttp(await self.app.async_dispatch(payload))

    def _is_authentic(self, request: web.Request, body: bytes) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp")
        signature = request.headers.get("X-Slack-Signature")
        try:
            return self.verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError, OverflowError):
            # No number, no UTF-8, no ASCII, far too long a number: slack-sdk's check raises on what an
            # attacker may send.
            return False

    async def _count(self) -> None:
        try:
            await self.count_bad_signature()
        except EnvaccessError as error:
            log.fault("bad_signature_not_counted", error)


def _read(request: web.Request, body: bytes) -> AsyncBoltRequest | None:
    """Let Bolt read what is signed; None for what no Slack sends, on which it raises whatever it meets."""
    try:
        return AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=dict(request.headers))
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        log.fault("payload_unreadable", error)
        return None


def build_web(ready: Ready, slack: SlackDoor | None) -> web.Application:
    """Make the web application.

    Args:
        ready: asked at each `GET /readyz`.
        slack: None in Socket Mode, which has no `/slack/events`.
    """
    application = web.Application(client_max_size=BODY_BYTES_MAX)
    application.router.add_get("/healthz", _tell_alive)
    application.router.add_get("/readyz", _ready_handler(ready))
    if slack:
        application.router.add_post("/slack/events", slack.take)
    return application


async def _tell_alive(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


def _ready_handler(ready: Ready) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def tell_ready(_: web.Request) -> web.Response:
        failing = await _find_failing(ready)
        return web.json_response(
            {"ready": not failing, "failing": failing},
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
