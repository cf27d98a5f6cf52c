"""A command on a terminal keeps it: colours, Ctrl-C, size, job control; and gives it back as it was."""

import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import termios
from collections.abc import Callable, Iterator

import pytest

from tests.unit.run.programs import VALUE, environment, program


class PseudoTerminal:
    """A program on a terminal of its own, and a person who types there."""

    def __init__(self, *words: str) -> None:
        self.pid, self._file = pty.fork()
        if not self.pid:
            os.execve(words[0], words, {**environment(), "TERM": "dumb", "PS1": "P> "})  # noqa: S606
        self._seen = ""

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._file, text.encode())

    def until(self, pattern: str) -> str:
        """What is shown up to this; the bound is for a broken one."""
        while not (found := re.search(pattern, self._seen)):
            ready, _, _ = select.select([self._file], [], [], 20)
            assert ready, f"{pattern!r} is not in {self._seen!r}"
            try:
                self._seen += os.read(self._file, 4096).decode()
            except OSError:  # nobody is there any more
                pytest.fail(f"{pattern!r} is not in {self._seen!r}")
        before, self._seen = self._seen[: found.end()], self._seen[found.end() :]
        return before

    def resize(self, rows: int, columns: int) -> None:
        """Pull the window."""
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._file)


Open = Callable[..., PseudoTerminal]


@pytest.fixture
def terminal() -> Iterator[Open]:
    opened: list[PseudoTerminal] = []

    def begin(*words: str) -> PseudoTerminal:
        opened.append(PseudoTerminal(*words))
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


@pytest.fixture
def shell(terminal: Open) -> PseudoTerminal:
    """An interactive shell with job control."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    started = terminal(bash, "--norc", "-i")
    started.until("P> ")
    return started


def typed(*command: str, **told: object) -> str:
    return shlex.join(program(*command, **told)) + "\n"


LOOP = "echo ready; while :; do sleep 0.05; done"


def test_command_sees_a_terminal_and_its_output_is_not_touched(terminal: Open) -> None:
    """Masking pipes the output: colour and TTY die, and users switch it off (1Password/shell-plugins#413)."""
    shown = terminal(*program("sh", "-c", 'test -t 1 && test -t 0 && test -t 2 && echo "<$SECRET>"'))
    shown.until(f"<{VALUE}>")


def test_ctrl_c_reaches_the_command_once_and_its_code_comes_back(shell: PseudoTerminal) -> None:
    known = "trap 'echo known' USR2; kill -USR2 $(ps -o ppid= -p $PPID)"
    shell.type(typed("sh", "-c", f"trap 'echo caught' INT; {known}; {LOOP}"))
    shell.until("\nknown")  # what is typed before `run` knows of the command is passed on, and may come twice
    shell.type("\x03")
    assert shell.until("caught").count("caught") == 1
    shell.type("\x1a")
    assert "caught" not in shell.until("Stopped")


def test_resized_window_is_told_to_the_command(terminal: Open) -> None:
    shown = terminal(*program("sh", "-c", f"trap 'stty size' WINCH; {LOOP}"))
    shown.until("ready")
    shown.resize(33, 77)
    shown.until("33 77")


def test_ctrl_z_gives_the_shell_back_and_fg_goes_on_at_once(shell: PseudoTerminal) -> None:
    shell.type(typed("sh", "-c", f"trap 'exit 5' INT; trap 'echo goes on' CONT; {LOOP}"))
    shell.until("\nready")
    shell.type("\x1a")
    shell.until("Stopped")
    shell.until("P> ")
    shell.type("fg; echo code $?\n")
    shell.until("\ngoes on")  # the shell names the job before it gives the terminal away
    shell.type("\x03")
    shell.until("code 5")


def test_terminal_is_given_back_as_it_was_after_the_end(shell: PseudoTerminal) -> None:
    """A shell in raw mode shows nothing that is typed."""
    ended = typed("sh", "-c", "stty raw -echo; echo set; exec sleep 1000", seconds=1, grace=0).strip()
    shell.type(f"{ended}; echo code $?; stty -a | tr ' ;' '\\n\\n' | grep -x -e '-*icanon' -e '-*echo'\n")
    shell.until("code 124")
    assert shell.until(r"\r\n-?icanon\r\n-?echo").split() == ["icanon", "echo"]


def test_background_job_of_an_interactive_command_is_ended_too(shell: PseudoTerminal) -> None:
    """An interactive shell as the command has process groups of its own, and the terminal."""
    shell.type(typed("bash", "--norc", "-i", seconds=2, grace=0.2).strip() + "; echo code $?\n")
    shell.until("P> ")
    shell.type("sleep 1000 & echo started\n")
    shell.until("\nstarted")
    shell.until("code 124")
