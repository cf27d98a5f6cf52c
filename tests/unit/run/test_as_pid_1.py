"""As the first process of a container, without a terminal: PID 1 has no default for any signal."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.unit.run.programs import environment, program

UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.mark.skipif(not can_unshare(), reason="no PID namespaces here")
def test_sigterm_reaches_grandchildren_of_pid_1() -> None:
    inner = "trap 'echo inner; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    outer = f"trap 'wait; exit 3' TERM; sh -c \"{inner}\" & wait"
    process = subprocess.Popen(  # noqa: S603 - the test's own
        [*UNSHARE, *program("sh", "-c", outer)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(first), signal.SIGTERM)
    assert process.communicate()[0] == "inner\n"
    assert process.returncode == 3
