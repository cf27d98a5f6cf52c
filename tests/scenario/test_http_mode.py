"""HTTP mode: the same story by signed posts; and what is unsigned, stale, forged, replayed or too large."""

import asyncio
import contextlib
import io
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from envaccess import wiring
from envaccess.domain.request import State
from envaccess.slack.http_endpoint import BODY_BYTES_MAX
from envaccess.wiring import readiness
from slack_emulator.http_sender import FORM, HttpSender, encode, sign
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import AGAIN, MINUTE, buttons, heard, one_request, say, settled, told

Json = dict[str, Any]


@dataclass(frozen=True)
class HttpMode:
    """The bot's web server, as Slack and the host see it."""

    base: str
    sender: HttpSender
    session: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, Json]:
        """What a health check gets."""
        async with self.session.get(f"{self.base}{path}") as answer:
            return answer.status, await answer.json()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def serving(harness: ScenarioHarness, **more: Any) -> AsyncIterator[HttpMode]:
    """The real bot without an app token: Slack posts to it."""
    port, stop = free_port(), asyncio.Event()
    base = f"http://127.0.0.1:{port}"
    settings = harness.settings(
        slack_app_token=None, slack_signing_secret=harness.slack.signing_secret, port=port, **more
    )
    running = asyncio.create_task(wiring.serve(settings, stop))
    async with aiohttp.ClientSession() as session:
        try:
            http_mode = HttpMode(base, harness.slack.http_target(f"{base}/slack/events"), session)
            await ready(http_mode, running)
            yield http_mode
        finally:
            stop.set()
            await running


async def ready(http_mode: HttpMode, running: "asyncio.Task[None]") -> None:
    """Wait until the bot says that it can take payloads."""
    async with asyncio.timeout(60):
        while not running.done():
            with contextlib.suppress(aiohttp.ClientConnectionError):
                if (await http_mode.get("/readyz"))[0] == 200:
                    return
            await asyncio.sleep(0.01)
    running.result()


async def counted(harness: ScenarioHarness) -> list[str]:
    """How many requests were counted as not Slack's, one entry an event."""
    found = [event for event in await harness.events() if event.event == "access.refused_count"]
    return [event.detail["count"] for event in found if event.detail["why"] == "bad_signature"]


async def test_the_whole_story_works_by_signed_posts(harness: ScenarioHarness) -> None:
    async with serving(harness) as http_mode:
        assert await http_mode.sender.verify_url()
        message = await harness.filed()
        press = await harness.dana.press(message, "Approve", forged=True)
        assert "The policy does not let you decide this" in await told(harness, press)
        await harness.bob.press(message, "Approve")
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await harness.ask("")
        form = harness.alice.modal
        assert form is not None
        sent = await form.submit({"variables": "staging/DB_URL", "reason": "to see the schema"})
        assert sent.next is not None
        assert sent.next.title == "Filed"
        await harness.slack.tell(harness.slack.change(harness.alice, deleted=True))
        await settled(harness)
        assert buttons(card) == AGAIN
        assert await counted(harness) == []
    assert {delivery.status for delivery in harness.slack.deliveries} == {200}


def command(harness: ScenarioHarness, text: str, trigger: str = "1.2.forged") -> Json:
    """A slash command's fields, as anybody could write them."""
    return {
        "team_id": harness.slack.team_id,
        "user_id": harness.alice.id,
        "channel_id": harness.general.id,
        "command": "/envaccess",
        "text": text,
        "trigger_id": trigger,
        "response_url": "",
    }


async def test_what_is_not_signed_by_slack_is_401_and_counted_once_a_minute(harness: ScenarioHarness) -> None:
    """Law 12: the answer tells nothing, nothing of the body is read, and the stream is not flooded."""
    payload = command(harness, "STRIPE_KEY 1h a forged request")
    _, body = encode("slash_commands", payload)
    now = time.time()
    good = sign(harness.slack.signing_secret, body, now)
    forged: list[dict[str, str]] = [
        {},
        {"X-Slack-Signature": good["X-Slack-Signature"]},
        {"X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"]},
        good | {"X-Slack-Signature": "v0=" + "0" * 64},
        good | {"X-Slack-Signature": "v0="},
        good | {"X-Slack-Signature": "v1" + good["X-Slack-Signature"][2:]},
        good | {"X-Slack-Signature": good["X-Slack-Signature"].upper()},
        good | {"X-Slack-Signature": "\u00e9"},
        good | {"X-Slack-Request-Timestamp": "not a number"},
        good | {"X-Slack-Request-Timestamp": ""},
        good | {"X-Slack-Request-Timestamp": "9" * 400},
        good | {"X-Slack-Request-Timestamp": str(int(now) - 1)},
        sign("another-secret-for-tests", body, now),
        sign("", body, now),
        sign(harness.slack.signing_secret, body, now - 400),
        sign(harness.slack.signing_secret, body, now + 400),
        sign(harness.slack.signing_secret, body + b"&x=1", now),
    ]
    async with serving(harness) as http_mode:
        for headers in forged:
            answer = await http_mode.sender.post(body, FORM, headers)
            assert (answer.status, answer.body) == (401, ""), headers
        assert await harness.requests() == []
        assert await counted(harness) == []
        await harness.move_clock(MINUTE)
        await harness.until(lambda: harness.dana.find("access.refused_count", harness.audit))
        assert await counted(harness) == [str(len(forged))]
        answer = await http_mode.sender.send("slash_commands", payload)
        assert answer.status == 200
        assert len(await harness.requests()) == 1


async def test_a_signed_post_with_a_broken_body_is_answered_without_a_crash(harness: ScenarioHarness) -> None:
    async with serving(harness) as http_mode:
        for body in (
            b"",
            b"payload=",
            b"payload={",
            b"payload=%7B%22type%22%3A%22x%22%7D",
            b"\xff\xfe",
            b"[]",
        ):
            for kind in (FORM, "application/json", "text/plain", ""):
                signature = sign(harness.slack.signing_secret, body, time.time())
                answer = await http_mode.sender.post(body, kind, signature)
                assert answer.status in {200, 400, 401, 404}, (body, kind, answer)
                assert "Traceback" not in answer.body
        assert (await http_mode.get("/healthz"))[0] == 200
        assert "no live access" in await say(harness, "show STRIPE_KEY")


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(harness: ScenarioHarness) -> None:
    body = b"text=" + b"x" * BODY_BYTES_MAX
    async with serving(harness) as http_mode:
        for headers, status in (({}, 401), (sign(harness.slack.signing_secret, body, time.time()), 413)):
            async with http_mode.session.post(
                http_mode.sender.url, data=io.BytesIO(body), headers=headers | {"Content-Type": FORM}
            ) as answer:
                assert answer.status == status
        assert (await http_mode.get("/healthz"))[0] == 200


async def test_a_replayed_post_changes_nothing(harness: ScenarioHarness) -> None:
    """Law 10: for five minutes a captured request is still signed rightly, whoever sends it again."""
    async with serving(harness):
        reply = await harness.ask("STRIPE_KEY once debugging a refund")
        await settled(harness)
        message = harness.slack.messages(harness.approvers)[0]
        press = await harness.bob.press(message, "Approve")
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        reveal = await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await settled(harness)
        before = await harness.tags()
        for delivery in (reply.delivery, press.delivery, reveal.delivery):
            for _ in range(3):
                again = await harness.slack.repeat(delivery)
                assert again.error is None
        request = await one_request(harness)
        assert request.id in heard(harness, reply)
        await settled(harness)
        assert await harness.tags() == before
        assert len(harness.slack.calls_of("chat.postEphemeral")) == 1
        assert len(harness.slack.messages(harness.approvers)) == 1


async def test_a_withdrawn_request_does_not_come_back_by_a_replay(harness: ScenarioHarness) -> None:
    """Law 10: the outcome of the first delivery is the outcome, though nothing is pending any more."""
    async with serving(harness):
        reply = await harness.ask("STRIPE_KEY 1h debugging a refund")
        request = await one_request(harness)
        await say(harness, f"cancel {request.id}")
        again = await harness.slack.repeat(reply.delivery)
        assert request.id in str(again.ack)
        assert len(await harness.requests()) == 1
        assert (await one_request(harness)).state is State.CANCELLED


async def failing(http_mode: HttpMode, *parts: str) -> None:
    """Wait until readiness says that just these parts fail; its answers are some seconds old at most."""
    expected = (503 if parts else 200, {"ready": not parts, "failing": list(parts)})
    async with asyncio.timeout(60):
        while await http_mode.get("/readyz") != expected:  # noqa: ASYNC110 - HTTP rings no bell
            await asyncio.sleep(0.05)


async def test_health_and_readiness_tell_the_truth(harness: ScenarioHarness) -> None:
    async with serving(harness) as http_mode:
        assert (await http_mode.get("/healthz")) == (200, {"alive": True})
        assert (await http_mode.get("/readyz"))[0] == 200
        with harness.slack.faults.outage():
            assert (await http_mode.get("/healthz"))[0] == 200
            await failing(http_mode, "slack")
        await failing(http_mode)
        await harness.slack.tell(harness.slack.share(harness.approvers))
        status, told_parts = await http_mode.get("/readyz")
        assert (status, told_parts["failing"]) == (503, ["channels"]), "what we know ourselves is never old"
        async with http_mode.session.get(f"{http_mode.base}/slack/events") as answer:
            assert answer.status == 405
        async with http_mode.session.get(f"{http_mode.base}/") as answer:
            assert answer.status == 404


async def test_whoever_asks_for_readiness_a_thousand_times_costs_slack_one_call_while_its_answer_is_kept(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may ask: each call of `auth.test` would count against the limits that the bot lives by."""
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 3_600.0)
    async with serving(harness) as http_mode:
        before = len(harness.slack.calls_of("auth.test"))
        for _ in range(10):
            answers = await asyncio.gather(*(http_mode.get("/readyz") for _ in range(100)))
            assert {status for status, _ in answers} == {200}
        assert len(harness.slack.calls_of("auth.test")) - before <= 1
