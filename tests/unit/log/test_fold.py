"""Repeated lines: the first is never lost, the rest is a count, by a clock that a test moves."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog import DropEvent

from envaccess.log.fold import WINDOW_SECONDS, Folder

Line = dict[str, Any]


@dataclass
class Fold:
    """A folder with its clock, and what it wrote."""

    now: float = 0.0
    alarms: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    written: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = Folder(
            lambda event: self.written.append(dict(event)),
            now=lambda: self.now,
            later=lambda seconds, call: self.alarms.append((self.now + seconds, call)),
        )

    def log(self, event: str, **more: Any) -> None:
        with contextlib.suppress(DropEvent):
            self.written.append(dict(self.folder(None, "", {"event": event, **more})))

    def go(self, seconds: float) -> None:
        self.now += seconds
        due = [alarm for alarm in self.alarms if alarm[0] <= self.now]
        self.alarms = [alarm for alarm in self.alarms if alarm[0] > self.now]
        for _, call in due:
            call()


@pytest.fixture
def fold() -> Fold:
    return Fold()


def test_a_thousand_equal_lines_are_the_first_and_a_count(fold: Fold) -> None:
    for _ in range(1_000):
        fold.log("full", path="x")
    assert fold.written == [{"event": "full", "path": "x"}]
    fold.go(WINDOW_SECONDS)
    assert fold.written[1:] == [{"event": "full", "path": "x", "repeated": 999}]
    assert fold.alarms == []


def test_lines_that_differ_in_anything_are_all_written(fold: Fold) -> None:
    for number in range(2_000):
        fold.log("filed", request=str(number))
    assert len(fold.written) == 2_000
    assert len(fold.folder._windows) <= 256


def test_a_line_that_comes_once_is_written_once_and_sets_no_alarm(fold: Fold) -> None:
    fold.log("started")
    assert fold.alarms == []
    fold.go(WINDOW_SECONDS)
    fold.log("started")
    assert fold.written == [{"event": "started"}] * 2


def test_a_flood_that_goes_on_is_two_lines_a_window(fold: Fold) -> None:
    for _ in range(100):
        fold.log("full")
        fold.go(WINDOW_SECONDS / 10)
    assert len(fold.written) <= 20
    fold.go(WINDOW_SECONDS)
    assert sum(line.get("repeated", 1) for line in fold.written) == 100


def test_counts_that_crowd_each_other_out_are_written(fold: Fold) -> None:
    for number in range(300):
        fold.log("a", n=number)
        fold.log("a", n=number)
    fold.folder.flush()
    assert sum(line.get("repeated", 1) for line in fold.written) == 600


def test_threads_that_log_at_once_lose_no_line(fold: Fold) -> None:
    def flood() -> None:
        for _ in range(500):
            fold.log("full")

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fold.folder.flush()
    assert sum(line.get("repeated", 1) for line in fold.written) == 2_000


def test_the_count_is_written_when_the_process_ends() -> None:
    program = "from envaccess import log; log.configure('json'); [log.note('busy') for _ in range(5)]"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    first, count = ended.stderr.splitlines()
    assert '"event": "busy"' in first
    assert '"repeated": 4' in count


def test_other_libraries_lines_are_folded_too() -> None:
    """The event loop wrote a line a millisecond when there were no descriptors left, and filled disks."""
    program = (
        "import logging; from envaccess import log; log.configure('json')\n"
        "for _ in range(50): logging.getLogger('asyncio').error('socket.accept() out of system resource')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert len(ended.stderr.splitlines()) == 2
    assert '"repeated": 49' in ended.stderr
