"""Redis on a bad day (issue 2): a private "try again" at once, nothing half-done, recovery by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from envaccess.domain.audit import Tag
from envaccess.store import runner
from slack_emulator import Message, Press
from tests.scenario.fault_proxy import FaultProxy, Mishap, load_scripts, sha
from tests.scenario.harness import CHECK_STATUS, TRY_AGAIN, ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.watch import heard, one_request, settled
from tests.scenario.watch import told as answered

ASK = "STRIPE_KEY 1h debugging a failed refund"

Act = Callable[[ScenarioHarness, Message], Awaitable[str]]


@pytest.fixture
async def proxy(harness: ScenarioHarness) -> AsyncIterator[FaultProxy]:
    await load_scripts(harness.runner)
    async with FaultProxy(harness.redis_url) as proxy:
        yield proxy


async def _said(harness: ScenarioHarness, press: Press) -> str:
    """What a press was answered, or nothing where the message itself shows it."""
    assert press.error is None
    await settled(harness)
    return harness.slack.draw(press.answers[0]) if press.answers else ""


async def _file(harness: ScenarioHarness, _: Message) -> str:
    return heard(harness, await harness.ask("staging/DB_URL 2h why not"))


async def _approve(harness: ScenarioHarness, message: Message) -> str:
    return await _said(harness, await harness.bob.press(message, "Approve"))


async def _cancel(harness: ScenarioHarness, _: Message) -> str:
    return heard(harness, await harness.ask(f"cancel {(await one_request(harness)).id}"))


async def _reveal(harness: ScenarioHarness, card: Message) -> str:
    return await _said(harness, await harness.alice.press(card, "Reveal"))


async def _end(harness: ScenarioHarness, card: Message) -> str:
    return await _said(harness, await harness.alice.press(card, "End now"))


async def _deny(harness: ScenarioHarness, message: Message) -> str:
    if not harness.bob.modal:
        await harness.bot_opens_deny(message)
    modal = harness.bob.modal
    assert modal
    await modal.fill({"reason": "not today"})
    sent = await modal.submit()
    assert sent.error is None
    return " ".join(sent.errors.values())


@dataclass(frozen=True)
class Deed:
    """Something a person does, the script that it runs, and the event that this writes."""

    act: Act
    script: str
    event: Tag
    on_card: bool = False

    async def prepare(self, harness: ScenarioHarness) -> Message:
        """Bring the town to where it can be done."""
        found = await (harness.granted() if self.on_card else harness.filed())
        await settled(harness)
        return found


DEEDS = {
    "file": Deed(_file, "open_request", Tag.REQUEST_CREATED),
    "approve": Deed(_approve, "decide", Tag.REQUEST_APPROVED),
    "deny": Deed(_deny, "decide", Tag.REQUEST_DENIED),
    "cancel": Deed(_cancel, "cancel", Tag.REQUEST_CANCELLED),
    "reveal": Deed(_reveal, "claim", Tag.GRANT_REVEALED, on_card=True),
    "end": Deed(_end, "revoke", Tag.GRANT_REVOKED, on_card=True),
}
each_deed = pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())


async def times(harness: ScenarioHarness, event: Tag) -> int:
    """How often the stream tells of it."""
    return (await harness.tags()).count(event)


@each_deed
@pytest.mark.parametrize("mishap", ["unsent", "unanswered"])
async def test_a_connection_that_breaks_at_the_script_is_not_even_noticed(
    harness: ScenarioHarness, proxy: FaultProxy, deed: Deed, mishap: Mishap
) -> None:
    """Laws 1 and 10: asked again under its operation id, it happens once, whether or not it had landed."""
    async with serving(harness, redis_url=proxy.url):
        place = await deed.prepare(harness)
        before = await times(harness, deed.event)
        trap = proxy.trap(sha(deed.script), mishap)
        answer = await deed.act(harness, place)
        assert trap.sprung.is_set()
        assert TRY_AGAIN not in answer
        assert CHECK_STATUS not in answer
        assert await times(harness, deed.event) == before + 1


@pytest.mark.product_deadlines
@each_deed
@pytest.mark.parametrize("mishap", ["silent", "late"])
async def test_who_gets_no_answer_in_time_is_told_to_check(
    harness: ScenarioHarness, proxy: FaultProxy, deed: Deed, mishap: Mishap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 11: it may land yet, so "try again" alone would be a lie; doing it again does no harm."""
    monkeypatch.setattr(runner, "CALL_SECONDS", 0.5)
    async with serving(harness, redis_url=proxy.url):
        place = await deed.prepare(harness)
        before = await times(harness, deed.event)
        trap = proxy.trap(sha(deed.script), mishap)
        answer = await deed.act(harness, place)
        assert CHECK_STATUS in answer or "counts once" in answer
        assert await times(harness, deed.event) == before + (mishap == "silent")
        trap.release()
        await harness.slack.until(lambda: _happened(harness, deed.event, before + 1), within=5)
        await settled(harness)
        assert await times(harness, deed.event) == before + 1


async def _happened(harness: ScenarioHarness, event: Tag, count: int) -> bool:
    await asyncio.sleep(0.01)
    return await times(harness, event) == count


@pytest.mark.product_deadlines
async def test_a_command_while_redis_is_silent_is_answered_while_it_is_still_silent(
    harness: ScenarioHarness, proxy: FaultProxy
) -> None:
    """Slack gives three seconds. The count of commands comes before anything is filed: nothing was done."""
    async with serving(harness, redis_url=proxy.url):
        await harness.filed()
        with proxy.frozen():
            assert TRY_AGAIN in heard(harness, await harness.ask(ASK))
        await harness.ask(ASK)
        await settled(harness)
        assert await times(harness, Tag.REQUEST_CREATED) == 1


async def test_everything_is_refused_at_once_while_redis_is_down_and_works_when_it_is_back(
    harness: ScenarioHarness, proxy: FaultProxy
) -> None:
    async with serving(harness, redis_url=proxy.url) as log:
        card = await harness.granted()
        message = await harness.filed("staging/DB_URL 1h a look at the data")
        await settled(harness)
        before = await harness.tags()
        async with proxy.down():
            for text in (ASK, "status", "list", "show STRIPE_KEY", "cancel 7k2m9xq4", "revoke 7k2m9xq4"):
                assert TRY_AGAIN in heard(harness, await harness.ask(text)), text
            for person, where, button in (
                (harness.bob, message, "Approve"),
                (harness.bob, message, "Deny"),
                (harness.alice, card, "Reveal"),
                (harness.alice, card, "End now"),
            ):
                assert TRY_AGAIN in await answered(harness, await person.press(where, button)), button
            await asyncio.sleep(1.1)  # every worker finds it away more than once
        assert await harness.tags() == before
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: "[ Approve ]" not in harness.slack.draw(message))
        ended = await harness.alice.press(card, "End now")
        await settled(harness)
        assert not ended.answers
        await harness.until(lambda: "[ Reveal ]" not in harness.slack.draw(card))
        await settled(harness)
    for worker in ("watch", "relay", "clock"):
        assert 1 <= len(told(log, f"{worker}.store")) <= 2, worker


async def test_a_script_that_redis_forgot_is_sent_again(harness: ScenarioHarness, proxy: FaultProxy) -> None:
    """A restarted Redis, or one whose cache was flushed, knows no script by its SHA."""
    async with serving(harness, redis_url=proxy.url):
        message = await harness.filed()
        await harness.redis.script_flush()
        proxy.cut()
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))


async def test_a_burst_waits_its_turn_for_a_connection(harness: ScenarioHarness, proxy: FaultProxy) -> None:
    """A hundred people at once are more than there are connections: nobody may be told that Redis is down."""
    people = [harness.slack.add_person(f"p{number}") for number in range(100)]
    harness.general.members.extend(person.id for person in people)
    async with serving(harness, redis_url=proxy.url):
        replies = await asyncio.gather(*(harness.ask("help", who=person) for person in people))
        assert all(TRY_AGAIN not in heard(harness, reply) for reply in replies)
