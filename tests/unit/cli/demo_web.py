"""`envaccess demo --web` as a process of its own, and what it leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME = Path(__file__).parents[3]
PATIENCE = 60.0

HOSTILE = {
    "SLACK_BOT_TOKEN": "xoxb-test",
    "SLACK_APP_TOKEN": "not an app token",
    "SLACK_API_URL": "http://127.0.0.1:1/",
    "SLACK_CLIENT_ID": "oauth",
    "REDIS_URL": "redis://127.0.0.1:1",
    "ENVACCESS_HOME": "/nowhere",
    "ENVACCESS_MASTER_KEYS": "x",
    "ENVACCESS_LOG_LEVEL": "loud",
    "PORT": "http",
    "PYTHONSTARTUP": "/nowhere",
}
"""A shell in which every setting is wrong: the demo looks at none."""


@dataclass
class Demo:
    """A running demo.

    Attributes:
        folder: all that it may write to.
        address: the page's.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    address: str = ""

    def read_address(self) -> None:
        assert self.process.stdout
        self.address = self.process.stdout.readline().decode().strip()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def processes(self) -> list[str]:
        """The command lines of all processes that have to do with the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                    if os.fsencode(self.folder) in words + os.fsencode((entry / "cwd").readlink()):
                        found.append(f"{entry.name} {(entry / 'cmdline').read_bytes()!r}")
        return found

    def bot(self) -> int:
        """The bot's process id."""
        return next(int(line.split()[0]) for line in self.processes() if "demo.bot_main" in line)

    def assert_nothing_left(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while (left := [*self.processes(), *self.folder.iterdir()]) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not left


def start(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Demo:
    """Start the command in a folder of its own, as somebody with these variables in their shell would."""
    program = "import sys; from envaccess.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", program, "demo", "--web", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(HOME), "TMPDIR": str(folder), "PATH": os.defpath, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return Demo(process, folder)


@contextlib.contextmanager
def demo(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Demo]:
    """A running demo; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="ea-") as folder:
        running = start(Path(folder), *arguments, environment=environment)
        try:
            running.read_address()
            yield running
        finally:
            if running.process.poll() is None:
                running.end(signal.SIGTERM)
            for stream in (running.process.stdout, running.process.stderr):
                assert stream
                stream.close()
            running.assert_nothing_left()
