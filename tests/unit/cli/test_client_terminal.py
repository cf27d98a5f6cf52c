"""`request` and `get` on a narrow terminal: who is waited for, Ctrl-C, and words that stay whole."""

import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from envaccess.client.session_file import SessionFile
from tests.fakes.api_server import FakeApi, serving
from tests.unit.cli.cli_front import start
from tests.unit.cli.test_cli_terminal import Terminal

VALUE = "value-for-tests-7Fh2"
COLUMNS = 40
ON_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from envaccess.cli import root
root.main(sys.argv[1:])
"""
Sit = Callable[..., Terminal]


@pytest.fixture
def api(state: Path) -> Iterator[FakeApi]:
    with serving(FakeApi(values={"default/STRIPE_KEY": VALUE})) as started:
        SessionFile(state).save(started.session())
        yield started


@pytest.fixture
def sit(state: Path, tmp_path: Path) -> Iterator[Sit]:
    """Start a command on a terminal of 40 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))

    def begin(*words: str) -> Terminal:
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        process = start(
            ON_TERMINAL, *words, environment={"ENVACCESS_STATE_DIR": str(state)}, session=True, **streams
        )
        os.close(theirs)
        return Terminal(process, ours, tmp_path)

    yield begin
    os.close(ours)


def lines(terminal: Terminal) -> list[str]:
    """What stood on the screen, a line each, as it was last drawn; the terminal echoes `^C` when it likes."""
    return [line.rsplit("\x1b[K", 1)[-1].removeprefix("^C") for line in terminal.seen.split("\r\n")]


def test_a_terminal_says_who_can_decide_draws_since_when_and_withdraws_on_ctrl_c(
    api: FakeApi, sit: Sit
) -> None:
    terminal = sit("request", "STRIPE_KEY", "1h", "a", "failed", "refund")
    terminal.expect("Waiting for 0 seconds.")
    terminal.type("\x03")
    assert terminal.end() == 130
    [id_] = api.requests
    assert lines(terminal)[:2] == [f"Request {id_} waits for @bob or", "@carla. Ctrl-C withdraws it."]
    assert f"Withdrawn: request {id_}." in lines(terminal)
    assert api.requests[id_]["state"] == "cancelled"


def test_who_can_decide_is_said_anew_when_it_is_somebody_else(api: FakeApi, sit: Sit) -> None:
    terminal = sit("request", "STRIPE_KEY", "1h", "a", "failed", "refund")
    terminal.expect("Waiting for 0 seconds.")
    [id_] = api.requests
    api.set_state(id_, "pending", waiting_for=[{"id": "U0DANA", "name": "dana"}])
    terminal.expect("waits for @dana.")
    api.approve(id_)
    assert terminal.end() == 0
    assert terminal.seen.count("waits for") == 2


@pytest.mark.usefixtures("api")
def test_no_line_is_wider_than_the_terminal_and_no_word_is_broken(sit: Sit) -> None:
    terminal = sit("get", "SENTRY_DSN")
    assert terminal.end() == 77
    assert max(map(len, lines(terminal))) <= COLUMNS
    assert re.sub(r"\s+", " ", terminal.seen).strip() == (
        "You have no live access to SENTRY_DSN: `envaccess request SENTRY_DSN 1h WHY` asks for it."
    )


def test_a_value_is_shown_on_a_terminal_as_it_is(api: FakeApi, sit: Sit) -> None:
    api.requests["live0000"] = {
        "id": "live0000", "version": 1, "state": "approved", "variables": ["STRIPE_KEY"], "duration": "1h",
        "once": False, "reason": "x", "requester": "U0ALICE", "surface": "cli", "created_at": "",
        "deadline_in": 0, "step": 1, "steps": 1, "waiting_for": [], "approvals": [], "decided_by": None,
        "decision_reason": "", "starts_in": 0,
        "grant": {"state": "active", "ends_in": 3600, "expires_at": ""},
    }  # fmt: skip
    terminal = sit("get", "STRIPE_KEY")
    assert terminal.end() == 0
    assert terminal.seen == f"{VALUE}\r\n"
