"""The guard: a process that starts the command, outlives whoever asked for it, and ends it with its access.

It forks the command first and leaves the session afterwards, so that the command keeps the terminal while
`kill -9` of the whole job leaves the guard. It ignores every signal but SIGKILL and SIGSTOP. When the
supervisor is gone before the command is, access is over; when the command is gone first, what it left behind
lives to the end of the access.
"""

import contextlib
import os
import selectors
import signal
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from envaccess.domain.errors import CommandError
from envaccess.run.child import CommandSpec, begin
from envaccess.run.clock import SteadyClock
from envaccess.run.deadline import EndPhase
from envaccess.run.enforcement import Enforcement
from envaccess.run.link import LEFT_BEHIND, Link, LinkWord
from envaccess.run.processes import ProcessTable, changes, send
from envaccess.run.pumps import OutputPumps
from envaccess.run.signals import ALL, held_back, ignore_all
from envaccess.run.value_files import ValueFiles

_IDLE = 0.5
"""Seconds between two looks at the clock: `select` does not count the time asleep, and the end must be
carried out within the second after waking."""
_BUSY = 0.05
"""Seconds between two looks at what is left while the end is carried out, or the last output written."""
_UNREAD = 0.5
"""Seconds after SIGKILL from which output that nobody reads is not waited for."""
_EVER = -1.0
"""An end that is over on any clock."""


@dataclass(frozen=True, slots=True)
class GuardTask:
    """What a guard is to do.

    Attributes:
        command: what to begin; its environment still lacks the paths of files.
        files: values that go into files.
        pumps: what takes values out of its output; with no stream, all is passed on as it is.
        ends_at: when access ends, in seconds of the clock.
        grace: seconds between SIGTERM and SIGKILL.
    """

    command: CommandSpec
    files: ValueFiles
    pumps: OutputPumps
    ends_at: float
    grace: float


class DescendantGuard:
    """The guard's work, from the fork of the command until no descendant is left."""

    def __init__(self, task: GuardTask, link: Link, table: ProcessTable, clock: SteadyClock) -> None:
        self._task, self._link, self._table, self._clock = task, link, table, clock
        self._enforcement = Enforcement(table, task.ends_at, task.grace)
        self._selector = selectors.DefaultSelector()
        self._pid = 0
        self._status: int | None = None
        self._stopped = self._cut_off = self._told_end = self._told_exit = self._given_up = False
        self._handlers = {
            LinkWord.SIGNAL: self._pass_on,
            LinkWord.END_AT: self._end_at,
            LinkWord.CHECK: self._check,
        }

    def work(self) -> None:
        """Start the command, and stay until it and all that it started are gone."""
        try:
            self._table.adopt()
            self._start()
        except CommandError as error:
            self._task.files.remove()
            self._link.send(LinkWord.FAILED, error.exit_code, str(error))
            return
        try:
            while self._is_needed():
                self._turn()
        finally:
            self._end_rest()
            self._task.files.remove()

    def _start(self) -> None:
        paths = self._task.files.create()
        pumps = self._task.pumps
        streams = pumps.open()
        command = self._task.command
        environment = {**command.environment, **paths}
        self._selector.register(self._link, selectors.EVENT_READ, self._hear)
        pipe = _children_pipe()
        self._selector.register(pipe, selectors.EVENT_READ, partial(os.read, pipe, 4096))
        self._selector.register(pumps, selectors.EVENT_READ, pumps.take)
        if self._table.fileno() >= 0:
            self._selector.register(self._table.fileno(), selectors.EVENT_READ, self._table.descendants)
        self._pid = begin(replace(command, environment=environment, streams=streams), _leave)
        pumps.start()
        self._link.send(LinkWord.STARTED, self._pid)

    def _is_needed(self) -> bool:
        if self._given_up:
            return False
        return not self._told_exit or self._table.is_anybody_left() or self._task.pumps.are_running()

    def _turn(self) -> None:
        for key, _ in self._selector.select(self._patience()):
            key.data()
        self._see_changes()
        self._carry_out_end()
        self._tell_exit()

    def _patience(self) -> float:
        """Seconds until the next look."""
        if self._told_end or (self._status is not None and not self._told_exit):
            return _BUSY
        return max(0.0, min(_IDLE, self._enforcement.ends_at - self._clock.now()))

    def _hear(self) -> None:
        messages = self._link.receive()
        if messages is None:
            self._selector.unregister(self._link)
            if not self._told_exit:
                self._told_exit = True
                self._enforcement.ends_at = min(self._enforcement.ends_at, self._clock.now())
            return
        for message in messages:
            self._handlers[message.word](message.number)

    def _pass_on(self, number: float) -> None:
        if self._status is None:
            send(-self._pid if self._task.command.session else self._pid, int(number))

    def _end_at(self, moment: float) -> None:
        if not self._told_end:  # who was asked to end cannot be asked to stay
            self._enforcement.ends_at = moment

    def _check(self, _: float) -> None:
        self._see_changes()
        if self._stopped:
            self._link.send(LinkWord.STILL_STOPPED)

    def _see_changes(self) -> None:
        for pid, status in changes():
            if pid == self._pid and self._status is None:
                self._see_command(status)

    def _see_command(self, status: int) -> None:
        self._stopped = os.WIFSTOPPED(status)
        if self._stopped:
            self._link.send(LinkWord.STOPPED, os.WSTOPSIG(status))
        elif not os.WIFCONTINUED(status):
            self._status, self._cut_off = status, self._enforcement.began
            self._task.files.remove()

    def _carry_out_end(self) -> None:
        due = self._enforcement.step(self._clock.now())
        if due is not EndPhase.BEFORE and not self._told_end:
            self._told_end = True
            self._link.send(LinkWord.ENDING, self._enforcement.left())
        if due is EndPhase.FORCE and not self._enforcement.left():
            self._give_up()

    def _give_up(self) -> None:
        """Only who is out of reach is left: wait neither for them nor for output that nobody reads."""
        if self._status is None and self._enforcement.out_of_reach:
            self._status, self._cut_off = 0, True
        if self._clock.now() > self._enforcement.ends_at + self._task.grace + _UNREAD:
            self._task.pumps.abandon()
        self._given_up = self._told_exit and not self._task.pumps.are_running()

    def _tell_exit(self) -> None:
        if self._status is None or self._told_exit or not self._task.pumps.are_drained():
            return
        if self._cut_off and self._enforcement.left():
            return
        if self._enforcement.out_of_reach:
            self._link.send(LinkWord.OUT_OF_REACH, len(self._enforcement.out_of_reach))
        self._link.send(LinkWord.CUT_OFF if self._cut_off else LinkWord.EXITED, self._status, self._left())
        self._told_exit = True

    def _left(self) -> str:
        return LEFT_BEHIND if self._table.is_anybody_left() else ""

    def _end_rest(self) -> None:
        """After a fault of ours nothing may live on."""
        self._enforcement.ends_at = self._enforcement.grace = _EVER
        while self._table.is_anybody_left():
            self._enforcement.step(self._clock.now())
            changes()
            if not self._enforcement.left():
                break


def start_guard(task: GuardTask, table: ProcessTable, clock: SteadyClock) -> tuple[int, Link]:
    """Fork the guard; returns its pid and our end of the link. No signal is handled meanwhile."""
    ours, its = Link.pair()
    with held_back() as mask:
        pid = os.fork()
        if not pid:
            ours.close()
            command = replace(task.command, mask=frozenset(mask))
            _be_guard(replace(task, command=command), its, table, clock)
    its.close()
    return pid, ours


def _be_guard(task: GuardTask, link: Link, table: ProcessTable, clock: SteadyClock) -> NoReturn:
    try:
        ignore_all()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ALL)
        DescendantGuard(task, link, table, clock).work()
    finally:
        os._exit(0)


def _leave() -> None:
    """Leave the session, the folder and the streams of whoever asked for the command."""
    with contextlib.suppress(OSError):
        os.setsid()
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def _children_pipe() -> int:
    """What becomes readable whenever a child ends, stops or goes on."""
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reading
