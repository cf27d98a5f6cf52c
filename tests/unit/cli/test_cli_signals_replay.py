"""`envaccess signals replay`: what the rules of now find, and what was recorded otherwise."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from envaccess.domain.audit import Event, export_line, person, read_exported
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.signals.thresholds import Thresholds
from tests.unit.cli.cli_front import NOON, FakeDesk, FakeFront, FakeTrail, run

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def asked(number: int, at: int, **detail: str) -> Event:
    """Alice asks."""
    told = {"duration": "1h", "hour": "12", **detail}
    return Event(
        f"{at}-0", "request.created", at, person("U1"), f"k3x9m{number:03}",
        variables=("default/A",), requester="U1", detail=told,
    )  # fmt: skip


STREAM = [
    asked(0, NOON, facts="new_or_silent"),
    asked(1, NOON + 20 * DAY),
    asked(2, NOON + 20 * DAY + MINUTE),
    asked(3, NOON + 20 * DAY + 2 * MINUTE, facts="odd_hour"),
    asked(4, NOON + 20 * DAY + 3 * MINUTE, facts="burst"),
    replace(asked(5, NOON + 20 * DAY + 4 * MINUTE), event="request.denied"),
    asked(6, NOON + 20 * DAY + 5 * MINUTE, facts="asked_after_denial,burst"),
    asked(7, NOON + 120 * DAY, facts="new_or_silent"),
    asked(8, NOON + 121 * DAY, facts="first_variable"),
]


@dataclass
class _Policies:
    """A policy file that says another threshold."""

    file: Path | None = None

    def read(self, path: Path, *, guarded: bool = True) -> Policy | tuple[FileFault, ...]:
        del guarded
        if path.name == "faulty.yml":
            return (FileFault(3, "signals", "it is wrong", "mend it"),)
        return replace(built_in("C0APPROVE"), signals=Thresholds(burst=3))


@dataclass
class _Front(FakeFront):
    tools: _Policies = field(default_factory=_Policies)

    def policies(self) -> _Policies:
        return self.tools


def front() -> _Front:
    return _Front(FakeDesk(trail=FakeTrail(STREAM, [])))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(f"{export_line(event)}\n" for event in STREAM), "utf-8")
    return path


def test_an_exported_stream_is_replayed_with_counts_alerts_and_differences(file: Path) -> None:
    ended = run(front(), "signals", "replay", str(file))
    assert (ended.code, ended.err) == (0, "")
    first, *rest = ended.out.splitlines()
    assert first == "2025-10-09T12:00:00.123Z to 2026-02-07T12:00:00.123Z: 8 requests"
    assert [line.split() for line in rest[:3]] == [
        ["new_or_silent", "2", "25.0", "%"],
        ["asked_after_denial", "1", "12.5", "%"],
        ["burst", "2", "25.0", "%"],
    ]
    assert rest[3:] == [
        "1 alert:",
        "2025-10-29T12:05:00.123Z person:U1 k3x9m006 burst,asked_after_denial",
        "1 difference to what was recorded; 1 more at the begin, for which earlier events may be the reason",
        "2025-10-29T12:02:00.123Z person:U1 k3x9m003 recorded odd_hour, now nothing",
        "2026-02-07T12:00:00.123Z person:U1 k3x9m008 recorded first_variable, now nothing",
    ]


def test_without_a_file_the_stream_itself_is_replayed(file: Path) -> None:
    assert run(front(), "signals", "replay").out == run(front(), "signals", "replay", str(file)).out


def test_other_thresholds_are_tried_by_a_policy_file(file: Path, tmp_path: Path) -> None:
    ended = run(front(), "signals", "replay", str(file), "--policy", str(tmp_path / "tried.yml"))
    (burst,) = [line for line in ended.out.splitlines() if line.startswith("burst")]
    assert burst.split()[1] == "3"


def test_a_faulty_policy_file_is_told(file: Path, tmp_path: Path) -> None:
    ended = run(front(), "signals", "replay", str(file), "--policy", str(tmp_path / "faulty.yml"))
    assert ended.code == 1
    assert "it is wrong" in ended.out


@pytest.mark.parametrize("line", ["{}", "[]", "nonsense", '{"id": 1}', "null", "\x00", "[" * 100_000])
def test_what_is_no_exported_line_is_refused_by_its_number(file: Path, line: str) -> None:
    file.write_text(f"{export_line(STREAM[0])}\n\n{line}\n", "utf-8")
    ended = run(front(), "signals", "replay", str(file))
    assert ended.code == 2
    assert "Line 3 is no event" in ended.err


def test_no_request_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert run(front(), "signals", "replay", str(empty)).out == "No request in these events.\n"


def test_an_exported_line_is_read_back() -> None:
    assert [read_exported(export_line(event)) for event in STREAM] == STREAM
