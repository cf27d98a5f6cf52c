"""Reveal, show, push, Hide now and End now: the value reaches its requester and nobody else."""

import asyncio
import re
from functools import partial
from typing import Any

import pytest

from envaccess.domain.request import GrantState
from envaccess.domain.variable import Variable
from slack_emulator import Message
from slack_emulator.record import Call
from tests.scenario.town import DB, STRIPE, Town
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


def shown(town: Town) -> list[Call]:
    """Every message with values that Slack was given."""
    return town.slack.calls_of("chat.postEphemeral")


def texts_in(message: Message) -> list[str]:
    """The preformatted texts of a message, exactly as Slack was given them."""
    return [
        part["elements"][0]["text"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_preformatted"
    ]


def showing(town: Town, value: str) -> Message | None:
    """The message on Alice's screen that shows exactly this value."""
    return next((message for message in town.alice.sees() if texts_in(message) == [value]), None)


async def value_seen(town: Town) -> Message:
    """The message with the value on Alice's screen."""
    return await town.until(lambda: town.alice.find("Only you can see this"))


async def test_reveal_shows_the_value_to_its_requester_alone_until_hidden(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        await town.alice.press(card, "Reveal")
        seen = await value_seen(town)
        assert seen.is_ephemeral
        assert town.alice.dm is not None
        assert seen.channel == town.alice.dm.id
        assert texts_in(seen) == [town.values[STRIPE]]
        assert town.values[STRIPE] not in seen.text
        for other in (town.bob, town.carol, town.dana):
            assert other.find(town.values[STRIPE]) is None
        await town.alice.press(seen, "Hide now")
        await town.until(lambda: town.alice.find(town.values[STRIPE]) is None)
        assert buttons(card) == ["Reveal", "End now"]
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
    assert len(shown(town)) == 2
    assert (await town.tags()).count("grant.revealed") == 2


async def test_the_card_tells_the_time_left_in_the_readers_own_clock(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        request = await one_request(town)
        tokens = re.findall(r"<!date\^(\d+)\^([^|>]*)\|([^>]*)>", str(card.blocks[0]))
    assert [int(when) for when, _, _ in tokens] == [request.expires_at // 1000]
    assert "{ago}" in tokens[0][1]
    assert tokens[0][2].endswith("UTC")


async def test_a_reveal_pressed_by_anybody_else_shows_nothing_and_is_audited(town: Town) -> None:
    """Law 8: the grant names its requester; neither the approver nor an onlooker may press for them."""
    async with town.bot():
        card = await town.granted()
        for other in (town.bob, town.carol, town.dana):
            press = await other.press(card, "Reveal", forged=True)
            assert "somebody else's request" in await told(town, press)
    assert [event.actor.id for event in await refusals(town)] == [town.bob.id, town.carol.id, town.dana.id]
    assert {event.detail["why"] for event in await refusals(town)} == {"not_yours"}
    assert shown(town) == []
    assert not town.slack.said(town.values[STRIPE])


async def test_once_gives_exactly_one_reveal_under_fifty_presses_at_once(town: Town) -> None:
    """Law 2: the use is claimed before the value is read, so that fifty presses find one use."""
    async with town.bot():
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        presses = await asyncio.gather(*(town.alice.press(card, "Reveal") for _ in range(50)))
        await town.until(lambda: sum(bool(press.answers) for press in presses) == 49)
        await settled(town)
        answers = [press.answers[0].text for press in presses if press.answers]
        assert all("one reveal, which is used" in answer for answer in answers)
        assert len(shown(town)) == 1
        assert texts_in(await value_seen(town)) == [town.values[STRIPE]]
        assert "That was its one reveal" in town.slack.draw(await value_seen(town))
        assert buttons(card) == AGAIN
        assert "Its one reveal was used" in town.slack.draw(card)
    tags = await town.tags()
    assert tags.count("grant.revealed") == tags.count("grant.used_up") == 1
    assert tags.count("access.refused") == 1, "the other 48 are counted, not told one by one"


async def test_once_lapses_after_fifteen_minutes_unused(town: Town) -> None:
    async with town.bot():
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        face = card.faces[-1]
        await town.move_clock(15 * 60 + 0.1)
        press = await town.alice.press(card, "Reveal", shown=face)
        assert "has expired" in await told(town, press)
    assert shown(town) == []


async def test_end_now_ends_it_and_a_screen_that_lags_gets_nothing(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        face, request = card.faces[-1], id_on(card)
        await town.alice.press(card, "End now")
        assert not await town.redis.exists(town.runner.key("grant", request))
        for action, words in (("Reveal", "was ended by @alice"), ("End now", "was ended by @alice")):
            press = await town.alice.press(card, action, shown=face)
            assert words in await told(town, press)
        await settled(town)
        assert buttons(card) == AGAIN
        assert "ended early by @alice" in town.slack.draw(card)
    assert shown(town) == []
    assert (await town.tags()).count("grant.revoked") == 1


async def test_end_now_pressed_by_an_onlooker_ends_nothing(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        press = await town.dana.press(card, "End now", forged=True)
        assert "ending access is for them and for approvers" in await told(town, press)
        assert (await one_request(town)).grant is GrantState.ACTIVE
    assert [event.detail["why"] for event in await refusals(town)] == ["not_yours"]


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
async def test_requester_and_approvers_revoke_by_id_however_it_is_typed(town: Town, who: str) -> None:
    async with town.bot():
        card = await town.granted()
        request = id_on(card)
        answer = await say(town, f"revoke  {request[:4].upper()}-{request[4:].upper()}", getattr(town, who))
        assert "is ended" in answer
        assert ("Your access" if who == "alice" else "access of @alice") in answer
        again = await say(town, f"revoke {request}", getattr(town, who))
        assert f"was ended by @{who}" in again
        await settled(town)
        assert f"ended early by @{who}" in town.slack.draw(card)


async def test_others_cannot_revoke_and_what_is_not_live_cannot_be_revoked(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        request = id_on(message)
        assert "still waits for a decision" in await say(town, f"revoke {request}", town.bob)
        await town.bob.press(message, "Approve")
        assert "ending access is for them and for approvers" in await say(
            town, f"revoke {request}", town.dana
        )
        assert (await one_request(town)).grant is GrantState.ACTIVE


async def test_show_reveals_by_name_in_the_dm_wherever_it_was_typed(town: Town) -> None:
    async with town.bot():
        await town.granted()
        reply = await town.ask("show STRIPE_KEY")
        assert "Look at your direct messages" in heard(town, reply)
        assert not town.slack.said(town.values[STRIPE]) or town.values[STRIPE] not in reply.text
        seen = await value_seen(town)
        assert town.alice.dm is not None
        assert seen.channel == town.alice.dm.id
        assert texts_in(seen) == [town.values[STRIPE]]
        assert "no live access" in await say(town, "show STRIPE_KEY", town.bob)
        assert "no live access" in await say(town, "show staging/DB_URL")
    assert len(shown(town)) == 1


async def test_push_shows_the_value_at_approval_and_reveal_still_works(town: Town) -> None:
    async with town.bot(delivery="push"):
        card = await town.granted()
        assert texts_in(await value_seen(town)) == [town.values[STRIPE]]
        await town.alice.press(card, "Reveal")
        await town.until(lambda: len(shown(town)) == 2)
        await settled(town)
        revealed = [event for event in await town.events() if event.event == "grant.revealed"]
        assert [event.detail.get("how", "") for event in revealed] == ["push", ""], "she pressed once only"


async def test_push_never_spends_a_once(town: Town) -> None:
    async with town.bot(delivery="push"):
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        await settled(town)
        assert shown(town) == []
        await town.alice.press(card, "Reveal")
        assert texts_in(await value_seen(town)) == [town.values[STRIPE]]


async def test_push_is_tried_once_and_its_failure_gives_the_use_back(town: Town) -> None:
    async with town.bot(delivery="push"):
        town.slack.faults.answer("chat.postEphemeral", "user_not_in_channel", times=1)
        card = await town.granted()
        await town.until(lambda: shown(town))
        await settled(town)
        assert len(shown(town)) == 1
        assert "grant.reveal_failed" in await town.tags()
        assert (await one_request(town)).reveals == 0
        await town.alice.press(card, "Reveal")
        assert texts_in(await value_seen(town)) == [town.values[STRIPE]]


@pytest.mark.usefixtures("forgetful")
async def test_nobody_is_pushed_to_whose_account_ended_at_that_moment(town: Town) -> None:
    """Law 4: a push is checked like a click."""
    async with town.bot(delivery="push"):
        message = await town.filed()
        town.slack.change(town.alice, is_restricted=True)
        press = await town.bob.press(message, "Approve")
        assert "@alice is a guest's" in await told(town, press)
    assert shown(town) == []


async def test_deleting_the_variable_ends_the_card_in_the_same_step(town: Town) -> None:
    async with town.bot():
        card = await town.granted("STRIPE_KEY,staging/DB_URL 1h debugging a failed refund")
        face, request = card.faces[-1], id_on(card)
        await town.delete(DB)
        assert not await town.redis.exists(town.runner.key("grant", request))
        press = await town.alice.press(card, "Reveal", shown=face)
        assert "was ended by" in await told(town, press)
        await settled(town)
        assert buttons(card) == AGAIN
    assert shown(town) == []


async def test_a_live_grant_reveals_the_current_value(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        fresh = await town.store(STRIPE, "second-value-for-tests")
        await town.alice.press(card, "Reveal")
        assert texts_in(await value_seen(town)) == [fresh]


async def test_ending_one_of_two_overlapping_grants_leaves_the_other(town: Town) -> None:
    """Law 6: grants of one person for one variable are a union, and a button claims exactly its own."""
    async with town.bot():
        long = await town.granted("STRIPE_KEY 2h debugging a failed refund")
        short = await second_card(town, "STRIPE_KEY 30m looking at it again")
        face = long.faces[-1]
        await town.alice.press(long, "End now")
        press = await town.alice.press(long, "Reveal", shown=face)
        assert "was ended by @alice" in await told(town, press)
        await say(town, "show STRIPE_KEY")
        await value_seen(town)
        events = [event for event in await town.events() if event.event == "grant.revealed"]
        assert [event.grant for event in events] == [id_on(short)]
        await town.move_clock(30 * 60)
        assert "no live access" in await say(town, "show STRIPE_KEY")


async def second_card(town: Town, text: str) -> Message:
    """File and approve once more; returns the new card."""
    message = await town.filed(text)
    request = id_on(message)
    await town.bob.press(message, "Approve")
    return await card_of(town, request)


async def test_by_name_the_timed_grant_that_ends_last_is_used_before_any_once(town: Town) -> None:
    """Law 6: `show` must not spend a single use while a timed grant serves as well."""
    async with town.bot():
        once = await town.granted("STRIPE_KEY once debugging a failed refund")
        await second_card(town, "STRIPE_KEY,staging/DB_URL 10m to compare the two")
        longest = await second_card(town, "STRIPE_KEY 1h to compare them again")
        await say(town, "show STRIPE_KEY")
        await value_seen(town)
        revealed = [event.grant for event in await town.events() if event.event == "grant.revealed"]
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


async def test_hard_values_are_shown_exactly_and_only_in_blocks(town: Town) -> None:
    """Law 7: nothing in a value is read as markup, and none of it is in the notification's text."""
    async with town.bot():
        card = await town.granted()
        for value in HARD_VALUES:
            await town.store(STRIPE, value)
            await town.alice.press(card, "Reveal")
            seen = await town.until(partial(showing, town, value))
            assert not town.slack.pings(seen)
            assert seen.text == "What you asked to see is shown here, only to you."
            await town.alice.press(seen, "Hide now")
            await town.until(partial(getattr, seen, "gone"))
    assert len(shown(town)) == len(HARD_VALUES)


async def test_a_value_too_long_for_slack_is_not_shown_and_not_spent(town: Town) -> None:
    """Law 2: what certainly did not leave is given back, a `once` too."""
    await town.store(STRIPE, "x" * 3_001)
    async with town.bot():
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        press = await town.alice.press(card, "Reveal")
        assert "too long to be shown in Slack" in await told(town, press)
        await settled(town)
        assert "grant.reveal_failed" in await town.tags()
        assert buttons(card) == ["Reveal", "End now"]
        await town.store(STRIPE, "short-enough")
        await town.alice.press(card, "Reveal")
        assert texts_in(await value_seen(town)) == ["short-enough"]
    assert len(shown(town)) == 1


async def test_several_variables_are_shown_all_or_none(town: Town) -> None:
    async with town.bot():
        card = await town.granted("STRIPE_KEY,staging/DB_URL once debugging a failed refund")
        await town.store(DB, "y" * 3_001)
        press = await town.alice.press(card, "Reveal")
        assert "too long" in await told(town, press)
        assert not town.slack.said(town.values[STRIPE])
        await settled(town)
        await town.store(DB, "value-for-tests")
        await town.alice.press(card, "Reveal")
        assert texts_in(await value_seen(town)) == [town.values[STRIPE], "value-for-tests"]


@pytest.mark.parametrize(("letter", "length"), [("x", 2_999), ('"', 2_500)])
async def test_values_that_fit_one_by_one_but_not_together_say_so(
    town: Town, letter: str, length: int
) -> None:
    """Slack refuses one message of about 13,000 characters: to press again would be of no use."""
    names = [f"LONG_{number}" for number in range(4)]
    for name in names:
        await town.store(Variable("default", name), letter * length)
    async with town.bot():
        card = await town.granted(f"{','.join(names)} once debugging a failed refund")
        press = await town.alice.press(card, "Reveal")
        answer = await told(town, press)
        assert "too long to be shown in Slack" in answer
        assert "one by one" in answer
        await settled(town)
        assert buttons(card) == ["Reveal", "End now"]


async def test_a_reveal_that_slack_refuses_is_given_back_and_says_so(town: Town) -> None:
    async with town.bot():
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        town.slack.faults.answer("chat.postEphemeral", "unheard_of", times=1)
        press = await town.alice.press(card, "Reveal")
        assert "Slack did not take the message" in await told(town, press)
        await settled(town)
        assert buttons(card) == ["Reveal", "End now"]
        await town.alice.press(card, "Reveal")
        assert texts_in(await value_seen(town)) == [town.values[STRIPE]]
