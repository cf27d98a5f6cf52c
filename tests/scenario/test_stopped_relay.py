"""A process that draws is stopped in the middle of a call, for longer than its lease, and then goes on."""

import asyncio

import pytest

from envaccess.domain.audit import person
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable
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

CHANNEL = "C0APPROVERS"
STOPPED_SECONDS = 15


class OneChannel(FakeMessages):
    """What stands in the approvers channel; the first post is answered when `goes_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.standing: list[str] = []
        self.posted, self.reached, self.goes_on = 0, asyncio.Event(), asyncio.Event()

    async def post_request(self, request: Request) -> str:
        self.posted += 1
        first, ts = self.posted == 1, await super().post_request(request)
        self.standing.append(ts)
        if first:
            self.reached.set()
            await self.goes_on.wait()
        return ts

    async def delete(self, channel: str, ts: str) -> None:
        await super().delete(channel, ts)
        if ts in self.standing:
            self.standing.remove(ts)


async def draw(relay: Relay, times: int = 4) -> None:
    """What is due, and what that leaves to be done."""
    for _ in range(times):
        await relay.step(asyncio.Event())
        await relay.drain()


@pytest.mark.parametrize("decided", [False, True], ids=["", "and it was decided meanwhile"])
async def test_a_relay_stopped_15_s_past_its_lease_doubles_one_message_which_is_deleted(
    redis: Client, *, decided: bool
) -> None:
    """Law 11: two messages would offer Approve, and only one of them would be drawn again."""
    runner = Runner(redis, "T0TOWN")
    reader, messages = reader_for(runner, "T0TOWN"), OneChannel()
    await redis.hset(runner.key("catalogue", "default/A"), "incarnation", "1")
    outboxes = [RedisOutbox(runner, token, reader) for token in ("stopped", "other")]
    gate = RateGate(lambda: 0.0, lambda *_: None)
    stopped, other = (Relay(one, messages, LogJournal(), gate, CHANNEL) for one in outboxes)
    requests = RedisRequests(runner, reader)
    names, ruling = (Variable("default", "A"),), usual(CHANNEL)
    new = NewRequest("00000001", "U0ALICE", names, Duration(3600), "a look", ruling, ("1",))
    assert isinstance(await requests.open("op-1", new), Filed)
    await stopped.step(asyncio.Event())
    await messages.reached.wait()
    # Its lease ends while it stands still, and another process takes it.
    ends = await redis.pttl(runner.key("lease"))
    assert ends < STOPPED_SECONDS * 1_000
    await redis.pexpire(runner.key("lease"), 1)
    while not await outboxes[1].lead():  # noqa: ASYNC110 - a key that ends rings no bell
        await asyncio.sleep(0.001)
    if decided:
        await requests.cancel("op-2", "00000001", person("U0ALICE"))
    await draw(other)
    messages.goes_on.set()
    await stopped.drain()
    assert not await outboxes[0].lead()
    await draw(other)
    found = await requests.get("00000001")
    assert found is not None
    assert messages.posted <= 2
    assert messages.standing == [found.surfaces.message]
    assert found.surfaces.strays == ()
    assert found.surfaces.message_shown == found.version
