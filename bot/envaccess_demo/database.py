"""A real PostgreSQL for the demo, where one is installed: a shop's database, and the role that makes logins.

It runs in a folder of its own, because it refuses to run as root and then is another user's. It listens on a
socket in there and nowhere else, and ends with the demo, `kill -9` included.
"""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from envaccess.domain.variable import Variable
from envaccess_demo.child import at_parents_end, command, environment
from envaccess_demo.home import LeftoverError

LEASED = Variable("staging", "DB_URL")
"""The variable whose values it makes."""
DATABASE, GROUP = "shop", "shop_read"
SOURCE = "shop"
_MINTER = "envaccess_minter"
_INSTALLED = Path("/usr/lib/postgresql")
_PROGRAMS = ("initdb", "postgres", "psql")
_UNPRIVILEGED = "nobody"
_READY_SECONDS = 15.0
_TEMPORARY = "/tmp"  # noqa: S108 - a folder of our own is made there
_HBA = "local all postgres trust\nlocal all all scram-sha-256\n"
_OLD = 16
"""Below this version a role that makes logins can do more than it should: docs/how-to/sources-postgres.md."""
_SHOP = """
CREATE DATABASE shop;
\\connect shop
CREATE TABLE orders (id int PRIMARY KEY, customer text, total numeric);
INSERT INTO orders VALUES (1, 'Ada', 19.90), (2, 'Grace', 42.00), (3, 'Linus', 7.50);
CREATE ROLE shop_read;
GRANT SELECT ON orders TO shop_read;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE ROLE envaccess_minter LOGIN CREATEROLE PASSWORD '{password}';
GRANT pg_signal_backend TO envaccess_minter;
GRANT shop_read TO envaccess_minter WITH ADMIN {admin};
"""


class DatabaseError(Exception):
    """PostgreSQL could not be started; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Programs of PostgreSQL.

    Attributes:
        version: the major one.
    """

    folder: Path
    version: int


def find_installed() -> Installed | None:
    """The newest PostgreSQL of this machine that has all programs, on PATH or where Debian has it."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += [folder / "bin" for folder in _INSTALLED.glob("*")]
    found = [Installed(place, _version(place)) for place in places if _is_whole(place)]
    return max(found, key=lambda one: one.version, default=None)


def _is_whole(place: Path) -> bool:
    return all(os.access(place / program, os.X_OK) for program in _PROGRAMS)


def _version(place: Path) -> int:
    found = re.search(r"postgresql/(\d+)/", f"{place}/")
    return int(found[1]) if found else 0


def why_none() -> str:
    """Why there is no database to show; empty where there is one."""
    if find_installed() is None:
        return "no PostgreSQL is installed here (initdb, postgres and psql of one version)"
    if importlib.util.find_spec("asyncpg") is None:
        return "asyncpg is not installed: pip install 'envaccess[postgres]'"
    if _folder_for_all() is None:
        return "there is no temporary folder that its user may enter: set TMPDIR to one"
    return ""


def _folder_for_all() -> str | None:
    """Where a folder of another user can be, which root's server needs."""
    for place in dict.fromkeys((tempfile.gettempdir(), _TEMPORARY)):
        folder = Path(place).resolve()
        if os.geteuid() or all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.parents)):
            return place
    return None


@dataclass(frozen=True, slots=True)
class Database:
    """The server that runs.

    Attributes:
        folder: its socket is in there.
        dsn: of the role that makes logins.
    """

    installed: Installed
    folder: Path
    dsn: str

    @property
    def is_old(self) -> bool:
        """Whether its minting role can do more than it should, so that it has to be accepted."""
        return self.installed.version < _OLD

    @property
    def psql(self) -> Path:
        """The program with which people look into it."""
        return self.installed.folder / "psql"

    @property
    def url(self) -> str:
        """What is shown, with a place for the login."""
        return f"postgresql://{{user}}:{{password}}@/{DATABASE}?host={self.folder}"

    def write_sources(self, home: Path, variable: str) -> Path:
        """Write `sources.yml` into the demo's home: this variable is a login that is made for each use."""
        credential, file = home / "shop.dsn", home / "sources.yml"
        for path, text in (
            (credential, self.dsn),
            (file, _SOURCES.format(credential=credential, variable=variable, url=self.url)),
        ):
            path.touch(0o600)
            path.write_text(text, encoding="utf-8")
        return file


_SOURCES = f"""\
version: 1
sources:
  {SOURCE}: {{{{kind: postgres, dsn: 'file:{{credential}}'}}}}
names:
  - match: {{variable}}
    lease: {{{{source: {SOURCE}, group: {GROUP}, database: {DATABASE}, url: '{{url}}'}}}}
"""


@contextlib.asynccontextmanager
async def open_database() -> AsyncIterator[Database | None]:
    """A server with the shop's database; none where there is no PostgreSQL."""
    installed = find_installed()
    if installed is None or why_none():
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="envaccess-pg-", dir=_folder_for_all()))
    end = await asyncio.create_subprocess_exec(
        *at_parents_end(command("envaccess_demo.database_end", str(folder))),
        env=environment({}), stdin=PIPE, stdout=DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield await _started(installed, folder)
    finally:
        assert end.stdin
        end.stdin.close()
        if await end.wait():
            raise LeftoverError(f"{folder} could not be removed")


_INITDB = ("-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
_PSQL = ("-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "postgres")


async def _started(installed: Installed, folder: Path) -> Database:
    owner = pwd.getpwnam(_UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None
    if owner:
        os.chown(folder, owner, -1)
    data = folder / "data"
    await _run([installed.folder / "initdb", "-D", data, *_INITDB], owner=owner)
    (data / "pg_hba.conf").write_text(_HBA)
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "jit": "off"}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = await asyncio.create_subprocess_exec(
        str(installed.folder / "postgres"), "-D", str(data), *words,
        stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, cwd="/", user=owner, start_new_session=True,
    )  # fmt: skip
    await _answers(installed, folder, server)
    password = secrets.token_urlsafe(24)
    admin = "TRUE, INHERIT FALSE, SET FALSE" if installed.version >= _OLD else "OPTION"
    statements = _SHOP.format(password=password, admin=admin)
    await _run([installed.folder / "psql", "-h", folder, *_PSQL], statements)
    return Database(installed, folder, f"postgresql://{_MINTER}:{password}@/{DATABASE}?host={folder}")


async def _answers(installed: Installed, folder: Path, server: Process) -> None:
    """Wait until it takes connections."""
    async with asyncio.timeout(_READY_SECONDS):
        while server.returncode is None:
            if (folder / ".s.PGSQL.5432").exists():
                with contextlib.suppress(DatabaseError):
                    await _run([installed.folder / "psql", "-h", folder, *_PSQL], "SELECT 1;")
                    return
            await asyncio.sleep(0.02)
    raise DatabaseError("PostgreSQL did not start")


async def _run(words: Sequence[object], typed: str = "", owner: int | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        *map(str, words), stdin=PIPE, stdout=DEVNULL, stderr=PIPE, cwd="/", user=owner
    )
    _, said = await process.communicate(typed.encode())
    if process.returncode:
        raise DatabaseError(said.decode(errors="replace").strip().partition("\n")[0])
