"""macOS, where nobody adopts orphans: the table of `ps` and a notice of forks, both played by fakes."""

import os

from envaccess.run.darwin import DarwinProcesses, read_ps
from envaccess.run.processes import RunningProcess

US = os.getpid()
CHILD = RunningProcess(70_001, US, 70_001, "a")
GRANDCHILD = RunningProcess(70_002, 70_001, 70_001, "b")
ORPHAN = RunningProcess(70_002, 1, 70_001, "b")
STRANGER = RunningProcess(70_009, 1, 70_009, "c")


class FakeNotice:
    """Fits `ForkNotice`; remembers whom it follows."""

    def __init__(self) -> None:
        self.followed: list[int] = []

    def follow(self, pid: int) -> None:
        self.followed.append(pid)

    def fileno(self) -> int:
        return 7

    def drain(self) -> None:
        self.followed.clear()


class FakePs:
    """The table, as a test sets it."""

    def __init__(self, *table: RunningProcess) -> None:
        self.table, self.notice = list(table), FakeNotice()
        self.processes = DarwinProcesses(lambda: self.table, lambda: self.notice)
        self.processes.adopt()

    def pids(self) -> list[int]:
        return [process.pid for process in self.processes.descendants()]


def test_descendants_are_found_and_their_forks_followed() -> None:
    ps = FakePs(CHILD, GRANDCHILD, STRANGER)
    assert ps.pids() == ps.notice.followed == [CHILD.pid, GRANDCHILD.pid]


def test_orphan_that_was_seen_once_is_not_lost() -> None:
    ps = FakePs(CHILD, GRANDCHILD)
    ps.pids()
    ps.table = [ORPHAN._replace(group=70_002), STRANGER]
    assert ps.pids() == [ORPHAN.pid]


def test_orphan_in_the_group_of_a_living_one_is_found() -> None:
    assert FakePs(CHILD, ORPHAN, STRANGER).pids() == [CHILD.pid, ORPHAN.pid]


def test_later_process_of_the_same_number_is_nobody_s() -> None:
    ps = FakePs(CHILD)
    ps.pids()
    ps.table = [STRANGER._replace(pid=CHILD.pid, group=CHILD.pid)]
    assert ps.pids() == []


def test_table_of_ps_is_read_without_the_ended() -> None:
    text = (
        "  501     1   501 Ss   Thu Nov 26 21:11:37 2026\n  502   501   501 Z    Thu Nov 26 21:11:38 2026\n"
    )
    assert read_ps(text) == [RunningProcess(501, 1, 501, "Thu Nov 26 21:11:37 2026")]
