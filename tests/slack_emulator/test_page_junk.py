"""Whatever comes in on the socket, the page answers and goes on."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slack_emulator.page.connection import FRAME_BYTES, UNANSWERED
from tests.slack_emulator.page_browser import Browser, browser, origin_of

if TYPE_CHECKING:
    from tests.slack_emulator.page_harness import PageHarness

DOS = ("sit", "leave", "command", "write", "press", "view_press", "suggest", "submit", "close", "reload",
       "home", "clock", "fault", "redis", "bot", "group", "terminal")  # fmt: skip
FIELDS = ("seat", "channel", "text", "ts", "block_id", "action_id", "value", "option", "revision", "view",
          "values", "query", "seconds", "name", "on", "what", "fresh", "thread_ts", "group",
          "person", "tab", "columns", "rows", "at")  # fmt: skip


async def answer(page: Browser, data: str | bytes) -> Any:
    """Send a raw frame; the next answer."""
    known = sum(frame["type"] == "re" for frame in page.frames)
    send = page.ws.send_str if isinstance(data, str) else page.ws.send_bytes
    await send(data)  # type: ignore[arg-type]
    await page.until(lambda: sum(frame["type"] == "re" for frame in page.frames) > known)
    return [frame for frame in page.frames if frame["type"] == "re"][-1]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "x",
        "[]",
        "null",
        "1",
        '"do"',
        "{",
        "[" * 100_000,
        '{"a":' * 50_000,
        "{}",
        '{"id":1}',
        '{"do":1}',
        '{"do":null}',
        '{"do":"fly"}',
        '{"do":"__class__"}',
        '{"do":["sit"]}',
        '{"do":"sit"}',
        '{"do":"x\\ud800"}',
        '{"do":"sit","seat":{}}',
        '{"do":"sit","seat":"' + "U" * 5000 + '"}',
        '{"id":' + "9" * 5000 + "}",
        '{"do":"sit","seat":"\\u0000"}',
        '{"do":"leave"}',
        '{"do":"clock","seconds":NaN}',
        '{"do":"clock","seconds":1e400}',
        '{"do":"clock","seconds":true}',
        '{"do":"clock","seconds":-5}',
        '{"do":"clock","seconds":99999999}',
        '{"do":"clock","seconds":"60"}',
        '{"do":"fault","name":"x","on":true}',
        '{"do":"fault","name":"slow","on":1}',
        '{"do":"redis","what":"drop"}',
        '{"do":"bot","what":"dance"}',
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(page_harness: PageHarness, frame: str) -> None:
    async with browser(page_harness.address) as page:
        refused = await answer(page, frame)
        assert refused["ok"] is False
        assert refused["error"].endswith((".", "?"))
        assert page_harness.backend.pulled == []
        await page.sit("alice")


async def test_bytes_are_no_json(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        assert (await answer(page, b"\x00\xff{}"))["ok"] is False


@pytest.mark.parametrize(
    ("sent", "back"),
    [('"id":7,', 7), ('"id":"x",', "x"), ("", None), ('"id":null,', None), ('"id":[1],', None),
     ('"id":true,', None), ('"id":1e999,', None), ('"id":' + "9" * 400 + ",", None)],
)  # fmt: skip
async def test_an_answer_carries_the_frame_s_own_number(
    page_harness: PageHarness, sent: str, back: object
) -> None:
    async with browser(page_harness.address) as page:
        assert (await answer(page, "{" + sent + '"do":"fly"}'))["id"] == back


async def test_half_a_character_is_replaced_before_it_gets_anywhere(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        await page.sit("bob", "alice")
        order = {"id": 1, "do": "write", "seat": page_harness.alice.id, "channel": page_harness.general.id}
        await answer(page, json.dumps({**order, "text": "half \ud83d here"}))
        await page.until(lambda: "half" in page.everything("bob"))
        assert page.sees("bob", page_harness.general.id)[0]["text"] == "half \ufffd here"


async def test_too_large_a_frame_ends_its_own_socket_alone(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as other, aiohttp.ClientSession() as session:
        ws = await session.ws_connect(
            f"{page_harness.address}ws", headers={"Origin": origin_of(page_harness.address)}, max_msg_size=0
        )
        await ws.send_str("x" * (FRAME_BYTES + 1))
        while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert ws.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        await other.sit("alice")


async def test_too_many_orders_at_once_are_refused_not_queued(page_harness: PageHarness) -> None:
    gate = asyncio.Event()
    app = page_harness.emulator.app()

    async def answer(ack: Any) -> None:
        await gate.wait()
        await ack()

    app.command("/envaccess")(answer)
    await page_harness.emulator.connect(app)
    async with browser(page_harness.address) as page:
        order = {
            "do": "command",
            "seat": page_harness.alice.id,
            "channel": page_harness.general.id,
            "text": "/envaccess",
        }
        for number in range(UNANSWERED + 3):
            await page.ws.send_str(json.dumps({"id": f"n{number}", **order}))
        await page.until(lambda: len(page.answers) >= 3)
        assert {one["error"] for one in page.answers.values()} == {"That is too much at once."}
        gate.set()
        await page.until(lambda: len(page.answers) == UNANSWERED + 3)
        assert sum(one["ok"] for one in page.answers.values()) == UNANSWERED


async def test_what_breaks_inside_is_told_and_the_page_goes_on(page_harness: PageHarness) -> None:
    async def explode(seconds: int) -> None:
        raise ZeroDivisionError(f"xoxb-test {seconds}")

    page_harness.backend.move_clock = explode  # type: ignore[method-assign]
    async with browser(page_harness.address) as page:
        assert await page.refused("clock", seconds=60) == "The playground itself failed at this."
        assert page.last["state"]["clock_offset_ms"] == 0
        await page.sit("alice")


def orders() -> st.SearchStrategy[Any]:
    texts = st.sampled_from(
        ["U0001ALICE", "U0002BOB", "C0005GENERA", "/envaccess x", "", "slow", "restart", "1"]
    )
    leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.text(max_size=30))
    values = st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    )
    known = st.fixed_dictionaries(
        {"do": st.sampled_from(DOS)}, optional=dict.fromkeys(FIELDS, values | texts)
    )
    return known | values


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_frames=st.lists(orders(), min_size=1, max_size=8))
async def test_no_order_however_odd_breaks_the_page(
    page_harness: PageHarness, given_frames: list[Any]
) -> None:
    async with browser(page_harness.address) as page:
        for number, frame in enumerate(given_frames):
            sent = {**frame, "id": number} if isinstance(frame, dict) else frame
            await page.ws.send_str(json.dumps(sent))
        await page.until(lambda: sum(frame["type"] == "re" for frame in page.frames) == len(given_frames))
        assert all(
            one["ok"] or one["error"] != "The playground itself failed at this."
            for one in page.answers.values()
        ), page.answers
        page_harness.emulator.slack.faults.clear()
        await page.sit("alice")
