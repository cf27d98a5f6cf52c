"""HTTP mode: Slack posts signed requests to the app.

Signing: https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from slack_emulator.deliveries import FAILED, TIMED_OUT, Kind, PayloadDelivery, as_ack, private_to
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
REDIRECTS = 2
"""How many Slack follows (https://docs.slack.dev/apis/events-api#retries)."""

_SUCCESS = range(200, 300)


@dataclass(frozen=True)
class Answer:
    """What the bot's web server said."""

    status: int
    body: str
    headers: Mapping[str, str]


def encode(kind: Kind, payload: Json) -> tuple[str, bytes]:
    """Content type and body of a delivery over HTTP."""
    if kind == "slash_commands":
        return FORM, urlencode(payload).encode()
    if kind == "interactive":
        return FORM, urlencode({"payload": json.dumps(payload)}).encode()
    return JSON, json.dumps(payload).encode()


def sign(secret: str, body: bytes, at: float) -> dict[str, str]:
    """The two signature headers over a body, as of a time in seconds."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class HttpSender:
    """Posts to the app's request URL. Signatures carry real time, whatever the emulator's clock says."""

    def __init__(self, state: EmulatorState, session: aiohttp.ClientSession, url: str) -> None:
        self._state = state
        self._session = session
        self.url = url

    async def send(
        self,
        kind: Kind,
        payload: Json,
        *,
        secret: str | None = None,
        at: float | None = None,
        signed: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post a payload, signed rightly unless told otherwise: another secret, another time, not at all."""
        content_type, body = encode(kind, payload)
        signature = sign(
            secret or self._state.secrets.signing_secret, body, time.time() if at is None else at
        )
        return await self.post(body, content_type, {**(signature if signed else {}), **(headers or {})})

    async def verify_url(self) -> bool:
        """Do what Slack does when a request URL is saved: send a challenge, expect it back."""
        challenge = secrets.token_urlsafe(32)
        token = self._state.secrets.verification_token
        answer = await self.send(
            "events_api", {"token": token, "challenge": challenge, "type": "url_verification"}
        )
        return answer.status == HTTPStatus.OK and challenge in answer.body

    async def post(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> Answer:
        """Post exactly this; raises aiohttp's errors and TimeoutError."""
        whole = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **headers,
        }
        limit = REDIRECTS + 1  # where aiohttp gives up
        async with self._session.post(self.url, data=body, headers=whole, max_redirects=limit) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)

    async def deliver(self, delivery: PayloadDelivery, copies: int, within: float, attempt: int) -> bool:
        """Post signed copies at the same time; False when the app asks not to be tried again."""
        tries = (self._deliver_once(delivery, within, attempt + copy) for copy in range(copies))
        return all(await asyncio.gather(*tries))

    async def _deliver_once(self, delivery: PayloadDelivery, within: float, attempt: int) -> bool:
        content_type, body = encode(delivery.kind, delivery.payload)
        headers = sign(self._state.secrets.signing_secret, body, time.time())
        if attempt and delivery.kind == "events_api":
            headers |= {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": _why_again(delivery)}
        self._state.record.note("to bot", f"post:{delivery.kind}", delivery.payload)
        try:
            async with asyncio.timeout(within):
                answer = await self.post(body, content_type, headers)
        except TimeoutError:
            delivery.error = TIMED_OUT
            return True
        except aiohttp.ClientError as error:
            delivery.error, delivery.status, delivery.broken = FAILED, None, _broken(error)
            return True
        self._note(delivery, answer)
        if delivery.acked:
            delivery.error = None
        return "x-slack-no-retry" not in answer.headers

    def _note(self, delivery: PayloadDelivery, answer: Answer) -> None:
        delivery.status = answer.status
        if not _is_ack(delivery.kind, answer.status):
            delivery.error = FAILED
            return
        delivery.acks.append(as_ack(answer.body))
        self._state.record.note("from bot", f"ack:{delivery.kind}", delivery.acks[-1], private_to(delivery))


def _is_ack(kind: Kind, status: int) -> bool:
    """Any 2xx acknowledges an event; commands and interactions want exactly 200."""
    return status in _SUCCESS if kind == "events_api" else status == HTTPStatus.OK


def _why_again(delivery: PayloadDelivery) -> str:
    """Why the last try failed (https://docs.slack.dev/apis/events-api#retries)."""
    if delivery.error == TIMED_OUT or delivery.error is None:
        return "http_timeout"
    return "http_error" if delivery.status else delivery.broken


def _broken(error: aiohttp.ClientError) -> str:
    """Why there was no answer."""
    if isinstance(error, aiohttp.TooManyRedirects):
        return "too_many_redirects"
    return "ssl_error" if isinstance(error, aiohttp.ClientSSLError) else "connection_failed"
