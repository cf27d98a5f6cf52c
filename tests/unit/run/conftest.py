"""Runs commands under a supervisor that is a process of its own."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.run.programs import environment, program

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a supervisor without a terminal; whatever it left is killed afterwards."""
    started: list[subprocess.Popen[str]] = []

    def begin(*command: str, more: dict[str, str] | None = None, **told: Any) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(  # noqa: S603 - the test's own
                program(*command, **told),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment(**(more or {})),
                start_new_session=True,
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(start: Start) -> Run:
    """Run a command to its end."""

    def complete(*command: str, **told: Any) -> subprocess.CompletedProcess[str]:
        process = start(*command, **told)
        out, err = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    return complete
