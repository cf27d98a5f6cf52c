"""A changed policy holds only if it checks; either way the audit says so, once for all processes."""

import pytest

from envaccess.application.file_watch import AGAIN_SECONDS, LOOK_SECONDS, SETTLE_SECONDS
from envaccess.application.policy.reload import PolicyReload
from envaccess.application.rulebook import Rulebook
from envaccess.domain.audit import Tag
from envaccess.domain.errors import DirectoryError, StoreUnavailableError
from envaccess.domain.policy.book import Policy
from envaccess.domain.variable import Variable
from envaccess.policy_file.reading import read_policy
from tests.unit.application.policy_harness import CHANNEL, File, Notes, PolicyHarness, Watch, Written

FIRST = "version: 1\nrules: [{match: A, approvers: [approvers]}]\n"
SECOND = "version: 1\nrules: [{match: A, approvers: [approvers]}, {match: B, approvers: [approvers]}]\n"
FAULTY = "version: 1\nrules:\n  - {match: A, approvers: [nobody], max: 8x}\n"
UNKNOWN = "version: 1\nrules:\n  - {match: A, approvers: [S0NEW]}\n"
LOADED, REJECTED = Tag.POLICY_LOADED, Tag.POLICY_REJECTED


class Process:
    """One process of the bot."""

    def __init__(self, file: File, trail: Written, harness: PolicyHarness, watch: Watch) -> None:
        policy = read_policy(FIRST, CHANNEL)
        assert isinstance(policy, Policy)
        self.rulebook, self.notes = Rulebook(policy), Notes()
        self.reload = PolicyReload(self.rulebook, file, harness, trail, self.notes, watch)
        self.watch = watch

    async def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.watch.move(await self.reload.step())

    @property
    def holds(self) -> int:
        return len(self.rulebook.current.rules)


@pytest.fixture
def file() -> File:
    return File(FIRST)


@pytest.fixture
def trail() -> Written:
    return Written()


@pytest.fixture
def harness() -> PolicyHarness:
    harness = PolicyHarness(channels={CHANNEL: frozenset({"U0A", "U0B"})})
    harness.join("U0A", "U0B")
    return harness


@pytest.fixture
def process(file: File, trail: Written, harness: PolicyHarness) -> Process:
    return Process(file, trail, harness, Watch())


async def test_the_start_is_told_with_the_digest_and_the_number_of_rules(
    process: Process, trail: Written
) -> None:
    assert await process.reload.step() == LOOK_SECONDS
    digest = process.rulebook.current.digest[:12]
    assert trail.events == [(LOADED, {"policy": digest, "rules": "1"})]
    await process.turn(5)
    assert trail.tags == [LOADED]


async def test_a_changed_file_that_checks_holds_and_is_told(
    process: Process, file: File, trail: Written
) -> None:
    await process.turn()
    file.text = SECOND
    assert await process.reload.step() == SETTLE_SECONDS, "somebody may still be writing it"
    assert process.holds == 1
    await process.turn(3)
    assert process.holds == 2
    assert process.rulebook.current.rule_for(Variable("default", "B")) is not None
    assert trail.tags == [LOADED, LOADED]
    assert file.reads == 1


async def test_what_changed_is_told_by_what_the_rules_match(
    process: Process, file: File, trail: Written
) -> None:
    """Whoever reads the audit must see which rule opened up, not only that a digest is another."""
    await process.turn()
    file.text = (
        "version: 1\ngroups: {leads: [U0A]}\nowners: {A: [U0A]}\nsecurity: [U0B]\n"
        "rules: [{match: B, approvers: [approvers]}, {match: A, approvers: [approvers], max: 2h}]\n"
    )
    await process.turn(3)
    detail = trail.events[-1][1]
    assert detail["added"] == "B"
    assert detail["changed"] == "A (max_seconds)"
    assert (detail["groups"], detail["owners"], detail["security"]) == ("+leads", "+A", "changed")
    assert "removed" not in detail
    file.text = FIRST
    process.watch.move(60)
    await process.turn(3)
    detail = trail.events[-1][1]
    assert (detail["removed"], detail["groups"], detail["owners"]) == ("B", "-leads", "-A")


async def test_a_file_that_is_still_being_written_is_left_alone(
    process: Process, file: File, trail: Written
) -> None:
    await process.turn()
    for end in range(20, len(SECOND), 9):
        file.text = SECOND[:end]
        await process.turn()
    assert (process.holds, file.reads, trail.tags) == (1, 0, [LOADED])


async def test_a_faulty_file_changes_nothing_and_its_first_fault_is_told_once(
    process: Process, file: File, trail: Written
) -> None:
    await process.turn()
    file.text = FAULTY
    await process.turn(9)
    assert process.holds == 1
    assert trail.tags == [LOADED, REJECTED]
    detail = trail.events[-1][1]
    assert (detail["line"], detail["faults"]) == ("3", "2")
    assert "there is no group `nobody`" in detail["problem"]
    assert detail["kept"] == process.rulebook.current.digest[:12]


@pytest.mark.parametrize(("mended", "rules"), [(FIRST, 1), (SECOND, 2)])
async def test_a_rejection_that_is_mended_is_told(
    process: Process, file: File, trail: Written, mended: str, rules: int
) -> None:
    await process.turn()
    file.text = FAULTY
    await process.turn(3)
    file.text = mended
    await process.turn(3)
    assert trail.tags == [LOADED, REJECTED, LOADED]
    assert process.holds == rules


async def test_a_file_that_is_gone_leaves_the_policy_and_is_told(
    process: Process, file: File, trail: Written
) -> None:
    await process.turn()
    file.text = None
    await process.turn(4)
    assert process.holds == 1
    assert trail.tags == [LOADED, REJECTED]
    assert trail.events[-1][1]["policy"] == "unreadable"
    file.text = FIRST
    await process.turn(3)
    assert trail.tags == [LOADED, REJECTED, LOADED]


async def test_what_slack_does_not_know_is_not_taken_until_it_does(
    process: Process, file: File, trail: Written, harness: PolicyHarness
) -> None:
    await process.turn()
    file.text = UNKNOWN
    await process.turn(5)
    assert trail.tags == [LOADED, REJECTED]
    assert "Slack knows no user group S0NEW" in trail.events[-1][1]["problem"]
    harness.groups["S0NEW"] = frozenset({"U0A", "U0B"})
    await process.turn(int(AGAIN_SECONDS / LOOK_SECONDS) + 2)
    assert trail.tags == [LOADED, REJECTED, LOADED]
    assert process.rulebook.current.digest[:12] == trail.events[-1][1]["policy"]


async def test_while_slack_is_silent_the_old_policy_stays_and_nothing_is_told(
    process: Process, file: File, trail: Written, harness: PolicyHarness
) -> None:
    """Law 4: no answer allows nothing, and condemns nothing."""
    await process.turn()
    harness.fault = DirectoryError("Slack did not say")
    file.text = SECOND
    await process.turn(4)
    assert (process.holds, trail.tags) == (1, [LOADED])
    assert process.notes.faults[0][0] == "policy.not_checked"
    harness.fault = None
    await process.turn(3)
    assert (process.holds, trail.tags) == (2, [LOADED, LOADED])


async def test_no_policy_holds_that_the_audit_does_not_know_of(
    process: Process, file: File, trail: Written
) -> None:
    """Law 1, for what has no script of its own."""
    await process.turn()
    trail.fault = StoreUnavailableError("Redis is away")
    file.text = SECOND
    await process.turn()
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            await process.reload.step()
    assert process.holds == 1
    trail.fault = None
    await process.turn()
    assert (process.holds, trail.tags) == (2, [LOADED, LOADED])


async def test_several_processes_tell_of_one_change_once(
    file: File, trail: Written, harness: PolicyHarness
) -> None:
    watch = Watch()
    replicas = [Process(file, trail, harness, watch) for _ in range(3)]
    for text in (FIRST, SECOND, FAULTY):
        file.text = text
        watch.move(60 - watch.now() // 1000 % 60)
        for _ in range(3):
            for replica in replicas:
                await replica.reload.step()
    assert trail.tags == [LOADED, LOADED, REJECTED]
    assert {replica.holds for replica in replicas} == {2}


async def test_going_back_and_forth_is_told_each_time(process: Process, file: File, trail: Written) -> None:
    """An attack: a policy that the audit has seen before must not come back unseen."""
    await process.turn()
    for text in (SECOND, FIRST, SECOND, FIRST):
        file.text = text
        process.watch.move(60)
        await process.turn(3)
    assert trail.tags == [LOADED] * 5


async def test_what_slack_says_against_the_first_policy_stops_no_start(
    process: Process, trail: Written, harness: PolicyHarness
) -> None:
    harness.channels.clear()
    await process.turn()
    assert trail.tags == [LOADED]
    assert process.notes.faults[0][0] == "policy.live_fault"
