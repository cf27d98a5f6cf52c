"""Cards and messages that Slack refuses for good: what a person sees stays true, and the log has the code."""

from typing import Any

import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import readiness, serving
from tests.scenario.logs import told as heard
from tests.scenario.watch import say, settled

CONTENT = ["invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"]
SECRETIVE = "debugging a failed refund for acme"


def with_blocks(args: dict[str, Any]) -> bool:
    return bool(args.get("blocks"))


@pytest.mark.parametrize("code", CONTENT)
async def test_a_decision_whose_blocks_slack_refuses_is_told_without_them(
    harness: ScenarioHarness, code: str
) -> None:
    async with serving(harness) as log:
        message = await harness.filed(f"STRIPE_KEY 1h {SECRETIVE}")
        await settled(harness)
        for method in ("chat.update", "chat.postMessage"):
            harness.slack.faults.answer(method, code, only_if=with_blocks)
        card = await harness.until(lambda: harness.alice.find("Cancel request"))
        await harness.alice.press(card, "Cancel request")
        await settled(harness)
        drawn = harness.slack.draw(message)
        assert "Withdrawn" in drawn
        assert "Approve" not in drawn
        assert SECRETIVE not in message.text
        assert harness.alice.find("waits for a decision", harness.alice.dm) is None
        assert harness.alice.find("Withdrawn", harness.alice.dm)
        assert code in str(heard(log, "message_not_taken"))
        [request] = await harness.requests()
        [alarm] = [line for line in heard(log, "alarm") if line["subject"] == request.id]
        assert alarm["tag"] == "message_not_taken"
        assert code in alarm["problem"]
        assert await readiness(log) == (200, [])


async def test_a_new_request_whose_blocks_slack_refuses_is_still_shown_and_decidable(
    harness: ScenarioHarness,
) -> None:
    async with serving(harness):
        harness.slack.faults.answer("chat.postMessage", "invalid_blocks", only_if=with_blocks)
        await harness.ask(f"STRIPE_KEY 1h {SECRETIVE}")
        await settled(harness)
        shown = harness.slack.messages(harness.approvers)
        assert len(shown) == 1
        assert "asks for" in shown[0].text
        assert "*Home* tab" in shown[0].text
        assert SECRETIVE not in shown[0].text


@pytest.mark.parametrize(
    "code", ["messages_tab_disabled", "cannot_dm_bot", "restricted_action", "channel_not_found"]
)
async def test_a_denial_that_cannot_be_posted_to_the_person_is_no_longer_said_to_wait(
    harness: ScenarioHarness, code: str
) -> None:
    async with serving(harness):
        await harness.filed()
        await settled(harness)
        refused = harness.slack.faults.answer(
            "chat.postMessage", code, only_if=lambda args: str(args.get("channel", "")).startswith("D")
        )
        await harness.move_clock(5 * 3_600)
        await harness.until(lambda: refused.hits)
        await harness.until(
            lambda: harness.alice.find("waits for a decision", harness.alice.dm) is None or None
        )
        assert "timed out" in await say(harness, "status")
