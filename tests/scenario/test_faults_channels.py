"""A channel that is lost while the bot runs: readiness fails, one alarm, everything else goes on."""

from collections.abc import Callable
from functools import partial

import pytest

from envaccess.projections import rate_gate, relay
from slack_emulator import Channel, Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import Log, readiness, serving, told
from tests.scenario.watch import buttons, heard, settled
from tests.scenario.watch import told as answered

READY: tuple[int, list[str]] = (200, [])
LOST = (503, ["channels"])


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between tries, ten times shorter."""
    monkeypatch.setattr(rate_gate, "_FIRST_SECONDS", 0.05)
    monkeypatch.setattr(relay, "MOST_SECONDS", 0.5)


def kick(channel: Channel) -> None:
    """Somebody removes the bot."""
    channel.members.remove("U0BOT")


def invite(channel: Channel) -> None:
    """Somebody invites it again."""
    channel.members.append("U0BOT")


def archive(channel: Channel) -> None:
    """Somebody archives the channel."""
    channel.is_archived = True


def unarchive(channel: Channel) -> None:
    """Somebody brings it back."""
    channel.is_archived = False


WAYS = pytest.mark.parametrize(
    ("lose", "mend"), [(kick, invite), (archive, unarchive)], ids=["kicked", "archived"]
)


async def tell(harness: ScenarioHarness, event: str, channel: Channel, **more: str) -> None:
    """Slack tells of something that happened to a channel."""
    await harness.slack.tell({"type": event, "channel": channel.id, "user": "U0BOT", **more})


def lines(harness: ScenarioHarness, tag: str) -> list[Message] | None:
    """The audit channel's lines of one kind, if there are any."""
    return [message for message in harness.slack.messages(harness.audit) if tag in message.text] or None


async def is_ready(log: Log) -> bool:
    """Whether `/readyz` says so."""
    return await readiness(log) == READY


@WAYS
async def test_a_lost_approvers_channel_holds_up_no_card_and_no_audit_line_and_comes_back(
    harness: ScenarioHarness, lose: Callable[[Channel], None], mend: Callable[[Channel], None]
) -> None:
    """Law 9: what nobody could decide is refused with why; what was granted still works and can be ended."""
    async with serving(harness) as log:
        card = await harness.granted()
        waiting = await harness.filed("staging/DB_URL 1h a look at the data")
        await settled(harness)
        assert await readiness(log) == READY
        lose(harness.approvers)
        await tell(harness, "member_left_channel", harness.approvers)
        refused = heard(harness, await harness.ask("STRIPE_KEY,staging/DB_URL 1h both of them"))
        assert "approvers channel" in refused
        assert "Nothing was filed" in refused or "nothing was filed" in refused
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await harness.alice.press(card, "End now")
        await harness.until(lambda: "[ Reveal ]" not in harness.slack.draw(card))
        await harness.until(lambda: lines(harness, "grant.revoked"))
        await harness.until(lambda: told(log, "channel_lost") or None)
        assert await readiness(log) == LOST
        assert "problem" in told(log, "alarm")[0], "whoever reads the log learns what to do"
        mend(harness.approvers)
        await settled(harness)
        await tell(harness, "member_joined_channel", harness.approvers)
        await harness.slack.until(partial(is_ready, log))
        await harness.bob.press(waiting, "Approve")
        await harness.until(lambda: buttons(waiting) == [] or None)
    assert len(told(log, "channel_lost")) == 1


@WAYS
async def test_a_lost_audit_channel_holds_up_nothing_else_and_gets_every_line_later(
    harness: ScenarioHarness, lose: Callable[[Channel], None], mend: Callable[[Channel], None]
) -> None:
    """The stream is the audit, the channel its witness: lines wait, in order, and none is dropped."""
    async with serving(harness) as log:
        await settled(harness)
        before = len(harness.slack.messages(harness.audit))
        lose(harness.audit)
        card = await harness.granted()
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await harness.until(lambda: told(log, "channel_lost") or None)
        assert await readiness(log) == LOST
        mend(harness.audit)
        await settled(harness)
        lines = [message.text for message in harness.slack.messages(harness.audit)][before:]
        assert [line.split("`")[1] for line in lines] == (await harness.tags())[-len(lines) :]
        assert await readiness(log) == READY
    assert len(told(log, "channel_lost")) == 1


async def test_one_person_whose_direct_messages_are_closed_is_nobodys_alarm(harness: ScenarioHarness) -> None:
    """Else one leaver would make every replica unready, and the host restart them all."""
    async with serving(harness) as log:
        await settled(harness)
        harness.slack.faults.answer(
            "chat.postMessage", "is_archived", only_if=lambda args: str(args["channel"]).startswith("D")
        )
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: buttons(message) == [] or None)
        assert await readiness(log) == READY
        harness.slack.faults.clear()
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))
    assert told(log, "channel_lost") == []


async def test_a_channel_that_is_shared_outside_while_we_serve_is_an_alarm(harness: ScenarioHarness) -> None:
    """Outsiders could press there, or read what is asked for and why."""
    async with serving(harness) as log:
        await tell(harness, "channel_shared", harness.approvers, connected_team_id="T0X")
        assert await readiness(log) == LOST
    assert len(told(log, "alarm")) == 1


async def test_a_press_in_a_channel_that_lost_the_bot_is_answered(harness: ScenarioHarness) -> None:
    """Who looks at an old message must learn why nothing happens."""
    async with serving(harness):
        message = await harness.filed()
        await settled(harness)
        kick(harness.approvers)
        await tell(harness, "member_left_channel", harness.approvers)
        press = await harness.bob.press(message, "Approve")
        assert "tell whoever runs envaccess" in await answered(harness, press)
        assert "request.approved" not in await harness.tags()
