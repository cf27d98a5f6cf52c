"""What the supervisor does while the command runs: signals, words from the guard, news of the access."""

import os
import queue
import selectors
import signal
import threading
from collections.abc import Callable, Mapping

from envaccess.domain.errors import CommandError
from envaccess.run.clock import SteadyClock
from envaccess.run.deadline import is_soon
from envaccess.run.enforcement import Enforcement
from envaccess.run.guard import GuardTask
from envaccess.run.lease import TIME_OVER, AccessEnded, AccessExtended, Watch
from envaccess.run.link import LEFT_BEHIND, Link, LinkMessage, LinkWord
from envaccess.run.processes import ProcessTable, changes
from envaccess.run.signals import SignalIntake, typed

ACCESS_ENDED = 124
"""As `timeout` ends when it ended the command (coreutils)."""
OUR_FAULT = 125
_SIGNALLED = 128

_TICK = 1.0
"""Seconds between two looks at the clock."""
_SILENT = 3.0
"""Seconds that a guard may take to end what is overdue, before it is taken for a stopped one."""
_BUSY = 0.05

Tell = Callable[[str], None]
"""Says a sentence to the person at the terminal."""


class AccessNews:
    """What happens to the access, waited for in a thread of its own."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._queue: queue.SimpleQueue[AccessEnded | AccessExtended] = queue.SimpleQueue()
        self._reading, self._writing = os.pipe()

    def start(self) -> None:
        """Begin to wait; no process may be forked from here on."""
        threading.Thread(target=self._run, daemon=True).start()

    def fileno(self) -> int:
        """What becomes readable when there is news."""
        return self._reading

    def take(self) -> AccessEnded | AccessExtended:
        """The next news."""
        os.read(self._reading, 1)
        return self._queue.get()

    def _run(self) -> None:
        try:
            for news in self._watch():
                self._queue.put(news)
                os.write(self._writing, b"!")
        except Exception:  # noqa: BLE001 - whatever cannot be watched lives to the end that is known, no longer
            return


class Supervision:
    """One command, from the start of its guard to its exit code.

    Attributes:
        left_behind: whether processes of the command go on, to the end of the access at most.
    """

    def __init__(
        self,
        guard: tuple[int, Link],
        intake: SignalIntake,
        news: AccessNews,
        task: GuardTask,
        *,
        terminal: bool,
        table: ProcessTable,
        clock: SteadyClock,
        tell: Tell,
    ) -> None:
        self._guard, self._link = guard
        self._intake, self._news, self._table, self._clock, self._tell = intake, news, table, clock, tell
        self._ends_at, self._grace, self._terminal = task.ends_at, task.grace, terminal
        self._started = self._warned = self._continued = False
        self.left_behind = False
        self._overdue = 0.0
        """When it was first seen that the guard should be done; the time asleep before is not its fault."""
        self._why = TIME_OVER
        self._code: int | None = None
        self._handlers: Mapping[LinkWord, Callable[[LinkMessage], None]] = {
            LinkWord.STARTED: self._see_start,
            LinkWord.FAILED: self._fail,
            LinkWord.STOPPED: self._see_stop,
            LinkWord.STILL_STOPPED: self._stop,
            LinkWord.ENDING: self._see_ending,
            LinkWord.OUT_OF_REACH: self._see_out_of_reach,
            LinkWord.EXITED: self._see_exit,
            LinkWord.CUT_OFF: self._see_cut_off,
        }

    def attend(self) -> int:
        """Until the command is gone; returns the exit code.

        Raises:
            CommandError: it could not be started.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self._link, selectors.EVENT_READ, self._hear)
            selector.register(self._intake, selectors.EVENT_READ, self._pass_on)
            selector.register(self._news, selectors.EVENT_READ, self._learn)
            while self._code is None:
                for key, _ in selector.select(_TICK):
                    key.data()
                self._look_at_clock()
            return self._code

    def _hear(self) -> None:
        messages = self._link.receive()
        if messages is None:
            self._replace_guard()
            return
        for message in messages:
            self._handlers[message.word](message)

    def _pass_on(self) -> None:
        """Ctrl-C reaches the command by itself, unless it came before there was one."""
        for number in self._intake.take():
            self._continued = self._continued or number == signal.SIGCONT
            if self._terminal and number in typed() and self._started:
                continue
            if number == signal.SIGTSTP:
                # The command's group is an orphaned one, which SIGTSTP does not stop (setpgid(2)).
                self._link.send(LinkWord.SIGNAL, signal.SIGSTOP)
                os.kill(os.getpid(), signal.SIGSTOP)
            else:
                self._link.send(LinkWord.SIGNAL, number)

    def _learn(self) -> None:
        news = self._news.take()
        if isinstance(news, AccessEnded):
            self._ends_at, self._why = self._clock.now(), news.why or "it was ended"
        else:
            self._ends_at = news.ends_at
            self._warned = False
            self._tell(f"access now lasts {_span(self._ends_at - self._clock.now())} more")
        self._link.send(LinkWord.END_AT, self._ends_at)

    def _look_at_clock(self) -> None:
        now = self._clock.now()
        if self._started and not self._warned and is_soon(now, self._ends_at):
            self._warned = True
            self._tell(f"access ends in {_span(self._ends_at - now)}, and the command with it")
        if now < self._ends_at + self._grace or self._code is not None:
            return
        self._overdue = self._overdue or now
        if now - self._overdue > _SILENT:
            os.kill(self._guard, signal.SIGKILL)

    def _see_start(self, _: LinkMessage) -> None:
        """What was typed before we knew of the command may have come before it began, so it is passed on."""
        self._pass_on()
        self._started = True

    def _fail(self, message: LinkMessage) -> None:
        raise CommandError(message.text, int(message.number))

    def _see_stop(self, _: LinkMessage) -> None:
        """On a terminal we stop with the command, so that the shell is back, unless it went on already."""
        if self._terminal:
            self._continued = False
            self._link.send(LinkWord.CHECK)

    def _stop(self, message: LinkMessage) -> None:
        """Stop, unless we were stopped and continued since we asked: then the answer is an old one."""
        self._pass_on()
        if self._continued:
            self._see_stop(message)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _see_ending(self, _: LinkMessage) -> None:
        left = max(0.0, self._ends_at + self._grace - self._clock.now())
        then = f"it has {_span(left)} to end" if left else "it is killed"
        self._tell(f"access ended ({self._why}), and the command with it: {then}")

    def _see_out_of_reach(self, message: LinkMessage) -> None:
        number = int(message.number)
        processes = "1 process" if number == 1 else f"{number} processes"
        self._tell(f"{processes} of another user (sudo?) cannot be ended from here, and may keep the values")

    def _see_exit(self, message: LinkMessage) -> None:
        self._code = exit_code(int(message.number))
        self.left_behind = message.text == LEFT_BEHIND

    def _see_cut_off(self, _: LinkMessage) -> None:
        self._code = ACCESS_ENDED

    def _replace_guard(self) -> None:
        """The guard was killed: what it left belongs to us now, as far as the system gives it, and ends.

        Where the access is over, the command ended with it, whoever saw to that: a starved machine may give a
        guard no time, and then it is us who killed it.
        """
        now = self._clock.now()
        over = now >= self._ends_at
        if not self._overdue:
            self._tell("the process that guards the command was killed, so the command ends")
        enforcement = Enforcement(self._table, self._ends_at if over else now, self._grace)
        while self._table.is_anybody_left():
            enforcement.step(self._clock.now())
            changes()
            if not enforcement.left():
                break
            threading.Event().wait(_BUSY)
        self._code = ACCESS_ENDED if over else OUR_FAULT


def exit_code(status: int) -> int:
    """What a shell shows for a wait status: the command's own code, or 128 and the signal."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _SIGNALLED - code


def _span(seconds: float) -> str:
    """A span as one reads it: `42 s`, `5 min`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 100:  # noqa: PLR2004 - up to there seconds say more
        return f"{whole} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return " ".join(part for part in (hours and f"{hours} h", minutes and f"{minutes} min") if part)
