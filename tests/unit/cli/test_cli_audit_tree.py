"""`audit verify` and `audit keys`: what they print, and the codes that a job reads."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess.domain.errors import BackupFileError, SettingsError, StoreUnavailableError
from envaccess.domain.tree_check import Outcome, TreeProblem, TreeReport
from tests.unit.cli.cli_front import FakeFront, run

KEYS = ("envaccess/T0ACME/0a1b2c3d+00000000+AQ==", "envaccess/T0ACME/0a1b2c3d+11111111+AQ==")
WITNESS = "w.example/1+22222222+BA=="


@dataclass
class FakeTree:
    """A tree that is as it is said to be."""

    problems: tuple[TreeProblem, ...] = ()
    fault: Exception | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)

    async def keys(self, workspace: str, *, rotate: bool) -> tuple[str, ...]:
        self.asked.append((workspace, rotate))
        return KEYS if rotate else KEYS[:1]

    async def verify(
        self, workspace: str, key: str, heads: Path | None, archive: Path | None, witness: str
    ) -> TreeReport:
        if self.fault:
            raise self.fault
        self.asked.append((workspace, key, heads, archive, witness))
        return TreeReport(("12 events sealed",), self.problems)

    def check_proof(self, proof: Path, key: str, heads: Path | None, witness: str) -> TreeReport:
        self.asked.append((proof, key, heads, witness))
        return TreeReport(("event 3 of 12",), self.problems)

    def begin_witness(self, folder: Path, name: str, key: str) -> str:
        self.asked.append((folder, name, key))
        return WITNESS

    def cosign(self, folder: Path, source: Path | str, *, accept_fork: bool) -> tuple[str, TreeReport]:
        self.asked.append((folder, source, accept_fork))
        return "" if self.problems else "the head\n", TreeReport(("12 events sealed",), self.problems)

    async def archive(self, workspace: str, folder: Path) -> int:
        if self.fault:
            raise self.fault
        self.asked.append((workspace, folder))
        return 12

    async def prove(self, workspace: str, event: str) -> str:
        self.asked.append((workspace, event))
        return "c2sp.org/tlog-proof@v1\n"

    async def redact(self, workspace: str, event: str, why: str) -> int:
        self.asked.append((workspace, event, why))
        return 2

    async def lines(self, workspace: str, after: str) -> AsyncIterator[bytes]:
        self.asked.append((workspace, after))
        for number in range(2):
            yield b'{"n":"%d"}' % number


@dataclass
class TreeFront(FakeFront):
    """The parts, with that tree."""

    tree: FakeTree = field(default_factory=FakeTree)

    def audit_tree(self) -> FakeTree:
        return self.tree


@pytest.mark.parametrize(
    ("found", "code", "word"),
    [
        ((), 0, "valid"),
        ((Outcome.ALTERED,), 3, "ALTERED"),
        ((Outcome.FORKED,), 4, "FORKED"),
        ((Outcome.INCOMPLETE,), 5, "incomplete: not everything could be checked"),
        ((Outcome.INCOMPLETE, Outcome.ALTERED), 3, "ALTERED"),
        ((Outcome.INCOMPLETE, Outcome.ALTERED, Outcome.FORKED), 4, "FORKED"),
    ],
)
def test_the_code_says_the_gravest_of_what_was_found(
    found: tuple[Outcome, ...], code: int, word: str
) -> None:
    problems = tuple(TreeProblem(outcome, "envaccess/T0ACME/0a1b2c3d: missing: 3") for outcome in found)
    ended = run(TreeFront(tree=FakeTree(problems)), "audit", "verify")
    assert ended.code == code
    lines = ended.out.splitlines()
    assert (lines[0], lines[-1]) == ("12 events sealed", word)
    assert len(lines) == 2 + len(found)


def test_a_redis_that_does_not_answer_is_incomplete_and_no_tampering() -> None:
    ended = run(
        TreeFront(tree=FakeTree(fault=StoreUnavailableError("Redis cannot be reached"))), "audit", "verify"
    )
    assert (ended.code, ended.out, ended.err) == (5, "", "Redis cannot be reached\n")


def test_a_key_that_is_none_is_wrong_usage() -> None:
    assert (
        run(TreeFront(tree=FakeTree(fault=SettingsError("--key is no verifier key"))), "audit", "verify").code
        == 2
    )


def test_keys_are_printed_one_a_line() -> None:
    front = TreeFront()
    assert run(front, "audit", "keys", "show", "--workspace", "T0ACME").out == f"{KEYS[0]}\n"
    assert run(front, "audit", "keys", "rotate").out == "".join(f"{key}\n" for key in KEYS)
    assert front.tree.asked == [("T0ACME", False), ("", True)]


def test_an_archive_says_how_much_it_holds(tmp_path: Path) -> None:
    front, folder = TreeFront(), tmp_path / "audit"
    ended = run(front, "audit", "archive", str(folder))
    assert (ended.code, ended.out, ended.err) == (0, "", f"{folder} holds 12 events.\n")
    assert front.tree.asked == [("", folder)]


def test_an_archive_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    fault = BackupFileError("/archive cannot be written: No space left on device.")
    ended = run(TreeFront(tree=FakeTree(fault=fault)), "audit", "archive", str(tmp_path))
    assert (ended.code, ended.out) == (1, "")
    assert "No space left on device" in ended.err


def test_an_archive_is_verified_in_place_of_the_store(tmp_path: Path) -> None:
    front = TreeFront()
    assert run(front, "audit", "verify", "--archive", str(tmp_path), "--key", KEYS[0]).code == 0
    assert front.tree.asked == [("", KEYS[0], None, tmp_path, "")]


def test_a_proof_is_verified_by_its_file_alone(tmp_path: Path) -> None:
    front, proof = TreeFront(), tmp_path / "proof"
    proof.write_text("c2sp.org/tlog-proof@v1\n")
    ended = run(front, "audit", "verify", "--proof", str(proof), "--key", KEYS[0], "--witness", WITNESS)
    assert (ended.code, ended.out) == (0, "event 3 of 12\nvalid\n")
    assert front.tree.asked == [(proof, KEYS[0], None, WITNESS)]
    assert run(front, "audit", "verify", "--proof", str(proof), "--archive", str(tmp_path)).code == 2


def test_a_witness_prints_the_cosigned_head_and_nothing_else(tmp_path: Path) -> None:
    front, state = TreeFront(), str(tmp_path / "state")
    ended = run(front, "audit", "witness", "--state", state, "--begin", "w.example/1", "--key", KEYS[0])
    assert (ended.code, ended.out) == (0, f"{WITNESS}\n")
    ended = run(front, "audit", "witness", "--state", state, str(tmp_path))
    assert (ended.code, ended.out, ended.err) == (0, "the head\n", "12 events sealed\n")
    run(front, "audit", "witness", "--state", state, "--accept-fork", "-", stdin=b"a head")
    assert front.tree.asked[1:] == [(Path(state), tmp_path, False), (Path(state), "a head", True)]


def test_a_witness_that_refuses_prints_no_head_and_says_why(tmp_path: Path) -> None:
    front = TreeFront(tree=FakeTree((TreeProblem(Outcome.FORKED, "the newest head is older"),)))
    ended = run(front, "audit", "witness", "--state", str(tmp_path), "-", stdin=b"a head")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.splitlines()[1:] == ["forked: the newest head is older", "Nothing was cosigned."]


@pytest.mark.parametrize(
    "args", [(), ("--begin", "w"), ("--begin", "w", "--key", "k", "-"), ("--key", "k", "-")]
)
def test_a_witness_is_made_or_asked_never_both(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert run(TreeFront(), "audit", "witness", "--state", str(tmp_path), *args).code == 2


def test_a_proof_is_printed_as_it_is() -> None:
    front = TreeFront()
    assert run(front, "audit", "prove", "1760000000123-0").out == "c2sp.org/tlog-proof@v1\n"
    assert run(front, "audit", "prove", "yesterday").code == 2


def test_lines_are_exported_byte_by_byte() -> None:
    front = TreeFront()
    assert run(front, "audit", "export", "--format", "lines").out == '{"n":"0"}\n{"n":"1"}\n'
    assert run(front, "audit", "export", "--format", "lines", "--to", "2025-10-09T08:53:20Z").code == 2


def test_what_was_taken_away_is_said_with_what_is_not() -> None:
    front = TreeFront()
    ended = run(front, "audit", "redact", "1760000000123-0", "--why", "asked for under the GDPR")
    assert (ended.code, ended.out) == (0, "")
    told = "Took away what was typed in 2 events. Slack, other systems and backups still have it."
    assert ended.err == f"{told}\n"
    assert front.tree.asked == [("", "1760000000123-0", "asked for under the GDPR")]
    assert run(front, "audit", "redact", "1760000000123-0").code == 2


def test_what_a_file_calls_a_tree_moves_no_cursor_and_begins_no_line() -> None:
    """Else an archive that somebody altered could hide on a terminal what is said of it."""
    told = TreeProblem(Outcome.ALTERED, "envaccess/T0ACME/\x1b0a1b2c3d:\u202e missing:\n 3")
    ended = run(TreeFront(tree=FakeTree((told,))), "audit", "verify")
    assert ended.code == Outcome.ALTERED
    assert ended.out.splitlines()[1:] == ["altered: envaccess/T0ACME/0a1b2c3d: missing: 3", "ALTERED"]
