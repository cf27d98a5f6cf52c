"""Nothing is shown after its end, and what Slack refuses is told with its reason (laws 2 and 15)."""

import asyncio
from collections.abc import Callable

import pytest

from envaccess.domain.request import GrantState
from slack_emulator.http_answers import Reply
from slack_emulator.types import Json
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.logs import told as heard
from tests.scenario.test_faults_reveal import EPHEMERAL, TIMED, each_kind, granted
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


def left(harness: ScenarioHarness) -> int:
    """How often the value left the bot, by whatever way."""
    return len(harness.slack.said(harness.values[STRIPE]))


@each_kind
@pytest.mark.parametrize("by_command", [False, True], ids=["press", "command"])
async def test_a_slow_opening_of_direct_messages_carries_no_value_past_the_end(
    harness: ScenarioHarness, text: str, *, by_command: bool
) -> None:
    card = await granted(harness, text)
    async with serving(harness):
        gate = harness.slack.faults.hang("conversations.open")
        asking = harness.ask("show STRIPE_KEY") if by_command else harness.alice.press(card, "Reveal")
        revealing = asyncio.create_task(asking)
        await harness.until(lambda: gate.waiting or None)
        await harness.bob.command(
            "/envaccess", f"revoke {(await one_request(harness)).id}", channel=harness.general
        )
        gate.release()
        await revealing
        await settled(harness)
        assert left(harness) == 0
        assert "grant.revealed" not in await harness.tags()


@pytest.mark.product_deadlines
async def test_a_slow_opening_is_finished_for_the_next_press(harness: ScenarioHarness) -> None:
    """The first press shows the value where it was made; the second one finds the direct messages open."""
    card = await granted(harness, TIMED)
    async with serving(harness):
        before = len(harness.slack.calls_of("conversations.open"))
        harness.slack.faults.slow("conversations.open", seconds=1.8, times=1)
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.slack.calls_of("conversations.open")[-1].ok or None)
        await harness.until(lambda: left(harness) == 1 or None)
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.slack.calls_of(EPHEMERAL) or None)
        assert len(harness.slack.calls_of("conversations.open")) == before + 1


@each_kind
@pytest.mark.parametrize("code", HERE)
async def test_where_slack_closes_the_direct_messages_the_value_is_shown_where_it_was_asked_for(
    harness: ScenarioHarness, text: str, code: str
) -> None:
    card = await granted(harness, text)
    async with serving(harness) as log:
        harness.slack.faults.answer(EPHEMERAL, code)
        press = await harness.alice.press(card, "Reveal")
        shown = await harness.until(lambda: press.answers[0] if press.answers else None)
        await settled(harness)
        assert shown.is_ephemeral
        assert shown.only_for == harness.alice.id
        assert harness.values[STRIPE] in harness.slack.draw(shown)
        assert harness.values[STRIPE] not in shown.text
        assert left(harness) == 2  # the refused call, and the answer to the press
        assert (await one_request(harness)).reveals == 1
        assert "grant.reveal_failed" not in await harness.tags()
        (line,) = heard(log, "value_not_taken")
        assert code in str(line)
        assert harness.values[STRIPE] not in str(log)


async def test_a_command_in_a_public_channel_shows_it_there_to_the_person_alone(
    harness: ScenarioHarness,
) -> None:
    await granted(harness, TIMED)
    async with serving(harness):
        harness.slack.faults.answer(EPHEMERAL, "messages_tab_disabled")
        reply = await harness.ask("show STRIPE_KEY")
        await harness.until(lambda: reply.answers or None)
        assert harness.alice.find(harness.values[STRIPE], harness.general)
        assert harness.bob.find(harness.values[STRIPE]) is None


Broken = Callable[[ScenarioHarness], object]
BROKEN: dict[str, Broken] = {
    "used up": lambda harness: harness.slack.faults.break_down("response_url", status=404, only_if=_values),
    "500": lambda harness: harness.slack.faults.break_down("response_url", only_if=_values),
    "ok:false": lambda harness: harness.slack.faults.answer("response_url", "expired_url", only_if=_values),
    "lost reply": lambda harness: harness.slack.faults.lose_reply("response_url", only_if=_values),
}


def _values(args: Json) -> bool:
    return "rich_text" in str(args.get("blocks"))


@each_kind
@pytest.mark.parametrize("broken", BROKEN)
async def test_a_second_way_that_fails_is_given_back_only_where_nothing_left(
    harness: ScenarioHarness, text: str, broken: str
) -> None:
    card = await granted(harness, text)
    async with serving(harness):
        harness.slack.faults.answer(EPHEMERAL, "messages_tab_disabled")
        BROKEN[broken](harness)
        press = await harness.alice.press(card, "Reveal")
        answer = harness.slack.draw(await harness.until(lambda: press.answers[-1] if press.answers else None))
        unsure = broken in {"500", "lost reply"}
        if broken != "lost reply":
            assert ("did not say whether" in answer) is unsure
            assert ("tab of envaccess is switched off" in answer) is not unsure
        await settled(harness)
        tags = await harness.tags()
        assert (tags.count("grant.revealed"), tags.count("grant.reveal_failed")) == (1, 0 if unsure else 1)
        assert (await one_request(harness)).live is (text == TIMED or not unsure)


@each_kind
@pytest.mark.parametrize("code", NOT_HERE)
async def test_every_other_refusal_is_given_back_in_its_own_words(
    harness: ScenarioHarness, text: str, code: str
) -> None:
    card = await granted(harness, text)
    async with serving(harness) as log:
        harness.slack.faults.answer(EPHEMERAL, code)
        answer = await told(harness, await harness.alice.press(card, "Reveal"))
        assert NOT_HERE[code] in answer
        assert "your access is as it was" in answer
        assert ("Pressing again will not help" in answer) is (code not in {"unheard_of", "msg_too_long"})
        await settled(harness)
        assert (await one_request(harness)).live
        assert code in str(heard(log, "value_not_taken"))
        assert harness.values[STRIPE] not in str(log)


async def test_nobody_elses_answer_address_carries_a_pushed_value(harness: ScenarioHarness) -> None:
    """Bob's approval pushes to Alice; where Slack refuses her direct messages, Bob's press shows nothing."""
    async with serving(harness, delivery="push") as log:
        harness.slack.faults.answer(EPHEMERAL, "messages_tab_disabled")
        message = await harness.filed(TIMED)
        press = await harness.bob.press(message, "Approve")
        await harness.until(lambda: heard(log, "value_not_taken") or None)
        await settled(harness)
        assert press.answers == []
        assert (await one_request(harness)).live
        assert "Reveal" in harness.slack.draw(await harness.until(lambda: harness.alice.find("[ Reveal ]")))


async def test_a_once_given_back_after_its_variable_was_deleted_does_not_live_again(
    harness: ScenarioHarness,
) -> None:
    """Deleting a secret ends its grants: one that was claimed at that moment is no way round it."""
    async with harness.bot():
        card = await harness.granted("STRIPE_KEY once debugging a failed refund")
        request = id_on(card)
        asked, deleted = asyncio.Event(), asyncio.Event()

        async def refuse_late(_act: object) -> Reply:
            asked.set()
            await deleted.wait()
            return Reply(200, {"ok": False, "error": "user_not_in_channel"})

        harness.slack.faults.add("chat.postEphemeral", refuse_late)
        press = await harness.alice.press(card, "Reveal")
        await asked.wait()
        await harness.delete(STRIPE)
        deleted.set()
        assert "This access ended before the value was shown" in await told(harness, press)
        await settled(harness)
        assert "Ended early" in card.text
        await harness.store(STRIPE, "set-again-by-an-operator")
        found = await one_request(harness, request)
        assert found.grant is not GrantState.ACTIVE
        assert not await harness.redis.exists(harness.runner.key("grant", request))
