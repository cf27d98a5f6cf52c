"""Commands and messages that somebody types at the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.slack_emulator.page_acting.small_app import App
    from tests.slack_emulator.page_browser import Browser
    from tests.slack_emulator.page_harness import PageHarness


async def test_a_command_is_answered_to_whoever_typed_it(page: Browser, page_harness: PageHarness) -> None:
    await page.command("alice", "/envaccess  hello there ")
    await page.until(lambda: "you typed hello there" in page.everything("alice"))
    assert "you typed" not in page.everything("bob")
    assert page.sees("alice", page_harness.general.id)[0]["ephemeral"] is True


async def test_a_command_works_in_the_messages_with_the_bot(page: Browser) -> None:
    await page.do("command", seat=page.person("gus"), channel=page.dm("gus"), text="/envaccess")
    await page.until(lambda: "you typed" in page.everything("gus"))


@pytest.mark.parametrize("text", ["/other x", "envaccess", "", "/", "/envaccessx"])
async def test_what_is_no_command_is_told_so(page: Browser, app: App, text: str) -> None:
    answer = await page.refused(
        "command", seat=page.person("alice"), channel=page.channel("general"), text=text
    )
    assert answer.endswith("is not a valid command.")
    assert not app.heard


async def test_a_stranger_types_no_command(page: Browser, app: App) -> None:
    answer = await page.refused(
        "command", seat=page.person("eve"), channel=page.channel("shared"), text="/envaccess"
    )
    assert "cannot use this workspace's commands" in answer
    assert not app.heard


@pytest.mark.parametrize("what", ["command", "write"])
async def test_nobody_speaks_in_a_channel_that_they_are_not_in(
    page: Browser, page_harness: PageHarness, what: str
) -> None:
    answer = await page.refused(
        what, seat=page_harness.alice.id, channel=page_harness.secret.id, text="/envaccess x"
    )
    assert answer == "alice is not in that channel."


async def test_a_bot_that_is_not_there_is_told_as_slackbot_tells_it(
    page: Browser, page_harness: PageHarness
) -> None:
    await page_harness.emulator.handlers.pop().close_async()
    await page_harness.emulator.slack.until(lambda: page_harness.emulator.slack.connections == 0)
    answer = await page.refused(
        "command", seat=page_harness.alice.id, channel=page_harness.general.id, text="/envaccess x"
    )
    assert answer == '/envaccess failed with the error "dispatch_failed"'


async def test_what_is_written_cannot_fire_a_mention_nor_forge_slack_s_marks(
    page: Browser, page_harness: PageHarness
) -> None:
    typed = "<!channel> <@U0BOT> @bob #general <!date^1^{date}|x> &amp; @channel"
    await page.do("write", seat=page_harness.alice.id, channel=page_harness.general.id, text=typed)
    await page.until(lambda: page.sees("bob", page_harness.general.id))
    message = page.sees("bob", page_harness.general.id)[0]
    assert message["text"] == (
        f"&lt;!channel&gt; &lt;@U0BOT&gt; <@{page_harness.bob.id}|bob> <#{page_harness.general.id}|general> "
        "&lt;!date^1^{date}|x&gt; &amp;amp; <!channel>"
    )
    assert message["author"] == {"id": page_harness.alice.id, "name": "alice", "bot": False}


async def test_a_reply_goes_under_its_message(page: Browser, page_harness: PageHarness) -> None:
    stamp = await page_harness.post(page_harness.general, "parent")
    await page.do(
        "write", seat=page_harness.alice.id, channel=page_harness.general.id, text="reply", thread_ts=stamp
    )
    await page.until(lambda: len(page.sees("bob", page_harness.general.id)) == 2)
    assert [m["thread_ts"] for m in page.sees("bob", page_harness.general.id)] == [stamp, stamp]
    answer = await page.refused(
        "write", seat=page_harness.alice.id, channel=page_harness.general.id, text="x", thread_ts="1.000000"
    )
    assert answer == "That thread is not there any more."


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_nothing_is_not_written(page: Browser, page_harness: PageHarness, text: str) -> None:
    await page.refused("write", seat=page_harness.alice.id, channel=page_harness.general.id, text=text)
    assert not page_harness.emulator.slack.messages(page_harness.general)
