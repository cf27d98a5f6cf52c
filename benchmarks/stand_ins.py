"""Limits: small servers that do only a part of what the bot does, with the same libraries.

Run as `python -m benchmarks.stand_ins KIND PORT REDIS_URL SLACK_PORT`. The kinds:

- `signature`: checks Slack's signature, parses the form, answers; no Bolt.
- `empty`: Bolt as its documentation sets it up, `process_before_response=True`, one listener that only acks.
- `lean`: the product's own endpoint and its own Bolt, with the same listener.
- `script`: `empty`, and the listener runs the one script that files a request.
- `asking`: `script`, and before it one call of Slack, on a shared session.
"""

import asyncio
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from benchmarks.harness import OTHER_TEAM, other_sealing
from benchmarks.payloads import PATH, SIGNING_SECRET, TEAM
from benchmarks.slack_stub import APPROVERS, BOT
from envaccess.domain.catalogue import incarnations_of
from envaccess.domain.command import Ask, parse_command
from envaccess.domain.ids import make_id
from envaccess.domain.outcome import NewRequest
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.policy.ruling import Ruling
from envaccess.slack.app import build_app
from envaccess.slack.calls import call
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.http_endpoint import SlackEndpoint
from envaccess.slack.incoming import dispatch
from envaccess.slack.names import COMMAND
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import connect
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.store.runner import Runner

Ack = Callable[[], Awaitable[object]]
Body = dict[str, Any]
Listener = Callable[[Ack, Body], Awaitable[None]]


async def _only_ack(ack: Ack, body: Body) -> None:  # noqa: ARG001 - Bolt passes what a parameter's name asks for
    await ack()


def _filing(requests: RedisRequests, catalogue: RedisCatalogue) -> Listener:
    """The least that files a request: one step in Redis, for variables that were looked up once."""
    known: dict[str, tuple[str, ...]] = {}

    async def file(ack: Ack, body: Body) -> None:
        command = parse_command(body["text"])
        assert isinstance(command, Ask)
        ruling = Ruling(APPROVERS, (Step(PrincipalSet((APPROVERS,))),))
        made = make_id(secrets.token_bytes(5))
        text = ",".join(map(str, command.variables))
        if text not in known:
            known[text] = incarnations_of(await catalogue.get(command.variables), command.variables)
        new = NewRequest(
            made, body["user_id"], command.variables, command.duration, command.reason, ruling, known[text]
        )
        await requests.open(body["trigger_id"], new)
        await ack()

    return file


def _asking(client: SlackClient, then: Listener) -> Listener:
    async def ask(ack: Ack, body: Body) -> None:
        await call(client.quick, "users.info", params={"user": body["user_id"]}, verb="GET")
        await then(ack, body)

    return ask


def _bolt(listener: Listener) -> web.Application:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id=BOT, bot_token="xoxb-benchmark")

    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize, process_before_response=True)
    app.command(COMMAND)(listener)
    return app.web_app(PATH)


def _signature() -> web.Application:
    verifier = SignatureVerifier(SIGNING_SECRET)

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        stamp, signature = (
            request.headers[name] for name in ("X-Slack-Request-Timestamp", "X-Slack-Signature")
        )
        if not verifier.is_valid(body, stamp, signature):
            return web.Response(status=401)
        return web.Response(status=200 if parse_qs(body.decode())["command"] == [COMMAND] else 404)

    return _with_post(take)


def _lean(client: SlackClient) -> web.Application:
    app = build_app(Identity(TEAM, BOT, "B0BOT"), client)
    app.command(COMMAND)(_only_ack)

    async def count() -> None:
        """Nothing is counted here."""

    return _with_post(SlackEndpoint(partial(dispatch, app), SignatureVerifier(SIGNING_SECRET), count).take)


def _with_post(take: Callable[[web.Request], Awaitable[web.Response]]) -> web.Application:
    application = web.Application()
    application.router.add_post(PATH, take)
    return application


def _make(kind: str, redis_url: str, client: SlackClient) -> web.Application:
    runner = Runner(connect(redis_url), OTHER_TEAM)
    reader = RequestReader(runner, other_sealing())
    requests, catalogue = RedisRequests(runner, reader), RedisCatalogue(runner, reader.sealing)
    makers: dict[str, Callable[[], web.Application]] = {
        "signature": _signature,
        "empty": lambda: _bolt(_only_ack),
        "lean": lambda: _lean(client),
        "script": lambda: _bolt(_filing(requests, catalogue)),
        "asking": lambda: _bolt(_asking(client, _filing(requests, catalogue))),
    }
    return makers[kind]()


async def _alive(_: web.Request) -> web.Response:
    return web.Response()


async def serve(kind: str, port: int, redis_url: str, slack: int) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = SlackClient("xoxb-benchmark", f"http://127.0.0.1:{slack}/api/", loopback=True)
    application = _make(kind, redis_url, client)
    application.router.add_get("/healthz", _alive)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await stop.wait()
    await runner.cleanup()
    await client.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
