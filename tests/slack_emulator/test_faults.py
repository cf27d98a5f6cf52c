"""Slack's bad days, on demand."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler

from tests.slack_emulator.harness import EmulatorHarness


async def test_a_rate_limit_says_when_to_come_back(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.rate_limit("chat.postMessage", retry_after=7, times=1)
    with pytest.raises(SlackApiError) as caught:
        await emulator.post()
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert caught.value.response.headers["Retry-After"] == "7"
    assert await emulator.post()
    assert [call.acted for call in emulator.slack.calls] == [False, True]


async def test_a_breakdown_answers_without_json(emulator: EmulatorHarness) -> None:
    fault = emulator.slack.faults.break_down("auth.test", status=503)
    with pytest.raises(SlackApiError):
        await emulator.client.auth_test()
    assert await emulator.post()
    assert (fault.hits, emulator.slack.calls[0].status) == (1, 503)
    fault.stop()
    assert (await emulator.client.auth_test())["ok"]


async def test_any_error_can_be_answered(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.answer("chat.postMessage", "fatal_error", {"needed": "luck"})
    answer = await emulator.refused("chat.postMessage", channel=emulator.general.id, text="x")
    assert answer == {"ok": False, "error": "fatal_error", "needed": "luck"}
    assert emulator.alice.sees(emulator.general) == []


async def test_a_fault_can_look_at_the_arguments(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.answer(
        "chat.postMessage", "fatal_error", only_if=lambda args: args["text"] == "bad"
    )
    assert await emulator.post("good")
    assert (await emulator.refused("chat.postMessage", channel=emulator.general.id, text="bad"))[
        "error"
    ] == "fatal_error"


async def test_a_refused_connection_changes_nothing(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.refuse("chat.postMessage", times=1)
    with pytest.raises(aiohttp.ClientError):
        await emulator.post()
    assert emulator.alice.sees(emulator.general) == []
    assert (emulator.slack.calls[0].acted, emulator.slack.calls[0].answer) == (False, None)


async def test_a_lost_reply_leaves_the_message_behind(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.lose_reply("chat.postMessage", times=1)
    with pytest.raises(aiohttp.ClientError):
        await emulator.post("was posted")
    assert emulator.alice.find("was posted") is not None
    assert (emulator.slack.calls[0].acted, emulator.slack.calls[0].answer) == (True, None)


async def test_the_sdks_own_retry_posts_twice_after_a_lost_reply(emulator: EmulatorHarness) -> None:
    """Why the bot must not leave the default retry handler on calls that post."""
    emulator.client.retry_handlers.append(AsyncConnectionErrorRetryHandler())
    emulator.slack.faults.lose_reply("chat.postMessage", times=1)
    await emulator.post("doubled")
    assert len(emulator.alice.sees(emulator.general)) == 2


async def test_a_hanging_call_waits_at_a_gate_before_acting(emulator: EmulatorHarness) -> None:
    gate = emulator.slack.faults.hang("chat.postMessage")
    posting = asyncio.create_task(emulator.post("late"))
    await emulator.slack.until(lambda: gate.waiting == 1)
    assert emulator.alice.sees(emulator.general) == []
    gate.release()
    assert await posting
    assert emulator.alice.find("late") is not None


async def test_a_call_can_hang_after_acting(emulator: EmulatorHarness) -> None:
    gate = emulator.slack.faults.hang("chat.postMessage", after_acting=True)
    posting = asyncio.create_task(emulator.post("early"))
    await emulator.slack.until(lambda: gate.waiting)
    assert emulator.alice.find("early") is not None
    emulator.slack.faults.clear()
    assert await posting


async def test_a_slow_call_outlasts_a_short_timeout(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.slow("api.test", seconds=0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await emulator.raw("api.test")
    assert (await emulator.raw("api.test"))["ok"]


async def test_an_outage_ends_with_its_block(emulator: EmulatorHarness) -> None:
    with emulator.slack.faults.outage():
        with pytest.raises(aiohttp.ClientError):
            await emulator.post()
        with pytest.raises(aiohttp.ClientError):
            await emulator.client.auth_test()
    assert await emulator.post()


async def test_response_urls_can_fail_too(emulator: EmulatorHarness) -> None:
    hook = emulator.slack.state.response_urls.mint("actions", emulator.alice.id, emulator.general.id)
    emulator.slack.faults.break_down("response_url", times=1)
    statuses = []
    for _ in range(2):
        async with emulator.session.post(
            emulator.slack.state.base_url + hook.path, json={"text": "x"}
        ) as answer:
            statuses.append(answer.status)
    assert statuses == [500, 200]
    emulator.slack.faults.lose_reply("response_url")
    with pytest.raises(aiohttp.ClientError):
        await emulator.session.post(emulator.slack.state.base_url + hook.path, json={"text": "lost"})
    assert emulator.alice.find("lost") is not None


async def test_documented_rates_are_enforced_on_demand(emulator: EmulatorHarness) -> None:
    for number in range(15):
        await emulator.post(str(number))
    emulator.slack.enforce_rates()
    for number in range(10):
        await emulator.post(str(number))
    answer = await emulator.refused("chat.postMessage", channel=emulator.general.id, text="too many")
    assert answer["error"] == "ratelimited"
    other = emulator.slack.add_channel("other")
    assert (await emulator.raw("chat.postMessage", channel=other.id, text="elsewhere"))["ok"]
    emulator.clock.advance(10)
    assert await emulator.post("again")


async def test_each_method_has_its_own_rate_a_minute(emulator: EmulatorHarness) -> None:
    emulator.slack.enforce_rates()
    stamp = await emulator.post()
    args = {"channel": emulator.general.id, "ts": stamp, "text": "x"}
    answers = [(await emulator.raw("chat.update", **args)).get("error") for _ in range(51)]
    assert answers == [None] * 50 + ["ratelimited"]
    emulator.clock.advance(60)
    assert (await emulator.raw("chat.update", **args))["ok"]
