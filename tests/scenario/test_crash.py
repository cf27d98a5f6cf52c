"""`kill -9` between any two steps (law 11): state is right at once, messages soon, nothing is doubled.

The bot is a process of its own, held by a gate of the local Slack or by a trap on the way to Redis, killed
there, and started again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from envaccess.domain.request import GrantState, State
from slack_emulator import Message
from slack_emulator.faults import Gate
from slack_emulator.shapes import Json
from tests.scenario.processes import Bot, running
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import AGAIN, buttons, heard, one_request, settled, told
from tests.scenario.wire import Mishap, Wire, load_scripts

ASK = "STRIPE_KEY 1h debugging a failed refund"


async def kill(town: Town, bot: Bot) -> None:
    """`kill -9`; what hangs in Slack hangs on, as if the dying connection had taken it along."""
    bot.kill()
    assert await bot.ended() != 0
    town.slack.faults._on.clear()
    await town.until(lambda: not town.slack.connections or None)


def hold(town: Town, method: str, place: str, *, acted: bool) -> Gate:
    """Hold the next calls of a method about one channel, before or after they act."""

    def here(args: Json) -> bool:
        return str(args.get("channel")).startswith(place)

    return town.slack.faults.hang(method, after_acting=acted, only_if=here)


async def reached(town: Town, gate: Gate) -> None:
    """The bot stands at the gate."""
    await town.until(lambda: gate.waiting or None)


def cards(town: Town) -> list[Message]:
    """Alice's cards of what is pending or live."""
    if not town.alice.dm:
        return []
    return [message for message in town.slack.messages(town.alice.dm) if buttons(message) not in ([], AGAIN)]


@contextlib.asynccontextmanager
async def again(town: Town) -> AsyncIterator[None]:
    """The next bot; the dead one's lease ends (its ten seconds pass), and all is drawn as it stands."""
    async with town.bot():
        await town.redis.delete(town.runner.key("lease"))
        await settled(town)
        yield
        await settled(town)


async def test_killed_before_the_message_was_posted_it_is_posted_once(town: Town) -> None:
    """The person was told that it is filed: it must come before somebody who decides."""
    gate = hold(town, "chat.postMessage", town.approvers.id, acted=False)
    async with running(town) as bot:
        assert "Filed" in heard(town, await town.ask(ASK))
        await reached(town, gate)
        await kill(town, bot)
        async with again(town):
            (message,) = town.slack.messages(town.approvers)
            await town.bob.press(message, "Approve")
    assert (await one_request(town)).state is State.APPROVED
    assert len(cards(town)) == 1


@pytest.mark.parametrize("button", ["Approve", "Deny"])
async def test_killed_between_posting_and_remembering_leaves_one_stray_that_its_first_click_removes(
    town: Town, button: str
) -> None:
    """The stray's buttons are ruled by state like any other; the remembered message shows what came of it."""
    gate = hold(town, "chat.postMessage", town.approvers.id, acted=True)
    async with running(town) as bot:
        await town.ask(ASK)
        await reached(town, gate)
        await kill(town, bot)
    async with again(town):
        stray, message = town.slack.messages(town.approvers)
        await town.bob.press(stray, button)
        if button == "Deny":
            modal = await town.until(lambda: town.bob.modal)
            await modal.fill({"reason": "not today"})
            assert (await modal.submit()).error is None
    assert town.slack.messages(town.approvers) == [message]
    assert buttons(message) == []
    assert (await one_request(town)).state is (State.APPROVED if button == "Approve" else State.DENIED)


async def test_a_stray_pressed_after_the_decision_is_refused_and_removed(town: Town) -> None:
    """Its Approve is only paint: nobody is granted anything twice."""
    gate = hold(town, "chat.postMessage", town.approvers.id, acted=True)
    async with running(town) as bot:
        await town.ask(ASK)
        await reached(town, gate)
        await kill(town, bot)
    async with again(town):
        stray, message = town.slack.messages(town.approvers)
        await town.bob.press(message, "Approve")
        await settled(town)
        press = await town.carol.press(stray, "Approve")
        assert "already approved" in await told(town, press)
    assert town.slack.messages(town.approvers) == [message]
    assert (await town.tags()).count("grant.activated") == 1


@pytest.mark.parametrize("acted", [False, True])
async def test_killed_while_redrawing_the_message_is_right_soon(town: Town, acted: bool) -> None:
    """A decided message that went on offering Approve would be pressed."""
    async with running(town) as bot:
        message = await town.filed()
        gate = hold(town, "chat.update", town.approvers.id, acted=acted)
        await town.bob.press(message, "Approve")
        await reached(town, gate)
        assert (await one_request(town)).live
        await kill(town, bot)
    async with again(town):
        assert town.slack.messages(town.approvers) == [message]
        assert buttons(message) == []


async def test_killed_between_posting_the_card_and_remembering_it_a_stray_card_is_ruled_by_state(
    town: Town,
) -> None:
    """Both cards say Reveal; either works, and the one that is not remembered goes with its first click."""
    async with running(town) as bot:
        message = await town.filed()
        await settled(town)
        gate = hold(town, "chat.postMessage", "D", acted=True)
        await town.bob.press(message, "Approve")
        await reached(town, gate)
        await kill(town, bot)
    async with again(town):
        stray, card = [found for found in cards(town) if "Reveal" in buttons(found)]
        await town.alice.press(stray, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
    assert cards(town) == [card]
    assert (await town.tags()).count("grant.revealed") == 1


@pytest.mark.parametrize("text", [ASK, "STRIPE_KEY once debugging a failed refund"], ids=["timed", "once"])
async def test_killed_while_handing_over_the_use_stays_spent(town: Town, text: str) -> None:
    """Law 2: it is written down before the value is read; whether it was seen, nobody can know any more."""
    async with running(town) as bot:
        card = await town.granted(text)
        await settled(town)
        gate = hold(town, "chat.postEphemeral", "D", acted=False)
        press = await town.alice.press(card, "Reveal")
        await reached(town, gate)
        await kill(town, bot)
    town.alice.reload()
    async with again(town):
        request = await one_request(town)
        assert request.reveals == 1
        assert request.grant is (GrantState.ACTIVE if text == ASK else GrantState.USED_UP)
        assert "grant.reveal_failed" not in await town.tags()
        before = await town.tags()
        await town.slack.repeat(press.delivery)
        await settled(town)
        assert town.alice.find(town.values[STRIPE]) is None
        assert await town.tags() == before
        if text == ASK:
            await town.alice.press(card, "Reveal")
            await town.until(lambda: town.alice.find(town.values[STRIPE]))
        else:
            assert cards(town) == []


async def test_killed_while_asking_who_somebody_is_nothing_has_happened(town: Town) -> None:
    async with running(town) as bot:
        gate = town.slack.faults.hang("users.info")
        asking = asyncio.create_task(town.ask(ASK))
        await reached(town, gate)
        await kill(town, bot)
        assert (await asking).error is not None
    assert "request.created" not in await town.tags()
    async with again(town):
        assert "Filed" in heard(town, await town.ask(ASK))


async def _happened(town: Town, tag: str) -> None:
    while tag not in await town.tags():  # noqa: ASYNC110 - Redis rings no bell here
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("mishap", ["late", "silent"])
async def test_killed_around_the_script_the_decision_is_whole_or_not_at_all(
    town: Town, mishap: Mishap
) -> None:
    """Law 1: before the script there is nothing, after it everything; Slack's repeat then does no harm."""
    await load_scripts(town.runner)
    async with Wire(town.redis_url) as wire, running(town, REDIS_URL=wire.url) as bot:
        message = await town.filed()
        await settled(town)
        trap = wire.trap(town.runner._shas["decide"], mishap)
        pressing = asyncio.create_task(town.bob.press(message, "Approve"))
        await trap.sprung.wait()
        landed = mishap == "silent"
        if landed:
            await _happened(town, "request.approved")
        await kill(town, bot)
        press = await pressing
        assert press.error is not None
        decided = {"request.approved", "grant.activated"} & set(await town.tags())
        assert len(decided) == (2 if landed else 0)
        assert (await one_request(town)).live is landed
        async with again(town):
            assert (await town.slack.repeat(press.delivery)).acked
        assert (await one_request(town)).live
        assert (await town.tags()).count("request.approved") == 1
        assert buttons(message) == []


async def test_killed_after_an_audit_line_repeats_that_line_at_most(town: Town) -> None:
    """It carries its event's id, so that whoever reads it twice can tell."""
    async with running(town) as bot:
        await town.filed()
        await settled(town)
        gate = hold(town, "chat.postMessage", town.audit.id, acted=True)
        await town.ask("staging/DB_URL 1h a look at the data")
        await reached(town, gate)
        await kill(town, bot)
    async with again(town):
        lines = [message.text for message in town.slack.messages(town.audit)]
        ids = [line.rpartition("event `")[2] for line in lines]
        assert len(ids) - len(set(ids)) == 1
        assert ids == sorted(ids)


async def test_killed_with_a_form_open_the_form_still_works(town: Town) -> None:
    """A form carries all that it needs; the process that opened it does not matter."""
    async with running(town) as bot:
        message = await town.filed()
        await town.bot_opens_deny(message)
        await kill(town, bot)
    async with again(town):
        modal = await town.until(lambda: town.bob.modal)
        await modal.fill({"reason": "not today"})
        assert (await modal.submit()).error is None
    assert (await one_request(town)).state is State.DENIED


async def test_the_dead_leaders_lease_ends_by_itself(town: Town) -> None:
    """The one real wait of these tests: ten seconds after a killed process' last call, another draws."""
    async with running(town) as bot:
        message = await town.filed()
        await settled(town)
        bot.kill()
        await bot.ended()
    left = int(await town.redis.pttl(town.runner.key("lease")))
    assert 0 < left <= 10_000
    async with town.bot():
        await town.bob.press(message, "Approve")
        assert (await one_request(town)).live
        await town.until(lambda: buttons(message) == [] or None, within=left / 1000 + 3)
