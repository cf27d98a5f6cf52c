"""`envaccess review`: what it says, prints and writes, and what it refuses."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from envaccess.domain.access_review import Verdict
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.review_pack import MANIFEST
from tests.unit.cli.cli_front import FakeFront, run
from tests.unit.cli.review_tools import OPEN, PATCH, closed


@pytest.fixture
def front() -> FakeFront:
    return FakeFront()


def test_a_review_is_started_by_what_is_said(front: FakeFront) -> None:
    ended = run(front, "review", "start", "grants", "--until", "2d", "--reviewer", "@U0BOB")
    assert (ended.code, ended.out) == (0, "7k2m9xq4\n")
    assert "2 items to look at" in ended.err
    assert front.reviews.asked == [("op", "grants", ("U0BOB",), 172_800)]
    assert run(front, "review", "start", "--until", "once").code == 2
    front.reviews.refusal = Refusal(Reason.NO_REVIEW_SCOPE)
    refused = run(front, "review", "start", "the moon")
    assert (refused.code, refused.out) == (1, "")
    assert "nothing of that name to review" in refused.err


def test_status_prints_an_item_a_line_and_writes_the_pack_once(front: FakeFront, tmp_path: Path) -> None:
    ended = run(front, "review", "status")
    assert ended.out == "1\topen\trequester\tU0ALICE\tpayments\n2\topen\tgrant\t7k2m9xq4\t\n"
    assert "is open until" in ended.err
    front.reviews.kept = closed(OPEN)
    out = tmp_path / "pack"
    written = run(front, "review", "status", "7k2m9xq4", "--out", str(out))
    assert written.code == 0
    manifest = json.loads((out / MANIFEST).read_text())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    assert manifest["counts"] == {"keep": 0, "reduce": 0, "revoke": 1, "not reviewed": 1}
    assert hashlib.sha256((out / MANIFEST).read_bytes()).hexdigest() in written.err
    assert "'=HYPERLINK" in (out / "decisions.csv").read_text()
    again = run(front, "review", "status", "--out", str(out))
    assert again.code == 1
    assert "name another folder" in again.err
    assert run(front, "review", "status", "another1").code == 1


def test_a_pack_that_is_not_the_one_of_the_event_is_told(front: FakeFront, tmp_path: Path) -> None:
    front.reviews.kept = replace(closed(OPEN), pack="0" * 64)
    assert "warning" in run(front, "review", "status", "--out", str(tmp_path / "pack")).err


def test_on_the_host_something_is_reduced_or_revoked_and_never_kept(front: FakeFront) -> None:
    ended = run(front, "review", "judge", "1", "2", "--revoke", "--why", "has left")
    assert (ended.code, ended.out) == (0, "")
    assert "1 item judged." in ended.err
    assert "Item 1 had been judged by person:U0CAROL, and stays so." in ended.err
    said = {"1": Verdict.REVOKE, "2": Verdict.REVOKE}
    assert front.reviews.asked == [("op", "7k2m9xq4", said, "has left")]
    assert run(front, "review", "judge", "1", "--why", "has left").code == 2
    assert run(front, "review", "judge", "1", "--revoke").code == 2


def test_closing_what_is_not_all_judged_is_asked_first(front: FakeFront) -> None:
    refused = run(front, "review", "close", stdin=b"n\n")
    assert refused.code == 130
    assert "2 items not judged would stay not reviewed" in refused.err
    assert not front.reviews.asked
    ended = run(front, "review", "close", "--yes")
    assert (ended.code, ended.out) == (0, PATCH)
    assert "is closed, by cli:tester: 0 kept, 0 reduced, 1 revoked, 1 not reviewed" in ended.err
    assert run(front, "review", "close", "--yes").code == 1
