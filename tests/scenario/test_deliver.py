"""Reveal, show, push, Hide now and End now: the value reaches its requester and nobody else."""

import asyncio
import re
from functools import partial
from typing import Any

import pytest

from envaccess.domain.request import GrantState
from envaccess.domain.variable import Variable
from slack_emulator import Message
from slack_emulator.record import RecordedCall
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.watch import (
    AGAIN,
    buttons,
    card_of,
    heard,
    id_on,
    one_request,
    refusals,
    say,
    settled,
    told,
)

Json = dict[str, Any]


def shown(harness: ScenarioHarness) -> list[RecordedCall]:
    """Every message with values that Slack was given."""
    return harness.slack.calls_of("chat.postEphemeral")


def texts_in(message: Message) -> list[str]:
    """The preformatted texts of a message, exactly as Slack was given them."""
    return [
        part["elements"][0]["text"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_preformatted"
    ]


def showing(harness: ScenarioHarness, value: str) -> Message | None:
    """The message on Alice's screen that shows exactly this value."""
    return next((message for message in harness.alice.sees() if texts_in(message) == [value]), None)


async def value_seen(harness: ScenarioHarness) -> Message:
    """The message with the value on Alice's screen."""
    return await harness.until(lambda: harness.alice.find("Only you can see this"))


async def test_reveal_shows_the_value_to_its_requester_alone_until_hidden(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted()
        await harness.alice.press(card, "Reveal")
        seen = await value_seen(harness)
        assert seen.is_ephemeral
        assert harness.alice.dm is not None
        assert seen.channel == harness.alice.dm.id
        assert texts_in(seen) == [harness.values[STRIPE]]
        assert harness.values[STRIPE] not in seen.text
        for other in (harness.bob, harness.carol, harness.dana):
            assert other.find(harness.values[STRIPE]) is None
        await harness.alice.press(seen, "Hide now")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]) is None)
        assert buttons(card) == ["Reveal", "End now"]
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
    assert len(shown(harness)) == 2
    assert (await harness.tags()).count("grant.revealed") == 2


async def test_the_card_tells_the_time_left_in_the_readers_own_clock(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted()
        request = await one_request(harness)
        tokens = re.findall(r"<!date\^(\d+)\^([^|>]*)\|([^>]*)>", str(card.blocks[0]))
    assert [int(when) for when, _, _ in tokens] == [request.expires_at // 1000]
    assert "{ago}" in tokens[0][1]
    assert tokens[0][2].endswith("UTC")


async def test_a_reveal_pressed_by_anybody_else_shows_nothing_and_is_audited(
    harness: ScenarioHarness,
) -> None:
    """Law 8: the grant names its requester; neither the approver nor an onlooker may press for them."""
    async with harness.bot():
        card = await harness.granted()
        for other in (harness.bob, harness.carol, harness.dana):
            press = await other.press(card, "Reveal", forged=True)
            assert "somebody else's request" in await told(harness, press)
    assert [event.actor.id for event in await refusals(harness)] == [
        harness.bob.id,
        harness.carol.id,
        harness.dana.id,
    ]
    assert {event.detail["why"] for event in await refusals(harness)} == {"not_yours"}
    assert shown(harness) == []
    assert not harness.slack.said(harness.values[STRIPE])


async def test_once_gives_exactly_one_reveal_under_fifty_presses_at_once(harness: ScenarioHarness) -> None:
    """Law 2: the use is claimed before the value is read, so that fifty presses find one use."""
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        presses = await asyncio.gather(*(harness.alice.press(card, "Reveal") for _ in range(50)))
        await harness.until(lambda: sum(bool(press.answers) for press in presses) == 49)
        await settled(harness)
        answers = [press.answers[0].text for press in presses if press.answers]
        assert [answer for answer in answers if "one reveal, which is used" not in answer] == []
        assert len(shown(harness)) == 1
        assert texts_in(await value_seen(harness)) == [harness.values[STRIPE]]
        assert "That was its one reveal" in harness.slack.draw(await value_seen(harness))
        assert buttons(card) == AGAIN
        assert "Its one reveal was used" in harness.slack.draw(card)
    tags = await harness.tags()
    assert tags.count("grant.revealed") == tags.count("grant.used_up") == 1
    assert tags.count("access.refused") == 1, "the other 48 are counted, not told one by one"


async def test_once_lapses_after_fifteen_minutes_unused(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        face = card.revisions[-1]
        await harness.move_clock(15 * 60 + 0.1)
        press = await harness.alice.press(card, "Reveal", shown=face)
        assert "has expired" in await told(harness, press)
    assert shown(harness) == []


async def test_end_now_ends_it_and_a_screen_that_lags_gets_nothing(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted()
        face, request = card.revisions[-1], id_on(card)
        await harness.alice.press(card, "End now")
        assert not await harness.redis.exists(harness.runner.key("grant", request))
        for action, words in (("Reveal", "was ended by @alice"), ("End now", "was ended by @alice")):
            press = await harness.alice.press(card, action, shown=face)
            assert words in await told(harness, press)
        await settled(harness)
        assert buttons(card) == AGAIN
        assert "ended early by @alice" in harness.slack.draw(card)
    assert shown(harness) == []
    assert (await harness.tags()).count("grant.revoked") == 1


async def test_end_now_pressed_by_an_onlooker_ends_nothing(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted()
        press = await harness.dana.press(card, "End now", forged=True)
        assert "ending access is for them and for approvers" in await told(harness, press)
        assert (await one_request(harness)).grant is GrantState.ACTIVE
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_yours"]


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
async def test_requester_and_approvers_revoke_by_id_however_it_is_typed(
    harness: ScenarioHarness, who: str
) -> None:
    async with harness.bot():
        card = await harness.granted()
        request = id_on(card)
        answer = await say(
            harness, f"revoke  {request[:4].upper()}-{request[4:].upper()}", getattr(harness, who)
        )
        assert "is ended" in answer
        assert ("Your access" if who == "alice" else "access of @alice") in answer
        again = await say(harness, f"revoke {request}", getattr(harness, who))
        assert f"was ended by @{who}" in again
        await settled(harness)
        assert f"ended early by @{who}" in harness.slack.draw(card)


async def test_others_cannot_revoke_and_what_is_not_live_cannot_be_revoked(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        request = id_on(message)
        assert "still waits for a decision" in await say(harness, f"revoke {request}", harness.bob)
        await harness.bob.press(message, "Approve")
        assert "ending access is for them and for approvers" in await say(
            harness, f"revoke {request}", harness.dana
        )
        assert (await one_request(harness)).grant is GrantState.ACTIVE


async def test_show_reveals_by_name_in_the_dm_wherever_it_was_typed(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.granted()
        reply = await harness.ask("show STRIPE_KEY")
        assert "Look at your direct messages" in heard(harness, reply)
        assert not harness.slack.said(harness.values[STRIPE]) or harness.values[STRIPE] not in reply.text
        seen = await value_seen(harness)
        assert harness.alice.dm is not None
        assert seen.channel == harness.alice.dm.id
        assert texts_in(seen) == [harness.values[STRIPE]]
        assert "no live access" in await say(harness, "show STRIPE_KEY", harness.bob)
        assert "no live access" in await say(harness, "show staging/DB_URL")
    assert len(shown(harness)) == 1


async def test_push_shows_the_value_at_approval_and_reveal_still_works(harness: ScenarioHarness) -> None:
    async with harness.bot(delivery="push"):
        card = await harness.granted()
        assert texts_in(await value_seen(harness)) == [harness.values[STRIPE]]
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: len(shown(harness)) == 2)
        await settled(harness)
        revealed = [event for event in await harness.events() if event.event == "grant.revealed"]
        assert [event.detail.get("how", "") for event in revealed] == ["push", ""], "she pressed once only"


async def test_push_never_spends_a_once(harness: ScenarioHarness) -> None:
    async with harness.bot(delivery="push"):
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        await settled(harness)
        assert shown(harness) == []
        await harness.alice.press(card, "Reveal")
        assert texts_in(await value_seen(harness)) == [harness.values[STRIPE]]


async def test_push_is_tried_once_and_its_failure_gives_the_use_back(harness: ScenarioHarness) -> None:
    async with harness.bot(delivery="push"):
        harness.slack.faults.answer("chat.postEphemeral", "user_not_in_channel", times=1)
        card = await harness.granted()
        await harness.until(lambda: shown(harness))
        await settled(harness)
        assert len(shown(harness)) == 1
        assert "grant.reveal_failed" in await harness.tags()
        assert (await one_request(harness)).reveals == 0
        await harness.alice.press(card, "Reveal")
        assert texts_in(await value_seen(harness)) == [harness.values[STRIPE]]


@pytest.mark.usefixtures("forgetful")
async def test_nobody_is_pushed_to_whose_account_ended_at_that_moment(harness: ScenarioHarness) -> None:
    """Law 4: a push is checked like a click."""
    async with harness.bot(delivery="push"):
        message = await harness.filed()
        harness.slack.change(harness.alice, is_restricted=True)
        press = await harness.bob.press(message, "Approve")
        assert "@alice is a guest's" in await told(harness, press)
    assert shown(harness) == []


async def test_deleting_the_variable_ends_the_card_in_the_same_step(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY,staging/DB_URL 1h debugging a failed refund")
        face, request = card.revisions[-1], id_on(card)
        await harness.delete(DB)
        assert not await harness.redis.exists(harness.runner.key("grant", request))
        press = await harness.alice.press(card, "Reveal", shown=face)
        assert "was ended by" in await told(harness, press)
        await settled(harness)
        assert buttons(card) == AGAIN
    assert shown(harness) == []


async def test_a_live_grant_reveals_the_current_value(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted()
        fresh = await harness.store(STRIPE, "second-value-for-tests")
        await harness.alice.press(card, "Reveal")
        assert texts_in(await value_seen(harness)) == [fresh]


async def test_ending_one_of_two_overlapping_grants_leaves_the_other(harness: ScenarioHarness) -> None:
    """Law 6: grants of one person for one variable are a union, and a button claims exactly its own."""
    async with harness.bot():
        long = await harness.granted("STRIPE_KEY 2h debugging a failed refund")
        short = await second_card(harness, "STRIPE_KEY 30m looking at it again")
        face = long.revisions[-1]
        await harness.alice.press(long, "End now")
        press = await harness.alice.press(long, "Reveal", shown=face)
        assert "was ended by @alice" in await told(harness, press)
        await say(harness, "show STRIPE_KEY")
        await value_seen(harness)
        events = [event for event in await harness.events() if event.event == "grant.revealed"]
        assert [event.grant for event in events] == [id_on(short)]
        await harness.move_clock(30 * 60)
        assert "no live access" in await say(harness, "show STRIPE_KEY")


async def second_card(harness: ScenarioHarness, text: str) -> Message:
    """File and approve once more; returns the new card."""
    message = await harness.filed(text)
    request = id_on(message)
    await harness.bob.press(message, "Approve")
    return await card_of(harness, request)


async def test_by_name_the_timed_grant_that_ends_last_is_used_before_any_once(
    harness: ScenarioHarness,
) -> None:
    """Law 6: `show` must not spend a single use while a timed grant serves as well."""
    async with harness.bot():
        once = await harness.granted("STRIPE_KEY once debugging a failed refund")
        await second_card(harness, "STRIPE_KEY,staging/DB_URL 10m to compare the two")
        longest = await second_card(harness, "STRIPE_KEY 1h to compare them again")
        await say(harness, "show STRIPE_KEY")
        await value_seen(harness)
        revealed = [event.grant for event in await harness.events() if event.event == "grant.revealed"]
        assert revealed == [id_on(longest)]
        assert buttons(once) == ["Reveal", "End now"]


HARD_VALUES = (
    "`ticks` ```three``` and \\`more\\`",
    "line one\nline two\n\n  indented\ttab\n",
    ":x: :warning: <!channel> <@U0BOT> <#C1|x> &amp; & < >",
    "*bold* _it_ ~no~ > quote https://example.com/?a=b&c=d",
    "\u202egnirts\u202c \u0645\u0631\u062d\u0628\u0627 \U0001f600 e\u0301 \u200b end",
    '{"json": ["\\u0000", "\\n"], "x": "\\""}',
    "x" * 3_000,
    "\U0001f511" * 3_000,
    " leading and trailing ",
)


async def test_hard_values_are_shown_exactly_and_only_in_blocks(harness: ScenarioHarness) -> None:
    """Law 7: nothing in a value is read as markup, and none of it is in the notification's text."""
    async with harness.bot():
        card = await harness.granted()
        for value in HARD_VALUES:
            await harness.store(STRIPE, value)
            await harness.alice.press(card, "Reveal")
            seen = await harness.until(partial(showing, harness, value))
            assert not harness.slack.pings(seen)
            assert seen.text == "What you asked to see is shown here, only to you."
            await harness.alice.press(seen, "Hide now")
            await harness.until(partial(getattr, seen, "gone"))
    assert len(shown(harness)) == len(HARD_VALUES)


async def test_a_value_too_long_for_slack_is_not_shown_and_not_spent(harness: ScenarioHarness) -> None:
    """Law 2: what certainly did not leave is given back, a `once` too."""
    await harness.store(STRIPE, "x" * 3_001)
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        press = await harness.alice.press(card, "Reveal")
        assert "too long to be shown in Slack" in await told(harness, press)
        await settled(harness)
        assert "grant.reveal_failed" in await harness.tags()
        assert buttons(card) == ["Reveal", "End now"]
        await harness.store(STRIPE, "short-enough")
        await harness.alice.press(card, "Reveal")
        assert texts_in(await value_seen(harness)) == ["short-enough"]
    assert len(shown(harness)) == 1


async def test_several_variables_are_shown_all_or_none(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY,staging/DB_URL once debugging a failed refund")
        await harness.store(DB, "y" * 3_001)
        press = await harness.alice.press(card, "Reveal")
        assert "too long" in await told(harness, press)
        assert not harness.slack.said(harness.values[STRIPE])
        await settled(harness)
        await harness.store(DB, "value-for-tests")
        await harness.alice.press(card, "Reveal")
        assert texts_in(await value_seen(harness)) == [harness.values[STRIPE], "value-for-tests"]


@pytest.mark.parametrize(("letter", "length"), [("x", 2_999), ('"', 2_500)])
async def test_values_that_fit_one_by_one_but_not_together_say_so(
    harness: ScenarioHarness, letter: str, length: int
) -> None:
    """Slack refuses one message of about 13,000 characters: to press again would be of no use."""
    names = [f"LONG_{number}" for number in range(4)]
    for name in names:
        await harness.store(Variable("default", name), letter * length)
    async with harness.bot():
        card = await harness.granted(f"{','.join(names)} once debugging a failed refund")
        press = await harness.alice.press(card, "Reveal")
        answer = await told(harness, press)
        assert "too long to be shown in Slack" in answer
        assert "one by one" in answer
        await settled(harness)
        assert buttons(card) == ["Reveal", "End now"]


async def test_a_reveal_that_slack_refuses_is_given_back_and_says_so(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        harness.slack.faults.answer("chat.postEphemeral", "unheard_of", times=1)
        press = await harness.alice.press(card, "Reveal")
        assert "Slack did not take the message" in await told(harness, press)
        await settled(harness)
        assert buttons(card) == ["Reveal", "End now"]
        await harness.alice.press(card, "Reveal")
        assert texts_in(await value_seen(harness)) == [harness.values[STRIPE]]
