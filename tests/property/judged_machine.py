"""A machine of rules whose every event is judged, and whose records are compared with the events."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any, ClassVar, TypeVar

from fakeredis import FakeAsyncRedis
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple

from envaccess.application.requests.stalled import StalledRequests
from envaccess.application.requests.waiting import waits_for
from envaccess.domain.command import Ask
from envaccess.domain.refusal import Refusal
from tests.property.harness import PolicyHarness
from tests.property.judge import Judge
from tests.property.ledger import Case
from tests.property.policies import PEOPLE

T = TypeVar("T")

requests = Bundle("requests")
claims = Bundle("claims")


class JudgedMachine(RuleBasedStateMachine):
    """A workspace with a judge; what is tried in it are the rules of a subclass."""

    ways: ClassVar[Counter[str]] = Counter()
    """How grants were come by in all examples: what never happened is not tried."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.client = FakeAsyncRedis(decode_responses=True)
        self.harness = PolicyHarness(self.client)
        self.judge = Judge(self.harness)
        self.stalled = StalledRequests(self.harness.context, self.harness.store.outbox)
        self.cursor = "0"

    @initialize()
    def stock(self) -> None:
        self.wait(self.harness.stock())

    def teardown(self) -> None:
        self.ways.update(self.judge.ways)
        self.wait(self.client.aclose())
        self.loop.close()

    def wait(self, call: Awaitable[T]) -> T:
        async def run() -> T:
            return await call

        return self.loop.run(run())

    def act(self, call: Awaitable[T]) -> T:
        outcome = self.wait(call)
        self.listen()
        return outcome

    @property
    def op(self) -> str:
        return self.harness.store.op()

    def listen(self) -> None:
        """Have the judge read what was written since."""
        events = self.wait(self.harness.store.events(self.cursor))
        self.judge.read(events)
        self.cursor = events[-1].id if events else self.cursor

    def enter(self, outcome: Any, who: str, ask: Ask, extends: str = "") -> Any:
        """Tell the judge what was asked, before it reads what came of it."""
        if isinstance(outcome, Refusal) or outcome.repeated:
            self.listen()
            return multiple()
        harness = self.harness
        found = self.wait(harness.store.get(outcome.id))
        self.judge.cases[outcome.id] = Case(
            outcome.id,
            who,
            tuple(map(str, ask.variables)),
            self.judge.longest(ask, harness.rulebook.current),
            ask.reason,
            harness.rulebook.current,
            self.judge.now(),
            emergency=ask.emergency,
            extends=extends,
            starts_at=found.starts_at + harness.moved if found.starts_at else 0,
        )
        self.listen()
        return outcome.id

    @invariant()
    def check_states(self) -> None:
        """Law 1: each record stands as the events say; a key lives, with a TTL, exactly for active grants."""
        self.wait(self.compare())

    async def compare(self) -> None:
        runner = self.harness.store.runner
        for case in self.judge.cases.values():
            record: dict[Any, Any] = await self.client.hgetall(runner.key("request", case.id))
            assert (record["state"], record.get("grant", "")) == (case.state, case.grant)
            left_ = await self.client.pttl(runner.key("grant", case.id))
            assert left_ != -1
            assert left_ < 0 or case.grant == "active"
            over = int(record.get("expires_at") or 0) <= self.harness.context.clock.now() + 50
            assert case.grant != "active" or left_ > 0 or over
            assert record.get("review", "") == case.review

    @invariant()
    def check_lists(self) -> None:
        """What waits for somebody is pending, not their own, and never theirs twice."""
        for who in PEOPLE[:2]:
            for request in self.wait(waits_for(self.harness.context, who)):
                case = self.judge.cases[request.id]
                assert who != case.requester
                assert who not in case.used_up
