"""Any life of values that hypothesis finds, on the ledger's scripts and on the one in memory at once."""

from dataclasses import replace

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from envaccess.crypto.sealing import Sealer
from envaccess.domain.call import CLI, Origin
from envaccess.domain.exposure import SeenPage, Seer, SeerKind
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.receipt import Receipt
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.sources.sealed import SealedSource
from tests.fakes.books import Books
from tests.fakes.ledger import FakeLedger
from tests.fakes.rulings import usual
from tests.stateful.machine import StoreMachine
from tests.stateful.test_life import QUIET
from tests.store.harness import ALICE, CAROL, KEYRING, OPERATOR, WORKSPACE, StoreHarness, var

A, B = var("A"), var("B")
variables = st.sampled_from([A, B])
texts = st.sampled_from(["value-for-tests-1", "value-for-tests-2"])
people = st.sampled_from([ALICE, CAROL])
TERMINAL = Origin("", CLI, "", "a-public-key", Receipt("lenovo-7", "alice", "make"))
SEERS = [Seer(kind, who) for kind in (SeerKind.PERSON, SeerKind.PROCESS) for who in (ALICE, CAROL)]


def seers_in(page: SeenPage) -> set[tuple[Seer, tuple[tuple[str, int], ...]]]:
    return {(one.seer, tuple(sorted(one.how.items()))) for one in page.seen}


class LedgerLife(StoreMachine):
    """Values of two variables, set, seen, given back, deleted and made again."""

    def __init__(self) -> None:
        super().__init__()
        self.model = FakeLedger(Books(), asks=False)
        self.values = SealedSource(self.harness.sealed, Sealer(KEYRING), WORKSPACE, self.harness.ledger)
        self.grants: dict[tuple[str, str], str] = {}
        self.claims: list[Claim] = []
        for variable in (A, B):
            self.set_value(variable, "value-for-tests-1")

    async def open(self) -> StoreHarness:
        return StoreHarness(FakeAsyncRedis(decode_responses=True))

    def tick(self) -> int:
        """A later moment for both."""
        self.model.books.now += 1
        return self.model.books.now

    @rule(one=variables, text=texts)
    def set_value(self, one: Variable, text: str) -> None:
        self.wait(self.values.write(self.harness.op(), one, text, OPERATOR, replace=True))
        version = str(self.wait(self.harness.sealed.last_version(one)))
        self.wait(self.model.note_current(one, Value(text, version), self.tick()))

    @rule(one=variables)
    def delete(self, one: Variable) -> None:
        self.wait(self.harness.sealed.delete(self.harness.op(), one, OPERATOR))
        self.model.current.pop(one, None)
        self.grants = {key: request for key, request in self.grants.items() if key[1] != str(one)}

    @rule(one=variables, who=people, command=st.booleans())
    def see(self, one: Variable, who: str, command: bool) -> None:
        if one not in self.model.current:
            return
        claim = self.claim(one, who, command=command)
        value = self.wait(self.values.read(one))
        self.wait(self.harness.ledger.see(claim, {one: value}, self.wait(self.harness.now())))
        self.wait(self.model.see(claim, {one: value}, self.tick()))
        self.claims.append(claim)

    def claim(self, one: Variable, who: str, *, command: bool) -> Claim:
        key = (who, str(one))
        if key not in self.grants:
            ruling = usual("C0APPROVE")
            request = self.harness.grant(one.label, who, ruling=ruling, seconds=8 * 3600)
            self.grants[key] = self.wait(request)
        claimed = self.wait(self.harness.claim(self.grants[key], who))
        assert isinstance(claimed, Claim), claimed
        return replace(claimed, origin=TERMINAL) if command else claimed

    @rule(which=st.integers(0, 30), times=st.integers(1, 2))
    def give_back(self, which: int, times: int) -> None:
        """However often that is said."""
        if not self.claims:
            return
        claim = self.claims.pop(which % len(self.claims))
        for _ in range(times):
            self.wait(self.harness.reveals.give_back(claim, Failure.SLACK_REFUSED))
        self.model.take_back(claim)

    @invariant()
    def both_say_the_same(self) -> None:
        for variable in (A, B):
            ours, theirs = (self.wait(ledger.seen(variable)) for ledger in (self.harness.ledger, self.model))
            assert ours.count == theirs.count
            told = [
                {(one.seer, tuple(sorted(one.how.items()))) for one in page.seen} for page in (ours, theirs)
            ]
            assert told[0] == told[1]
        for seer in SEERS:
            known = [
                sorted(one.variable for one in page.found)
                for page in (
                    self.wait(self.harness.ledger.exposed(seer)), self.wait(self.model.exposed(seer)),
                )
            ]  # fmt: skip
            assert known[0] == known[1]
        worst = self.wait(self.harness.ledger.worst())
        assert sorted(filter(None, worst)) == sorted(filter(None, self.wait(self.model.worst())))


def test_any_life_of_the_ledger_is_the_models(pytestconfig: pytest.Config) -> None:
    tried = max(4, int(pytestconfig.getoption("--sequences-tried")) // 2)
    some = settings(max_examples=tried, stateful_step_count=25, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(LedgerLife, settings=some)
