"""Slack's requests to an app in HTTP mode, compared with their pages.

https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/interactivity/handling-user-interaction#payloads,
https://docs.slack.dev/apis/events-api#retries and
https://docs.slack.dev/reference/events/url_verification.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.fidelity.shapes import TEXT, Doc, assert_fits, exactly
from tests.fidelity.socket_connection import button, row
from tests.fidelity.test_event_app_uninstalled import UNINSTALLED
from tests.fidelity.test_slash_command import COMMAND
from tests.slack_emulator.test_posting import served

if TYPE_CHECKING:
    from tests.slack_emulator.harness import EmulatorHarness

CHALLENGE = Doc({"type": exactly("url_verification"), "token": TEXT, "challenge": TEXT})


class Server:
    """An app that keeps every request and answers with one status after another."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._statuses = list(statuses)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append(({name.lower(): value for name, value in request.headers.items()}, body))
        return web.Response(status=self._statuses.pop(0) if self._statuses else 200)

    @property
    def only(self) -> tuple[dict[str, str], bytes]:
        [one] = self.requests
        return one


def form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}


async def test_a_command_is_a_signed_form(emulator: EmulatorHarness) -> None:
    server = Server()
    async with served(emulator, server.handle):
        await emulator.alice.command("/hey", "a & b = c", channel=emulator.general)
    headers, body = server.only
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["user-agent"] == "Slackbot 1.0 (+https://api.slack.com/robots)"
    assert SignatureVerifier(emulator.slack.signing_secret).is_valid_request(body, headers)
    assert_fits(form(body), COMMAND)
    assert form(body)["text"] == "a &amp; b = c"


async def test_an_interaction_is_a_signed_form_with_json_in_payload(emulator: EmulatorHarness) -> None:
    server = Server()
    await emulator.post("x", blocks=[row(button())])
    async with served(emulator, server.handle):
        await emulator.bob.press(emulator.bob.sees()[0], "press")
    headers, body = server.only
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert SignatureVerifier(emulator.slack.signing_secret).is_valid_request(body, headers)
    assert set(form(body)) == {"payload"}
    assert json.loads(form(body)["payload"])["type"] == "block_actions"


async def test_an_event_is_signed_json(emulator: EmulatorHarness) -> None:
    server = Server()
    async with served(emulator, server.handle):
        await emulator.slack.tell({"type": "app_uninstalled"})
    headers, body = server.only
    assert headers["content-type"] == "application/json"
    assert "x-slack-retry-num" not in headers
    assert SignatureVerifier(emulator.slack.signing_secret).is_valid_request(body, headers)
    assert_fits(json.loads(body), UNINSTALLED)


async def test_the_challenge_has_the_documented_fields(emulator: EmulatorHarness) -> None:
    server = Server()
    async with served(emulator, server.handle) as sender:
        assert not await sender.verify_url()
    _, body = server.only
    assert_fits(json.loads(body), CHALLENGE)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_any_2xx_acknowledges_an_event(emulator: EmulatorHarness, status: int) -> None:
    server = Server(status)
    async with served(emulator, server.handle):
        delivery = await emulator.slack.tell({"type": "app_uninstalled"})
    assert (delivery.acked, len(server.requests)) == (True, 1)


async def test_a_command_wants_200(emulator: EmulatorHarness) -> None:
    async with served(emulator, Server(202).handle):
        assert (await emulator.alice.command("/hey", channel=emulator.general)).error == "dispatch_failed"


async def test_a_retry_says_which_and_why(emulator: EmulatorHarness) -> None:
    server = Server(500, 404, 200)
    async with served(emulator, server.handle):
        await emulator.slack.tell({"type": "app_uninstalled"})
    told = [
        (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"))
        for headers, _ in server.requests
    ]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({body for _, body in server.requests}) == 1


async def test_a_slow_answer_is_retried_as_a_timeout(emulator: EmulatorHarness) -> None:
    emulator.slack.dispatcher.patience = 0.05
    reasons: list[Any] = []

    async def slow_at_first(request: web.Request) -> web.Response:
        reasons.append(request.headers.get("x-slack-retry-reason"))
        if len(reasons) == 1:
            await asyncio.Event().wait()
        return web.Response()

    async with served(emulator, slow_at_first):
        await emulator.slack.tell({"type": "app_uninstalled"})
    assert reasons == [None, "http_timeout"]


@pytest.mark.parametrize(("redirects", "acked"), [(2, True), (3, False)])
async def test_two_redirects_are_followed_and_no_third(
    emulator: EmulatorHarness, redirects: int, acked: bool
) -> None:
    """`too_many_redirects`: "If we encounter more than 2, we'll retry the request"."""
    reasons: list[Any] = []

    async def elsewhere(request: web.Request) -> web.Response:
        step = int(request.query.get("step", "0"))
        if not step:
            reasons.append(request.headers.get("x-slack-retry-reason"))
        if step == redirects:
            return web.Response()
        return web.Response(status=307, headers={"Location": f"{request.path}?step={step + 1}"})

    async with served(emulator, elsewhere):
        delivery = await emulator.slack.tell({"type": "app_uninstalled"})
    assert delivery.acked is acked
    assert reasons == [None, *([] if acked else ["too_many_redirects"] * 3)]


async def test_an_app_can_turn_retries_off(emulator: EmulatorHarness) -> None:
    """`X-Slack-No-Retry: 1` in an answer that is no success."""
    tries = 0

    async def refusing(_request: web.Request) -> web.Response:
        nonlocal tries
        tries += 1
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with served(emulator, refusing):
        await emulator.slack.tell({"type": "app_uninstalled"})
    assert tries == 1
