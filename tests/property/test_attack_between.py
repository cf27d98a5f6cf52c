"""Who writes to Redis between two calls of one verb, and reads along, gets nothing sealed that is untrue."""

import json
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.requests.decide import decide
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.stalled import StalledRequests
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.policy.rules import Rule, Then
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Verb
from envaccess.domain.seals.statements import ApprovalSeal, PassedSeal
from envaccess.store.client import Client
from tests.fakes.context import APPROVERS
from tests.property.harness import PolicyHarness
from tests.property.policies import CHAINS, LEADS, SECURITY, step
from tests.store.harness import var

ANN, BEN, CAY, DAN, EVE, FAY = "U0ANN", "U0BEN", "U0CAY", "U0DAN", "U0EVE", "U0FAY"


class Attacker:
    """Reads every call of a script, and writes whatever they like."""

    def __init__(self, harness: PolicyHarness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.harness, self.runner = harness, harness.store.runner
        self.read: list[str] = []
        run = self.runner.run

        async def overheard(name: str, /, **arguments: Any) -> Any:
            self.read.append(str(arguments.get("seal", "")))
            return await run(name, **arguments)

        monkeypatch.setattr(self.runner, "run", overheard)

    def approvals(self, who: str) -> list[ApprovalSeal]:
        """What was sealed in somebody's name."""
        seals = self.harness.store.sealing.seals
        found = [ApprovalSeal.opened(seals, seal) for seal in self.read if seal.startswith("approval.")]
        return [approval for approval in found if approval.by == who]

    def passed(self) -> list[PassedSeal]:
        """Which steps processes passed over."""
        seals = self.harness.store.sealing.seals
        return [PassedSeal.opened(seals, seal) for seal in self.read if seal.startswith("passed.")]

    async def write(self, request: str, **fields: str) -> None:
        """Change the index of a request."""
        await self.harness.store.client.hset(self.runner.key("request", request), mapping=fields)  # type: ignore[arg-type]


@pytest.fixture
async def harness(client: Client) -> PolicyHarness:
    found = PolicyHarness(client)
    await found.stock()
    return found


@pytest.fixture
def attacker(harness: PolicyHarness, monkeypatch: pytest.MonkeyPatch) -> Attacker:
    return Attacker(harness, monkeypatch)


async def file(harness: PolicyHarness, name: str, who: str = EVE) -> str:
    ask = Ask((var(name),), Duration(1_800), "a failed refund")
    filed = await open_request(harness.context, by_person(harness.store.op(), who), ask)
    assert isinstance(filed, Filed), filed
    return filed.id


def approve(harness: PolicyHarness, request: str, who: str) -> Awaitable[Decided | Refusal]:
    return decide(harness.context, by_person(harness.store.op(), who), request, Verb.APPROVE, "")


@pytest.mark.parametrize("state", ["denied", "cancelled", "timed_out"])
async def test_whoever_approves_in_one_step_is_never_sealed_into_another(
    harness: PolicyHarness, attacker: Attacker, state: str
) -> None:
    """Of what is over anybody of the chain is told how it ended: no press counts as a yes then."""
    request = await file(harness, "A")
    assert isinstance(await approve(harness, request, ANN), Decided)
    await attacker.write(request, state=state, step="1")
    assert isinstance(await approve(harness, request, FAY), Refusal)
    assert attacker.approvals(FAY) == []


@pytest.mark.parametrize("name", ["A", "staging/C"])
async def test_made_up_locks_pass_no_step_over(harness: PolicyHarness, attacker: Attacker, name: str) -> None:
    """A lock is not sealed: that everybody in a step is locked is no reason to call in others, or nobody."""
    await file(harness, name)
    made = json.dumps({"id": "1", "by": "person:U0SEC", "at": "1", "why": "laptop stolen"})
    locks = {f"person:{who}": made for who in (ANN, BEN, FAY)}
    await harness.store.client.hset(attacker.runner.key("locks"), mapping=locks)  # type: ignore[arg-type]
    stalled = StalledRequests(harness.context, harness.store.outbox)
    await stalled.look()
    await stalled.look()
    assert attacker.passed() == []


async def test_who_left_counts_not_although_a_passed_over_step_is_hidden(
    harness: PolicyHarness, attacker: Attacker
) -> None:
    """Else nobody would look at the earlier approvals again before the one that completes the chain."""
    first, middle, last = step(LEADS), step(SECURITY, timeout=600, then=Then.SKIP), step(APPROVERS)
    harness.rulebook.current = replace(CHAINS, rules=(Rule("three", ("default/A",), (first, middle, last)),))
    request = await file(harness, "A")
    assert isinstance(await approve(harness, request, BEN), Decided)
    await harness.pass_time(601)
    await harness.store.work()
    assert (await harness.store.get(request)).progress.step == 2
    harness.flip_person(BEN)
    await attacker.write(request, skipped="")
    await approve(harness, request, ANN)
    assert [approval.counted for approval in attacker.approvals(ANN)] == [()]
