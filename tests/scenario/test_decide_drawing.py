"""The relay's drawing of a request while its state moves under it."""

import asyncio

from envaccess.domain.audit import person
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import NewRequest, Vote
from envaccess.domain.render_batch import RenderBatch
from envaccess.domain.request import Request, Verb
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


class HeldOutbox(RedisOutbox):
    """What is due is read at once, and handed over when `gate` opens."""

    gate: asyncio.Event | None = None

    async def due(self, limit: int, posts: int) -> RenderBatch:
        found = await super().due(limit, posts)
        if self.gate:
            await self.gate.wait()
        return found


class HeldMessages(FakeMessages):
    """Posts wait for `gate`; counts the messages of the approvers channel."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.posted = 0

    async def post_request(self, request: Request) -> str:
        self.posted += 1
        await self.gate.wait()
        return await super().post_request(request)


async def test_a_drawing_that_ends_while_the_relay_reads_is_not_drawn_again_from_the_old_state(
    redis: Client,
) -> None:
    """Law 10: a second message would offer Approve for ever, since only the last `ts` is remembered."""
    runner = Runner(redis, "T0TOWN")
    reader = reader_for(runner, "T0TOWN")
    outbox, messages, woken = HeldOutbox(runner, "me", reader), HeldMessages(), asyncio.Event()
    relay = Relay(outbox, messages, LogJournal(), RateGate(lambda: 0.0, lambda *_: None), "C0APPROVERS")
    requests = RedisRequests(runner, reader)
    await runner.client.hset(runner.key("catalogue", str(STRIPE)), "incarnation", "1")
    new = NewRequest("7k2m9xq4", "U1", (STRIPE,), Duration(60), "debugging", usual("C0APPROVERS"), ("1",))
    await requests.open("op-1", new)

    await relay.step(woken)  # begins to draw; Slack has not answered yet
    outbox.gate = asyncio.Event()
    late = asyncio.create_task(relay.step(woken))  # reads the request as it is before the answer
    await asyncio.sleep(0.05)
    messages.gate.set()
    await relay.drain()
    assert woken.is_set()
    outbox.gate.set()
    await late
    await relay.drain()
    assert messages.posted == 1

    vote = Vote(about=await requests.get("7k2m9xq4"))
    await requests.decide("op-2", "7k2m9xq4", "U2", Verb.APPROVE, "", "", vote)
    await requests.revoke("op-3", "7k2m9xq4", person("U1"))
    await relay.step(woken)
    await relay.drain()
    assert messages.posted == 1
    found = await requests.get("7k2m9xq4")
    assert found is not None
    assert found.surfaces.message_shown == found.version
