"""A failover lost what was acknowledged: what people see becomes true again, and the audit tells of it.

Law 1 holds while Redis keeps what it confirmed. Where it did not, nobody may go on reading a message that
offers what is not there, and no line may be left out because the new server's clock is behind.
"""

import pytest

from slack_emulator import Message
from tests.scenario.failing_over import Replica, clock_ahead
from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.test_faults_redis_showing import assert_each_event_once, lines
from tests.scenario.watch import buttons, settled
from tests.scenario.watch import told as answered

CLOCKS = pytest.mark.parametrize("ahead", [False, True], ids=["", "and the new clock is behind"])


def request_of(message: Message) -> str:
    """The request that is decided there."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return str(rows[0][0]["value"])


def decidable(harness: ScenarioHarness) -> list[Message]:
    """The approvers' messages that offer to approve."""
    return [m for m in harness.slack.messages(harness.approvers) if "Approve" in buttons(m)]


async def lose(harness: ScenarioHarness, replica: Replica) -> None:
    """Let it take over, and wait until that is noticed and all is drawn."""
    await replica.take_over()
    await harness.until(lambda: [line for line in lines(harness) if "audit.gap" in line] or None)
    await settled(harness)


@CLOCKS
async def test_what_a_failover_lost_is_drawn_as_it_is_and_told_once(
    harness: ScenarioHarness, *, ahead: bool
) -> None:
    """An approval that is lost takes the Reveal button along; a request that is lost says so itself."""
    replica = Replica(harness)
    async with serving(harness) as log:
        first = await harness.filed()
        await settled(harness)
        await replica.stop_following()
        if ahead:
            await clock_ahead(harness)
        await harness.heeded(lambda: harness.bob.press(first, "Approve"))
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        lost = await harness.filed("staging/DB_URL 1h a look")
        await settled(harness)
        assert decidable(harness) == [lost]
        before = len(harness.slack.messages(harness.approvers))
        await lose(harness, replica)
        await harness.until(lambda: [m for m in decidable(harness) if m.ts == first.ts] or None)
        assert not harness.alice.find("[ Reveal ]")
        await harness.until(lambda: harness.alice.find("This request was lost"))
        shown = {m.ts: harness.slack.draw(m) for m in harness.slack.messages(harness.approvers)}
        assert "This request was lost" in shown[lost.ts]
        assert "Approve" not in buttons(
            next(m for m in harness.slack.messages(harness.approvers) if m.ts == lost.ts)
        )
        assert len(shown) == before
        # Life goes on: the same may be asked for again, and the first is decided once more.
        again = await harness.filed("staging/DB_URL 1h a look")
        await harness.heeded(lambda: harness.bob.press(first, "Approve"))
        await settled(harness)
        assert {request_of(m) for m in decidable(harness)} == {request_of(again)}
        events = await harness.events()
    assert [event.event for event in events].count("audit.gap") == 1
    assert len(told(log, "audit.gap")) == 1
    # The events that were lost were told; those of the store that is left are told, each once.
    assert_each_event_once(harness)
    said = " ".join(lines(harness))
    assert [event.event for event in events if f"event `{event.id}`" not in said] == []


async def test_a_pending_request_whose_end_was_lost_is_pending_again(harness: ScenarioHarness) -> None:
    """A denial that nobody has is none: the person who denied sees the buttons again."""
    replica = Replica(harness)
    async with serving(harness):
        message = await harness.filed()
        await settled(harness)
        await replica.stop_following()
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        await harness.bob.modal.submit({"reason": "not today"})
        await harness.until(lambda: None if decidable(harness) else True)
        await settled(harness)
        await lose(harness, replica)
        await harness.until(lambda: decidable(harness) or None)
        card = await harness.until(lambda: harness.alice.find("waits for a decision"))
        assert "Cancel request" in buttons(card)


async def test_another_process_that_goes_on_marks_lines_that_were_perhaps_told(
    harness: ScenarioHarness,
) -> None:
    """The cursor is lost with the events, and who posted the lines is gone: repeats say what they are."""
    replica = Replica(harness)
    async with serving(harness):
        await settled(harness)
        first = await harness.filed()
        await settled(harness)
        cursors = harness.runner.key("cursors")
        told_up_to = (await harness.events())[0].id
        await harness.runner.client.hset(cursors, "lines", told_up_to)  # as a replica that lagged has it
        await replica.stop_following()
        await harness.runner.client.hset(cursors, "lines", (await harness.events())[-1].id)
        await harness.heeded(lambda: harness.bob.press(first, "Approve"))
        await settled(harness)
    async with serving(harness):
        pass
    before = len(lines(harness))
    seen = (await harness.events())[-1].id
    await replica.take_over()
    await harness.runner.run("tell_gap", seen=seen, known="")
    async with serving(harness):
        await settled(harness)
    repeated = [line for line in lines(harness)[before:] if "repeated `perhaps`" in line]
    assert repeated
    assert (await harness.tags()).count("audit.gap") == 1


async def test_a_request_that_is_gone_with_whoever_drew_it_is_told_to_who_presses(
    harness: ScenarioHarness,
) -> None:
    """Nobody that runs knows of its message: it stays, and gives nothing."""
    replica = Replica(harness)
    async with serving(harness):
        await settled(harness)
        await replica.stop_following()
        lost = await harness.filed()
        await settled(harness)
    await replica.take_over()
    async with serving(harness):
        press = await harness.bob.press(lost, "Approve")
        said = await answered(harness, press)
        assert "No request has that id, so nothing was done." in said
        assert "request.approved" not in await harness.tags()
