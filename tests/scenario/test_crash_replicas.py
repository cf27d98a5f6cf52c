"""Two processes on one Redis, and processes that die at any moment (laws 10 and 11)."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from envaccess.cli.retry import surely
from envaccess.domain.audit import Tag, person
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import NewRequest, Vote
from envaccess.domain.request import Request, State, Verb
from envaccess.projections import rate_gate
from envaccess.store.requests import RedisRequests
from envaccess.store.sealing import Sealing
from slack_emulator import Message, User
from tests.fakes.rulings import usual
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.processes import running
from tests.scenario.watch import AGAIN, buttons, one_request, settled
from tests.store.harness import catalogued

MANY = 300
VERBS = (Verb.APPROVE, Verb.DENY, Verb.CANCEL)


@dataclass(frozen=True)
class QuickApprover:
    """Files for others and decides at once, as a quick approver does."""

    harness: ScenarioHarness
    requests: RedisRequests
    sealing: Sealing
    turn: asyncio.Semaphore

    async def file_and_decide(self, who: User, number: int) -> str:
        """One request; returns its id."""
        async with self.turn:
            return await _file_and_decide(self, who, number)


async def _file_and_decide(approver: QuickApprover, who: User, number: int) -> str:
    harness, requests, id_ = approver.harness, approver.requests, f"{number:08d}"
    asked = NewRequest(id_, who.id, (STRIPE,), Duration(3600), "a look", usual(harness.approvers.id), ())
    new = await catalogued(harness.runner, approver.sealing, asked)
    await surely(f"open-{number}", lambda op: requests.open(op, new))
    vote = Vote(about=await requests.get(id_))
    await asyncio.sleep(secrets.randbelow(100) / 1000)
    verb = VERBS[number % len(VERBS)]
    if verb is Verb.CANCEL:
        await surely(f"end-{number}", lambda op: requests.cancel(op, id_, person(who.id)))
    else:
        await surely(
            f"end-{number}", lambda op: requests.decide(op, id_, harness.bob.id, verb, "no", "", vote)
        )
    return id_


def bad_minute(harness: ScenarioHarness) -> None:
    """Every seventh call of any method fails before it acts, in one way or another."""
    faults, count = harness.slack.faults, 0

    def seventh(_args: object) -> bool:
        nonlocal count
        count += 1
        return count % 7 == 0

    faults.break_down("chat.postMessage", only_if=seventh, times=60)
    faults.refuse("chat.update", only_if=seventh, times=60)
    faults.rate_limit("conversations.open", only_if=seventh, retry_after=0, times=60)
    faults.answer("chat.postMessage", "internal_error", only_if=seventh, times=60)


async def drawn(harness: ScenarioHarness) -> None:
    """Wait until nothing is left to draw."""
    async with asyncio.timeout(60):
        while await harness.redis.zcard(harness.runner.key("dirty")):  # noqa: ASYNC110 - Redis rings no bell here
            await asyncio.sleep(0.05)


def shown_for(harness: ScenarioHarness, request: Request) -> Sequence[Message]:
    """The messages of the approvers channel about one request."""
    return [m for m in harness.slack.messages(harness.approvers) if request.surfaces.message == m.ts]


@pytest.mark.usefixtures("unpaced")
async def test_of_300_quickly_decided_requests_none_ends_wrong_or_twice(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fired by events, 95 of 300 had two messages and still offered Approve: they are drawn from state."""
    monkeypatch.setattr(rate_gate, "_FIRST_SECONDS", 0.02)
    people = [harness.slack.add_person(f"p{number}") for number in range(MANY)]
    async with serving(harness), harness.bot():
        bad_minute(harness)
        quick = QuickApprover(harness, await harness.stored(), await harness.sealing(), asyncio.Semaphore(20))
        ids = await asyncio.gather(*(quick.file_and_decide(who, i) for i, who in enumerate(people)))
        for _ in range(10):
            await harness.redis.delete(harness.runner.key("lease"))
            await asyncio.sleep(0.1)
        await drawn(harness)
        messages = harness.slack.messages(harness.approvers)
        assert [message for message in messages if buttons(message)] == []
        shown = 0
        for id_, who in zip(ids, people, strict=True):
            request = await one_request(harness, id_)
            if request.state is State.CANCELLED and not request.surfaces.message:
                continue  # withdrawn before anybody saw it, which is shown to nobody
            shown += 1
            assert len(shown_for(harness, request)) == 1
            cards = harness.slack.messages(who.dm) if who.dm else []
            if request.state is State.CANCELLED and not request.surfaces.card:
                assert cards == [], "who withdrew it was told so at once"
                continue
            (card,) = cards
            live = request.state is State.APPROVED
            assert buttons(card) == (["Reveal", "End now"] if live else AGAIN)
        assert len(messages) == shown, "none is posted twice"


async def test_when_one_of_two_processes_is_killed_the_other_goes_on(harness: ScenarioHarness) -> None:
    """A payload goes to either; whoever held the lease, the other draws when that ends."""
    async with running(harness) as one, running(harness) as other:
        for killed in (one, other):
            message = await harness.filed()
            await settled(harness)
            killed.kill()
            await killed.ended()
            await harness.redis.delete(harness.runner.key("lease"))
            if killed is one:
                await harness.bob.press(message, "Approve")
                await harness.until(lambda: harness.alice.find("[ Reveal ]"))
                await settled(harness)
                assert buttons(message) == []
    async with harness.bot():
        await harness.redis.delete(harness.runner.key("lease"))
        await harness.bob.press(message, "Deny")
        await harness.until(lambda: harness.bob.modal)
        assert len(harness.slack.messages(harness.approvers)) == 2


class Crowd:
    """People who go on asking, deciding and revealing, whatever answers they get."""

    def __init__(self, harness: ScenarioHarness, people: Sequence[User]) -> None:
        self._town = harness
        self._people = people

    async def live(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for who in self._people:
                group.create_task(self._ask(who))
            group.create_task(self._decide())

    async def _ask(self, who: User) -> None:
        while True:
            await self._town.ask("STRIPE_KEY once debugging a failed refund", who)
            card = who.find("[ Reveal ]", who.dm) if who.dm else None
            if card:
                await who.press(card, "Reveal")
            await self._town.redis.delete(self._town.runner.key("commands", who.id))
            await asyncio.sleep(0.01)

    async def _decide(self) -> None:
        while True:
            message = self._town.bob.find("[ Approve ]", self._town.approvers)
            if message:
                await self._town.bob.press(message, "Approve")
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("unpaced")
async def test_killed_again_and_again_at_random_the_record_stays_whole(harness: ScenarioHarness) -> None:
    """Laws 1, 2, 5 and 11 at moments that nobody chose."""
    people = [harness.slack.add_person(f"p{number}") for number in range(6)]
    harness.general.members.extend(who.id for who in people)
    crowd = asyncio.create_task(Crowd(harness, people).live())
    kills = 5
    for _ in range(kills):
        await harness.redis.delete(harness.runner.key("lease"))
        async with running(harness):
            await asyncio.sleep(0.1 + secrets.randbelow(400) / 1000)
    crowd.cancel()
    await asyncio.gather(crowd, return_exceptions=True)
    async with serving(harness):
        await harness.redis.delete(harness.runner.key("lease"))
        await drawn(harness)
        await settled(harness)
    await assert_whole(harness, kills)


async def assert_whole(harness: ScenarioHarness, kills: int) -> None:
    """Each request was filed, decided, granted and seen once at most, and is shown as it stands."""
    told: dict[str, Counter[str]] = {}
    for event in await harness.events():
        told.setdefault(event.request, Counter())[event.event] += 1
    told.pop("")
    assert told
    strays = len(harness.slack.messages(harness.approvers)) - len(told)
    assert 0 <= strays <= kills * len(told)
    for id_, tags in told.items():
        request = await one_request(harness, id_)
        once = (Tag.REQUEST_CREATED, Tag.REQUEST_APPROVED, Tag.GRANT_ACTIVATED, Tag.GRANT_USED_UP)
        assert all(tags[tag] <= 1 for tag in once), tags
        assert tags[Tag.GRANT_REVEALED] - tags[Tag.GRANT_REVEAL_FAILED] == request.reveals <= 1
        assert (request.state is State.APPROVED) is (tags[Tag.REQUEST_APPROVED] == 1)
        assert (request.grant is not None) is (tags[Tag.GRANT_ACTIVATED] == 1)
        (message,) = shown_for(harness, request)
        assert (buttons(message) != []) is (request.state is State.PENDING)
