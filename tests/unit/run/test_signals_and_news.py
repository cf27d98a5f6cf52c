"""Signals on their way to the command, and news of its access, on a machine that may have slept."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

Start = Callable[..., subprocess.Popen[str]]
REPORT = "trap 'echo got {0}; exit 9' {0}; echo ready; while :; do sleep 0.05; done"


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=30)
    return out, err


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH", "ALRM"])
def test_signal_reaches_the_command_and_its_code_comes_back(start: Start, name: str) -> None:
    process = start("sh", "-c", REPORT.format(name))
    assert line(process.stdout) == "ready"
    process.send_signal(getattr(signal, f"SIG{name}"))
    assert rest(process)[0] == f"got {name}\n"
    assert process.returncode == 9


def test_signal_reaches_grandchildren_without_a_terminal(start: Start) -> None:
    """`docker stop` hung, and grandchildren lived on (cachix/secretspec#382)."""
    process = start(
        "sh", "-c", f"trap '' TERM; sh -c '{REPORT.format('USR1').replace(chr(39), chr(34))}'; exit 4"
    )
    assert line(process.stdout) == "ready"
    process.send_signal(signal.SIGUSR1)
    assert "got USR1" in rest(process)[0]


def test_stopped_supervisor_stops_the_command_and_goes_on_with_it(start: Start) -> None:
    process = start("sh", "-c", "trap 'echo on; exit 6' CONT; echo ready; while :; do sleep 0.05; done")
    assert line(process.stdout) == "ready"
    process.send_signal(signal.SIGTSTP)
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
    process.send_signal(signal.SIGCONT)
    assert rest(process)[0] == "on\n"
    assert process.returncode == 6


def test_ignored_signal_stays_ignored_for_the_command(start: Start) -> None:
    """`nohup envaccess run -- CMD` goes on when the terminal is closed."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start("sh", "-c", "echo ready; kill -HUP $$; sleep 0.1; echo alive")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert line(process.stdout) == "ready"
    process.send_signal(signal.SIGHUP)
    assert rest(process)[0] == "alive\n"


def test_closed_pipe_ends_the_command_as_without_us(start: Start) -> None:
    """Python ignores SIGPIPE; `yes | head` would not end."""
    process = start("sh", "-c", "yes | head -1; echo done", redact=False)
    assert rest(process)[0] == "y\ndone\n"


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    path.write_text("0")
    return path


def sleep_for(clock: Path, seconds: float) -> None:
    """The machine was asleep so long."""
    later = clock.with_suffix(".new")
    later.write_text(str(seconds))
    later.replace(clock)


def test_machine_that_slept_past_the_end_and_the_grace_kills_at_once(start: Start, clock: Path) -> None:
    process = start("sh", "-c", "trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done",
                    clock=str(clock), seconds=3600, grace=100)  # fmt: skip
    assert line(process.stdout) == "ready"
    sleep_for(clock, 8000)
    out, err = rest(process)
    assert (process.returncode, out) == (124, "")
    assert "it is killed" in err


def test_machine_that_slept_past_the_end_but_not_the_grace_asks_first(start: Start, clock: Path) -> None:
    process = start("sh", "-c", "trap 'echo asked; exit 3' TERM; echo ready; while :; do sleep 0.05; done",
                    clock=str(clock), seconds=3600, grace=1000)  # fmt: skip
    assert line(process.stdout) == "ready"
    sleep_for(clock, 3700)
    assert rest(process)[0] == "asked\n"
    assert process.returncode == 124


def test_minute_before_the_end_is_told_once(start: Start, clock: Path) -> None:
    process = start("sh", "-c", "echo ready; exec sleep 100", clock=str(clock), seconds=3600, grace=0)
    assert line(process.stdout) == "ready"
    sleep_for(clock, 3550)
    assert line(process.stderr).startswith("envaccess: access ends in ")
    sleep_for(clock, 3601)
    err = rest(process)[1]
    assert "access ends in" not in err
    assert "access ended (its time is over)" in err


@pytest.fixture
def news(tmp_path: Path) -> Path:
    path = tmp_path / "news"
    os.mkfifo(path)
    return path


def test_early_end_reaches_the_command_and_says_why(start: Start, news: Path) -> None:
    process = start("sh", "-c", "echo ready; exec sleep 100", news=str(news), seconds=3600, grace=5)
    assert line(process.stdout) == "ready"
    news.write_text("end @bob ended it\n")
    assert "access ended (@bob ended it)" in rest(process)[1]
    assert process.returncode == 124


def test_extension_prolongs_the_life_of_the_command(start: Start, news: Path, clock: Path) -> None:
    process = start(
        "sh", "-c", "echo ready; exec sleep 100", news=str(news), clock=str(clock), seconds=60, grace=0
    )
    assert line(process.stdout) == "ready"
    news.write_text("extend 7200\n")
    while "access now lasts" not in line(process.stderr):
        pass
    sleep_for(clock, 3600)
    assert process.poll() is None
    sleep_for(clock, 7300)
    rest(process)
    assert process.returncode == 124


def test_news_that_fail_leave_the_command_to_the_known_end(start: Start, clock: Path) -> None:
    process = start(
        "sh", "-c", "echo ready; exec sleep 100", news="/nowhere", clock=str(clock), seconds=600, grace=0
    )
    assert line(process.stdout) == "ready"
    sleep_for(clock, 601)
    err = rest(process)[1]
    assert (process.returncode, "Traceback" in err) == (124, False)


def test_killed_guard_takes_the_command_with_it(start: Start) -> None:
    process = start("sh", "-c", "echo ready; exec sleep 100", grace=0)
    assert line(process.stdout) == "ready"
    (guard,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(guard), signal.SIGKILL)
    assert "guards the command was killed" in rest(process)[1]
    assert process.returncode == 125


@pytest.mark.parametrize("killed_by_us", [True, False])
def test_command_that_ended_with_its_access_says_so_though_its_guard_had_no_time_to(
    start: Start, clock: Path, killed_by_us: bool
) -> None:
    """A starved machine: the guard is stopped here, so that it does nothing however long it is waited for."""
    process = start("sh", "-c", "echo ready; exec sleep 100", clock=str(clock), seconds=600, grace=0)
    assert line(process.stdout) == "ready"
    (guard,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(guard), signal.SIGSTOP)
    asleep = 601
    sleep_for(clock, asleep)
    if not killed_by_us:
        os.kill(int(guard), signal.SIGKILL)
    while process.poll() is None:
        asleep += 4
        sleep_for(clock, asleep)
    rest(process)
    assert process.returncode == 124


@pytest.mark.parametrize(("begun", "words"), [(1, "1 process"), (3, "3 processes")])
def test_processes_that_may_not_be_signalled_are_told_in_one_line_and_not_waited_for(
    start: Start, clock: Path, begun: int, words: str
) -> None:
    """`sudo` in a command: nobody but root may end it, so a person has to know that it keeps the values."""
    silent = ">&- 2>&-"
    others = f"sleep 900 {silent} & echo $!; " * (begun - 1)
    script = f"{others} echo $$; echo ready; exec sleep 900 {silent}"
    process = start("sh", "-c", script, sudo=True, clock=str(clock), seconds=3600, grace=0, redact=False)
    pids = list(iter(lambda: line(process.stdout), "ready"))
    sleep_for(clock, 3601)
    try:
        err = rest(process)[1]
    finally:
        for pid in pids:
            os.kill(int(pid), signal.SIGKILL)
    told = f"envaccess: {words} of another user (sudo?) cannot be ended from here, and may keep the values"
    assert process.returncode == 124
    assert err.count(told) == err.count("another user") == 1
