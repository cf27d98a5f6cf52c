"""Slack's bad days, on demand."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler

from tests.slack_emulator.house import House


async def test_a_rate_limit_says_when_to_come_back(house: House) -> None:
    house.slack.faults.rate_limit("chat.postMessage", retry_after=7, times=1)
    with pytest.raises(SlackApiError) as caught:
        await house.post()
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert caught.value.response.headers["Retry-After"] == "7"
    assert await house.post()
    assert [call.acted for call in house.slack.calls] == [False, True]


async def test_a_breakdown_answers_without_json(house: House) -> None:
    fault = house.slack.faults.break_down("auth.test", status=503)
    with pytest.raises(SlackApiError):
        await house.client.auth_test()
    assert await house.post()
    assert (fault.hits, house.slack.calls[0].status) == (1, 503)
    fault.stop()
    assert (await house.client.auth_test())["ok"]


async def test_any_error_can_be_answered(house: House) -> None:
    house.slack.faults.answer("chat.postMessage", "fatal_error", {"needed": "luck"})
    answer = await house.refused("chat.postMessage", channel=house.general.id, text="x")
    assert answer == {"ok": False, "error": "fatal_error", "needed": "luck"}
    assert house.alice.sees(house.general) == []


async def test_a_fault_can_look_at_the_arguments(house: House) -> None:
    house.slack.faults.answer("chat.postMessage", "fatal_error", only_if=lambda args: args["text"] == "bad")
    assert await house.post("good")
    assert (await house.refused("chat.postMessage", channel=house.general.id, text="bad"))[
        "error"
    ] == "fatal_error"


async def test_a_refused_connection_changes_nothing(house: House) -> None:
    house.slack.faults.refuse("chat.postMessage", times=1)
    with pytest.raises(aiohttp.ClientError):
        await house.post()
    assert house.alice.sees(house.general) == []
    assert (house.slack.calls[0].acted, house.slack.calls[0].answer) == (False, None)


async def test_a_lost_reply_leaves_the_message_behind(house: House) -> None:
    house.slack.faults.lose_reply("chat.postMessage", times=1)
    with pytest.raises(aiohttp.ClientError):
        await house.post("was posted")
    assert house.alice.find("was posted") is not None
    assert (house.slack.calls[0].acted, house.slack.calls[0].answer) == (True, None)


async def test_the_sdks_own_retry_posts_twice_after_a_lost_reply(house: House) -> None:
    """Why the bot must not leave the default retry handler on calls that post."""
    house.client.retry_handlers.append(AsyncConnectionErrorRetryHandler())
    house.slack.faults.lose_reply("chat.postMessage", times=1)
    await house.post("doubled")
    assert len(house.alice.sees(house.general)) == 2


async def test_a_hanging_call_waits_at_a_gate_before_acting(house: House) -> None:
    gate = house.slack.faults.hang("chat.postMessage")
    posting = asyncio.create_task(house.post("late"))
    await house.slack.until(lambda: gate.waiting == 1)
    assert house.alice.sees(house.general) == []
    gate.release()
    assert await posting
    assert house.alice.find("late") is not None


async def test_a_call_can_hang_after_acting(house: House) -> None:
    gate = house.slack.faults.hang("chat.postMessage", after_acting=True)
    posting = asyncio.create_task(house.post("early"))
    await house.slack.until(lambda: gate.waiting)
    assert house.alice.find("early") is not None
    house.slack.faults.clear()
    assert await posting


async def test_a_slow_call_outlasts_a_short_timeout(house: House) -> None:
    house.slack.faults.slow("api.test", seconds=0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await house.raw("api.test")
    assert (await house.raw("api.test"))["ok"]


async def test_an_outage_ends_with_its_block(house: House) -> None:
    with house.slack.faults.outage():
        with pytest.raises(aiohttp.ClientError):
            await house.post()
        with pytest.raises(aiohttp.ClientError):
            await house.client.auth_test()
    assert await house.post()


async def test_response_urls_can_fail_too(house: House) -> None:
    hook = house.slack.stage.hooks.mint("actions", house.alice.id, house.general.id)
    house.slack.faults.break_down("response_url", times=1)
    statuses = []
    for _ in range(2):
        async with house.session.post(house.slack.stage.base_url + hook.path, json={"text": "x"}) as answer:
            statuses.append(answer.status)
    assert statuses == [500, 200]
    house.slack.faults.lose_reply("response_url")
    with pytest.raises(aiohttp.ClientError):
        await house.session.post(house.slack.stage.base_url + hook.path, json={"text": "lost"})
    assert house.alice.find("lost") is not None


async def test_documented_rates_are_enforced_on_demand(house: House) -> None:
    for number in range(15):
        await house.post(str(number))
    house.slack.enforce_rates()
    for number in range(10):
        await house.post(str(number))
    answer = await house.refused("chat.postMessage", channel=house.general.id, text="too many")
    assert answer["error"] == "ratelimited"
    other = house.slack.add_channel("other")
    assert (await house.raw("chat.postMessage", channel=other.id, text="elsewhere"))["ok"]
    house.clock.advance(10)
    assert await house.post("again")


async def test_each_method_has_its_own_rate_a_minute(house: House) -> None:
    house.slack.enforce_rates()
    stamp = await house.post()
    args = {"channel": house.general.id, "ts": stamp, "text": "x"}
    answers = [(await house.raw("chat.update", **args)).get("error") for _ in range(51)]
    assert answers == [None] * 50 + ["ratelimited"]
    house.clock.advance(60)
    assert (await house.raw("chat.update", **args))["ok"]
