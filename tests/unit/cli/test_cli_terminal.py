"""The command as a process: on a terminal, in a pipe that closes, and in a locale without UTF-8."""

import json
import os
import pty
import select
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.cli.cli_front import start

VALUE = "value-for-tests-7Fh2"

ON_TERMINAL = """
import atexit, fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from envaccess.cli import root
from tests.unit.cli.cli_front import FakeFront, dump, variable
front = FakeFront()
front.inside.values.kept[variable("OLD")] = "old"
atexit.register(dump, front, sys.argv[1])
root.main(sys.argv[2:], obj=front)
"""

LONG_STREAM = """
import sys
from envaccess.cli import root
from envaccess.domain.audit import Event, person
from tests.unit.cli.cli_front import NOON, FakeFront
front = FakeFront()
front.inside.trail.events = [
    Event(f"{NOON + n}-0", "request.created", NOON, person("U1"), detail={"reason": "gr\\u00fcn \\u4f60"})
    for n in range(int(sys.argv[1]))
]
root.main(sys.argv[2:], obj=front)
"""

NO_UTF8 = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@dataclass
class Terminal:
    """A command on a pseudo terminal, and all that stood on its screen."""

    process: subprocess.Popen[bytes]
    screen: int
    stored: Path
    seen: str = ""
    pressed: bool = False

    def expect(self, words: str) -> None:
        """Read until these words stand on the screen after what was expected before."""
        begin = len(self.seen)
        while words not in self.seen[begin:]:
            found = self._read()
            assert found, f"no {words!r} in {self.seen!r}"

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def end(self, press: str = "") -> int:
        """Read what is left, and press a key as often as it takes; returns the exit code."""
        while self._pressing(press) and self._read():
            pass
        return self.process.wait(timeout=60)

    def kept(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.stored.read_text(encoding="utf-8"))
        return found

    def _pressing(self, key: str) -> bool:
        """Press it until something happens: a signal right before a read is noticed at the next one.

        Not soon again: one that comes while Python already ends would be what the process dies of.
        """
        while key and not select.select([self.screen], [], [], 10.0 if self.pressed else 0.5)[0]:
            self.type(key)
            self.pressed = True
        return True

    def _read(self) -> str:
        try:
            found = os.read(self.screen, 4096).decode(errors="replace")
        except OSError:  # Linux says EIO when the other side is closed
            found = ""
        self.seen += found
        return found


@pytest.fixture
def screen() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def sit_at(screen: tuple[int, int], tmp_path: Path, *args: str) -> Terminal:
    ours, theirs = screen
    stored = tmp_path / "stored.json"
    process = start(ON_TERMINAL, str(stored), *args, stdin=theirs, stdout=theirs, stderr=theirs, session=True)
    os.close(theirs)
    return Terminal(process, ours, stored)


def test_a_value_typed_twice_is_stored_and_never_on_the_screen(
    screen: tuple[int, int], tmp_path: Path
) -> None:
    terminal = sit_at(screen, tmp_path, "secrets", "set", "STRIPE_KEY")
    terminal.expect("Value of STRIPE_KEY")
    terminal.type(f"{VALUE}\n")
    terminal.expect("The same again: ")
    terminal.type(f"{VALUE}\n")
    assert terminal.end() == 0
    assert terminal.kept()["STRIPE_KEY"] == VALUE
    assert "Created STRIPE_KEY in Acme." in terminal.seen
    assert "7Fh2" not in terminal.seen


def test_a_slip_is_asked_for_again_and_stores_nothing_meanwhile(
    screen: tuple[int, int], tmp_path: Path
) -> None:
    terminal = sit_at(screen, tmp_path, "secrets", "set", "STRIPE_KEY")
    for slip in ("7Fh2x", "7Fh2y", "7Fh2z"):
        terminal.expect("Value of STRIPE_KEY")
        terminal.type(f"{VALUE}\n")
        terminal.expect("The same again: ")
        terminal.type(f"{slip}\n")
    assert terminal.end() == 1
    assert "The two differed each time; nothing was changed." in terminal.seen
    assert terminal.kept() == {"OLD": "old"}
    assert "7Fh2" not in terminal.seen


def test_a_line_that_a_terminal_might_cut_is_refused(screen: tuple[int, int], tmp_path: Path) -> None:
    terminal = sit_at(screen, tmp_path, "secrets", "set", "STRIPE_KEY")
    terminal.expect("Value of STRIPE_KEY")
    terminal.type("7Fh2" * 251 + "\n")
    assert terminal.end() == 1
    assert "give the value on stdin" in terminal.seen
    assert terminal.kept() == {"OLD": "old"}
    assert "7Fh2" not in terminal.seen


@pytest.mark.parametrize(("key", "code"), [("\x03", 130), ("\x04", 1)])
def test_leaving_the_prompt_changes_nothing_and_shows_no_traceback(
    screen: tuple[int, int], tmp_path: Path, key: str, code: int
) -> None:
    terminal = sit_at(screen, tmp_path, "secrets", "set", "STRIPE_KEY")
    terminal.expect("Value of STRIPE_KEY")
    assert terminal.end(press=key) == code
    assert terminal.kept() == {"OLD": "old"}
    assert "Traceback" not in terminal.seen


def test_an_import_from_the_terminal_is_refused_because_it_would_show(
    screen: tuple[int, int], tmp_path: Path
) -> None:
    terminal = sit_at(screen, tmp_path, "secrets", "import", "-")
    assert terminal.end() == 2
    assert "A terminal would show what is typed" in terminal.seen


@pytest.mark.parametrize(
    ("answer", "code", "left"), [("y", 0, {}), ("n", 1, {"OLD": "old"}), ("", 1, {"OLD": "old"})]
)
def test_deleting_asks_and_does_it_only_on_yes(
    screen: tuple[int, int], tmp_path: Path, answer: str, code: int, left: dict[str, str]
) -> None:
    terminal = sit_at(screen, tmp_path, "secrets", "delete", "OLD")
    terminal.expect("[y/N]: ")
    terminal.type(f"{answer}\n")
    assert terminal.end() == code
    assert terminal.kept() == left


def test_a_key_made_on_a_terminal_comes_with_a_word_of_care(screen: tuple[int, int], tmp_path: Path) -> None:
    terminal = sit_at(screen, tmp_path, "keys", "generate")
    assert terminal.end() == 0
    assert "Keep it where your other secrets are" in terminal.seen


def test_a_reader_that_stops_reading_ends_an_export_quietly() -> None:
    process = start(LONG_STREAM, "20000", "audit", "export", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().startswith(b'{"id":')
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), err) == (141, b"")


@pytest.mark.parametrize("environment", [NO_UTF8, {"PYTHONIOENCODING": "latin-1"}])
def test_output_is_utf8_whatever_the_locale(environment: dict[str, str]) -> None:
    process = start(
        LONG_STREAM,
        "1",
        "audit",
        "export",
        environment=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert "grün 你" in json.loads(out.decode())["detail"]


def test_a_value_on_stdin_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    script = ON_TERMINAL.replace("fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n", "")
    stored = tmp_path / "stored.json"
    process = start(
        script,
        str(stored),
        *("secrets", "set", "A"),
        environment=NO_UTF8,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate("grün 你\n".encode(), timeout=60)
    assert (process.returncode, out, err) == (0, b"", b"Created A in Acme.\n")
    assert json.loads(stored.read_text(encoding="utf-8"))["A"] == "grün 你"


@pytest.mark.parametrize(
    "command", [["secrets", "set", "A"], ["secrets", "import", "-"], ["secrets", "delete", "A"]]
)
def test_a_closed_stdin_is_one_line(command: list[str]) -> None:
    script = "import sys; sys.stdin = None\n" + LONG_STREAM
    process = start(script, "1", *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=60)
    assert process.returncode in {1, 2}
    assert err.startswith(b"envaccess: ")
    assert err.count(b"\n") == 1


READ = ("secrets", "read", "OLD", "--why", "incident 42")


def test_a_value_is_not_read_onto_a_terminal(screen: tuple[int, int], tmp_path: Path) -> None:
    """A terminal keeps what it shows, and so does whoever records the session."""
    terminal = sit_at(screen, tmp_path, *READ)
    assert terminal.end() == 2
    assert "--show" in terminal.seen
    assert "old" not in terminal.seen


def test_a_value_is_read_onto_a_terminal_when_told_so(screen: tuple[int, int], tmp_path: Path) -> None:
    terminal = sit_at(screen, tmp_path, *READ, "--show")
    assert terminal.end() == 0
    assert terminal.seen == "old\r\n"
