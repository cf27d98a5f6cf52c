"""One process's drawing, held at points that no fault of Redis or Slack hits at will."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from envaccess.domain.duration import Duration
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import NewRequest
from envaccess.domain.request import Request
from envaccess.log import LogJournal
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.relay import Relay
from envaccess.store.client import Client
from envaccess.store.outbox import RedisOutbox
from envaccess.store.requests import RedisRequests
from envaccess.store.runner import Runner
from tests.fakes.handler import FakeMessages
from tests.fakes.rulings import usual
from tests.fakes.sealing import reader_for
from tests.scenario.harness import STRIPE

ID = "7k2m9xq4"


class Messages(FakeMessages):
    """Each call waits at a gate of its name, if there is one, and is noted."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, asyncio.Event] = {}
        self.called: list[str] = []

    async def _pass(self, name: str) -> None:
        self.called.append(name)
        if name in self.gates:
            await self.gates[name].wait()

    async def post_request(self, request: Request) -> str:
        await self._pass("post_request")
        return await super().post_request(request)

    async def dm(self, user: str) -> str:
        await self._pass("dm")
        return await super().dm(user)

    async def post_card(self, request: Request) -> str:
        await self._pass("post_card")
        return await super().post_card(request)


class Outbox(RedisOutbox):
    """Storing what is shown fails while `away`."""

    away = False

    async def shown(self, request: str, **surfaces: str | int) -> None:
        if self.away:
            raise StoreUnavailableError("Redis cannot be reached")
        await super().shown(request, **surfaces)


@dataclass
class Harness:
    """One relay on a real Redis, with one request to draw."""

    runner: Runner
    outbox: Outbox = field(init=False)
    messages: Messages = field(default_factory=Messages)
    alarms: list[str] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.runner, "me", reader_for(self.runner, "T0TOWN"))
        self.rate_gate = RateGate(lambda: 0.0, lambda *lost: self.alarms.append(str(lost)))
        self.relay = Relay(self.outbox, self.messages, LogJournal(), self.rate_gate, "C0APPROVERS")

    async def drawn(self) -> None:
        """Draw until nothing is due."""
        while await self.due():
            await self.relay.step(self.woken)
            await self.relay.drain()

    async def due(self) -> list[str]:
        """Ids of what is to be drawn."""
        found = await self.outbox.due(1, 1)
        return [request.id for request in found.postings or found.drawings]

    async def request(self) -> Request:
        """The request as it stands."""
        found = await RedisRequests(self.runner, reader_for(self.runner, "T0TOWN")).get(ID)
        assert found
        return found


@pytest.fixture
async def harness(redis: Client) -> Harness:
    runner = Runner(redis, "T0TOWN")
    await runner.client.hset(runner.key("catalogue", str(STRIPE)), "incarnation", "1")
    new = NewRequest(ID, "U1", (STRIPE,), Duration(60), "debugging", usual("C0APPROVERS"), ("1",))
    await RedisRequests(runner, reader_for(runner, "T0TOWN")).open("op-1", new)
    return Harness(runner)


async def test_a_stopping_process_ends_the_call_under_way_and_begins_no_other(harness: Harness) -> None:
    """A card takes two calls of up to four seconds each: together they outlast the host's patience."""
    gate = harness.messages.gates["dm"] = asyncio.Event()
    await harness.relay.step(harness.woken)
    await asyncio.wait_for(_until(lambda: "dm" in harness.messages.called), 5)
    harness.relay.stop()
    gate.set()
    await harness.relay.drain()
    assert "post_card" not in harness.messages.called
    assert (await harness.request()).surfaces.message != ""


async def test_no_drawing_of_a_request_begins_while_any_part_of_its_last_one_runs(harness: Harness) -> None:
    """Redis failed the message's part, Slack was slow with the card: a second drawing posted it twice."""
    gate = harness.messages.gates["post_card"] = asyncio.Event()
    harness.outbox.away = True
    await harness.relay.step(harness.woken)
    await asyncio.wait_for(_until(lambda: "post_card" in harness.messages.called), 5)
    harness.outbox.away = False
    for _ in range(5):
        await harness.relay.step(harness.woken)
        await asyncio.sleep(0.01)
    gate.set()
    await harness.relay.drain()
    await harness.relay.shown.catch_up()
    await harness.drawn()
    assert sorted(harness.messages.called) == ["dm", "post_card", "post_request"]


async def test_who_tells_late_of_an_old_version_has_the_newest_drawn_again(harness: Harness) -> None:
    """A process that stood still may have painted over what another drew meanwhile."""
    await harness.drawn()
    request = await harness.request()
    assert await harness.due() == []
    await harness.outbox.shown(ID, message_shown=request.version - 1)
    assert await harness.due() == [ID]
    await harness.drawn()
    assert (await harness.request()).surfaces.message_shown == request.version


async def test_two_processes_that_posted_one_message_keep_one(harness: Harness) -> None:
    """Whichever is remembered, the other is marked for deletion: it would offer Approve for ever."""
    await harness.outbox.shown(ID, message="1.000001")
    await harness.outbox.shown(ID, message="1.000002")
    surfaces = (await harness.request()).surfaces
    assert (surfaces.message, surfaces.strays) == ("1.000002", ("message:1.000001",))
    await harness.outbox.shown(ID, message="1.000002")
    assert (await harness.request()).surfaces.strays == ("message:1.000001",)


async def test_a_process_that_does_not_draw_any_more_forgets_what_ails_the_channel(harness: Harness) -> None:
    """Else it stays unready for ever, though another process draws there again."""
    harness.rate_gate.refused("C0APPROVERS", "not_in_channel")
    assert harness.alarms
    harness.relay.follow()
    assert harness.rate_gate.lost == {}


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - a fake rings no bell
        await asyncio.sleep(0.001)
