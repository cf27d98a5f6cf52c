"""`envaccess policy`: check, explain, test, schema; data on stdout, words on stderr, codes that CI reads."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE

import pytest

from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.settings import Settings
from envaccess.wiring.policy_tools import PolicyContext, PolicyFile, policy_at_start
from tests.unit.application.policy_harness import CHANNEL, PolicyHarness
from tests.unit.cli.cli_front import Ended, FakeFront, run, start

GOOD = """version: 1
groups: {team: [S0TEAM], leads: [U0CARLA, U0DANA]}
rules:
  - name: payments
    match: production/STRIPE_*
    requesters: [team]
    steps: [{approvers: [leads], remind: 10m, timeout: 1h, then: escalate, escalate: [approvers]}]
    max: 2h
    reason: {pattern: 'PAY-[0-9]+', hint: a ticket}
    hours: mon-fri 09:00-18:00 UTC
    automatic: {for: [S0ONCALL], max: 30m}
    open: 2
    emergency: {for: [S0ONCALL], review: [leads]}
  - {name: rest, match: '*/*', approvers: [approvers], starts: first_use, cool_down: 5m}
"""
FAULTY = "version: 1\nrules:\n  - {match: A, approvers: [nobody], max: 8x}\n"
STEP = (
    "step 1 of 1: 1 approval from leads (U0CARLA, U0DANA), reminded after 10m, "
    "escalated to approvers (C0APPROVERS) after 1h"
)
WEDNESDAY = ("--at", "2026-01-07T12:00Z")


class TownDesk(PolicyContext):
    """The real desk, with a workspace in memory."""

    def __init__(self, settings: Settings, harness: PolicyHarness | None) -> None:
        super().__init__(settings)
        self._town = harness

    @property
    def can_ask(self) -> bool:
        return self._town is not None

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[PolicyHarness]:  # type: ignore[override]
        assert self._town
        yield self._town


@dataclass
class PolicyFront(FakeFront):
    """Settings as a test wants them; Slack only where there is a town."""

    settings: Mapping[str, object] = field(default_factory=dict)
    harness: PolicyHarness | None = None

    def policies(self) -> TownDesk:
        return TownDesk(Settings.explicit(home=Path("/nowhere"), **self.settings), self.harness)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def harness() -> PolicyHarness:
    harness = PolicyHarness(
        groups={"S0TEAM": frozenset({"U0ALICE"}), "S0ONCALL": frozenset({"U0BOB", "U0ALICE"})},
        channels={CHANNEL: frozenset({"U0A", "U0B"})},
    )
    harness.join("U0ALICE", "U0BOB", "U0CARLA", "U0DANA")
    return harness


def policy(*args: str | Path, harness: PolicyHarness | None = None, **settings: object) -> Ended:
    front = PolicyFront(settings={"approvers_channel": CHANNEL, **settings}, harness=harness)
    return run(front, "policy", *map(str, args))


def test_check_says_all_right_and_that_slack_was_not_asked(file: Path) -> None:
    ended = policy("check", file)
    assert (ended.code, ended.out) == (0, f"{file}: 2 rules, all right\n")
    assert "Slack was not asked" in ended.err
    assert "SLACK_BOT_TOKEN is not set" in ended.err


def test_check_notes_what_re2_reads_otherwise_and_the_file_holds(file: Path) -> None:
    before = file.read_text()
    file.write_text(before.replace("PAY-[0-9]+", r"PAY-\d+\b"))
    ended = policy("check", file)
    line = 1 + before[: before.index("PAY-")].count("\n")
    assert ended.code == 0
    assert (
        f"{file}:{line}: note: rules[0].reason.pattern: `\\d` is the digits 0 to 9 only -> write `[0-9]`"
        in ended.err
    )


def test_check_names_what_re2_has_not_with_its_line_and_rewrite(file: Path) -> None:
    """A file that loaded before says exactly what to change."""
    before = file.read_text()
    file.write_text(before.replace("PAY-[0-9]+", r"(?<!\w)PAY-[0-9]++\Z"))
    ended = policy("check", file)
    line = 1 + before[: before.index("PAY-")].count("\n")
    assert ended.out.startswith(f"{file}:{line}: rules[0].reason.pattern: looking behind, `(?<!`, is not")
    assert "write `+`" in ended.out
    assert "write `$`" in ended.out


def test_check_names_file_line_field_and_mend_of_every_fault(file: Path) -> None:
    file.write_text(FAULTY)
    ended = policy("check", file)
    first, second = ended.out.splitlines()
    assert first.startswith(f"{file}:3: rules[0].approvers[0]: there is no group `nobody` -> ")
    assert second.startswith(f"{file}:3: rules[0].max: `8x` is no length of time -> write it as")
    assert (ended.code, ended.err) == (1, "envaccess: policy.yml has 2 faults.\n")


def test_check_asks_slack_where_it_can(file: Path, harness: PolicyHarness) -> None:
    assert policy("check", file, harness=harness).code == 0
    assert harness.asked["S0TEAM"] == 1
    del harness.groups["S0TEAM"]
    ended = policy("check", file, harness=harness)
    assert ended.code == 1
    assert ended.out.startswith(f"{file}:4: rule `payments`: requesters: Slack knows no user group S0TEAM")


def test_check_offline_asks_nobody(file: Path) -> None:
    harness = PolicyHarness()
    ended = policy("check", file, "--offline", harness=harness)
    assert (ended.code, harness.asked.total()) == (0, 0)
    assert "--offline" in ended.err


def test_check_without_an_approvers_channel_cannot_ask_slack(file: Path, harness: PolicyHarness) -> None:
    ended = policy("check", file, harness=harness, approvers_channel=None)
    assert (ended.code, harness.asked.total()) == (0, 0)
    assert "ENVACCESS_APPROVERS_CHANNEL is not set" in ended.err


def test_check_tells_when_slack_does_not_answer(file: Path) -> None:
    ended = policy("check", file, harness=PolicyHarness(fault=DirectoryError("Slack did not say in time")))
    assert ended.code != 0
    assert "all right" not in ended.out


def test_the_file_is_the_settings_one_unless_it_is_named(file: Path) -> None:
    assert policy("check", policy_file=file).code == 0
    ended = policy("check")
    assert "ENVACCESS_POLICY_FILE" in ended.err
    assert ended.code == 2


@pytest.mark.parametrize("name", [".", "missing.yml"])
def test_what_is_no_file_is_a_fault(tmp_path: Path, name: str) -> None:
    ended = policy("check", tmp_path / name)
    assert ended.code == 1
    assert " -> check the path and who may read it" in ended.out


def test_explain_prints_the_ruling_and_why(file: Path) -> None:
    ended = policy(
        "explain", "U0ALICE", "production/STRIPE_KEY", "1h", "--file", file, "--member", "team",
        "--reason", "PAY-1 fails", *WEDNESDAY,
    )  # fmt: skip
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "rule: payments, line 4, matches production/STRIPE_KEY",
        "requesters: team (S0TEAM): yes",
        "hours: mon-fri 09:00-18:00 UTC: yes",
        "automatic: no, it is longer than what is approved automatically",
        "allowed: if they agree",
        "lasts: 1h (2h at most, 1h usual)",
        "pending: 4h",
        STEP,
        "limits of payments: 2 open at once",
        "delivery: reveal, cli",
    ]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (
            ("U0BOB", "production/STRIPE_KEY"),
            "refused (not_requester): production/STRIPE_KEY: they are not among",
        ),
        (
            ("U0A", "production/STRIPE_KEY", "9h", "--member", "team"),
            "refused (too_long): production/STRIPE_KEY: ",
        ),
        (("U0A", "production/STRIPE_KEY", "--member", "team"), "refused (reason_pattern): "),
        (("U0A", "X", "--emergency"), "refused (no_emergency): default/X: the rule does not let them"),
        (
            (
                "U0A",
                "production/STRIPE_KEY",
                "--member",
                "team",
                "--reason",
                "PAY-1",
                "--at",
                "2026-01-10T12:00Z",
            ),
            "refused (out_of_hours): production/STRIPE_KEY: it is outside the rule's hours (mon-fri 09:00",
        ),
    ],
)
def test_explain_says_why_not_and_ends_with_one(file: Path, args: tuple[str, ...], told: str) -> None:
    at = () if "--at" in args else WEDNESDAY
    ended = policy("explain", *args, "--file", file, *at)
    assert ended.code == 1
    assert told in ended.out


def test_explain_tells_emergencies_and_automatic_approval(file: Path) -> None:
    member = (
        "--member",
        "S0ONCALL",
        "--member",
        "team",
        "--reason",
        "PAY-1",
        *WEDNESDAY,
        "--file",
        str(file),
    )
    emergency = policy("explain", "U0BOB", "production/STRIPE_KEY", "--emergency", *member)
    assert "allowed: at once, nobody need agree" in emergency.out
    assert "review: leads (U0CARLA, U0DANA), reminded after 1h" in emergency.out
    automatic = policy("explain", "U0BOB", "production/STRIPE_KEY", "30m", *member)
    assert "automatic: yes, nobody need agree" in automatic.out
    other = policy("explain", "U0BOB", "X", "once", *member)
    assert "lasts: once" in other.out
    assert "starts: at the first use\nuse within: 8h" in other.out
    assert "limits of rest: 5m after an end or a denial" in other.out


def test_explain_asks_slack_for_memberships(file: Path, harness: PolicyHarness) -> None:
    args = ("explain", "production/STRIPE_KEY", "30m", "--reason", "PAY-1", *WEDNESDAY, "--file", str(file))
    mine = policy(args[0], "U0ALICE", *args[1:], harness=harness)
    assert (mine.code, mine.err) == (0, "")
    assert "requesters: team (S0TEAM): yes" in mine.out
    assert "automatic: yes" in mine.out
    assert policy(args[0], "U0BOB", *args[1:], harness=harness).code == 1
    harness.join("U0EVE", guest=True)
    stranger = policy(args[0], "U0EVE", *args[1:], harness=harness)
    assert (stranger.code, stranger.out) == (
        1,
        "refused (guest): U0EVE is no full member of this workspace\n",
    )


@pytest.mark.parametrize(
    "args",
    [
        ("U0A", "not a name"),
        ("U0A", "A,,B"),
        ("U0A", "A", "90"),
        ("U0A", "A", "1h", "--at", "noon"),
        ("U0A", "A", "1h", "--at", "2026-01-07T12:00"),
    ],
)
def test_explain_does_not_guess(file: Path, args: tuple[str, ...]) -> None:
    ended = policy("explain", *args, "--file", file)
    assert (ended.code, ended.out) == (2, "")


SETS = "sets:\n  pay: [production/STRIPE_KEY, X]\n"


def test_explain_says_what_a_set_stands_for_and_rules_each_of_it(file: Path) -> None:
    file.write_text(file.read_text() + SETS)
    ended = policy("explain", "U0A", "@Pay", "--member", "team", "--reason", "PAY-1", "--file", file)
    lines = ended.out.splitlines()
    assert lines[0].startswith("set: @pay, line ")
    assert lines[0].endswith(": production/STRIPE_KEY, default/X")
    assert any(line.endswith("matches production/STRIPE_KEY") for line in lines)
    assert any(line.endswith("matches default/X") for line in lines)


def test_explain_of_an_unknown_set_names_the_nearest(file: Path) -> None:
    file.write_text(file.read_text() + SETS)
    ended = policy("explain", "U0A", "@pya", "--file", file)
    told = "refused (unknown_set): @pya: the policy has no such set; did you mean @pay?\n"
    assert (ended.code, ended.out) == (1, told)


def test_a_case_may_ask_for_a_set(file: Path) -> None:
    file.write_text(file.read_text() + SETS)
    cases = """- user: U0ALICE
  member: [team]
  ask: ['@pay', Y]
  reason: PAY-1 fails
  expect: {allowed: true}
- user: U0ALICE
  ask: '@gone'
  expect: {refused: unknown_set}
"""
    file.with_name("policy.test.yml").write_text(cases)
    ended = policy("test", file)
    assert (ended.code, ended.out, ended.err) == (0, "", "2 cases passed.\n")


CASES = """- name: the team is decided on
  user: U0ALICE
  member: [team]
  ask: production/STRIPE_KEY
  reason: PAY-1 fails
  expect: {steps: 1, rule: payments}
- name: others are not let through
  user: U0BOB
  ask: production/STRIPE_KEY
  expect:
    refused: not_requester
"""


def test_test_runs_the_cases_beside_the_policy(file: Path) -> None:
    file.with_name("policy.test.yml").write_text(CASES)
    ended = policy("test", file)
    assert (ended.code, ended.out, ended.err) == (0, "", "2 cases passed.\n")


def test_a_failing_case_prints_what_was_expected_and_what_came(file: Path, tmp_path: Path) -> None:
    cases = tmp_path / "other.yml"
    cases.write_text(CASES.replace("not_requester", "too_long").replace("steps: 1", "steps: 2"))
    ended = policy("test", file, "--cases", cases)
    assert ended.out.splitlines() == [
        f"{cases}:6: the team is decided on: steps: expected 2, got 1",
        f"{cases}:11: others are not let through: refused: expected too_long, got not_requester",
    ]
    assert (ended.code, ended.err) == (1, "envaccess: 2 of 2 cases failed.\n")


def test_test_tells_faults_of_either_file(file: Path) -> None:
    missing = policy("test", file)
    assert (missing.code, missing.err) == (1, "envaccess: policy.test.yml has 1 fault.\n")
    file.write_text(FAULTY)
    assert policy("test", file).err == "envaccess: policy.yml has 2 faults.\n"


def test_schema_prints_json_and_nothing_else() -> None:
    ended = policy("schema")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["properties"]["rules"]


def test_the_start_takes_the_file_or_the_built_in_policy(file: Path) -> None:
    def settings(**values: object) -> Settings:
        return Settings.explicit(home=Path("/nowhere"), **values)

    assert policy_at_start(settings(), CHANNEL).digest == "built-in"
    assert len(policy_at_start(settings(policy_file=file), CHANNEL).rules) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FAULTY, r"^ENVACCESS_POLICY_FILE has a fault in line 3: rules\[0\].approvers\[0\]: .* \(and 1 more"),
        ("a: [b\n", r"^ENVACCESS_POLICY_FILE has a fault in line 2: this is no YAML .* begins in line 1\)"),
        (None, r"^ENVACCESS_POLICY_FILE has a fault: it cannot be read \(No such file or directory\)"),
    ],
)
def test_a_faulty_file_stops_the_start_with_one_sentence(file: Path, text: str | None, told: str) -> None:
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(SettingsError, match=told) as refused:
        policy_at_start(Settings.explicit(home=Path("/nowhere"), policy_file=file), CHANNEL)
    assert "\n" not in str(refused.value)


async def test_the_watched_file_has_the_digest_of_the_policy_that_stands_there(file: Path) -> None:
    watched = PolicyFile(file, CHANNEL, push=False)
    digest, found = await watched.read()
    assert not isinstance(found, tuple)
    assert digest == found.digest == await watched.digest()
    gone = PolicyFile(file.with_name("gone.yml"), CHANNEL, push=False)
    assert await gone.digest() == ""
    assert (await gone.read())[0] == ""


def test_a_policy_is_checked_without_any_credentials(file: Path) -> None:
    """As CI does, with the real parts in a process of its own."""
    program = "from envaccess.cli import main; import sys; main(sys.argv[1:])"
    child = start(program, "policy", "check", str(file), stdout=PIPE, stderr=PIPE)
    out, err = child.communicate()
    assert (child.returncode, out.decode()) == (0, f"{file}: 2 rules, all right\n")
    assert b"SLACK_BOT_TOKEN is not set" in err
