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
from slack_emulator.types import Json
from tests.scenario.fault_proxy import FaultProxy, Mishap, load_scripts, sha
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.processes import Bot, running
from tests.scenario.watch import AGAIN, buttons, comes_true, heard, one_request, settled, told

ASK = "STRIPE_KEY 1h debugging a failed refund"


async def kill(harness: ScenarioHarness, bot: Bot) -> None:
    """`kill -9`; what hangs in Slack hangs on, as if the dying connection had taken it along."""
    bot.kill()
    assert await bot.ended() != 0
    harness.slack.faults._on.clear()
    await harness.until(lambda: not harness.slack.connections or None)


def hold(harness: ScenarioHarness, method: str, place: str, *, acted: bool) -> Gate:
    """Hold the next calls of a method about one channel, before or after they act."""

    def here(args: Json) -> bool:
        return str(args.get("channel")).startswith(place)

    return harness.slack.faults.hang(method, after_acting=acted, only_if=here)


async def reached(harness: ScenarioHarness, gate: Gate) -> None:
    """The bot stands at the gate."""
    await harness.until(lambda: gate.waiting or None)


def cards(harness: ScenarioHarness) -> list[Message]:
    """Alice's cards of what is pending or live."""
    if not harness.alice.dm:
        return []
    return [
        message for message in harness.slack.messages(harness.alice.dm) if buttons(message) not in ([], AGAIN)
    ]


@contextlib.asynccontextmanager
async def again(harness: ScenarioHarness) -> AsyncIterator[None]:
    """The next bot; the dead one's lease ends (its ten seconds pass), and all is drawn as it stands."""
    async with harness.bot():
        await harness.redis.delete(harness.runner.key("lease"))
        await settled(harness)
        yield
        await settled(harness)


async def test_killed_before_the_message_was_posted_it_is_posted_once(harness: ScenarioHarness) -> None:
    """The person was told that it is filed: it must come before somebody who decides."""
    gate = hold(harness, "chat.postMessage", harness.approvers.id, acted=False)

    async def has_card() -> bool:
        return bool((await one_request(harness)).surfaces.card)

    async with running(harness) as bot:
        assert "Filed" in heard(harness, await harness.ask(ASK))
        await reached(harness, gate)
        await comes_true(has_card)  # killed between its post and that, the next bot would post it again
        await kill(harness, bot)
        async with again(harness):
            (message,) = harness.slack.messages(harness.approvers)
            await harness.bob.press(message, "Approve")
    assert (await one_request(harness)).state is State.APPROVED
    assert len(cards(harness)) == 1


@pytest.mark.parametrize("button", ["Approve", "Deny"])
async def test_killed_between_posting_and_remembering_leaves_one_stray_that_its_first_click_removes(
    harness: ScenarioHarness, button: str
) -> None:
    """The stray's buttons are ruled by state like any other; the remembered message shows what came of it."""
    gate = hold(harness, "chat.postMessage", harness.approvers.id, acted=True)
    async with running(harness) as bot:
        await harness.ask(ASK)
        await reached(harness, gate)
        await kill(harness, bot)
    async with again(harness):
        stray, message = harness.slack.messages(harness.approvers)
        await harness.bob.press(stray, button)
        if button == "Deny":
            modal = await harness.until(lambda: harness.bob.modal)
            await modal.fill({"reason": "not today"})
            assert (await modal.submit()).error is None
    assert harness.slack.messages(harness.approvers) == [message]
    assert buttons(message) == []
    assert (await one_request(harness)).state is (State.APPROVED if button == "Approve" else State.DENIED)


async def test_a_stray_pressed_after_the_decision_is_refused_and_removed(harness: ScenarioHarness) -> None:
    """Its Approve is only paint: nobody is granted anything twice."""
    gate = hold(harness, "chat.postMessage", harness.approvers.id, acted=True)
    async with running(harness) as bot:
        await harness.ask(ASK)
        await reached(harness, gate)
        await kill(harness, bot)
    async with again(harness):
        stray, message = harness.slack.messages(harness.approvers)
        await harness.bob.press(message, "Approve")
        await settled(harness)
        press = await harness.carol.press(stray, "Approve")
        assert "already approved" in await told(harness, press)
    assert harness.slack.messages(harness.approvers) == [message]
    assert (await harness.tags()).count("grant.activated") == 1


@pytest.mark.parametrize("acted", [False, True])
async def test_killed_while_redrawing_the_message_is_right_soon(
    harness: ScenarioHarness, acted: bool
) -> None:
    """A decided message that went on offering Approve would be pressed."""
    async with running(harness) as bot:
        message = await harness.filed()
        gate = hold(harness, "chat.update", harness.approvers.id, acted=acted)
        await harness.bob.press(message, "Approve")
        await reached(harness, gate)
        assert (await one_request(harness)).live
        await kill(harness, bot)
    async with again(harness):
        assert harness.slack.messages(harness.approvers) == [message]
        assert buttons(message) == []


async def test_killed_between_posting_the_card_and_remembering_it_a_stray_card_is_ruled_by_state(
    harness: ScenarioHarness,
) -> None:
    """Both cards say Reveal; either works, and the one that is not remembered goes with its first click."""
    async with running(harness) as bot:
        message = await harness.filed()
        await settled(harness)
        gate = hold(harness, "chat.postMessage", "D", acted=True)
        await harness.bob.press(message, "Approve")
        await reached(harness, gate)
        await kill(harness, bot)
    async with again(harness):
        stray, card = [found for found in cards(harness) if "Reveal" in buttons(found)]
        await harness.alice.press(stray, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
    assert cards(harness) == [card]
    assert (await harness.tags()).count("grant.revealed") == 1


@pytest.mark.parametrize("text", [ASK, "STRIPE_KEY once debugging a failed refund"], ids=["timed", "once"])
async def test_killed_while_handing_over_the_use_stays_spent(harness: ScenarioHarness, text: str) -> None:
    """Law 2: it is written down before the value is read; whether it was seen, nobody can know any more."""
    async with running(harness) as bot:
        card = await harness.granted(text)
        await settled(harness)
        gate = hold(harness, "chat.postEphemeral", "D", acted=False)
        press = await harness.alice.press(card, "Reveal")
        await reached(harness, gate)
        await kill(harness, bot)
    harness.alice.reload()
    async with again(harness):
        request = await one_request(harness)
        assert request.reveals == 1
        assert request.grant is (GrantState.ACTIVE if text == ASK else GrantState.USED_UP)
        assert "grant.reveal_failed" not in await harness.tags()
        before = await harness.tags()
        await harness.slack.repeat(press.delivery)
        await settled(harness)
        assert harness.alice.find(harness.values[STRIPE]) is None
        assert await harness.tags() == before
        if text == ASK:
            await harness.alice.press(card, "Reveal")
            await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        else:
            assert cards(harness) == []


async def test_killed_while_asking_who_somebody_is_nothing_has_happened(harness: ScenarioHarness) -> None:
    async with running(harness) as bot:
        gate = harness.slack.faults.hang("users.info")
        asking = asyncio.create_task(harness.ask(ASK))
        await reached(harness, gate)
        await kill(harness, bot)
        assert (await asking).error is not None
    assert "request.created" not in await harness.tags()
    async with again(harness):
        assert "Filed" in heard(harness, await harness.ask(ASK))


async def _happened(harness: ScenarioHarness, tag: str) -> None:
    while tag not in await harness.tags():  # noqa: ASYNC110 - Redis rings no bell here
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("mishap", ["late", "silent"])
async def test_killed_around_the_script_the_decision_is_whole_or_not_at_all(
    harness: ScenarioHarness, mishap: Mishap
) -> None:
    """Law 1: before the script there is nothing, after it everything; Slack's repeat then does no harm."""
    await load_scripts(harness.runner)
    async with FaultProxy(harness.redis_url) as proxy, running(harness, REDIS_URL=proxy.url) as bot:
        message = await harness.filed()
        await settled(harness)
        trap = proxy.trap(sha("decide"), mishap)
        pressing = asyncio.create_task(harness.bob.press(message, "Approve"))
        await trap.sprung.wait()
        landed = mishap == "silent"
        if landed:
            await _happened(harness, "request.approved")
        await kill(harness, bot)
        press = await pressing
        assert press.error is not None
        decided = {"request.approved", "grant.activated"} & set(await harness.tags())
        assert len(decided) == (2 if landed else 0)
        assert (await one_request(harness)).live is landed
        async with again(harness):
            assert (await harness.slack.repeat(press.delivery)).acked
        assert (await one_request(harness)).live
        assert (await harness.tags()).count("request.approved") == 1
        assert buttons(message) == []


async def test_killed_after_an_audit_line_repeats_that_line_at_most(harness: ScenarioHarness) -> None:
    """It carries its event's id, so that whoever reads it twice can tell."""
    async with running(harness) as bot:
        await harness.filed()
        await settled(harness)
        gate = hold(harness, "chat.postMessage", harness.audit.id, acted=True)
        await harness.ask("staging/DB_URL 1h a look at the data")
        await reached(harness, gate)
        await kill(harness, bot)
    async with again(harness):
        lines = [message.text for message in harness.slack.messages(harness.audit)]
        ids = [line.rpartition("event `")[2] for line in lines]
        assert len(ids) - len(set(ids)) == 1
        assert ids == sorted(ids)


async def test_killed_with_a_form_open_the_form_still_works(harness: ScenarioHarness) -> None:
    """A form carries all that it needs; the process that opened it does not matter."""
    async with running(harness) as bot:
        message = await harness.filed()
        await harness.bot_opens_deny(message)
        await kill(harness, bot)
    async with again(harness):
        modal = await harness.until(lambda: harness.bob.modal)
        await modal.fill({"reason": "not today"})
        assert (await modal.submit()).error is None
    assert (await one_request(harness)).state is State.DENIED


async def test_the_dead_leaders_lease_ends_by_itself(harness: ScenarioHarness) -> None:
    """The one real wait of these tests: ten seconds after a killed process' last call, another draws."""
    async with running(harness) as bot:
        message = await harness.filed()
        await settled(harness)
        bot.kill()
        await bot.ended()
    left = int(await harness.redis.pttl(harness.runner.key("lease")))
    assert 0 < left <= 10_000
    async with harness.bot():
        await harness.bob.press(message, "Approve")
        assert (await one_request(harness)).live
        await harness.until(lambda: buttons(message) == [] or None, within=left / 1000 + 3)
