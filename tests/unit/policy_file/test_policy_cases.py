"""Cases kept next to a policy: what they may say, and how a failing one is told."""

import pytest

from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.trial import Case, CaseFailure, try_case
from envaccess.policy_file.cases import read_cases
from tests.unit.policy_file.written import HEAD, read

POLICY = read(
    f"{HEAD}rules:\n"
    "  - {match: production/*, requesters: [team], approvers: [leads], max: 2h, default: 30m}\n"
    "  - {match: '*/*', approvers: [approvers], automatic: {for: [S0ONCALL], max: 30m}, single_use: true,"
    " starts: first_use, emergency: {for: [team], review: [leads]}}\n"
)
BASE = "- name: c\n  user: U0ALICE\n  member: [team, S0ONCALL]\n"


def cases(text: str) -> tuple[Case, ...]:
    found = read_cases(text)
    assert all(isinstance(case, Case) for case in found), found
    return tuple(case for case in found if isinstance(case, Case))


def failures(rest: str) -> tuple[CaseFailure, ...]:
    (case,) = cases(f"{BASE}  {rest}\n")
    return try_case(POLICY, case)


@pytest.mark.parametrize(
    "rest",
    [
        "ask: production/A\n  expect: {allowed: true, rule: production/*, steps: 1, approvals: 1, max: 2h}",
        "ask: production/A\n  expect: {default: 30m, lasts: 30m, pending: 4h}",
        "ask: production/A\n  expect: {automatic: false, emergency: false, single_use: false}",
        "ask: production/A\n  for: 1h\n  expect: {lasts: 1h, starts: approval, use_within: none}",
        "ask: production/A\n  expect: {delivery: [cli, reveal]}",
        "ask: production/A\n  for: 3h\n  expect: {allowed: false, refused: too_long, rule: production/*}",
        "ask: A\n  for: 30m\n  expect: {automatic: true, single_use: true}",
        "ask: A\n  expect: {starts: first_use, use_within: 8h}",
        "ask: production/A\n  expect: {tap: false}",
        "ask: A\n  emergency: true\n  expect: {emergency: true, steps: 0, lasts: 15m}",
        "ask: production/A\n  emergency: true\n  expect: {refused: no_emergency}",
        "ask: [production/A, B]\n  expect: {rule: 'production/*, */*', steps: 2}",
        "ask: production/A, B\n  expect: {steps: 2}",
        "ask: A\n  for: once\n  at: 2026-01-05T10:00Z\n  expect: {lasts: 15m}",
    ],
)
def test_a_case_that_holds_fails_in_nothing(rest: str) -> None:
    assert failures(rest) == ()


@pytest.mark.parametrize(
    ("rest", "line", "field", "expected", "got"),
    [
        ("ask: production/A\n  expect:\n    steps: 1\n    max: 1h", 7, "max", "1h", "2h"),
        ("ask: production/A\n  expect: {refused: too_long}", 5, "refused", "too_long", "allowed"),
        ("ask: production/A\n  for: 9h\n  expect: {steps: 1}", 6, "steps", "1", "refused (too_long)"),
        ("ask: A\n  expect: {allowed: false}", 5, "allowed", "false", "true"),
        ("ask: A\n  expect: {rule: other}", 5, "rule", "other", "*/*"),
    ],
)
def test_a_failing_case_tells_its_line_what_it_expected_and_what_it_got(
    rest: str, line: int, field: str, expected: str, got: str
) -> None:
    assert failures(rest) == (CaseFailure(line, "c", field, expected, got),)


def test_who_is_in_no_group_is_nobody_special() -> None:
    (case,) = cases("- {user: U0ALICE, ask: production/A, expect: {refused: not_requester}}")
    assert try_case(POLICY, case) == ()
    assert case.name == "U0ALICE asks for production/A"


def test_a_group_that_the_policy_does_not_have_fails_the_case() -> None:
    (case,) = cases("- {user: U0A, member: [teem], ask: A, expect: {allowed: true}}")
    assert [failure.got for failure in try_case(POLICY, case)] == ["teem"]


@pytest.mark.parametrize(
    ("text", "line", "field", "problem"),
    [
        ("", 1, "", "this is no list of cases"),
        ("version: 1", 1, "", "this is no list of cases"),
        ("- {ask: A, expect: {}}", 1, "[0].user", "it is missing"),
        ("- {user: alice, ask: A, expect: {}}", 1, "[0].user", "`alice` is no person's id"),
        ("- {user: U0A, ask: 'A B', expect: {}}", 1, "[0].ask", "this is no variable's name"),
        ("- {user: U0A, ask: A, for: 90, expect: {}}", 1, "[0].for", "`90` is no duration"),
        ("- {user: U0A, ask: A, at: noon, expect: {}}", 1, "[0].at", "`noon` is no time in a zone"),
        ("- {user: U0A, ask: A, at: 2026-01-01 10:00, expect: {}}", 1, "[0].at", "is no time in a zone"),
        (
            "- {user: U0A, ask: A, at: 2026-01-01 10:00 Mars/Base, expect: {}}",
            1,
            "[0].at",
            "is no time in a zone",
        ),
        (
            "- {user: U0A, ask: A, expect:\n    {refused: tolong}}",
            2,
            "[0].expect.refused",
            "`tolong` is no reason",
        ),
        ("- {user: U0A, ask: A,\n   expekt: {}, expect: {}}", 2, "[0]", "there is no field `expekt`"),
        ("- {user: U0A, ask: A, expect: {stepps: 1}}", 1, "[0].expect", "there is no field `stepps`"),
        ("- [", 2, "", "this is no YAML"),
    ],
)
def test_a_faulty_case_is_told_with_its_line(text: str, line: int, field: str, problem: str) -> None:
    found = read_cases(text)[0]
    assert isinstance(found, FileFault)
    assert (found.line, found.field) == (line, field)
    assert problem in found.problem
