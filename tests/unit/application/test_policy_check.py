"""Whether Slack knows whom the policy names, asked once each and never faster than Slack allows."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from envaccess.application.policy.check import PEOPLE_A_MINUTE, check_policy
from envaccess.domain.errors import DirectoryError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.policy_file.reading import read_policy
from tests.unit.application.policy_harness import CHANNEL, PolicyHarness


@pytest.fixture
def harness() -> PolicyHarness:
    harness = PolicyHarness(
        groups={"S0TEAM": frozenset({"U0A", "U0B"}), "S0LONELY": frozenset({"U0A"}), "S0EMPTY": frozenset()},
        channels={CHANNEL: frozenset({"U0A", "U0B", "U0C"})},
    )
    harness.join("U0A", "U0B", "U0C", "U0D")
    harness.join("U0SISTER", team="T0SISTER", sisters=("T0SISTER",))
    return harness


def policy(rules: str, head: str = "") -> Policy:
    found = read_policy(f"version: 1\n{head}rules:\n{rules}", CHANNEL)
    assert isinstance(found, Policy), found
    return found


async def check(harness: PolicyHarness, fields: str, head: str = "") -> tuple[FileFault, ...]:
    return await check_policy(policy(f"  - {{name: r, match: '*/*', {fields}}}\n", head), harness)


@pytest.mark.parametrize(
    "fields",
    [
        "approvers: [approvers]",
        "approvers: [S0TEAM]",
        "approvers: [U0A, U0B]",
        "approvers: [S0LONELY, U0B]",
        "approvers: [S0EMPTY, U0A, U0B]",
        "approvers: [S0TEAM], requesters: [S0TEAM]",
        "approvers: [S0LONELY], requesters: [U0B]",
        "approvers: [approvers], requesters: [S0EMPTY, U0A]",
        "steps: [{approvers: [S0LONELY], timeout: 1h, then: escalate, escalate: [S0TEAM]}]",
        "steps: [{approvers: [S0LONELY], timeout: 1h, then: skip}, {approvers: [approvers]}]",
        "approvers: [approvers], emergency: {for: [S0TEAM], review: [S0TEAM]}",
        "approvers: [approvers], emergency: {for: [U0B], review: [S0LONELY]}",
        "approvers: [U0SISTER, U0A, T0SISTER]",
        "steps: [{approvers: [U0A], timeout: 1h, then: escalate, escalate: [U0SISTER, T0SISTER]}]",
    ],
)
async def test_a_policy_that_slack_can_fill_has_no_fault(harness: PolicyHarness, fields: str) -> None:
    assert await check(harness, fields) == ()


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ("approvers: [U0A, U0B, U0NOBODY]", "rule `r`: approvers", "Slack knows nobody of this id"),
        ("approvers: [U0A, U0B, U0GONE]", "rule `r`: approvers", "they are deactivated"),
        ("approvers: [U0A, U0B, U0GUEST]", "rule `r`: approvers", "they are a guest"),
        ("approvers: [U0A, U0B, U0BOT]", "rule `r`: approvers", "it is a bot"),
        ("approvers: [U0A, U0B, U0FAR]", "rule `r`: approvers", "they belong to another workspace"),
        ("approvers: [U0A, U0B, U0SISTER]", "rule `r`: approvers", "they belong to another workspace"),
        ("approvers: [U0A, U0SISTER, T0OTHER]", "rule `r`: approvers", "they belong to another"),
        ("approvers: [U0A, U0FAR, T0SISTER]", "rule `r`: approvers", "they belong to another"),
        ("approvers: [S0NONE]", "rule `r`: approvers", "Slack knows no user group S0NONE"),
        ("approvers: [S0EMPTY]", "rule `r`: approvers", "the user group S0EMPTY has no members"),
        ("approvers: [C0NONE]", "rule `r`: approvers", "nobody in the channel C0NONE counts"),
        ("approvers: [approvers], requesters: [U0NOBODY]", "rule `r`: requesters", "Slack knows nobody"),
        ("approvers: [S0LONELY]", "rule `r`", "a request of U0A could never pass"),
        ("steps: [{approvers: [S0TEAM], approvals: 3}]", "rule `r`", "no request could pass: step 1 needs 3"),
        ("steps: [{approvers: [S0TEAM], approvals: 2}]", "rule `r`", "a request of U0A could never pass"),
        (
            "steps: [{approvers: [S0LONELY]}, {approvers: [S0LONELY]}]",
            "rule `r`",
            "no request could pass: it needs 2",
        ),
        (
            "steps: [{approvers: [S0LONELY], timeout: 1h, then: escalate, escalate: [S0NONE]}]",
            "rule `r`: escalate",
            "Slack knows no user group S0NONE",
        ),
        (
            "approvers: [approvers], automatic: {for: [S0NONE], max: 1h}",
            "rule `r`: automatic",
            "no user group",
        ),
        (
            "approvers: [approvers], emergency: {for: [S0NONE], review: [approvers]}",
            "rule `r`: emergency",
            "no user",
        ),
        (
            "approvers: [approvers], emergency: {for: [S0TEAM], review: [C0NONE]}",
            "rule `r`: review",
            "nobody in the",
        ),
        (
            "approvers: [approvers], emergency: {for: [S0TEAM], review: [S0LONELY]}",
            "rule `r`",
            "only U0A could review",
        ),
    ],
)
async def test_what_slack_cannot_fill_is_told_with_the_rules_line(
    harness: PolicyHarness, fields: str, field: str, problem: str
) -> None:
    harness.join("U0GONE", deleted=True)
    harness.join("U0GUEST", guest=True)
    harness.join("U0BOT", bot=True)
    harness.join("U0FAR", stranger=True, sisters=("T0SISTER",))
    found = await check(harness, fields)
    assert any(fault.line == 3 and fault.field == field and problem in fault.problem for fault in found), (
        found
    )
    assert all(fault.mend for fault in found)


async def test_owners_and_security_are_asked_about_too(harness: PolicyHarness) -> None:
    head = "security: [S0GONE]\nowners: {A: [S0LOST], '*/*': [approvers]}\n"
    found = await check(harness, "approvers: [owners]", head)
    assert [(fault.line, fault.problem[:37]) for fault in found] == [
        (0, "Slack knows no user group S0GONE, or "),
        (3, "Slack knows no user group S0LOST, or "),
    ]


async def test_a_rule_is_tried_with_the_owners_of_each_of_its_variables(harness: PolicyHarness) -> None:
    head = "owners: {a/X: [S0LONELY], b/X: [S0LONELY], '*/*': [S0TEAM]}\n"
    rules = "  - {name: r, match: a/*, approvers: [owners]}\n"
    (fault,) = await check_policy(policy(rules, head), harness)
    assert "a request of U0A could never pass" in fault.problem
    assert await check_policy(policy(rules.replace("a/*", "c/*"), head), harness) == ()


async def test_somebody_who_left_may_still_stand_among_those_who_may_ask(harness: PolicyHarness) -> None:
    """Else each leaver would hold up every change of the policy; they are refused when they ask."""
    harness.join("U0GONE", deleted=True)
    assert await check(harness, "approvers: [approvers], requesters: [U0GONE, U0A]") == ()


async def test_an_unknown_group_is_told_once_however_many_rules_name_it(harness: PolicyHarness) -> None:
    rules = "".join(f"  - {{match: A{n}, approvers: [S0NONE]}}\n" for n in range(50))
    (fault,) = await check_policy(policy(rules), harness)
    assert fault.line == 3


async def test_each_question_is_asked_once_however_many_rules_need_it(harness: PolicyHarness) -> None:
    rules = "".join(f"  - {{match: A{n}, approvers: [S0TEAM, U0C, approvers]}}\n" for n in range(300))
    assert await check_policy(policy(rules), harness) == ()
    assert harness.asked == {"S0TEAM": 1, "U0C": 1, CHANNEL: 1}


@dataclass
class Rested:
    """Waits for nobody."""

    harness: PolicyHarness
    rests: list[tuple[float, int]] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.rests.append((seconds, self.harness.asked.total()))


async def test_people_are_asked_for_no_faster_than_slack_allows(harness: PolicyHarness) -> None:
    """Slack answers users.info 100 times a minute; the bot that serves needs some of those."""
    crowd = [f"U0P{n:03d}" for n in range(2 * PEOPLE_A_MINUTE + 1)]
    harness.join(*crowd)
    rested = Rested(harness)
    rules = policy(f"  - {{match: A, approvers: [{', '.join(crowd)}]}}\n")
    assert await check_policy(rules, harness, rested) == ()
    assert rested.rests == [(60.0, PEOPLE_A_MINUTE), (60.0, 2 * PEOPLE_A_MINUTE)]


async def test_without_an_answer_nothing_is_said_about_the_policy(harness: PolicyHarness) -> None:
    harness.fault = DirectoryError("Slack did not say")
    with pytest.raises(DirectoryError):
        await check(harness, "approvers: [S0TEAM]")


async def test_two_thousand_rules_are_checked_at_once(harness: PolicyHarness) -> None:
    rules: list[Any] = [f"  - {{match: A{n}, approvers: [S0TEAM, approvers]}}\n" for n in range(2000)]
    assert await check_policy(policy("".join(rules)), harness) == ()


TWO_RULES = """  - {name: a, match: A, approvers: %s}
  - {name: b, match: B, approvers: %s}
"""


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (
            "[U0A], requesters: [U0D]",
            "[S0LONELY], requesters: [U0D]",
            "no request could pass: it needs 2 distinct people",
        ),
        ("[U0A, U0B]", "[S0TEAM]", "a request of U0A could never pass: it needs 2 distinct people"),
        ("[U0A, U0B]", "[approvers]", ""),
        ("[S0TEAM]", "[S0TEAM]", ""),
    ],
)
async def test_a_set_whose_variables_together_take_more_people_than_there_are_is_told_by_its_name(
    harness: PolicyHarness, first: str, second: str, problem: str
) -> None:
    rules, head = TWO_RULES % (first, second), "sets: {shop: [A, B], alone: [A]}\n"
    told = [
        fault
        for fault in await check_policy(policy(rules, head), harness)
        if not fault.field.startswith("rule")
    ]
    assert [fault.field for fault in told] == (["set `@shop`"] if problem else [])
    assert all(fault.problem.startswith(problem) and fault.line == 2 for fault in told)


async def test_slack_is_asked_about_those_who_start_pipelines_and_about_no_program(
    harness: PolicyHarness,
) -> None:
    """A typing mistake there would let somebody approve what they started."""
    machine = "machines: {m: {issuer: github, repository_id: 1, owner_id: 2, ref: refs/heads/main}}\n"
    rule = "requesters: [m, agents], approvers: [S0LONELY], delivery: [ci, broker]"
    assert await check(harness, "approvers: [S0TEAM]", "people: {'9001': U0A}\n") == ()
    (fault,) = await check(harness, "approvers: [S0TEAM]", "people: {'9001': U0NOBODY}\n")
    assert (fault.field, "Slack knows nobody of this id" in fault.problem) == ("people", True)
    (stuck,) = await check(harness, rule, machine)
    assert "a request of U0A could never pass" in stuck.problem
    assert await check(harness, rule.replace("m, agents", "m").replace("ci, broker", "ci"), machine) == ()
