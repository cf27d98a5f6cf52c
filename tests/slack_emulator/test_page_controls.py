from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError

from slack_emulator.page import controls
from slack_emulator.page.controls import RETRY_AFTER
from tests.slack_emulator.page_browser import Browser, browser
from tests.slack_emulator.page_harness import event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.slack_emulator.page_harness import PageHarness

HOUR = 3_600_000


@pytest.fixture
async def page(page_harness: PageHarness) -> AsyncIterator[Browser]:
    async with browser(page_harness.address) as opened:
        await opened.sit("alice", "bob")
        yield opened


def dated(seconds: int) -> list[Any]:
    text = f"Until <!date^{seconds}^{{time}}|then>, &lt;!date^1^&gt;"
    return [
        {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": text}},
        {
            "type": "rich_text",
            "block_id": "r",
            "elements": [
                {
                    "type": "rich_text_preformatted",
                    "elements": [{"type": "text", "text": f"<!date^{seconds}^{{time}}|a value>"}],
                }
            ],
        },
    ]


# -- the clock


async def test_a_moved_clock_moves_redis_and_slack_together(page: Browser, page_harness: PageHarness) -> None:
    before = page_harness.clock.now
    assert (await page.do("clock", seconds=60))["clock_offset_ms"] == 60_000
    assert (await page.do("clock", seconds=3600))["clock_offset_ms"] == HOUR + 60_000
    assert page_harness.backend.pulled == [("clock", 60), ("clock", 3600)]
    await page.until(lambda: page.last["state"]["clock_offset_ms"] == HOUR + 60_000)
    assert page.last["state"]["now"] == page_harness.clock.now == before + HOUR + 60_000
    stamp = await page_harness.post(page_harness.general)
    assert float(stamp) >= (before + HOUR) / 1000


async def test_a_clock_that_redis_does_not_move_stays(page: Browser, page_harness: PageHarness) -> None:
    """Else the page would show a grant as over that Redis keeps alive."""
    page_harness.backend.broken = True
    assert await page.refused("clock", seconds=60) == "Redis cannot be reached"
    assert page_harness.clock.offset == 0


async def test_a_date_means_the_time_by_which_it_was_drawn(page: Browser, page_harness: PageHarness) -> None:
    """Redis' times fall behind when the clock is moved; what was drawn before does not."""
    when = int(page_harness.clock()) + 600
    first = await page_harness.post(
        page_harness.general, text=f"<!date^{when}^{{time}}|x>", blocks=dated(when)
    )
    await page.do("clock", seconds=3600)
    second = await page_harness.post(
        page_harness.general, text=f"<!date^{when}^{{time}}|x>", blocks=dated(when)
    )
    await page.until(lambda: len(page.sees("alice", page_harness.general.id)) == 2)
    old, new = page.sees("alice", page_harness.general.id)
    assert (old["ts"], new["ts"]) == (first, second)
    assert f"<!date^{when}^" in old["blocks"][0]["text"]["text"]
    assert f"<!date^{when + 3600}^" in new["blocks"][0]["text"]["text"]
    assert new["text"] == f"<!date^{when + 3600}^{{time}}|x>"
    await page_harness.emulator.client.chat_update(
        channel=page_harness.general.id, ts=first, text="x", blocks=dated(when)
    )
    await page.until(lambda: page.sees("alice", page_harness.general.id)[0]["revision"] == 1)
    assert (
        f"<!date^{when + 3600}^"
        in page.sees("alice", page_harness.general.id)[0]["blocks"][0]["text"]["text"]
    )


async def test_a_value_that_looks_like_a_date_is_left_as_it_is(
    page: Browser, page_harness: PageHarness
) -> None:
    await page.do("clock", seconds=3600)
    await page_harness.post(page_harness.general, text="x", blocks=dated(5))
    await page.until(lambda: page.sees("alice", page_harness.general.id))
    blocks = page.sees("alice", page_harness.general.id)[0]["blocks"]
    assert blocks[1]["elements"][0]["elements"][0]["text"] == "<!date^5^{time}|a value>"
    assert "&lt;!date^1^&gt;" in blocks[0]["text"]["text"]


async def test_a_home_tab_s_dates_move_too(page: Browser, page_harness: PageHarness) -> None:
    view: Any = {"type": "home", "blocks": dated(5)}
    await page_harness.emulator.client.views_publish(user_id=page_harness.alice.id, view=view)
    await page.until(lambda: page.views[page_harness.alice.id]["home"])
    await page.do("clock", seconds=60)
    await page_harness.emulator.client.views_publish(user_id=page_harness.bob.id, view=view)
    await page.until(lambda: page.views[page_harness.bob.id]["home"])
    await page.sit("alice")
    texts = [
        page.views[who.id]["home"]["blocks"][0]["text"]["text"]
        for who in (page_harness.alice, page_harness.bob)
    ]
    assert ["<!date^5^" in texts[0], "<!date^65^" in texts[1]] == [True, True]


# -- Slack's bad days


async def test_a_slow_slack_acts_late(
    page: Browser, page_harness: PageHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "SLOW_SECONDS", 3_600.0)
    await page.do("fault", name="slow", on=True)
    await page.until(lambda: page.last["state"]["faults"]["slow"])
    late = asyncio.create_task(page_harness.post(page_harness.general))
    await page.do("clock", seconds=1)
    assert not late.done()
    await page.do("fault", name="slow", on=False)
    await page.until(lambda: not page.last["state"]["faults"]["slow"])
    late.cancel()
    await page_harness.post(page_harness.general)


async def test_a_limiting_slack_says_when_to_come_back(page: Browser, page_harness: PageHarness) -> None:
    await page.do("fault", name="limited", on=True)
    with pytest.raises(SlackApiError) as refused:
        await page_harness.post(page_harness.general)
    assert refused.value.response.headers["Retry-After"] == str(RETRY_AFTER)
    await page.until(lambda: any(call["status"] == 429 for call in page.calls.values()))
    await page.do("fault", name="limited", on=False)
    await page_harness.post(page_harness.general)


async def test_slack_that_is_down_cuts_every_connection_and_comes_back(
    page: Browser, page_harness: PageHarness
) -> None:
    app = page_harness.emulator.app()

    async def answer(ack: Any) -> None:
        await ack("here")

    app.command("/envaccess")(answer)
    await page_harness.emulator.connect(app)
    await page.do("fault", name="down", on=True)
    await page_harness.emulator.slack.until(lambda: page_harness.emulator.slack.connections == 0)
    with pytest.raises(Exception, match=r"disconnect|reset"):
        await page_harness.post(page_harness.general)
    failed = await page.refused(
        "command", seat=page_harness.alice.id, channel=page_harness.general.id, text="/envaccess"
    )
    assert "dispatch_failed" in failed
    await page.do("fault", name="down", on=False)
    await page_harness.emulator.slack.connected()
    await page.command("alice", "/envaccess")
    await page.until(lambda: "here" in page.everything("alice"))


async def test_of_several_faults_the_worst_decides_whatever_came_first(
    page: Browser, page_harness: PageHarness
) -> None:
    for name in ("slow", "limited", "down"):
        await page.do("fault", name=name, on=True)
    with pytest.raises(Exception, match=r"disconnect|reset"):
        await page_harness.post(page_harness.general)
    await page.do("fault", name="down", on=False)
    with pytest.raises(SlackApiError):
        await page_harness.post(page_harness.general)
    for name in ("limited", "slow"):
        await page.do("fault", name=name, on=False)
    await page_harness.post(page_harness.general)


# -- Redis and the bot


async def test_redis_and_the_bot_are_the_backstage_s(page: Browser, page_harness: PageHarness) -> None:
    await page.do("redis", what="restart")
    await page.do("bot", what="kill")
    await page.until(lambda: page.last["state"]["bot"] == "down")
    await page.do("bot", what="start")
    await page.until(lambda: page.last["state"]["bot"] == "up")
    assert page_harness.backend.pulled == [("redis", 0), ("kill", 0), ("start", 0)]


# -- user groups


async def test_the_group_control_changes_who_is_in_it_and_tells_the_bot_as_slack_does(
    page: Browser, page_harness: PageHarness
) -> None:
    slack, heard = page_harness.emulator.slack, []
    group = slack.add_group("on-call", [page_harness.alice], name="On call")
    app = page_harness.emulator.app()

    async def hear(event: Any) -> None:
        heard.append(event)

    for kind in ("subteam_members_changed", "subteam_updated"):
        app.event(kind)(hear)
    await page_harness.emulator.connect(app)
    pulled = await page.do("group", group=group.id, person=page_harness.bob.id, on=True)
    assert pulled["members"] == [page_harness.alice.id, page_harness.bob.id]
    assert sorted(event["type"] for event in heard) == ["subteam_members_changed", "subteam_updated"]
    await page.until(lambda: any(len(told["members"]) > 1 for told in page.last["workspace"]["groups"]))
    [told] = page.last["workspace"]["groups"]
    assert told == {
        "id": group.id,
        "handle": "on-call",
        "name": "On call",
        "members": [page_harness.alice.id, page_harness.bob.id],
    }
    await page.do("group", group=group.id, person=page_harness.bob.id, on=True)
    assert len(heard) == 2, "nothing changed, and nothing is told"
    await page.do("group", group=group.id, person=page_harness.alice.id, on=False)
    assert group.members == [page_harness.bob.id]


async def test_the_group_control_refuses_outsiders_and_groups_that_are_not_there(
    page: Browser, page_harness: PageHarness
) -> None:
    slack = page_harness.emulator.slack
    group, gone = slack.add_group("on-call"), slack.add_group("gone")
    slack.disable(gone)
    assert "not of this workspace" in await page.refused(
        "group", group=group.id, person=page_harness.eve.id, on=True
    )
    for name in (gone.id, "S9NOWHERE"):
        assert "no such user group" in await page.refused(
            "group", group=name, person=page_harness.bob.id, on=True
        )
    assert "nobody" in await page.refused("group", group=group.id, person="U9NOBODY", on=True)
    assert (group.members, gone.members) == ([], [])


async def test_a_group_changes_while_the_bot_is_down(page: Browser, page_harness: PageHarness) -> None:
    """An event may be lost: the bot must find out by asking."""
    group = page_harness.emulator.slack.add_group("on-call")
    pulled = await page.do("group", group=group.id, person=page_harness.bob.id, on=True)
    assert pulled["members"] == [page_harness.bob.id]


# -- the audit stream


async def test_tampering_is_told_and_undone(page: Browser, page_harness: PageHarness) -> None:
    await page.until(lambda: page.last.get("tree", {}).get("exit_code") == 0)
    await page.do("tamper", what="edit")
    await page.until(lambda: page.last["tree"]["exit_code"] == 3)
    assert page.last["tree"]["problems"] == ["altered: T: missing: 0"]
    assert page.last["state"]["tampered"] == "edit"
    await page.do("tamper", what="undo")
    await page.until(lambda: page.last["tree"]["exit_code"] == 0)
    assert page_harness.backend.tampered == ""


async def test_of_events_that_are_not_there_any_more_it_is_said(
    page: Browser, page_harness: PageHarness
) -> None:
    page_harness.backend.marks = {event(2)["id"]: ("sealed", 0)}
    page_harness.backend.put(event(1), event(2))
    await page.until(lambda: page.last.get("tree", {}).get("marks", {}).get(event(1)["id"]) == ["gone", -1])
    assert page.last["tree"]["marks"][event(2)["id"]] == ["sealed", 0]
