"""One relay on a real Redis beside a Slack that counts: what is shown, when, and how often Slack says no."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from envaccess.domain.audit import person
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable
from envaccess.log import LogJournal
from envaccess.projections.errors import MessageDelayedError
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.relay import Relay
from envaccess.store.client import Client
from envaccess.store.outbox import RedisOutbox
from envaccess.store.requests import RedisRequests
from envaccess.store.runner import Runner
from envaccess_demo.moving_clock import move_clock, runner_with_clock
from slack_emulator.rates import Rates
from tests.fakes.handler import FakeMessages
from tests.fakes.rulings import EMERGENCY, usual
from tests.fakes.sealing import reader_for

CHANNEL, STEP = "C0APPROVERS", 0.25


class LimitedMessages(FakeMessages):
    """Slack's documented rates on the test's clock; notes what is shown when, and counts its refusals."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock, self._rates = clock, Rates(clock)
        self._rates.enforced = True
        self.told: list[tuple[str, str, float]] = []
        self.refused = 0

    def _allow(self, what: str, method: str, channel: str, request: str) -> None:
        reply = self._rates.refuse(method, {"channel": channel})
        if reply:
            self.refused += 1
            raise MessageDelayedError(float(reply.headers["Retry-After"]))
        self.told.append((what, request, self._clock()))

    async def post_request(self, request: Request) -> str:
        self._allow("post", "chat.postMessage", request.channel, request.id)
        return await super().post_request(request)

    async def update_request(self, request: Request) -> None:
        self._allow("update", "chat.update", request.channel, request.id)
        await super().update_request(request)

    async def post_card(self, request: Request) -> str:
        self._allow("card", "chat.postMessage", request.surfaces.dm, request.id)
        return await super().post_card(request)

    def posted(self) -> list[str]:
        """Ids in the approvers channel, in order."""
        return [request for what, request, _ in self.told if what == "post"]


@dataclass
class Office:
    """The relay and a clock for all three: its own, Slack's and Redis'."""

    runner: Runner
    now: float = 1_000.0
    number: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        reader = reader_for(self.runner, "T0TOWN")
        self.seals = reader.sealing.seals
        self.requests = RedisRequests(self.runner, reader)
        self.outbox = RedisOutbox(self.runner, "me", reader)
        self.messages = LimitedMessages(lambda: self.now)
        rate_gate = RateGate(lambda: self.now, lambda *_: None)
        self.relay = Relay(self.outbox, self.messages, LogJournal(), rate_gate, CHANNEL)

    async def file(self, who: str, ruling: Ruling | None = None) -> str:
        """File a request for a variable of its own."""
        self.number += 1
        variable = Variable("default", f"N{self.number}")
        await self.runner.client.hset(self.runner.key("catalogue", str(variable)), "incarnation", "1")
        new = NewRequest(
            f"{self.number:08}", who, (variable,), Duration(30), "debugging", ruling or usual(CHANNEL), ("1",)
        )
        filed = await self.requests.open(f"op-{self.number}", new)
        assert isinstance(filed, Filed)
        return filed.id

    async def draw(self, seconds: float) -> None:
        """Draw while so much time passes."""
        ends = self.now + seconds
        while self.now < ends:
            for _ in range(3):
                await self.relay.step(self.woken)
                await self.relay.drain()
            self.now += STEP
            await move_clock(self.runner, int(STEP * 1000), self.seals)

    async def left(self) -> int:
        """How many requests are still to be drawn."""
        return int(await self.runner.client.zcard(self.runner.key("dirty")))

    def delay(self, request: str, since: float) -> float:
        """Seconds until it stood in the channel."""
        return (
            next(at for what, shown, at in self.messages.told if (what, shown) == ("post", request)) - since
        )


@pytest.fixture
async def office(redis: Client) -> Office:
    return Office(runner_with_clock(redis, "T0TOWN"))


async def ask_and_withdraw(office: Office, who: str, times: int) -> None:
    """`Ask again` and `Cancel`, so many times, while the relay draws."""
    for number in range(times):
        request = await office.file(who)
        if number % 8 == 0:
            await office.draw(STEP)
        await office.requests.cancel(f"cancel-{request}", request, person(who))


async def test_asking_and_withdrawing_sixty_times_hides_nobody(office: Office) -> None:
    """They used to hide a colleague for a minute, and an emergency for the half minute that it lasted."""
    await ask_and_withdraw(office, "U0MALLORY", 60)
    began, before = office.now, len(office.messages.posted())
    assert before <= 8, "what was withdrawn before it was shown is not posted"
    colleague = await office.file("U0BOB")
    urgent = await office.file("U0CAROL", replace(EMERGENCY, channel=CHANNEL))
    await office.draw(10)
    assert office.messages.posted()[before:] == [urgent, colleague]
    assert office.delay(urgent, began) <= STEP
    assert office.delay(colleague, began) <= 2.5
    assert office.messages.refused == 0
    await office.draw(30)
    assert await office.left() == 0


async def test_as_many_as_one_person_may_have_open_hide_nobody_elses_either(office: Office) -> None:
    mine = [await office.file("U0MALLORY") for _ in range(18)]
    await office.draw(5)
    began, before = office.now, len(office.messages.posted())
    colleagues = [await office.file(f"U0PERSON{number}") for number in range(3)]
    urgent = await office.file("U0CAROL", replace(EMERGENCY, channel=CHANNEL))
    await office.draw(10)
    assert office.messages.posted()[before : before + 4] == [urgent, *colleagues]
    assert office.delay(urgent, began) <= STEP
    await office.draw(80)
    assert office.messages.posted()[before + 4 :] == mine[before:]
    assert await office.left() == 0


async def test_forty_people_at_once_are_shown_without_asking_slack_for_more(
    office: Office,
) -> None:
    """Forty posts used to cost 244 refused calls."""
    filed = [await office.file(f"U0PERSON{number:02}") for number in range(40)]
    await office.draw(56)
    assert office.messages.posted() == filed
    assert office.messages.refused == 0
    assert await office.left() == 0


async def test_cards_do_not_wait_for_the_channel(office: Office) -> None:
    for number in range(30):
        await office.file(f"U0PERSON{number:02}")
    await office.draw(3)
    cards = [request for what, request, _ in office.messages.told if what == "card"]
    assert len(cards) > len(office.messages.posted())


async def test_one_refusal_holds_up_the_channel_and_is_asked_once(office: Office) -> None:
    """Somebody else posts there too: Slack refuses before our own count says so."""
    for number in range(20):
        await office.file(f"U0PERSON{number:02}")
    reply_until = office.now + 5
    post = office.messages.post_request

    async def refuse(request: Request) -> str:
        if office.now < reply_until:
            office.messages.refused += 1
            raise MessageDelayedError(5)
        return await post(request)

    office.messages.post_request = refuse  # type: ignore[method-assign]
    await office.draw(4)
    assert 1 <= office.messages.refused <= 4, "those that were under way together"
    await office.draw(40)
    assert len(office.messages.posted()) == 20
    assert await office.left() == 0


async def test_twenty_times_what_a_channel_takes_hides_no_emergency_and_asks_slack_for_no_more(
    office: Office,
) -> None:
    """Twenty requests a second where one is shown: what waits grows, in the order of people.

    Measured over 30 s: 601 filed, 27 shown, none refused by Slack; the emergency was shown at once.
    """
    began, since, who = office.now, dict[str, float](), dict[str, str]()
    urgent = ""
    for quarter in range(12):
        for _ in range(5):
            asks = f"U0PERSON{len(since) % 40:02}"
            since[request := await office.file(asks)] = office.now
            who[request] = asks
        if quarter == 6:
            urgent = await office.file("U0CAROL", replace(EMERGENCY, channel=CHANNEL))
            since[urgent] = office.now
        await office.draw(STEP)
    shown = [request for request in office.messages.posted() if request != urgent]
    assert office.messages.refused == 0
    assert office.delay(urgent, since[urgent]) <= STEP
    assert len(shown) >= (office.now - began) * 0.8
    assert len({who[request] for request in shown}) == len(shown), "nobody twice while others wait"
    assert shown == list(since)[: len(shown)], "whoever asked first is shown first"
