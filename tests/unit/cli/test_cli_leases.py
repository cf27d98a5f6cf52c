"""`leases`: what sources made and what is not gone, and how to end it."""

import json
from dataclasses import replace

import pytest

from envaccess.domain.leases import KeptLease, LeaseId, LeaseState, Remains, StillThere
from tests.unit.cli.cli_front import run
from tests.unit.cli.lease_tools import FakeLeaseTools, LeaseFront

LEASE = LeaseId("ev_T0ACME_abcd1234_0_1")
AT = 1_764_230_400_000
LIVES = KeptLease(LEASE, "abcd1234", "U0ALICE", "default/DB_URL", "pg", LeaseState.MINTED, AT)
ENDING = KeptLease(
    LeaseId("ev_T0ACME_abcd1234_0_2"),
    "abcd1234",
    "machine:deploy/1",
    "default/DB_URL",
    "pg",
    LeaseState.ENDING,
    AT,
    left=Remains.SESSIONS,
    sessions=2,
    tries=3,
    ending_at=AT,
    next_at=AT + 4_000,
)


def test_list_says_of_each_login_until_when_it_works_or_why_it_does_not_end() -> None:
    front = LeaseFront(made=FakeLeaseTools([LIVES, ENDING]))
    ended = run(front, "leases", "list", "--workspace", "T0ACME")
    assert (ended.code, ended.err, front.named) == (0, "", "T0ACME")
    lives, ending = ended.out.splitlines()
    assert lives.split("\t") == [
        LEASE,
        "default/DB_URL",
        "U0ALICE",
        "pg",
        "works until 2025-11-27T08:00:00Z",
    ]
    assert ending.split("\t")[-3:] == [
        "ending since 2025-11-27T08:00:00Z",
        "2025-11-27T08:00:04Z",
        "nobody logs in any more, sessions are open (2 sessions)",
    ]


def test_list_fits_a_terminal_of_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envaccess.cli.table.columns", lambda _stream: 80)
    stuck = replace(
        ENDING, left=Remains.OWNS, stuck=True, variable="production/" + "A_LONG_NAME_OF_A_DATABASE" * 2
    )
    front = LeaseFront(made=FakeLeaseTools([LIVES, ENDING, stuck], there={"pg": [LEASE]}))
    for command in ("list", "strays"):
        shown = run(front, "leases", command).out
        assert max(map(len, shown.splitlines())) <= 80
        assert "ID " in shown
    assert "ASKED NEXT    2025-11-27T08:00:04Z" in run(front, "leases", "list").out


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (Remains.LOGIN, "it can still be used"),
        (Remains.OWNS, "locked out, something belongs to it: a person decides"),
        (Remains.UNTIL, "its source ends it at its time alone"),
        ("down", "its source does not answer"),
        ("slow", "its source does not answer in time"),
        ("denied", "its source refuses us"),
    ],
)
def test_what_is_left_is_told_in_words(left: str, told: str) -> None:
    stuck = KeptLease(
        LEASE, "abcd1234", "U0ALICE", "default/A", "pg", LeaseState.ENDING, AT, left, stuck=True, ending_at=AT
    )
    ended = run(LeaseFront(made=FakeLeaseTools([stuck])), "leases", "list")
    assert ended.out.rstrip("\n").split("\t")[4:] == ["does not end since 2025-11-27T08:00:00Z", "", told]


def test_list_for_programs_is_one_object_a_line() -> None:
    ended = run(LeaseFront(made=FakeLeaseTools([ENDING])), "leases", "list", "--format", "jsonl")
    told = json.loads(ended.out)
    assert (told["id"], told["left"], told["sessions"]) == (ENDING.id, "sessions", 2)
    assert (told["ending_at"], told["works_until"]) == ("2025-11-27T08:00:00.000Z",) * 2


def test_nothing_left_is_said() -> None:
    ended = run(LeaseFront(), "leases", "list")
    assert (ended.code, ended.out, ended.err) == (0, "", "No login that a source made is left.\n")


def test_strays_are_named_with_what_ends_them_and_a_source_that_did_not_say() -> None:
    front = LeaseFront(made=FakeLeaseTools(there={"pg": [LEASE], "vault": "The source vault did not answer"}))
    ended = run(front, "leases", "strays")
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "FAULT vault: The source vault did not answer",
        f"{LEASE}\tpg",
    ]
    assert ended.err == "`envaccess leases end ID --source SOURCE` ends one.\n"
    clean = run(LeaseFront(made=FakeLeaseTools(there={"pg": []})), "leases", "strays")
    assert (clean.code, clean.err) == (0, "Every login that is there is written down.\n")
    assert run(LeaseFront(), "leases", "strays").err == "No source makes logins.\n"


def test_end_lets_a_running_envaccess_end_what_is_written_down() -> None:
    front = LeaseFront(made=FakeLeaseTools([LIVES]))
    ended = run(front, "leases", "end", LEASE)
    assert (ended.code, front.made.ended) == (0, [LEASE])
    assert ended.err.startswith(f"{LEASE} ends once a running envaccess has asked its source")


def test_end_of_a_stray_needs_its_source_and_says_what_came_of_it() -> None:
    front = LeaseFront()
    asked = run(front, "leases", "end", LEASE)
    assert (asked.code, "--source" in asked.err) == (1, True)
    gone = run(front, "leases", "end", LEASE, "--source", "pg")
    assert (gone.code, front.made.ended[-1]) == (0, f"pg {LEASE}")
    assert gone.err == f"{LEASE} is gone from pg: it was looked for and not found.\n"
    front.made.outcome = StillThere(Remains.OWNS)
    left = run(front, "leases", "end", LEASE, "--source", "pg")
    assert (left.code, "a person decides" in left.err) == (1, True)


def test_nothing_else_can_be_named() -> None:
    """An operator's slip must not have us drop a role of somebody's."""
    front = LeaseFront()
    assert run(front, "leases", "end", "postgres", "--source", "pg").code == 1
    assert front.made.ended == []
