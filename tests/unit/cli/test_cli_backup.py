"""`backup` and `restore`: what they ask for, what they say, and how they refuse."""

from pathlib import Path

import pytest

from envaccess.domain.errors import (
    BackupFileError,
    EnvaccessError,
    RestoreRefusedError,
    RestoreUnfinishedError,
    StoreUnavailableError,
)
from tests.unit.cli.cli_front import FakeFront, run

HELD = "It holds no master key: keep those elsewhere, or no value can be opened again."


def test_a_backup_says_in_one_line_where_it_is_and_what_it_holds() -> None:
    front = FakeFront()
    ended = run(front, "backup", "acme.jsonl")
    where = Path("acme.jsonl").absolute()
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"Backed up T0ACME to {where}: 12 requests, 1 value, 5310 events. {HELD}\n"
    assert front.asked == [("back up", "", where, False)]


def test_a_restore_says_of_when_it_is_and_what_it_ended() -> None:
    front = FakeFront()
    ended = run(front, "restore", "/backups/acme.jsonl", "--replace", "--workspace", "T0OTHER")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "Restored T0OTHER from /backups/acme.jsonl of 2025-10-09T12:00:00.123Z: "
        "12 requests, 1 value, 5310 events. 1 live grant and 2 pending requests ended.\n"
    )
    assert front.asked == [("restore", "T0OTHER", Path("/backups/acme.jsonl"), True)]


def test_a_restore_warns_of_master_keys_that_are_not_here() -> None:
    """Else the operator finds out when the bot does not start."""
    one = run(FakeFront(missing_keys=("key-1",)), "restore", "acme.jsonl")
    two = run(FakeFront(missing_keys=("key-1", "key-2")), "restore", "acme.jsonl")
    assert one.err.splitlines()[1].startswith(
        "warning: its values are sealed under the master key key-1, not"
    )
    assert "the master keys key-1, key-2, not held here: put them back first." in two.err
    assert (one.code, two.code) == (0, 0)


@pytest.mark.parametrize("command", ["backup", "restore"])
@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("-",), "FILE is a file: a backup is written whole or not at all"),
        (("",), "FILE must be the path of a file"),
        ((), "Missing argument 'FILE'"),
        (("a", "b"), "too much here (it is not repeated)"),
        (("a", "--workspace", "acme"), "T0ACME123"),
    ],
)
def test_what_names_no_file_is_refused_before_anything_is_asked(
    command: str, args: tuple[str, ...], told: str
) -> None:
    front = FakeFront()
    ended = run(front, command, *args)
    assert (ended.code, ended.out, front.asked) == (2, "", [])
    assert told in ended.err


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (BackupFileError("acme.jsonl is cut off (line 3)."), 2),
        (RestoreRefusedError("The store holds this workspace already."), 1),
    ],
)
def test_a_refused_restore_says_that_nothing_was_changed(fault: EnvaccessError, code: int) -> None:
    ended = run(FakeFront(fault=fault), "restore", "acme.jsonl")
    assert (ended.code, ended.out) == (code, "")
    assert ended.err == f"envaccess: {fault} Nothing was changed.\n"


@pytest.mark.parametrize(
    ("command", "fault", "code"),
    [
        ("backup", BackupFileError("Cannot write acme.jsonl: No space left on device."), 2),
        ("backup", StoreUnavailableError("Redis cannot be reached"), 1),
        ("restore", RestoreUnfinishedError("The restore is not finished."), 1),
    ],
)
def test_any_other_fault_is_one_line_that_promises_no_more_than_it_knows(
    command: str, fault: EnvaccessError, code: int
) -> None:
    ended = run(FakeFront(fault=fault), command, "acme.jsonl")
    assert (ended.code, ended.err) == (code, f"envaccess: {fault}\n")
