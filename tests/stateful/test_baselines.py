"""Whatever people, pipelines and agents do, by old looks too: a replay finds what was recorded."""

from typing import Any

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from envaccess.domain.outcome import Filed
from envaccess.domain.request import Verb
from envaccess.domain.signals.observing import Observing
from envaccess.domain.signals.replay import SignalReplay
from tests.stateful.machine import StoreMachine
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness

NAMES = ("A", "B", "staging/A", "production/A")
WHO = {
    ALICE: ALICE,
    BOB: BOB,
    "machine:deploy/1": "machine:deploy",
    "machine:deploy/2": "machine:deploy",
    "agent:ag_1": f"behind:{ALICE}",
}


class Filing(StoreMachine):
    """Requests by looks that may be old, and denials in between."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: dict[str, Observing] = {}
        self.pending: list[str] = []
        self.wait(self.harness.add(*NAMES))

    async def open(self) -> StoreHarness:
        return StoreHarness(FakeAsyncRedis(decode_responses=True))

    @rule(who=st.sampled_from(sorted(WHO)))
    def look(self, who: str) -> None:
        """Somebody's verb reads what is remembered, and takes its time."""
        kept = WHO[who]
        zone = "Asia/Kolkata" if ":" not in who else None
        remembered = self.wait(self.harness.requests.remembered(kept))
        self.looks[who] = Observing(kept, zone, remembered=remembered)

    @rule(
        who=st.sampled_from(sorted(WHO)),
        names=st.lists(st.sampled_from(NAMES), min_size=1, unique=True),
    )
    def file(self, who: str, names: list[str]) -> None:
        """It files by what it read, however long ago."""
        if who not in self.looks:
            self.look(who)
        behind: dict[str, Any] = {} if ":" not in who else {"behind": ALICE}
        new = self.harness.new(",".join(names), who, observing=self.looks[who], **behind)
        filed = self.wait(self.harness.requests.open(self.harness.op(), new))
        if isinstance(filed, Filed) and not filed.repeated:
            self.pending.append(filed.id)

    @rule(chosen=st.integers(0, 99), verb=st.sampled_from([Verb.APPROVE, Verb.DENY, Verb.DENY]))
    def decide(self, chosen: int, verb: Verb) -> None:
        """Somebody decides one of those that wait."""
        if self.pending:
            request = self.pending.pop(chosen % len(self.pending))
            self.wait(self.harness.decide(request, CAROL, verb))

    @invariant()
    def replayed(self) -> None:
        """The stream alone gives the facts that its events have."""
        found = SignalReplay()
        found.read(self.wait(self.harness.events()))
        assert found.differences == []


def test_facts_are_those_that_a_replay_finds(pytestconfig: pytest.Config) -> None:
    tried = int(pytestconfig.getoption("--sequences-tried")) // 3 + 1
    some = settings(max_examples=tried, stateful_step_count=15, deadline=None)
    run_state_machine_as_test(Filing, settings=some)
