"""Other processes that use an embedded server, and a look at the processes behind it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

ROOT = Path(__file__).parents[2]
USE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from envaccess.embedded.server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[2]))
sys.stdin.readline()
print(server.start(), flush=True)
sys.stdin.readline()
server.close()
"""


class User:
    """A process that uses the server of `home`: it starts or joins when told to `begin`, and stays.

    It runs in the home, not in the checkout, so that nothing is found by way of the working folder.
    """

    def __init__(self, home: Path, program: str = USE) -> None:
        home.mkdir(exist_ok=True)
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-c", program, str(ROOT), str(home)],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self) -> Self:
        """Let the process start or join."""
        self._write()
        return self

    def url(self) -> str:
        """Wait until it has, and return the URL."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """Let the process end in good order."""
        self._write()
        self.process.wait(30)

    def kill(self) -> None:
        """End it by `kill -9`."""
        self.process.kill()
        self.process.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def _write(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@contextmanager
def connected(url: str) -> Iterator["redis.Redis"]:
    """A client of the server at `url`, closed afterwards."""
    client = redis.Redis.from_url(url, decode_responses=True)
    try:
        yield client
    finally:
        client.close()


def server_of(url: str) -> int:
    """Return the server's process id."""
    with connected(url) as client:
        return int(client.info("server")["process_id"])


def parent_of(process: int) -> int:
    """Return the id of a process's parent; of the server's, that is the watcher (Linux only)."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def lives(process: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(process, 0)
        status = Path(f"/proc/{process}/stat")
        return not status.parent.parent.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def kill(process: int) -> None:
    """Send `kill -9`."""
    os.kill(process, signal.SIGKILL)


def until(condition: Callable[[], bool], *, within: float = 20.0) -> None:
    """Wait until `condition` holds; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.002)
