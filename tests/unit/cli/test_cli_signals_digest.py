"""`envaccess signals digest`: what the audit channel gets, at a terminal, of a file or of the live stream."""

from pathlib import Path

import pytest

from envaccess.domain.audit import Event, Tag, export_line, read_exported
from envaccess.domain.duration import Duration
from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.policy.ruling import Asking, Ruling, rule_request
from envaccess.domain.signals.rule_suggestions import RuleSuggestion
from envaccess.domain.signals.weeks import MONDAY, last_week
from envaccess.domain.variable import parse_variable
from envaccess.policy_file.reading import read_policy
from envaccess.policy_file.rule_patch import rule_patch
from envaccess.settings import Settings
from envaccess.wiring.policy_tools import PolicyContext
from tests.fakes.digests import DAY, HOUR, MINUTE, STRIPE, Weeks
from tests.unit.cli.cli_front import HOME, FakeDesk, FakeFront, FakeTrail, run

WEEK = last_week(MONDAY, 1_795_000_000_000)


class Front(FakeFront):
    """The same with a policy file, or none."""

    file: Path | None = None

    def policies(self) -> PolicyContext:
        """Policies, at the time when the digest is due."""
        context = PolicyContext(Settings.explicit(home=HOME, policy_file=self.file))
        context.now = lambda: WEEK.due  # type: ignore[method-assign]
        return context


def a_week(asker: str = "U0ALICE") -> list[Event]:
    """Twelve requests, all approved at leisure, and what a person typed."""
    weeks = Weeks(WEEK.since - 30 * DAY)
    weeks.add(Tag.BOT_STARTED)
    weeks.at = WEEK.since
    for _ in range(12):
        weeks.used(weeks.approved(asker, "U0BOB", STRIPE, after=5 * MINUTE))
    weeks.then(Tag.EMERGENCY_USED, weeks.ask(asker), asker)
    weeks.at = WEEK.due + HOUR
    weeks.add(Tag.AUDIT_CHECKPOINT, detail={"size": "40"})
    return weeks.events


def front(events: list[Event], file: Path | None = None) -> Front:
    found = Front(FakeDesk(trail=FakeTrail(events)))
    found.file = file
    return found


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """What `envaccess audit export` printed."""
    path = tmp_path / "export.jsonl"
    path.write_text("".join(f"{export_line(event)}\n" for event in a_week()))
    return path


def test_what_was_exported_is_read_back_as_it_was() -> None:
    for event in a_week():
        assert read_exported(export_line(event)) == event


def test_file_and_live_stream_say_the_same_in_eighty_columns(exported: Path) -> None:
    live, file = run(front(a_week()), "signals", "digest"), run(front([]), "signals", "digest", str(exported))
    assert (live.code, live.err) == (0, "")
    assert file.out == live.out
    lines = live.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Access from 2026-11-09 to 2026-11-15 (UTC)"
    assert lines.index("To do") < lines.index("- 1 emergency waits for its review: U0ALICE, 2026-11-09 13:00")
    assert any(line.split() == ["Requests", "13", "0", "+13"] for line in lines)
    assert "typed-by-a-person" not in live.out


def test_a_week_is_chosen_by_the_day_after_it(exported: Path) -> None:
    before = run(front([]), "signals", "digest", str(exported), "--to", "2026-11-09")
    assert "from 2026-11-02 to 2026-11-08" in before.out
    assert run(front([]), "signals", "digest", str(exported), "--to", "2020-01-01").code == 2
    assert run(front([]), "signals", "digest", "--to", "Monday").code == 2
    assert run(front([]), "signals", "digest").code == 2


@pytest.mark.parametrize("line", ["", "{}", "[]", "nonsense", '{"id": "1-0"}', "[" * 100_000, '"\ud800"'])
def test_a_file_that_is_none_is_told_by_its_line(exported: Path, line: str) -> None:
    kept = exported.read_text()
    exported.write_bytes(f"{kept}{line}\n".encode("utf-8", "surrogatepass"))
    ended = run(front([]), "signals", "digest", str(exported))
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err
    assert run(front([]), "signals", "digest", str(exported.with_name("none"))).code == 2


@pytest.mark.parametrize(
    "name", ["\x1b[2J\x1b]0;x\x07", "a\nb\rc", "\u202egnp", "'; rm -rf /", "anyone", "S0PAYMENTS"]
)
def test_forged_names_obey_no_terminal_and_get_no_rule(tmp_path: Path, name: str) -> None:
    path, policy = tmp_path / "x.jsonl", HOME / "examples" / "policy.yml"
    path.write_text("".join(f"{export_line(event)}\n" for event in a_week(name)))
    out = run(front([], policy), "signals", "digest", str(path)).out
    assert not [letter for letter in out if letter != "\n" and not letter.isprintable()]
    assert "\u202e" not in out
    patch = run(front([], policy), "signals", "digest", str(path), "--patch")
    assert (patch.code, patch.out) == (0, "")


def with_patch(text: str, patch: str) -> str:
    """The file with a patch as somebody would put it there: its rules before the others."""
    head, rules, rest = text.partition("\nrules:\n")
    assert rules
    return head + rules + patch.partition("rules:\n")[2] + rest


def ruled(policy: Policy, name: str, asker: str, duration: Duration) -> Ruling:
    """What a policy says to a request of Alice's or of somebody else in the payments team."""
    variable = parse_variable(name)
    assert variable
    asking = Asking((variable,), duration, "PAY-123 a failed refund", WEEK.due)
    found = rule_request(
        policy, asking, lambda who: who.anyone or bool({asker, "S0PAYMENTS"} & set(who.words))
    )
    assert isinstance(found, Ruling), found
    return found


@pytest.mark.parametrize("name", ["policy.yml", "policy-full.yml"])
def test_the_patch_checks_and_rules_a_request_as_people_did(exported: Path, name: str) -> None:
    file = HOME / "examples" / name
    events = [event for event in a_week() if event.event != Tag.BOT_STARTED]
    asked = STRIPE if name == "policy.yml" else "staging/DB_URL"
    text = "".join(f"{export_line(event)}\n" for event in events).replace(STRIPE, asked)
    exported.write_text(text)
    patch = run(front([], file), "signals", "digest", str(exported), "--patch")
    assert (patch.code, patch.err) == (0, "")
    before = read_policy(file.read_text(), "C0APPROVERS")
    after = read_policy(with_patch(file.read_text(), patch.out), "C0APPROVERS")
    assert isinstance(before, Policy)
    assert isinstance(after, Policy), after
    hour, day = Duration(3_600), Duration(2 * 3_600)
    assert not ruled(before, asked, "U0ALICE", hour).automatic
    assert ruled(after, asked, "U0ALICE", hour).automatic
    assert not ruled(after, asked, "U0ALICE", day).automatic, "no longer than what people agreed to"
    assert not ruled(after, asked, "U0MALLORY", hour).automatic, "for nobody who did not ask"
    assert ruled(after, asked, "U0MALLORY", hour).steps == ruled(before, asked, "U0MALLORY", hour).steps
    other = "production/STRIPE_OTHER" if name == "policy.yml" else "staging/OTHER"
    assert ruled(after, other, "U0ALICE", hour).automatic == ruled(before, other, "U0ALICE", hour).automatic


def test_a_variable_of_a_long_name_has_a_patch_that_checks() -> None:
    asked = f"staging/{'LONG_' * 11}X"
    suggested = RuleSuggestion(asked, 12, ("U0ALICE",), ("U0BOB",), 3_600, 4)
    policy = read_policy(rule_patch(None, built_in("C0APPROVERS"), [suggested]), "C0APPROVERS")
    assert isinstance(policy, Policy), policy
    assert ruled(policy, asked, "U0ALICE", Duration(3_600)).automatic


def test_without_a_policy_file_a_whole_one_is_printed_and_checks(exported: Path) -> None:
    patch = run(front([]), "signals", "digest", str(exported), "--patch")
    policy = read_policy(patch.out, "C0APPROVERS")
    assert isinstance(policy, Policy), policy
    assert ruled(policy, STRIPE, "U0ALICE", Duration(3_600)).automatic
    assert not ruled(policy, STRIPE, "U0BOB", Duration(3_600)).automatic


def test_a_rule_that_is_automatic_already_and_what_no_rule_matches_get_no_patch(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    for name in ("production/OTHER", "unknown/X"):
        file = tmp_path / "policy.yml"
        file.write_text((HOME / "examples" / "policy.yml").read_text().replace("'*/*'", "'staging/*'"))
        text = "".join(f"{export_line(event)}\n" for event in a_week())
        path.write_text(text.replace(STRIPE, name))
        ended = run(front([], file), "signals", "digest", str(path), "--patch")
        assert (ended.code, ended.out) == (0, "")
        assert "Nothing can be suggested" in ended.err
