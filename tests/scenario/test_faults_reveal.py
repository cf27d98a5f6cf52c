"""Revealing on a bad day (law 2): what certainly did not leave is given back; what may have, stays spent."""

import asyncio
from collections.abc import Callable

import pytest

from envaccess.application.grants import reveal
from envaccess.slack import client
from slack_emulator import Message, Press
from slack_emulator.http_answers import Reply
from tests.scenario.fault_proxy import FaultProxy
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.test_home import home_shows
from tests.scenario.watch import one_request, settled, told

EPHEMERAL = "chat.postEphemeral"
ONCE = "STRIPE_KEY once debugging a failed refund"
TIMED = "STRIPE_KEY 1h debugging a failed refund"

Fault = Callable[[ScenarioHarness], object]

KEPT: dict[str, Fault] = {
    "ok:false": lambda harness: harness.slack.faults.answer(EPHEMERAL, "unheard_of", times=1),
    "429": lambda harness: harness.slack.faults.rate_limit(EPHEMERAL, times=1),
    "404": lambda harness: harness.slack.faults.break_down(EPHEMERAL, status=404, times=1),
}
"""Faults after which it is known that nothing left."""

LATE: dict[str, Fault] = {
    "500": lambda harness: harness.slack.faults.break_down("conversations.open", times=1),
    "429": lambda harness: harness.slack.faults.rate_limit("conversations.open", times=1),
    "dropped": lambda harness: harness.slack.faults.refuse("conversations.open", times=1),
    "slow": lambda harness: harness.slack.faults.slow("conversations.open", seconds=1.8, times=1),
}
"""Ways in which the direct messages are not opened in time."""

SPENT: dict[str, Fault] = {
    "500": lambda harness: harness.slack.faults.break_down(EPHEMERAL, times=1),
    "dropped": lambda harness: harness.slack.faults.refuse(EPHEMERAL, times=1),
    "lost reply": lambda harness: harness.slack.faults.lose_reply(EPHEMERAL, times=1),
    "hanging": lambda harness: harness.slack.faults.hang(EPHEMERAL, times=1),
    "half done": lambda harness: harness.slack.faults.answer(EPHEMERAL, "fatal_error", times=1),
}
"""Faults after which Slack may or may not have shown the value."""

each_kind = pytest.mark.parametrize("text", [ONCE, TIMED], ids=["once", "timed"])


async def granted(harness: ScenarioHarness, text: str) -> Message:
    """A live grant; the bot that showed it has gone, so that the next opens the direct messages anew."""
    async with serving(harness):
        card = await harness.granted(text)
        await settled(harness)
    return card


async def shown(harness: ScenarioHarness, press: Press) -> bool:
    """Whether the value came to Alice's screen."""
    assert press.error is None
    found = await harness.slack.until(lambda: harness.alice.find(harness.values[STRIPE]) or press.answers)
    return not isinstance(found, list)


@each_kind
@pytest.mark.parametrize("fault", KEPT.values(), ids=KEPT.keys())
async def test_what_certainly_did_not_leave_is_given_back_and_works_again(
    harness: ScenarioHarness, text: str, fault: Fault
) -> None:
    """Else Slack's bad minute burns an approval, and the audit tells of a sight that was none."""
    card = await granted(harness, text)
    async with serving(harness):
        fault(harness)
        press = await harness.alice.press(card, "Reveal")
        answer = await told(harness, press)
        assert "Nothing was shown, and your access is as it was" in answer
        await settled(harness)
        tags = await harness.tags()
        assert (tags.count("grant.revealed"), tags.count("grant.reveal_failed")) == (1, 1)
        assert (tags.count("value.seen"), tags.count("value.unseen")) == (1, 1)
        request = await one_request(harness)
        assert request.live
        assert request.reveals == 0
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        assert await shown(harness, await harness.alice.press(card, "Reveal"))
        await settled(harness)
    assert (await one_request(harness)).live is (text == TIMED)


@each_kind
@pytest.mark.product_deadlines
@pytest.mark.parametrize("fault", LATE.values(), ids=LATE.keys())
async def test_direct_messages_that_open_late_hold_no_value_up(
    harness: ScenarioHarness, text: str, fault: Fault
) -> None:
    """Slack opens fifty a minute; in a simulated company nearly half of all reveals were refused for it."""
    card = await granted(harness, text)
    async with serving(harness):
        fault(harness)
        assert await shown(harness, await harness.alice.press(card, "Reveal"))
        assert not harness.slack.calls_of(EPHEMERAL), "it came where she pressed"
        await settled(harness)
        assert (await harness.tags()).count("grant.revealed") == 1
        assert not harness.bob.find(harness.values[STRIPE])


@each_kind
async def test_nothing_is_claimed_where_slack_refuses_to_open_direct_messages(
    harness: ScenarioHarness, text: str
) -> None:
    card = await granted(harness, text)
    async with serving(harness):
        harness.slack.faults.answer("conversations.open", "missing_scope", times=1)
        answer = await told(harness, await harness.alice.press(card, "Reveal"))
        assert "Nothing was shown, and your access is as it was" in answer
        assert "grant.revealed" not in await harness.tags()
        await settled(harness)
        assert await shown(harness, await harness.alice.press(card, "Reveal"))


async def test_a_home_tab_has_no_other_place_for_a_value(harness: ScenarioHarness) -> None:
    card = await granted(harness, TIMED)
    async with serving(harness):
        await harness.slack.open_home(harness.alice)
        await home_shows(harness, harness.alice, "[ Reveal ]")
        harness.slack.faults.rate_limit("conversations.open", times=1)
        assert harness.alice.home
        await harness.alice.home.press("Reveal")
        notice = await harness.until(lambda: harness.alice.modal)
        assert "Slack did not open your direct messages in time" in notice.draw()
        assert "grant.revealed" not in await harness.tags()
        await settled(harness)
        assert await shown(harness, await harness.alice.press(card, "Reveal"))


@each_kind
@pytest.mark.parametrize("fault", SPENT.values(), ids=SPENT.keys())
async def test_what_may_have_left_stays_spent_and_the_person_is_told_how_to_go_on(
    harness: ScenarioHarness, text: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given back, a `once` could be seen twice; unsaid, the person would wait for what never comes."""
    monkeypatch.setattr(client, "BACKGROUND_SECONDS", 0.3)
    card = await granted(harness, text)
    async with serving(harness):
        fault(harness)
        press = await harness.alice.press(card, "Reveal")
        answer = await told(harness, press)
        assert "did not say whether" in answer
        assert ("is used" in answer) is (text == ONCE)
        await settled(harness)
        tags = await harness.tags()
        assert (tags.count("grant.revealed"), tags.count("grant.reveal_failed")) == (1, 0)
        assert (tags.count("value.seen"), tags.count("value.unseen")) == (1, 0), "it may have been seen"
        request = await one_request(harness)
        assert request.live is (text == TIMED)
        assert request.reveals == 1


async def _gave_back(harness: ScenarioHarness) -> bool:
    await asyncio.sleep(0.01)
    return "grant.reveal_failed" in await harness.tags()


async def test_a_refused_connection_gives_the_use_back(harness: ScenarioHarness) -> None:
    """Nothing was sent: the commonest fault of a network must not burn a `once`."""
    async with FaultProxy(harness.slack.api_url) as proxy, serving(harness, slack_api_url=proxy.url):
        card = await harness.granted(ONCE)
        await settled(harness)
        async with proxy.down():
            await harness.alice.press(card, "Reveal")
            await harness.slack.until(lambda: _gave_back(harness))
        await settled(harness)
        assert (await one_request(harness)).live
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        assert await shown(harness, await harness.alice.press(card, "Reveal"))


class Held:
    """Slack refuses to show a value, once it is let."""

    def __init__(self, harness: ScenarioHarness) -> None:
        self.asked, self.let = asyncio.Event(), asyncio.Event()
        harness.slack.faults.add(EPHEMERAL, self._refuse, times=1)

    async def _refuse(self, _act: object) -> Reply:
        self.asked.set()
        await self.let.wait()
        return Reply(200, {"ok": False, "error": "unheard_of"})


async def test_a_use_is_given_back_though_redis_blinks(harness: ScenarioHarness) -> None:
    """The claim is in Redis; only the giving back has to wait until it returns."""
    async with FaultProxy(harness.redis_url) as proxy, serving(harness, redis_url=proxy.url):
        card = await harness.granted(ONCE)
        await settled(harness)
        held = Held(harness)
        press = await harness.alice.press(card, "Reveal")
        await held.asked.wait()
        async with proxy.down():
            held.let.set()
            await asyncio.sleep(0.15)
        assert "Nothing was shown" in await told(harness, press)
        assert (await harness.tags()).count("grant.reveal_failed") == 1
        assert (await one_request(harness)).live


async def test_a_use_that_cannot_be_given_back_is_told_as_spent(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better to ask again for nothing than to believe in an access that is gone."""
    monkeypatch.setattr(reveal, "_PAUSES", (0.01, 0.0))
    async with FaultProxy(harness.redis_url) as proxy, serving(harness, redis_url=proxy.url):
        card = await harness.granted(ONCE)
        await settled(harness)
        held = Held(harness)
        press = await harness.alice.press(card, "Reveal")
        await held.asked.wait()
        async with proxy.down():
            held.let.set()
            answer = await told(harness, press)
    assert "is used" in answer


async def test_a_value_that_is_lost_beside_its_catalogue_record_is_not_a_use(
    harness: ScenarioHarness,
) -> None:
    """Deleting a variable ends the grants over it; what is missing is given back, and not shown as empty."""
    async with serving(harness):
        card = await harness.granted(ONCE)
        await settled(harness)
        await harness.redis.delete(harness.runner.key("secret", str(STRIPE)))
        press = await harness.alice.press(card, "Reveal")
        assert "has no value any more" in await told(harness, press)
        await settled(harness)
        assert (await harness.tags()).count("grant.reveal_failed") == 1
        assert (await one_request(harness)).live
