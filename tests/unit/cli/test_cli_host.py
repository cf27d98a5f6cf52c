"""`lock`, `unlock`, `locks` and `secrets read`: what they say and print, and what they refuse."""

import json

import pytest

from envaccess.domain.lock import Lock, Target
from envaccess.domain.refusal import Reason, Refusal
from tests.unit.cli.cli_front import NOON, FakeDesk, FakeFront, FakeValues, run, variable

VALUE = "value-for-tests-7Fh2\nsecond line\n"
WHY = ("--why", "laptop stolen")


@pytest.fixture
def front() -> FakeFront:
    names = [variable("STRIPE_KEY"), variable("production/DB_URL"), variable("U0BOB1")]
    return FakeFront(FakeDesk(FakeValues(dict.fromkeys(names, VALUE), dict.fromkeys(names, 3))))


def locked(front: FakeFront) -> set[str]:
    return {str(target) for target in front.inside.locks.held}


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("U0BOB", "person:U0BOB"),
        ("@U0BOB", "person:U0BOB"),
        ("@U0BOB1", "person:U0BOB1"),
        ("STRIPE_KEY", "variable:default/STRIPE_KEY"),
        ("production/DB_URL", "variable:production/DB_URL"),
        ("default/U0BOB1", "variable:default/U0BOB1"),
        ("machine:deploy", "machine:deploy"),
        ("agent:ag_7k2p", "agent:ag_7k2p"),
    ],
)
def test_a_lock_is_on_a_person_a_variable_or_a_program_and_says_so(
    front: FakeFront, typed: str, target: str
) -> None:
    ended = run(front, "lock", typed, *WHY)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("Locked ")
    assert locked(front) == {target}
    again = run(front, "lock", typed, *WHY)
    assert "nothing was changed" in again.err
    assert run(front, "unlock", typed).code == 0
    assert not locked(front)


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (("lock", "U0BOB1", *WHY), 2, "say @U0BOB1 or default/U0BOB1"),
        (("lock", "STRIPE_KEYS", *WHY), 1, "Did you mean STRIPE_KEY?"),
        (("lock", "URL", *WHY), 1, "There is no variable URL"),
        (("lock", "carla", *WHY), 1, "A person is named by their id, such as U0BOB1234"),
        (("lock", "@bob", *WHY), 2, "Copy member ID"),
        (("lock", "a b c", *WHY), 2, "no person, no program and no variable"),
        (("lock", "STRIPE_KEY"), 2, "--why"),
        (("lock", "STRIPE_KEY", "--why", "x"), 2, "3 to 500 characters"),
        (("lock", "STRIPE_KEY", "--why", "password=hunter2hunter2"), 2, "looks like a secret"),
        (("lock", "STRIPE_KEY", "more", *WHY), 2, "too much here"),
        (("lock", "STRIPE_KEY", *WHY, "--workspace", "acme"), 2, "T0ACME123"),
        (("unlock", "STRIPE_KEY"), 1, "is not locked"),
        (("secrets", "read", "STRIPE_KEYS", *WHY), 1, "Did you mean STRIPE_KEY?"),
        (("secrets", "read", "STRIPE_KEY"), 2, "--why"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    front: FakeFront, typed: tuple[str, ...], code: int, told: str
) -> None:
    ended = run(front, *typed)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
    assert "hunter2" not in ended.said
    assert not locked(front)


def test_what_is_locked_is_unlocked_even_after_its_variable_is_gone(front: FakeFront) -> None:
    run(front, "lock", "STRIPE_KEY", *WHY)
    del front.inside.values.kept[variable("STRIPE_KEY")]
    assert run(front, "unlock", "STRIPE_KEY").code == 0


def test_locks_prints_one_a_line_for_people_and_for_programs(front: FakeFront) -> None:
    run(front, "lock", "U0BOB", *WHY)
    run(front, "lock", "STRIPE_KEY", "--why", "key in a public log")
    text = run(front, "locks")
    assert [line.split("\t")[0] for line in text.out.splitlines()] == ["U0BOB", "STRIPE_KEY"]
    assert "laptop stolen" in text.out
    lines = [json.loads(line) for line in run(front, "locks", "--format", "jsonl").out.splitlines()]
    assert [line["target"] for line in lines] == ["person:U0BOB", "variable:default/STRIPE_KEY"]
    assert {line["by"] for line in lines} == {"cli:tester"}


def test_no_lock_prints_no_data() -> None:
    ended = run(FakeFront(), "locks")
    assert (ended.code, ended.out) == (0, "")
    assert "Nobody and nothing" in ended.err


def test_a_read_gives_a_pipe_the_value_exactly_and_its_reason_to_the_audit(front: FakeFront) -> None:
    ended = run(front, "secrets", "read", "STRIPE_KEY", *WHY)
    assert (ended.code, ended.out, ended.err) == (0, VALUE, "")
    assert front.inside.values.read == [(variable("STRIPE_KEY"), "laptop stolen")]


def test_a_locked_variable_is_not_read(front: FakeFront) -> None:
    lock = Lock("1-1", Target(variable=variable("STRIPE_KEY")), "person:U0SEC", NOON, "leaked")
    front.inside.values.locked = Refusal(Reason.LOCKED, by=lock.by, hint=lock.why, target=str(lock.target))
    ended = run(front, "secrets", "read", "STRIPE_KEY", *WHY)
    assert (ended.code, ended.out) == (1, "")
    assert "STRIPE_KEY is locked by U0SEC (leaked); unlock it first" in ended.err


def test_a_variable_whose_value_is_lost_is_not_said_to_be_unknown(front: FakeFront) -> None:
    front.inside.values.lost.add(variable("STRIPE_KEY"))
    ended = run(front, "secrets", "read", "STRIPE_KEY", *WHY)
    assert (ended.code, ended.out) == (1, "")
    assert (
        "The store has lost the value of STRIPE_KEY: `envaccess secrets set` stores a new one." in ended.err
    )


def test_it_is_said_which_workspace_is_meant_where_slack_did_not_say(front: FakeFront) -> None:
    front.inside.from_store = True
    ended = run(front, "lock", "U0BOB", *WHY)
    assert ended.err.startswith("Slack does not answer: this is about Acme, the only workspace")


@pytest.mark.parametrize(
    "typed", [("lock", "U0BOB", *WHY), ("locks",), ("secrets", "read", "STRIPE_KEY", *WHY)]
)
def test_the_workspace_may_be_named(front: FakeFront, typed: tuple[str, ...]) -> None:
    assert run(front, *typed, "--workspace", "T0ACME").code == 0
    assert front.named == "T0ACME"


@pytest.mark.parametrize(
    ("known", "code", "told"), [(False, 1, "nobody of the id"), (None, 0, "read it once more")]
)
def test_a_lock_on_nobody_is_refused_where_slack_can_say_so(
    front: FakeFront, known: bool | None, code: int, told: str
) -> None:
    """gravitational/teleport#69739: a lock on a mistyped target gives false assurance."""
    front.inside.known = known
    ended = run(front, "lock", "U0BOB", *WHY)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
    assert len(locked(front)) == (not code)
