"""Looked at from outside: no core dump, and nobody but root reads memory or environment."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from envaccess.cli.operator_ports import Wired
from envaccess.embedded.server import EmbeddedServer
from tests.store.embedded_processes import parent_of, server_of
from tests.unit.cli.cli_front import start

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux'")
ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
NOBODY = 65_534
HARDEN = "from envaccess.cli.hardening import harden; harden()"


def core_limit(process: int) -> list[str]:
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    return next(line for line in lines if line.startswith("Max core file size")).split()[4:6]


@contextmanager
def waiting(script: str) -> Iterator[int]:
    """A process of another user that has run the script, and waits."""
    lines = (
        "import ctypes, os, sys",
        "import envaccess.cli.hardening",
        "ctypes.CDLL(None)",
        f"os.setgid({NOBODY}); os.setuid({NOBODY})",
        "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)",  # the change of user hid it already
        script,
        "print('.', flush=True); sys.stdin.read()",
    )
    process = start("\n".join(lines), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdin
    try:
        assert process.stdout.read(1) == b"."
        yield process.pid
    finally:
        process.kill()
        process.wait(30)
        process.stdin.close()
        process.stdout.close()


def read_as_nobody(path: str) -> bool:
    """Whether the same other user can read this."""
    child = os.fork()
    if not child:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with open(path, "rb") as file:  # noqa: PTH123 - nothing may be imported after the fork
                file.read(1)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


@LINUX
@ROOT
def test_the_same_user_reads_neither_the_environment_nor_the_memory_of_a_hardened_process() -> None:
    """Another program of that user, a hacked one, would have all keys from `/proc/PID/environ`."""
    with waiting("pass") as process:
        assert read_as_nobody(f"/proc/{process}/environ"), "otherwise this test proves nothing"
    with waiting(HARDEN) as process:
        assert not read_as_nobody(f"/proc/{process}/environ")
        assert not read_as_nobody(f"/proc/{process}/mem")
        assert core_limit(process) == ["0", "0"]


def test_every_command_that_reads_a_setting_or_makes_a_key_is_hardened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def harden() -> str:
        done.append("hardened")
        return "Operation not permitted"

    monkeypatch.setattr("envaccess.cli.operator_ports.harden", harden)
    Wired().new_master_key()
    with pytest.raises(Exception, match="is not set"):
        Wired().check_settings()
    assert done == ["hardened", "hardened"]


@LINUX
def test_the_embedded_server_and_its_watcher_leave_no_core_dump(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    with server as url:
        process = server_of(url)
        assert core_limit(process) == ["0", "0"]
        assert core_limit(parent_of(process)) == ["0", "0"]
    assert server.wait_gone(20)


@LINUX
def test_a_hardened_process_still_starts_the_embedded_server(tmp_path: Path) -> None:
    script = (
        f"{HARDEN}\nimport sys\nfrom pathlib import Path\n"
        "from envaccess.embedded.server import EmbeddedServer\n"
        "server = EmbeddedServer(Path(sys.argv[1]))\n"
        "with server as url: print(url)\nassert server.wait_gone(20)"
    )
    process = start(script, str(tmp_path), stdout=subprocess.PIPE)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out[:7]) == (0, b"unix://")


@LINUX
def test_a_hardened_process_that_aborts_leaves_no_core(tmp_path: Path) -> None:
    script = f"{HARDEN}\nimport os\nos.chdir({str(tmp_path)!r})\nos.abort()"
    process = start(script)
    assert process.wait(60) == -signal.SIGABRT
    assert list(tmp_path.iterdir()) == []
