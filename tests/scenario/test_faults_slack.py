"""Slack on a bad day (issue 2): a filed request stands; messages are right within seconds of its return."""

import asyncio

import pytest

from envaccess.projections import rate_gate, relay
from envaccess.slack import client
from envaccess.slack.directory import SlackDirectory
from slack_emulator import Message
from slack_emulator.record import Call
from tests.scenario.badly import switch_on
from tests.scenario.logs import serving, told
from tests.scenario.town import Town
from tests.scenario.watch import DECIDE, buttons, heard, id_on, settled
from tests.scenario.watch import told as answered

ASK = "STRIPE_KEY 1h debugging a failed refund"
NOT_CHECKED = "could not check who you are"


@pytest.fixture
def hurried(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - not while the town is built
    """The relay's patience and its pauses, twenty times shorter."""
    monkeypatch.setattr(client, "BACKGROUND_SECONDS", 0.3)
    monkeypatch.setattr(rate_gate, "_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(relay, "MOST_SECONDS", 0.2)


def test_the_relay_never_waits_longer_than_five_seconds_of_its_own() -> None:
    """Messages are right within seconds of Slack's return."""
    waits = rate_gate.Pace(lambda: 0.0, lambda *_: None)
    assert [waits.failed("card") for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    waits.worked("card")
    assert waits.failed("card") == 0.5


def calls_to(town: Town, method: str, channel: str) -> list[Call]:
    """The calls of one method about one channel."""
    return [call for call in town.slack.calls_of(method) if call.args.get("channel") == channel]


def cards(town: Town) -> list[Message]:
    """What Alice's direct messages hold."""
    assert town.alice.dm
    return town.slack.messages(town.alice.dm)


async def right(town: Town, message: Message) -> None:
    """Everything about the one request is drawn as it stands, once."""
    await settled(town)
    assert town.slack.messages(town.approvers) == [message]
    assert buttons(message) == []
    assert len([card for card in cards(town) if buttons(card)]) == 1


async def test_retry_after_is_honoured_for_its_method_and_channel_and_holds_up_no_other(town: Town) -> None:
    """Calling on would lengthen the ban; waiting everywhere would hold up cards and audit lines."""
    here = town.approvers.id
    town.slack.faults.rate_limit(
        "chat.postMessage", retry_after=1, times=1, only_if=lambda a: a["channel"] == here
    )
    async with serving(town) as log:
        await town.ask(ASK)
        await town.until(lambda: calls_to(town, "chat.postMessage", here))
        await town.until(lambda: town.alice.find("STRIPE_KEY", town.alice.dm))
        await town.until(lambda: calls_to(town, "chat.postMessage", town.audit.id))
        assert len(calls_to(town, "chat.postMessage", here)) == 1
        await town.ask("staging/DB_URL 1h a look at the data")
        await town.until(lambda: len(town.slack.messages(town.approvers)) == 2 or None)
        first, second, *_ = calls_to(town, "chat.postMessage", here)
        assert second.at - first.at >= 1
        await settled(town)
    assert told(log, "relay.message") == []


@pytest.mark.usefixtures("hurried")
async def test_one_message_that_slack_never_takes_holds_up_no_other(town: Town) -> None:
    async with serving(town) as log:
        message = await town.filed()
        await settled(town)
        stuck = id_on(message)
        gate = town.slack.faults.hang("*", only_if=lambda args: stuck in str(args.get("blocks")))
        await town.bob.press(message, "Approve")
        await town.until(lambda: gate.waiting)
        for text in ("STRIPE_KEY 2h", "staging/DB_URL 1h", "STRIPE_KEY,staging/DB_URL 1h"):
            await town.ask(f"{text} a look at the data")
        await town.until(lambda: len(town.slack.messages(town.approvers)) == 4 or None)
        await town.until(lambda: len(cards(town)) == 4 or None)
        await asyncio.sleep(1)
        town.slack.faults.clear()
        await settled(town)
    assert 1 <= len([line for line in told(log, "relay.message") if stuck in line["surface"]]) <= 4


@pytest.mark.usefixtures("unpaced")
async def test_an_audit_channel_that_fails_is_not_hammered_by_every_new_event(town: Town) -> None:
    """The pause between tries is Slack's to recover in, however much happens meanwhile."""
    async with serving(town) as log:
        await settled(town)
        town.slack.faults.break_down(
            "chat.postMessage", only_if=lambda args: args["channel"] == town.audit.id
        )
        before = len(calls_to(town, "chat.postMessage", town.audit.id))
        for number in range(15):
            who = town.slack.add_person(f"p{number}")
            town.general.members.append(who.id)
            assert "Filed" in heard(town, await town.ask(ASK, who))
        assert len(calls_to(town, "chat.postMessage", town.audit.id)) - before <= 4
        town.slack.faults.clear()
        await settled(town)
    assert len(told(log, "relay.audit")) == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.open", "chat.delete"])
@pytest.mark.parametrize("fault", ["500", "429", "ok:false", "dropped", "hanging"])
async def test_a_method_that_fails_twice_only_delays(town: Town, method: str, fault: str) -> None:
    """A filed request stands, and each message is drawn once, as the state is."""
    async with serving(town):
        switch_on(town, method, fault, times=2)
        message = await town.filed()
        await town.bob.press(message, "Approve")
        await right(town, message)


@pytest.mark.usefixtures("hurried")
async def test_a_slack_that_was_down_finds_everything_right(town: Town) -> None:
    """What was decided as Slack went down is shown when it returns; nothing is asked or told twice."""
    async with serving(town) as log:
        message = await town.filed()
        await settled(town)
        gate = town.slack.faults.hang("chat.update")
        await town.bob.press(message, "Approve")
        await town.until(lambda: gate.waiting)
        with town.slack.down():
            await asyncio.sleep(1.2)
        town.slack.faults.clear()
        await right(town, message)
        await town.slack.connected(2)
        card = await town.until(lambda: town.alice.find("[ Reveal ]"))
        await town.alice.press(card, "End now")
        await town.until(lambda: "[ Reveal ]" not in town.slack.draw(card))
    for line in log:
        assert line["log_level"] in {"info", "warning"}


@pytest.mark.parametrize("method", ["users.info", "conversations.members", "conversations.info"])
@pytest.mark.parametrize("fault", ["500", "429", "dropped", "hanging"])
async def test_without_an_answer_about_people_nothing_changes_and_the_person_is_told(
    town: Town, method: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4 fails closed: an outage of Slack must not let a leaver in, nor leave anybody without a word."""
    monkeypatch.setitem(vars(SlackDirectory)["__init__"].__kwdefaults__, "seconds", 0.2)
    async with serving(town):
        message = await town.filed()
        await settled(town)
        await town.move_clock(10)
        before = await town.tags()
        await _forgotten(town)
        switch_on(town, method, fault)
        assert NOT_CHECKED in heard(town, await town.ask("staging/DB_URL 1h a look at the data"))
        assert NOT_CHECKED in await answered(town, await town.bob.press(message, "Approve"))
        assert await town.tags() == before
        assert buttons(message) == DECIDE
        town.slack.faults.clear()
        await town.bob.press(message, "Approve")
        await town.until(lambda: town.alice.find("[ Reveal ]"))


async def _forgotten(town: Town) -> None:
    """The bot has no answer about anybody that is young enough."""
    for person in (town.alice, town.bob, town.carol):
        await town.asked_again(person)
    await town.slack.tell({"type": "member_left_channel", "channel": town.approvers.id, "user": "U0X"})


@pytest.mark.parametrize("fault", ["500", "429", "dropped", "ok:false"])
async def test_a_form_that_slack_does_not_open_is_told_of(town: Town, fault: str) -> None:
    """A command or a press that shows nothing at all looks like a bot that is dead."""
    async with serving(town):
        message = await town.filed()
        switch_on(town, "views.open", fault)
        assert "did not open the form" in heard(town, await town.ask(""))
        assert "did not open the form" in await answered(town, await town.bob.press(message, "Deny"))
        town.slack.faults.clear()
        await town.bot_opens_deny(message)


async def test_a_private_answer_that_slack_does_not_take_is_one_line_of_the_log(town: Town) -> None:
    async with serving(town) as log:
        message = await town.filed()
        town.approvers.members.append(town.alice.id)
        town.slack.faults.break_down("response_url")
        await town.alice.press(message, "Approve")
        await settled(town)
        await town.until(lambda: told(log, "answer_lost") or None)
    assert len(told(log, "answer_lost")) == 1
