"""`audit verify` and `audit keys`: what they print, and the codes that a job reads."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess.domain.errors import SettingsError, StoreUnavailableError
from envaccess.domain.tree_check import Outcome, TreeProblem, TreeReport
from tests.unit.cli.cli_front import FakeFront, run

KEYS = ("envaccess/T0ACME/0a1b2c3d+00000000+AQ==", "envaccess/T0ACME/0a1b2c3d+11111111+AQ==")


@dataclass
class FakeTree:
    """A tree that is as it is said to be."""

    problems: tuple[TreeProblem, ...] = ()
    fault: Exception | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list)

    async def keys(self, workspace: str, *, rotate: bool) -> tuple[str, ...]:
        self.asked.append((workspace, rotate))
        return KEYS if rotate else KEYS[:1]

    async def verify(self, workspace: str, key: str, heads: Path | None) -> TreeReport:
        if self.fault:
            raise self.fault
        self.asked.append((workspace, key, heads))
        return TreeReport(("12 events sealed",), self.problems)


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
