"""A project's file at a terminal: what is written and trusted is shown first, and a yes is waited for."""

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.cli_front import start
from tests.unit.cli.test_cli_terminal import Terminal

ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.chdir(sys.argv[1])
from envaccess.cli import root
root.main(sys.argv[2:])
"""
ASK = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.chdir(sys.argv[1])
from envaccess.cli.project_prompt import trusted_project
for _ in range(2):
    print("used:", [each.name for each in trusted_project().variables], flush=True)
"""


@pytest.fixture
def screen() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def sit_at(screen: tuple[int, int], folder: Path, script: str, *arguments: str) -> Terminal:
    ours, theirs = screen
    (folder / ".git").mkdir()
    environment = {"ENVACCESS_STATE_DIR": str(folder / "state")}
    words = [str(folder), *arguments]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = start(script, *words, environment=environment, session=True, **streams)
    os.close(theirs)
    return Terminal(process, ours, folder)


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_init_writes_after_a_yes_alone(
    screen: tuple[int, int], tmp_path: Path, answer: str, written: bool
) -> None:
    (tmp_path / ".env.example").write_text("STRIPE_KEY=\n")
    terminal = sit_at(screen, tmp_path, ON_TERMINAL, "init")
    terminal.expect("Write this as .envaccess.toml? [y/N]")
    assert '"STRIPE_KEY"' in terminal.seen
    terminal.type(f"{answer}\n")
    assert terminal.end() == (0 if written else 1)
    assert (tmp_path / ".envaccess.toml").exists() is written


def test_a_cloned_file_is_used_after_a_yes_and_then_without_a_question(
    screen: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / ".envaccess.toml").write_text('variables = ["A"]\nduration = "1h"\nwhy = "run the tests"\n')
    terminal = sit_at(screen, tmp_path, ASK)
    terminal.expect("Trust this file, until it changes? [y/N]")
    assert "  A  default/A" in terminal.seen
    terminal.type("y\n")
    assert terminal.end() == 0
    assert terminal.seen.count("used: ['A']") == 2
    assert terminal.seen.count("Trust this file") == 1


def test_ctrl_c_at_the_question_trusts_nothing(screen: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / ".envaccess.toml").write_text('variables = ["A"]\nduration = "1h"\nwhy = "run the tests"\n')
    terminal = sit_at(screen, tmp_path, ASK)
    terminal.expect("[y/N]")
    assert terminal.end(press="\x03") != 0
    assert "used" not in terminal.seen
    assert not (tmp_path / "state").exists()
