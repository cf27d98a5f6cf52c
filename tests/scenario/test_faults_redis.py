"""Redis on a bad day (issue 2): a private "try again" at once, nothing half-done, recovery by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from envaccess.domain.audit import Tag
from envaccess.store import runner
from slack_emulator import Message, Press
from tests.scenario.logs import serving, told
from tests.scenario.town import CHECK_STATUS, TRY_AGAIN, Town
from tests.scenario.watch import heard, one_request, settled
from tests.scenario.watch import told as answered
from tests.scenario.wire import Mishap, Wire, load_scripts

ASK = "STRIPE_KEY 1h debugging a failed refund"

Act = Callable[[Town, Message], Awaitable[str]]


@pytest.fixture
async def wire(town: Town) -> AsyncIterator[Wire]:
    await load_scripts(town.runner)
    async with Wire(town.redis_url) as wire:
        yield wire


async def _said(town: Town, press: Press) -> str:
    """What a press was answered, or nothing where the message itself shows it."""
    assert press.error is None
    await settled(town)
    return town.slack.draw(press.answers[0]) if press.answers else ""


async def _file(town: Town, _: Message) -> str:
    return heard(town, await town.ask("staging/DB_URL 2h why not"))


async def _approve(town: Town, message: Message) -> str:
    return await _said(town, await town.bob.press(message, "Approve"))


async def _cancel(town: Town, _: Message) -> str:
    return heard(town, await town.ask(f"cancel {(await one_request(town)).id}"))


async def _reveal(town: Town, card: Message) -> str:
    return await _said(town, await town.alice.press(card, "Reveal"))


async def _end(town: Town, card: Message) -> str:
    return await _said(town, await town.alice.press(card, "End now"))


async def _deny(town: Town, message: Message) -> str:
    if not town.bob.modal:
        await town.bot_opens_deny(message)
    modal = town.bob.modal
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

    async def prepare(self, town: Town) -> Message:
        """Bring the town to where it can be done."""
        found = await (town.granted() if self.on_card else town.filed())
        await settled(town)
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


async def times(town: Town, event: Tag) -> int:
    """How often the stream tells of it."""
    return (await town.tags()).count(event)


@each_deed
@pytest.mark.parametrize("mishap", ["unsent", "unanswered"])
async def test_a_connection_that_breaks_at_the_script_is_not_even_noticed(
    town: Town, wire: Wire, deed: Deed, mishap: Mishap
) -> None:
    """Laws 1 and 10: asked again under its operation id, it happens once, whether or not it had landed."""
    async with serving(town, redis_url=wire.url):
        place = await deed.prepare(town)
        before = await times(town, deed.event)
        trap = wire.trap(town.runner._shas[deed.script], mishap)
        answer = await deed.act(town, place)
        assert trap.sprung.is_set()
        assert TRY_AGAIN not in answer
        assert CHECK_STATUS not in answer
        assert await times(town, deed.event) == before + 1


@each_deed
@pytest.mark.parametrize("mishap", ["silent", "late"])
async def test_who_gets_no_answer_in_time_is_told_to_check(
    town: Town, wire: Wire, deed: Deed, mishap: Mishap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 11: it may land yet, so "try again" alone would be a lie; doing it again does no harm."""
    monkeypatch.setattr(runner, "CALL_SECONDS", 0.5)
    async with serving(town, redis_url=wire.url):
        place = await deed.prepare(town)
        before = await times(town, deed.event)
        trap = wire.trap(town.runner._shas[deed.script], mishap)
        answer = await deed.act(town, place)
        assert CHECK_STATUS in answer or "counts once" in answer
        assert await times(town, deed.event) == before + (mishap == "silent")
        trap.release()
        await town.slack.until(lambda: _happened(town, deed.event, before + 1), within=5)
        await settled(town)
        assert await times(town, deed.event) == before + 1


async def _happened(town: Town, event: Tag, count: int) -> bool:
    await asyncio.sleep(0.01)
    return await times(town, event) == count


async def test_a_command_while_redis_is_silent_is_answered_while_it_is_still_silent(
    town: Town, wire: Wire
) -> None:
    """Slack gives three seconds. The count of commands comes before anything is filed: nothing was done."""
    async with serving(town, redis_url=wire.url):
        await town.filed()
        with wire.frozen():
            assert TRY_AGAIN in heard(town, await town.ask(ASK))
        await town.ask(ASK)
        await settled(town)
        assert await times(town, Tag.REQUEST_CREATED) == 1


async def test_everything_is_refused_at_once_while_redis_is_down_and_works_when_it_is_back(
    town: Town, wire: Wire
) -> None:
    async with serving(town, redis_url=wire.url) as log:
        card = await town.granted()
        message = await town.filed("staging/DB_URL 1h a look at the data")
        await settled(town)
        before = await town.tags()
        async with wire.down():
            for text in (ASK, "status", "list", "show STRIPE_KEY", "cancel 7k2m9xq4", "revoke 7k2m9xq4"):
                assert TRY_AGAIN in heard(town, await town.ask(text)), text
            for person, where, button in (
                (town.bob, message, "Approve"),
                (town.bob, message, "Deny"),
                (town.alice, card, "Reveal"),
                (town.alice, card, "End now"),
            ):
                assert TRY_AGAIN in await answered(town, await person.press(where, button)), button
            await asyncio.sleep(1.1)  # every worker finds it away more than once
        assert await town.tags() == before
        await town.bob.press(message, "Approve")
        await town.until(lambda: "[ Approve ]" not in town.slack.draw(message))
        ended = await town.alice.press(card, "End now")
        await settled(town)
        assert not ended.answers
        await town.until(lambda: "[ Reveal ]" not in town.slack.draw(card))
        await settled(town)
    for worker in ("watch", "relay", "clock"):
        assert 1 <= len(told(log, f"{worker}.store")) <= 2, worker


async def test_a_script_that_redis_forgot_is_sent_again(town: Town, wire: Wire) -> None:
    """A restarted Redis, or one whose cache was flushed, knows no script by its SHA."""
    async with serving(town, redis_url=wire.url):
        message = await town.filed()
        await town.redis.script_flush()
        wire.cut()
        await town.bob.press(message, "Approve")
        await town.until(lambda: town.alice.find("[ Reveal ]"))


async def test_a_burst_waits_its_turn_for_a_connection(town: Town, wire: Wire) -> None:
    """A hundred people at once are more than there are connections: nobody may be told that Redis is down."""
    people = [town.slack.add_person(f"p{number}") for number in range(100)]
    town.general.members.extend(person.id for person in people)
    async with serving(town, redis_url=wire.url):
        replies = await asyncio.gather(*(town.ask("help", who=person) for person in people))
        assert all(TRY_AGAIN not in heard(town, reply) for reply in replies)
