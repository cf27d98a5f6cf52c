"""Every fault of a file is named, with its line, its field and its mend, however many there are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.policy.book import Policy
from envaccess.policy_file.reading import read_policy
from envaccess.yaml_file.tree import SIZE_MAX
from tests.unit.policy_file.written import CHANNEL, HEAD, faults, one_rule, read

RULES = "rules: [{match: '*/*', approvers: [team]}]\n"


@pytest.mark.parametrize(
    ("fields", "line", "field", "problem"),
    [
        ("approvers: [paymets]", 5, "rules[0].approvers[0]", "there is no group `paymets`"),
        ("approvers: [anyone]", 5, "rules[0].approvers[0]", "`anyone` may ask, but never decide"),
        ("approvers: [team]\ndelivery: []", 6, "rules[0].delivery", "nobody and nothing is named"),
        ("approvers: [team]\ndelivery: none", 6, "rules[0].delivery", "`none` is not known here"),
        (
            "approvers: [team]\ndelivery: [reveal]\ntap: true",
            7,
            "rules[0].tap",
            "nothing is released to a terminal here",
        ),
        ("approvers: []", 5, "rules[0].approvers", "nobody and nothing is named"),
        ("approvers:", 5, "rules[0].approvers", "nothing stands here"),
        ("approvers: ['@team']", 5, "rules[0].approvers[0]", "`@team` is no id"),
        ("approvers: [D0DIRECT]", 5, "rules[0].approvers[0]", "`D0DIRECT` is no id"),
        ("approvers:\n- team\n- nobody", 7, "rules[0].approvers[1]", "there is no group `nobody`"),
        ("name: x", 4, "rules[0].approvers", "nobody could approve"),
        ("approvers: [owners]", 5, "rules[0].approvers", "`owners` has no entry for all of `*/*`"),
        ("approvers: [team]\nrequesters: [owners]", 6, "rules[0].requesters", "`owners` has no entry"),
        ("approvers: [U0CARLA]", 5, "rules[0].approvers", "a request of U0CARLA could never pass"),
        ("steps:\n- {approvers: [leads], approvals: 3}", 6, "rules[0].steps[0]", "no request could pass"),
        (
            "steps:\n- {approvers: [leads], approvals: 2}",
            6,
            "rules[0].steps[0]",
            "a request of U0CARLA could never",
        ),
        (
            "steps: [{approvers: [leads]}, {approvers: [leads]}, {approvers: [leads]}]",
            5,
            "rules[0].steps",
            "no request could pass: it needs 3 distinct people, and there are 2 people for it",
        ),
        (
            "steps: [{approvers: [team], approvals: 0}]",
            5,
            "rules[0].steps[0].approvals",
            "0 is out of bounds",
        ),
        (
            "steps: [{approvers: [team], approvals: two}]",
            5,
            "rules[0].steps[0].approvals",
            "`two` is no number",
        ),
        ("steps: []", 5, "rules[0].steps", "nothing is listed here"),
        ("steps: [{approvals: 1}]", 5, "rules[0].steps[0].approvers", "it is missing"),
        (
            "steps: [{approvers: [team], then: skip, timeout: 1h}]",
            5,
            "rules[0].steps[0].then",
            "after the last step",
        ),
        (
            "steps: [{approvers: [team], then: escalate, timeout: 1h}]",
            5,
            "rules[0].steps[0].escalate",
            "nobody is named",
        ),
        (
            "steps: [{approvers: [team], escalate: [leads]}]",
            5,
            "rules[0].steps[0].escalate",
            "nothing escalates here",
        ),
        (
            "steps: [{approvers: [team], then: escalate, escalate: [leads]}]",
            5,
            "rules[0].steps[0].then",
            "it never happens without a timeout",
        ),
        (
            "steps: [{approvers: [team], timeout: 4h}]",
            5,
            "rules[0].steps[0].timeout",
            "the whole request times out",
        ),
        (
            "steps: [{approvers: [team], remind: 4h}]",
            5,
            "rules[0].steps[0].remind",
            "the time is over before",
        ),
        ("steps: [{approvers: [team], then: wait}]", 5, "rules[0].steps[0].then", "`wait` is not known here"),
        (
            "approvers: [team]\nsteps: [{approvers: [team]}]",
            5,
            "rules[0].approvers",
            "`steps` says too who decides",
        ),
        ("max: 90", 5, "rules[0].max", "`90` is no length of time"),
        ("max: once", 5, "rules[0].max", "`once` is no length of time"),
        ("max: 0s", 5, "rules[0].max", "`0s` is no length of time"),
        ("max: 367d", 5, "rules[0].max", "`367d` is too long"),
        ("max: [1h]", 5, "rules[0].max", "a list stands here instead of a length of time"),
        ("max: 1h\ndefault: 2h", 6, "rules[0].default", "it is longer than `max`"),
        ("default: 9h", 5, "rules[0].default", "it is longer than `max`"),
        ("reason: {least: 0}", 5, "rules[0].reason.least", "0 is out of bounds"),
        ("reason: {pattern: '(', hint: x}", 5, "rules[0].reason.pattern", "this is no regular expression"),
        ("reason: {pattern: '[0-9]*', hint: x}", 5, "rules[0].reason.pattern", "it is found in any text"),
        ("reason: {pattern: '[0-9]'}", 5, "rules[0].reason.hint", "people would not know what is asked"),
        ("reason: yes", 5, "rules[0].reason", "`yes` stands here instead of fields"),
        ("hours: always", 5, "rules[0].hours", "`always` are no hours"),
        ("hours: 9:00-18:00 Berlin", 5, "rules[0].hours", "`Berlin` is no time zone known here"),
        ("hours: {zone: ../etc/passwd, from: 9:00, to: 1:00}", 5, "rules[0].hours.zone", "is no time zone"),
        ("hours: mon-fryday 9:00-18:00 UTC", 5, "rules[0].hours", "`mon-fryday` is no day"),
        ("hours: 9:00-24:01 UTC", 5, "rules[0].hours", "`24:01` is no time of day"),
        ("hours: {zone: UTC, from: 9:60, to: 1:00}", 5, "rules[0].hours.from", "`9:60` is no time of day"),
        ("hours: {zone: UTC, from: 9:00}", 5, "rules[0].hours.to", "it is missing"),
        (
            "max: 1h\nautomatic: {for: [team], max: 2h}",
            6,
            "rules[0].automatic.max",
            "longer than the rule's `max`",
        ),
        ("automatic: {for: [team]}", 5, "rules[0].automatic.max", "it is missing"),
        ("automatic: {max: 1h}", 5, "rules[0].automatic.for", "it is missing"),
        ("automatic: {for: [team], max: 1h, per: 7d}", 5, "rules[0].automatic.per", "it counts nothing"),
        ("automatic: {for: [nobody], max: 1h}", 5, "rules[0].automatic.for[0]", "there is no group `nobody`"),
        ("cool_down: soon", 5, "rules[0].cool_down", "`soon` is no length of time"),
        ("open: 0", 5, "rules[0].open", "0 is out of bounds"),
        ("single_use: yes", 5, "rules[0].single_use", "`yes` is neither true nor false"),
        ("delivery: []", 5, "rules[0].delivery", "nobody and nothing is named"),
        ("delivery: [mail]", 5, "rules[0].delivery", "`mail` is not known here"),
        ("starts: now", 5, "rules[0].starts", "`now` is not known here"),
        ("starts: first_use\nuse_within: none", 6, "rules[0].use_within", "would never lapse"),
        ("emergency: {for: [team]}", 5, "rules[0].emergency.review", "it is missing"),
        (
            "emergency: {for: [team], review: []}",
            5,
            "rules[0].emergency.review",
            "nobody and nothing is named",
        ),
        ("emergency: {for: [team], review: [anyone]}", 5, "rules[0].emergency.review[0]", "`anyone` may ask"),
        ("emergency: {for: [U0A], review: [U0A]}", 5, "rules[0].emergency.review", "only U0A could review"),
        (
            "emergency: {for: [anyone], review: [U0A]}",
            5,
            "rules[0].emergency.review",
            "only U0A could review",
        ),
        (
            "max: 1h\nemergency: {for: [team], max: 2h, review: [leads]}",
            6,
            "rules[0].emergency.max",
            "longer than",
        ),
        ("name: ''", 5, "rules[0].name", "nothing stands here"),
        (f"name: {'x' * 61}", 5, "rules[0].name", "it has 61 characters"),
        ("aprovers: [team]", 5, "rules[0]", "there is no field `aprovers`"),
        ("<<: {max: 1h}", 5, "rules[0]", "there is no field `<<`"),
        ("reason: {lest: 3}", 5, "rules[0].reason", "there is no field `lest`"),
    ],
)
def test_a_fault_in_a_rule_is_told_with_its_line_and_field(
    fields: str, line: int, field: str, problem: str
) -> None:
    decides = "approvers" in fields or "steps" in fields or fields == "name: x"
    text = one_rule(fields if decides else f"{fields}\napprovers: [team]")
    (found,) = faults(text)
    assert (found.line, found.field) == (line, field)
    assert problem in found.problem
    assert found.mend


@pytest.mark.parametrize(
    ("text", "line", "field", "problem"),
    [
        ("", 1, "version", "it is missing"),
        (RULES, 1, "version", "it is missing"),
        (f"version: 2\ngroups: {{team: [S0T]}}\n{RULES}", 1, "version", "`2` is not known here"),
        (HEAD, 1, "rules", "it is missing"),
        (f"{HEAD}rules: []\n", 3, "rules", "nothing is listed here"),
        (f"{HEAD}rules: {{}}\n", 3, "rules", "wrong shape"),
        (f"{HEAD}rules: [A]\n", 3, "rules[0]", "wrong shape"),
        (f"{HEAD}rules: [{{approvers: [team]}}]\n", 3, "rules[0].match", "it is missing"),
        (f"{HEAD}rule: 1\n{RULES}", 3, "", "there is no field `rule`"),
        (f"{HEAD}security: [owners]\n{RULES}", 3, "security[0]", "`owners` means nothing here"),
        (f"{HEAD}owners: {{'a//b': [team]}}\n{RULES}", 3, "owners.a//b", "could match no name"),
        (f"{HEAD}owners:\n  A: [teem]\n{RULES}", 4, "owners.A[0]", "there is no group `teem`"),
        (f"{HEAD}owners: [A]\n{RULES}", 3, "owners", "wrong shape"),
        (f"{HEAD}defaults: {{max: 8x}}\n{RULES}", 3, "defaults.max", "`8x` is no length of time"),
        (f"{HEAD}defaults: {{name: x}}\n{RULES}", 3, "defaults", "there is no field `name`"),
        (
            f"{HEAD}defaults: {{max: 1h, default: 2h}}\n{RULES}",
            3,
            "defaults.default",
            "it is longer than `max`",
        ),
        (
            "version: 1\ngroups: {a: [b], b: [a]}\nrules: [{match: A, approvers: [a]}]",
            2,
            "groups.b[0]",
            "hold itself",
        ),
        (
            "version: 1\ngroups: {Leads: [U0A]}\nrules: [{match: A, approvers: [S0T]}]",
            2,
            "groups.Leads",
            "no name of a",
        ),
        (
            "version: 1\ngroups: {owners: [U0A]}\nrules: [{match: A, approvers: [S0T]}]",
            2,
            "groups.owners",
            "a meaning",
        ),
        (
            "version: 1\ngroups: {approvers: [U0A]}\nrules: [{match: A, approvers: [S0T]}]",
            2,
            "groups.approvers",
            "a me",
        ),
        (
            "version: 1\ngroups: {a: [anyone]}\nrules: [{match: A, approvers: [S0T]}]",
            2,
            "groups.a[0]",
            "`anyone` may",
        ),
        (
            "version: 1\ngroups: {a: []}\nrules: [{match: A, approvers: [S0T]}]",
            2,
            "groups.a",
            "nobody and nothing",
        ),
        (
            (
                f"{HEAD}rules:\n- {{match: a/*, approvers: [team]}}\n"
                "- match:\n  - a/A\n  - a/B*\n  approvers: [team]\n"
            ),
            5,
            "rules[1].match",
            "no name reaches this rule: `a/*` (line 4) matches before it",
        ),
        (
            (
                f"{HEAD}rules:\n- {{match: A, name: x, approvers: [team]}}\n"
                "- {match: B, name: x, approvers: [team]}\n"
            ),
            5,
            "rules[1].name",
            "another rule has this name (line 4)",
        ),
        (
            f"{HEAD}rules:\n- match:\n  - A\n  - 9B\n  approvers: [team]\n",
            6,
            "rules[0].match[1]",
            "could match no name",
        ),
        (f"{HEAD}version: 1\n{RULES}", 3, "", "'version' is given twice (first in line 1)"),
        (f"{HEAD}{RULES}---\nversion: 1\n", 4, "", "a second document begins here"),
        ("version: [1\n", 2, "", "this is no YAML"),
        ("version: !!int 1\n", 1, "", "tags such as `!!int` mean nothing"),
        ("version: *one\n", 1, "", "`*one` stands for nothing yet"),
        ("version: &a [*a]\n", 1, "", "`*a` stands for nothing yet"),
        ("? [a]\n: b\n", 1, "", "a key must be one word"),
        ("- a\n", 1, "", "this is no mapping of fields"),
        ("a word", 1, "", "this is no mapping of fields"),
        ("a: b\nc: \x00", 2, "", "nobody sees (U+0000)"),
        ("a: \ud800", 1, "", "nobody sees (U+D800)"),
        ("[" * 100_000, 1, "", "nested more than 20 deep"),
        ("- " * 100_000, 1, "", "nested more than 20 deep"),
        ("{a: " * 100_000, 1, "", "nested more than 20 deep"),
        ("#" * (SIZE_MAX + 1), 0, "", "the file has over 1,000,000 characters"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line(text: str, line: int, field: str, problem: str) -> None:
    found = [fault for fault in faults(text) if (fault.line, fault.field) == (line, field)]
    assert any(problem in fault.problem for fault in found)
    assert all(fault.mend for fault in found)


def test_many_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = (
        "version: 1\n"
        "group: {}\n"
        "groups: {leads: [bad-id]}\n"
        "defaults: {max: 8x, aprovers: [x]}\n"
        "rules:\n"
        "  - {match: A, approvers: [leads], max: soon, delivery: [mail]}\n"
        "  - nonsense\n"
        "  - {match: B, approvers: [teem], default: 9h}\n"
    )
    found = faults(text)
    assert [fault.line for fault in found] == [2, 3, 4, 4, 6, 6, 7, 8, 8]
    assert all(fault.problem and fault.mend for fault in found)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("aprovers", "approvers"), ("requester", "requesters"), ("emergncy", "emergency"), ("matches", "match")],
)
def test_an_unknown_key_names_the_nearest_known_one(typed: str, meant: str) -> None:
    found = faults(one_rule(f"{typed}: [team]\nsteps: [{{approvers: [team]}}]"))
    assert f"did you mean `{meant}`?" in [fault.mend for fault in found]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("approvers: [nobody]", "what is under `machines` may only ask"),
        ("approvers: [team]\nrequesters: [nobody]", "for a pipeline `machines`"),
    ],
)
def test_an_unknown_word_names_machines_beside_groups(field: str, said: str) -> None:
    (found,) = faults(one_rule(field))
    assert f"name it under `groups` ({said}), or give an id" in found.mend


def test_a_billion_laughs_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (found,) = faults("\n".join(lines))
    assert "over 200,000 values" in found.problem


def test_what_looks_like_a_secret_is_not_repeated() -> None:
    value = "sk_live_" + "valuefortests1"
    (found,) = faults(one_rule(f"approvers: [{value}]"))
    assert value not in str(found)


def test_two_rules_that_cover_a_third_only_together_are_no_fault() -> None:
    """Comparing single globs is enough to find what was written in the wrong order."""
    read(
        f"{HEAD}defaults: {{approvers: [team]}}\n"
        "rules: [{match: a/*}, {match: b/*}, {match: [a/X, b/X, c/X]}, {match: '*/*'}]\n"
    )


@given(st.text(alphabet="{}[]:,-&*!?#|>@%'\" \n\tabrules: version1match", max_size=200))
def test_any_text_is_a_policy_or_faults(text: str) -> None:
    found = read_policy(text, CHANNEL)
    assert isinstance(found, Policy) or found


KEYS = [
    "match",
    "approvers",
    "steps",
    "max",
    "reason",
    "hours",
    "automatic",
    "emergency",
    "for",
    "review",
    "least",
    "zone",
    "from",
    "rules",
    "version",
    "groups",
    "defaults",
    "owners",
    "then",
    "timeout",
    "escalate",
]
SHAPES = st.recursive(
    st.sampled_from(["team", "x", "1h", "9", "none", "", "owners", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(SHAPES)
def test_any_tree_of_known_words_is_a_policy_or_faults(tree: object) -> None:
    """JSON is YAML: every shape in every place."""
    text = json.dumps({"version": 1, "rules": tree, "defaults": tree, "groups": tree, "owners": tree})
    found = read_policy(text, CHANNEL)
    assert isinstance(found, Policy) or found


@given(st.dictionaries(st.sampled_from(KEYS), SHAPES, max_size=4))
def test_any_rule_of_known_words_is_a_policy_or_faults(rule: dict[str, object]) -> None:
    found = read_policy(json.dumps({"version": 1, "rules": [{"match": "A", **rule}]}), CHANNEL)
    assert isinstance(found, Policy) or found
