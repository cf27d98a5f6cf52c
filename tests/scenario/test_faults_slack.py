"""Slack on a bad day (issue 2): a filed request stands; messages are right within seconds of its return."""

import asyncio
from functools import partial

import pytest

from envaccess.projections import rate_gate, relay
from envaccess.slack import client
from envaccess.slack.directory import SlackDirectory
from slack_emulator import Message, Press
from slack_emulator.record import RecordedCall
from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.slack_failures import switch_on
from tests.scenario.watch import DECIDE, buttons, heard, id_on, settled
from tests.scenario.watch import told as answered

ASK = "STRIPE_KEY 1h debugging a failed refund"
NOT_CHECKED = "could not check who you are"


@pytest.fixture
def hurried(harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - not while the town is built
    """The relay's patience and its pauses, twenty times shorter."""
    monkeypatch.setattr(client, "BACKGROUND_SECONDS", 0.3)
    monkeypatch.setattr(rate_gate, "_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(relay, "MOST_SECONDS", 0.2)


def test_the_relay_never_waits_longer_than_five_seconds_of_its_own() -> None:
    """Messages are right within seconds of Slack's return."""
    waits = rate_gate.RateGate(lambda: 0.0, lambda *_: None)
    assert [waits.failed("card") for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    waits.worked("card")
    assert waits.failed("card") == 0.5


def calls_to(harness: ScenarioHarness, method: str, channel: str) -> list[RecordedCall]:
    """The calls of one method about one channel."""
    return [call for call in harness.slack.calls_of(method) if call.args.get("channel") == channel]


def cards(harness: ScenarioHarness) -> list[Message]:
    """What Alice's direct messages hold."""
    assert harness.alice.dm
    return harness.slack.messages(harness.alice.dm)


async def right(harness: ScenarioHarness, message: Message) -> None:
    """Everything about the one request is drawn as it stands, once."""
    await settled(harness)
    assert harness.slack.messages(harness.approvers) == [message]
    assert buttons(message) == []
    assert len([card for card in cards(harness) if buttons(card)]) == 1


async def test_retry_after_is_honoured_for_its_method_and_channel_and_holds_up_no_other(
    harness: ScenarioHarness,
) -> None:
    """Calling on would lengthen the ban; waiting everywhere would hold up cards and audit lines."""
    here = harness.approvers.id
    harness.slack.faults.rate_limit(
        "chat.postMessage", retry_after=1, times=1, only_if=lambda a: a["channel"] == here
    )
    async with serving(harness) as log:
        await harness.ask(ASK)
        await harness.until(lambda: calls_to(harness, "chat.postMessage", here))
        await harness.until(lambda: harness.alice.find("STRIPE_KEY", harness.alice.dm))
        await harness.until(lambda: calls_to(harness, "chat.postMessage", harness.audit.id))
        assert len(calls_to(harness, "chat.postMessage", here)) == 1
        await harness.ask("staging/DB_URL 1h a look at the data")
        await harness.until(lambda: len(harness.slack.messages(harness.approvers)) == 2 or None)
        first, second, *_ = calls_to(harness, "chat.postMessage", here)
        assert second.at - first.at >= 1
        await settled(harness)
    assert told(log, "relay.message") == []


@pytest.mark.usefixtures("hurried")
async def test_one_message_that_slack_never_takes_holds_up_no_other(harness: ScenarioHarness) -> None:
    async with serving(harness) as log:
        message = await harness.filed()
        await settled(harness)
        stuck = id_on(message)
        gate = harness.slack.faults.hang("*", only_if=lambda args: stuck in str(args.get("blocks")))
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: gate.waiting)
        for text in ("STRIPE_KEY 2h", "staging/DB_URL 1h", "STRIPE_KEY,staging/DB_URL 1h"):
            await harness.ask(f"{text} a look at the data")
        await harness.until(lambda: len(harness.slack.messages(harness.approvers)) == 4 or None)
        await harness.until(lambda: len(cards(harness)) == 4 or None)
        await asyncio.sleep(1)
        harness.slack.faults.clear()
        await settled(harness)
    assert 1 <= len([line for line in told(log, "relay.message") if stuck in line["surface"]]) <= 4


@pytest.mark.usefixtures("unpaced")
async def test_an_audit_channel_that_fails_is_not_hammered_by_every_new_event(
    harness: ScenarioHarness,
) -> None:
    """The pause between tries is Slack's to recover in, however much happens meanwhile."""
    async with serving(harness) as log:
        await settled(harness)
        harness.slack.faults.break_down(
            "chat.postMessage", only_if=lambda args: args["channel"] == harness.audit.id
        )
        before = len(calls_to(harness, "chat.postMessage", harness.audit.id))
        for number in range(15):
            who = harness.slack.add_person(f"p{number}")
            harness.general.members.append(who.id)
            assert "Filed" in heard(harness, await harness.ask(ASK, who))
        assert len(calls_to(harness, "chat.postMessage", harness.audit.id)) - before <= 4
        harness.slack.faults.clear()
        await settled(harness)
    assert len(told(log, "relay.audit")) == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.open", "chat.delete"])
@pytest.mark.parametrize("fault", ["500", "429", "ok:false", "dropped", "hanging"])
async def test_a_method_that_fails_twice_only_delays(
    harness: ScenarioHarness, method: str, fault: str
) -> None:
    """A filed request stands, and each message is drawn once, as the state is."""
    async with serving(harness):
        switch_on(harness, method, fault, times=2)
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        await right(harness, message)


@pytest.mark.usefixtures("hurried")
async def test_a_slack_that_was_down_finds_everything_right(harness: ScenarioHarness) -> None:
    """What was decided as Slack went down is shown when it returns; nothing is asked or told twice."""
    async with serving(harness) as log:
        message = await harness.filed()
        await settled(harness)
        gate = harness.slack.faults.hang("chat.update")
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: gate.waiting)
        with harness.slack.down():
            await asyncio.sleep(1.2)
        harness.slack.faults.clear()
        await right(harness, message)
        await harness.slack.connected(2)
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await harness.alice.press(card, "End now")
        await harness.until(lambda: "[ Reveal ]" not in harness.slack.draw(card))
    for line in log:
        assert line["log_level"] in {"info", "warning"}


@pytest.mark.parametrize("method", ["users.info", "conversations.members", "conversations.info"])
@pytest.mark.parametrize(
    "fault", ["500", "429", "dropped", pytest.param("hanging", marks=pytest.mark.product_deadlines)]
)
async def test_without_an_answer_about_people_nothing_changes_and_the_person_is_told(
    harness: ScenarioHarness, method: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4 fails closed: an outage of Slack must not let a leaver in, nor leave anybody without a word."""
    monkeypatch.setitem(vars(SlackDirectory)["__init__"].__kwdefaults__, "seconds", 0.2)
    async with serving(harness):
        message = await harness.filed()
        await settled(harness)
        await harness.move_clock(10)
        before = await harness.tags()
        await _forgotten(harness)
        switch_on(harness, method, fault)
        assert NOT_CHECKED in heard(harness, await harness.ask("staging/DB_URL 1h a look at the data"))
        assert NOT_CHECKED in await answered(harness, await harness.bob.press(message, "Approve"))
        assert await harness.tags() == before
        assert buttons(message) == DECIDE
        harness.slack.faults.clear()
        while not harness.alice.find("[ Reveal ]"):  # a busy machine may not answer in that time either
            press = await harness.bob.press(message, "Approve")
            await harness.until(partial(_ruled, harness, press))
            assert all(NOT_CHECKED in harness.slack.draw(answer) for answer in press.answers)


def _ruled(harness: ScenarioHarness, press: Press) -> bool:
    """Whether a press was refused, or gave access."""
    return bool(press.answers or harness.alice.find("[ Reveal ]"))


async def _forgotten(harness: ScenarioHarness) -> None:
    """The bot has no answer about anybody that is young enough."""
    for person in (harness.alice, harness.bob, harness.carol):
        await harness.asked_again(person)
    await harness.slack.tell({"type": "member_left_channel", "channel": harness.approvers.id, "user": "U0X"})


@pytest.mark.parametrize("fault", ["500", "429", "dropped", "ok:false"])
async def test_a_form_that_slack_does_not_open_is_told_of(harness: ScenarioHarness, fault: str) -> None:
    """A command or a press that shows nothing at all looks like a bot that is dead."""
    async with serving(harness):
        message = await harness.filed()
        switch_on(harness, "views.open", fault)
        assert "did not open the form" in heard(harness, await harness.ask(""))
        assert "did not open the form" in await answered(harness, await harness.bob.press(message, "Deny"))
        harness.slack.faults.clear()
        await harness.bot_opens_deny(message)


async def test_a_private_answer_that_slack_does_not_take_is_one_line_of_the_log(
    harness: ScenarioHarness,
) -> None:
    async with serving(harness) as log:
        message = await harness.filed()
        harness.approvers.members.append(harness.alice.id)
        harness.slack.faults.break_down("response_url")
        await harness.alice.press(message, "Approve")
        await settled(harness)
        await harness.until(lambda: told(log, "answer_lost") or None)
    assert len(told(log, "answer_lost")) == 1
