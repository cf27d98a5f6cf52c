"""Nothing is shown after its end, and what Slack refuses is told with its reason (laws 2 and 15)."""

import asyncio
from collections.abc import Callable

import pytest

from envaccess.domain.request import GrantState
from slack_emulator.replies import Reply
from slack_emulator.shapes import Json
from tests.scenario.logs import serving
from tests.scenario.logs import told as heard
from tests.scenario.test_faults_reveal import EPHEMERAL, TIMED, each_kind, granted
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import id_on, one_request, settled, told

HERE = [
    "messages_tab_disabled",
    "user_not_in_channel",
    "restricted_action",
    "channel_not_found",
    "is_archived",
]
NOT_HERE = {
    "invalid_blocks": "does not draw this value",
    "invalid_blocks_format": "does not draw this value",
    "msg_too_long": "too long to be shown in Slack",
    "missing_scope": "envaccess doctor",
    "token_revoked": "envaccess doctor",
    "account_inactive": "envaccess doctor",
    "unheard_of": "its log has Slack's reason",
}


def left(town: Town) -> int:
    """How often the value left the bot, by whatever way."""
    return len(town.slack.said(town.values[STRIPE]))


@each_kind
@pytest.mark.parametrize("by_command", [False, True], ids=["press", "command"])
async def test_a_slow_opening_of_direct_messages_carries_no_value_past_the_end(
    town: Town, text: str, *, by_command: bool
) -> None:
    card = await granted(town, text)
    async with serving(town):
        gate = town.slack.faults.hang("conversations.open")
        asking = town.ask("show STRIPE_KEY") if by_command else town.alice.press(card, "Reveal")
        revealing = asyncio.create_task(asking)
        await town.until(lambda: gate.waiting or None)
        await town.bob.command("/envaccess", f"revoke {(await one_request(town)).id}", channel=town.general)
        gate.release()
        await revealing
        await settled(town)
        assert left(town) == 0
        assert "grant.revealed" not in await town.tags()


@each_kind
async def test_a_slow_opening_is_finished_for_the_next_press(town: Town, text: str) -> None:
    card = await granted(town, text)
    async with serving(town):
        before = len(town.slack.calls_of("conversations.open"))
        town.slack.faults.slow("conversations.open", seconds=1.8, times=1)
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.slack.calls_of("conversations.open")[-1].ok or None)
        await town.alice.press(card, "Reveal")
        await town.until(lambda: left(town) or None)
        assert len(town.slack.calls_of("conversations.open")) == before + 1


@each_kind
@pytest.mark.parametrize("code", HERE)
async def test_where_slack_closes_the_direct_messages_the_value_is_shown_where_it_was_asked_for(
    town: Town, text: str, code: str
) -> None:
    card = await granted(town, text)
    async with serving(town) as log:
        town.slack.faults.answer(EPHEMERAL, code)
        press = await town.alice.press(card, "Reveal")
        shown = await town.until(lambda: press.answers[0] if press.answers else None)
        await settled(town)
        assert shown.is_ephemeral
        assert shown.only_for == town.alice.id
        assert town.values[STRIPE] in town.slack.draw(shown)
        assert town.values[STRIPE] not in shown.text
        assert left(town) == 2  # the refused call, and the answer to the press
        assert (await one_request(town)).reveals == 1
        assert "grant.reveal_failed" not in await town.tags()
        (line,) = heard(log, "value_not_taken")
        assert code in str(line)
        assert town.values[STRIPE] not in str(log)


async def test_a_command_in_a_public_channel_shows_it_there_to_the_person_alone(town: Town) -> None:
    await granted(town, TIMED)
    async with serving(town):
        town.slack.faults.answer(EPHEMERAL, "messages_tab_disabled")
        reply = await town.ask("show STRIPE_KEY")
        await town.until(lambda: reply.answers or None)
        assert town.alice.find(town.values[STRIPE], town.general)
        assert town.bob.find(town.values[STRIPE]) is None


Broken = Callable[[Town], object]
BROKEN: dict[str, Broken] = {
    "used up": lambda town: town.slack.faults.break_down("response_url", status=404, only_if=_values),
    "500": lambda town: town.slack.faults.break_down("response_url", only_if=_values),
    "ok:false": lambda town: town.slack.faults.answer("response_url", "expired_url", only_if=_values),
    "lost reply": lambda town: town.slack.faults.lose_reply("response_url", only_if=_values),
}


def _values(args: Json) -> bool:
    return "rich_text" in str(args.get("blocks"))


@each_kind
@pytest.mark.parametrize("broken", BROKEN)
async def test_a_second_way_that_fails_is_given_back_only_where_nothing_left(
    town: Town, text: str, broken: str
) -> None:
    card = await granted(town, text)
    async with serving(town):
        town.slack.faults.answer(EPHEMERAL, "messages_tab_disabled")
        BROKEN[broken](town)
        press = await town.alice.press(card, "Reveal")
        answer = town.slack.draw(await town.until(lambda: press.answers[-1] if press.answers else None))
        unsure = broken in {"500", "lost reply"}
        if broken != "lost reply":
            assert ("did not say whether" in answer) is unsure
            assert ("tab of envaccess is switched off" in answer) is not unsure
        await settled(town)
        tags = await town.tags()
        assert (tags.count("grant.revealed"), tags.count("grant.reveal_failed")) == (1, 0 if unsure else 1)
        assert (await one_request(town)).live is (text == TIMED or not unsure)


@each_kind
@pytest.mark.parametrize("code", NOT_HERE)
async def test_every_other_refusal_is_given_back_in_its_own_words(town: Town, text: str, code: str) -> None:
    card = await granted(town, text)
    async with serving(town) as log:
        town.slack.faults.answer(EPHEMERAL, code)
        answer = await told(town, await town.alice.press(card, "Reveal"))
        assert NOT_HERE[code] in answer
        assert "your access is as it was" in answer
        assert ("Pressing again will not help" in answer) is (code not in {"unheard_of", "msg_too_long"})
        await settled(town)
        assert (await one_request(town)).live
        assert code in str(heard(log, "value_not_taken"))
        assert town.values[STRIPE] not in str(log)


async def test_nobody_elses_answer_address_carries_a_pushed_value(town: Town) -> None:
    """Bob's approval pushes to Alice; where Slack refuses her direct messages, Bob's press shows nothing."""
    async with serving(town, delivery="push") as log:
        town.slack.faults.answer(EPHEMERAL, "messages_tab_disabled")
        message = await town.filed(TIMED)
        press = await town.bob.press(message, "Approve")
        await town.until(lambda: heard(log, "value_not_taken") or None)
        await settled(town)
        assert press.answers == []
        assert (await one_request(town)).live
        assert "Reveal" in town.slack.draw(await town.until(lambda: town.alice.find("[ Reveal ]")))


async def test_a_once_given_back_after_its_variable_was_deleted_does_not_live_again(town: Town) -> None:
    """Deleting a secret ends its grants: one that was claimed at that moment is no way round it."""
    async with town.bot():
        card = await town.granted("STRIPE_KEY once debugging a failed refund")
        request = id_on(card)
        asked, deleted = asyncio.Event(), asyncio.Event()

        async def refuse_late(_act: object) -> Reply:
            asked.set()
            await deleted.wait()
            return Reply(200, {"ok": False, "error": "user_not_in_channel"})

        town.slack.faults.add("chat.postEphemeral", refuse_late)
        press = await town.alice.press(card, "Reveal")
        await asked.wait()
        await town.delete(STRIPE)
        deleted.set()
        assert "This access ended before the value was shown" in await told(town, press)
        await settled(town)
        assert "Ended early" in card.text
        await town.store(STRIPE, "set-again-by-an-operator")
        found = await one_request(town, request)
        assert found.grant is not GrantState.ACTIVE
        assert not await town.redis.exists(town.runner.key("grant", request))
