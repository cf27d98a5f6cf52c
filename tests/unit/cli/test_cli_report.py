"""`envaccess report`: what it takes, what it says, and the codes that a job reads."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess.audit.reports.query import ReportQuery
from envaccess.domain.errors import ReportError, StoreUnavailableError
from envaccess.domain.tree_check import Outcome, TreeProblem, TreeReport
from tests.unit.cli.cli_front import Ended, FakeFront, run

ASKED = ("--from", "2026-07-01", "--to", "2026-09-30", "--out", "q3")


@dataclass(frozen=True)
class Made:
    manifest: str = "ab" * 32
    missing: tuple[str, ...] = ()
    checked: TreeReport = field(default_factory=lambda: TreeReport((), ()))


@dataclass
class FakeReports:
    made: Made = field(default_factory=Made)
    fault: Exception | None = None
    asked: list[ReportQuery] = field(default_factory=list)
    rest: tuple[object, ...] = ()

    async def write_report(self, query: ReportQuery, *rest: object) -> Made:
        self.asked.append(query)
        self.rest = rest
        if self.fault:
            raise self.fault
        return self.made


@dataclass
class ReportFront(FakeFront):
    written: FakeReports = field(default_factory=FakeReports)

    def reports(self) -> FakeReports:
        return self.written


def report(front: ReportFront, *args: str) -> Ended:
    return run(front, "report", *args)


@pytest.mark.parametrize("kind", ["access", "reviews", "approvers", "evidence"])
def test_a_complete_report_ends_with_0_and_its_manifest_s_digest(kind: str) -> None:
    front = ReportFront()
    done = report(front, kind, *ASKED, "--zone", "Europe/Berlin")
    assert (done.code, done.out) == (0, f"{'ab' * 32}  q3/manifest.json\n")
    assert "q3 is written: begin with report.html." in done.err
    (query,) = front.written.asked
    assert query.kind == kind
    assert query.told(query.start) == "2026-07-01T00:00:00.000+02:00"
    assert query.told(query.end) == "2026-10-01T00:00:00.000+02:00"
    assert front.written.rest == (Path("q3"), "", "", None, None, None)


def test_what_is_missing_is_said_and_ends_with_5() -> None:
    front = ReportFront()
    front.written.made = Made(missing=("2 events of this time are not sealed yet.",))
    done = report(front, "evidence", *ASKED)
    assert done.code == 5
    assert "missing: 2 events of this time are not sealed yet." in done.err
    assert "says what is missing" in done.err


@pytest.mark.parametrize("outcome", [Outcome.ALTERED, Outcome.FORKED])
def test_an_altered_stream_is_said_and_no_report_is_written(outcome: Outcome) -> None:
    front = ReportFront()
    front.written.made = Made("", checked=TreeReport((), (TreeProblem(outcome, "missing: 2"),)))
    done = report(front, "evidence", *ASKED)
    assert (done.code, done.out) == (outcome, "")
    assert "No report was written" in done.err


def test_a_folder_in_use_ends_with_1_and_redis_away_with_5() -> None:
    front = ReportFront()
    front.written.fault = ReportError("--out: q3 holds files already. Name a folder that is not there yet.")
    done = report(front, "access", *ASKED)
    assert (done.code, done.out) == (1, "")
    front.written.fault = StoreUnavailableError("Redis is not reachable")
    assert report(front, "access", *ASKED).code == 5


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--from", "2026-07-01", "--to", "2026-06-30", "--out", "q3"), "--to must be after --from."),
        (("--from", "yesterday", "--to", "2026-06-30", "--out", "q3"), "--from takes a date such as"),
        (("--from", "2026-07-01", "--to", "2026-07-01T12:00", "--out", "q3"), "--to takes a date such as"),
        ((*ASKED, "--zone", "Mars/Base"), "--zone takes the name of a time zone"),
        ((*ASKED, "--at", "2026-07-01"), "--at takes a time such as"),
        ((*ASKED, "--at", "2027-07-01T00:00:00Z"), "--at must lie between --from and --to."),
    ],
)
def test_a_wrong_question_is_refused_before_anything_is_read(args: tuple[str, ...], said: str) -> None:
    front = ReportFront()
    done = report(front, "access", *args)
    assert done.code == 2
    assert said in done.err
    assert front.written.asked == []


def test_one_day_is_from_and_to_the_same_day() -> None:
    front = ReportFront()
    assert report(front, "access", "--from", "2026-07-01", "--to", "2026-07-01", "--out", "q3").code == 0
    (query,) = front.written.asked
    assert query.end - query.start == 24 * 3600 * 1000
