"""The simulated company's auditor finds each law that is broken, each once, and nothing in a good history."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.simulated.auditor import Auditor, Findings
from benchmarks.simulated.history import Act, Entry, Fault, Heard, History, Shown, Step
from benchmarks.simulated.world import DIRECTORS, LEADS

TEAM = "T0SIM000"
BEGIN = 1_800_000_000_000
REQUESTER = "U000P000001"
HOUR = 3_600


class Story:
    """A history that grows by a second with each thing that happens."""

    def __init__(self) -> None:
        self.history = History(entries={TEAM: []}, lines={TEAM: []})
        self.now = BEGIN

    def event(
        self, tag: str, actor: str, request: str, variable: str, requester: str = REQUESTER, **detail: str
    ) -> None:
        entries = self.history.entries[TEAM]
        id_ = f"{self.now}-{len(entries)}"
        entries.append(Entry(id_, tag, self.now, actor, request, requester, (variable,), detail))
        self.history.lines[TEAM].append((id_, self.now + 100))

    def step(self, act: Act, who: str, request: str, variable: str, seconds: int = 0) -> Step:
        self.now += 1_000
        op = f"{len(self.history.steps)}"
        step = Step(op, TEAM, who, act, self.now, request, variable, op, seconds, Heard.DONE, self.now + 50)
        self.history.steps.append(step)
        return step

    def file(self, request: str, variable: str) -> None:
        self.step(Act.FILE, REQUESTER, request, variable, HOUR)
        self.event("request.created", f"person:{REQUESTER}", request, variable)

    def approve(self, who: str, request: str, variable: str, *, last: bool) -> None:
        self.step(Act.APPROVE, who, request, variable)
        tag = "request.approved" if last else "request.step_approved"
        self.event(tag, f"person:{who}", request, variable)

    def begin(self, actor: str, request: str, variable: str, seconds: int = HOUR) -> None:
        until = str(self.now + seconds * 1_000)
        self.event("grant.activated", actor, request, variable, seconds=str(seconds), expires_at=until)

    def reveal(self, request: str, variable: str) -> None:
        self.step(Act.REVEAL, REQUESTER, request, variable)
        self.event("grant.revealed", f"person:{REQUESTER}", request, variable)
        self.history.shown.append(Shown(TEAM, REQUESTER, TEAM, variable, self.now + 200))

    def end(self, request: str, variable: str) -> None:
        self.step(Act.END, REQUESTER, request, variable)
        self.event("grant.revoked", f"person:{REQUESTER}", request, variable)


def good() -> Story:
    """One that the policy approved, one of a lead, one of a chain; all revealed, the first one ended."""
    story = Story()
    story.file("aaaaaaaa", "staging/APP_00")
    story.event("request.approved", "policy", "aaaaaaaa", "staging/APP_00")
    story.begin("policy", "aaaaaaaa", "staging/APP_00")
    story.reveal("aaaaaaaa", "staging/APP_00")
    story.end("aaaaaaaa", "staging/APP_00")
    story.file("bbbbbbbb", "production/APP_01")
    story.approve(LEADS[0], "bbbbbbbb", "production/APP_01", last=True)
    story.begin(f"person:{LEADS[0]}", "bbbbbbbb", "production/APP_01")
    story.reveal("bbbbbbbb", "production/APP_01")
    story.file("cccccccc", "payments/APP_02")
    story.approve(LEADS[1], "cccccccc", "payments/APP_02", last=False)
    story.approve(DIRECTORS[0], "cccccccc", "payments/APP_02", last=True)
    story.begin(f"person:{DIRECTORS[0]}", "cccccccc", "payments/APP_02")
    story.reveal("cccccccc", "payments/APP_02")
    return story


def audit(story: Story) -> Findings:
    return Auditor(story.history).findings()


def broken(story: Story) -> set[str]:
    return {breach.law.split()[0] for breach in audit(story).breaches}


def take_out(story: Story, tag: str, request: str) -> None:
    """An event that never was; its line neither."""
    entries = story.history.entries[TEAM]
    gone = {entry.id for entry in entries if (entry.tag, entry.request) == (tag, request)}
    assert gone
    story.history.entries[TEAM] = [entry for entry in entries if entry.id not in gone]
    story.history.lines[TEAM] = [line for line in story.history.lines[TEAM] if line[0] not in gone]


def change(story: Story, tag: str, request: str, **fields: Any) -> None:
    entries = story.history.entries[TEAM]
    for place, entry in enumerate(entries):
        if (entry.tag, entry.request) == (tag, request):
            entries[place] = replace(entry, **fields)


def an_ack_without_event(story: Story) -> None:
    story.step(Act.APPROVE, LEADS[2], "cccccccc", "payments/APP_02")


def a_deny_without_event(story: Story) -> None:
    story.step(Act.DENY, LEADS[2], "bbbbbbbb", "production/APP_01")


def an_event_of_another_person(story: Story) -> None:
    change(story, "grant.revealed", "bbbbbbbb", actor="person:U000P000009")


def a_request_created_twice(story: Story) -> None:
    story.event("request.created", f"person:{REQUESTER}", "bbbbbbbb", "production/APP_01")


def one_command_two_requests(story: Story) -> None:
    story.event("request.created", f"person:{REQUESTER}", "dddddddd", "production/APP_01")


def two_commands_told_of_one_request(story: Story) -> None:
    story.step(Act.FILE, REQUESTER, "bbbbbbbb", "production/APP_01", HOUR)


def a_grant_without_its_request(story: Story) -> None:
    story.begin("policy", "eeeeeeee", "staging/APP_00")


def their_own_approval(story: Story) -> None:
    change(story, "request.approved", "bbbbbbbb", actor=f"person:{REQUESTER}")
    change(story, "grant.activated", "bbbbbbbb", actor=f"person:{REQUESTER}")


def access_after_half_a_chain(story: Story) -> None:
    take_out(story, "request.step_approved", "cccccccc")


def a_policy_that_approves_production(story: Story) -> None:
    change(story, "request.approved", "bbbbbbbb", actor="policy")


def an_emergency_where_there_is_none(story: Story) -> None:
    story.event("emergency.used", f"person:{REQUESTER}", "aaaaaaaa", "staging/APP_00")
    story.begin("policy", "aaaaaaaa", "staging/APP_00")


def a_stranger_who_decides(story: Story) -> None:
    change(story, "request.approved", "bbbbbbbb", actor="person:U000P000007")


def a_step_that_is_decided_twice(story: Story) -> None:
    story.event("request.step_approved", f"person:{LEADS[3]}", "bbbbbbbb", "production/APP_01")


def approved_and_denied(story: Story) -> None:
    story.event("request.denied", f"person:{LEADS[4]}", "bbbbbbbb", "production/APP_01")


def one_person_in_both_steps(story: Story) -> None:
    change(story, "request.step_approved", "cccccccc", actor=f"person:{DIRECTORS[0]}")


def longer_than_asked(story: Story) -> None:
    detail = {"seconds": "7200", "expires_at": str(BEGIN + 7_200_000)}
    change(story, "grant.activated", "bbbbbbbb", detail=detail)


def longer_than_its_seconds(story: Story) -> None:
    detail = {"seconds": "3600", "expires_at": str(BEGIN + 9_000_000)}
    change(story, "grant.activated", "bbbbbbbb", detail=detail)


def a_reveal_after_the_end(story: Story) -> None:
    story.reveal("aaaaaaaa", "staging/APP_00")


def a_reveal_after_its_time(story: Story) -> None:
    story.now += (HOUR + 60) * 1_000
    story.reveal("bbbbbbbb", "production/APP_01")


def a_value_shown_to_another(story: Story) -> None:
    story.history.shown.append(Shown(TEAM, "U000P000008", TEAM, "production/APP_01", story.now))


def a_value_in_a_channel(story: Story) -> None:
    story.history.shown.append(Shown(TEAM, "G0SIM000AUDIT", TEAM, "production/APP_01", story.now))


def a_value_of_another_workspace(story: Story) -> None:
    story.history.shown.append(Shown(TEAM, REQUESTER, "T0SIM001", "production/APP_01", story.now))


def a_value_without_a_reveal(story: Story) -> None:
    story.now += 60_000
    story.history.shown.append(Shown(TEAM, REQUESTER, TEAM, "production/APP_01", story.now))


def a_line_that_was_skipped(story: Story) -> None:
    del story.history.lines[TEAM][3]


BROKEN: list[tuple[Callable[[Story], None], str]] = [
    (an_ack_without_event, "1"),
    (a_deny_without_event, "1"),
    (an_event_of_another_person, "1"),
    (a_request_created_twice, "2"),
    (one_command_two_requests, "2"),
    (two_commands_told_of_one_request, "2"),
    (a_grant_without_its_request, "2"),
    (their_own_approval, "3"),
    (access_after_half_a_chain, "4"),
    (a_policy_that_approves_production, "4"),
    (an_emergency_where_there_is_none, "4"),
    (a_stranger_who_decides, "5"),
    (a_step_that_is_decided_twice, "5"),
    (approved_and_denied, "5"),
    (one_person_in_both_steps, "5"),
    (longer_than_asked, "6"),
    (longer_than_its_seconds, "6"),
    (a_reveal_after_the_end, "7"),
    (a_reveal_after_its_time, "7"),
    (a_value_shown_to_another, "8"),
    (a_value_in_a_channel, "8"),
    (a_value_of_another_workspace, "8"),
    (a_value_without_a_reveal, "9"),
    (a_line_that_was_skipped, "10"),
]


def test_a_good_history_breaks_nothing() -> None:
    findings = audit(good())
    assert findings.breaches == []
    assert findings.losses == []
    assert set(findings.checked) >= {breach for breach in findings.checked if findings.checked[breach]}


@pytest.mark.parametrize(("damage", "law"), BROKEN)
def test_each_law_that_is_broken_is_found(damage: Callable[[Story], None], law: str) -> None:
    story = good()
    damage(story)
    assert law in broken(story)


def test_every_law_has_a_history_that_breaks_it() -> None:
    asked = {law.split()[0] for law in audit(good()).checked}
    assert asked == {law for _, law in BROKEN}


@pytest.mark.parametrize(("before", "is_loss"), [(1_000, True), (60_000, False)])
def test_only_what_was_acked_shortly_before_a_failover_is_lost_in_it(before: int, *, is_loss: bool) -> None:
    """A failover long before or after explains nothing."""
    story = good()
    an_ack_without_event(story)
    at = story.now + before
    story.history.faults.append(Fault("planned failover", at, at + 3_000, failover=True))
    findings = audit(story)
    assert (len(findings.losses) == 1) is is_loss
    assert (findings.breaches == []) is is_loss


def test_a_process_that_was_killed_explains_no_loss() -> None:
    story = good()
    an_ack_without_event(story)
    story.history.faults.append(Fault("kill -9", story.now, story.now + 3_000, failover=False))
    assert broken(story) == {"1"}


def test_what_was_told_to_be_unsure_may_be_there_or_not() -> None:
    story = good()
    story.step(Act.APPROVE, LEADS[2], "cccccccc", "payments/APP_02").heard = Heard.UNSURE
    story.step(Act.FILE, REQUESTER, "", "staging/APP_05", HOUR).heard = Heard.NOTHING
    story.event("request.created", f"person:{REQUESTER}", "ffffffff", "staging/APP_05")
    assert broken(story) == set()
    story.event("request.created", f"person:{REQUESTER}", "gggggggg", "staging/APP_05")
    assert broken(story) == {"2"}
