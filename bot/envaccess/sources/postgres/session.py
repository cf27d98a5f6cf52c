"""A connection of the minting role: one for each call, so that none is held open and none is an old one."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.postgres.address import Address, DsnError, read_address
from envaccess.sources.postgres.faults import code_of, meaning

SECONDS: Final = 3.0
"""For a connection, and for each statement."""
_LOCK_MILLISECONDS: Final = 500
_MISSING: Final = "its driver asyncpg is not installed: install `envaccess[postgres]` in place of `envaccess`"
_UNKNOWN_PARAMETER: Final = "42704"
_SETTINGS: Final = {
    "application_name": "envaccess",
    "TimeZone": "UTC",
    # Nobody's function or operator is taken for one of PostgreSQL's own, whatever a schema holds.
    "search_path": "pg_catalog",
    "standard_conforming_strings": "on",
    "statement_timeout": str(int(SECONDS * 1000)),
    "lock_timeout": str(_LOCK_MILLISECONDS),
    "idle_in_transaction_session_timeout": str(int(SECONDS * 1000)),
    "default_transaction_isolation": "read committed",
}


class Session(Protocol):
    """What of a connection of asyncpg's is used."""

    async def execute(self, query: str, *args: object) -> str:
        """Run statements; several without arguments are one transaction."""
        ...

    async def fetch(self, query: str, *args: object) -> Sequence[Mapping[str, Any]]:
        """All rows."""
        ...

    async def fetchrow(self, query: str, *args: object) -> Mapping[str, Any] | None:
        """The first row."""
        ...

    async def fetchval(self, query: str, *args: object) -> Any:  # noqa: ANN401 - whatever the column is
        """The first column of the first row."""
        ...

    def get_server_version(self) -> Any:  # noqa: ANN401 - a named tuple of the driver's
        """With `.major`."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """A transaction around some statements."""
        ...

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's own
        """Say goodbye."""
        ...

    def terminate(self) -> None:
        """Drop it."""
        ...


class PostgresFaultError(SourceFaultError):
    """A fault of a PostgreSQL source.

    Attributes:
        code: the SQLSTATE; empty where no server said anything.
        connected: whether there was a session.
    """

    def __init__(
        self, fault: SourceFault, source: str, what: str, code: str = "", *, connected: bool = True
    ) -> None:
        super().__init__(fault, source, f"The source {source}: {what}")
        self.code = code
        self.connected = connected


@dataclass(frozen=True, slots=True)
class Server:
    """A server of PostgreSQL, as a source names it.

    Attributes:
        source: its name in `sources.yml`.
        dsn: gives the DSN of the minting role, which may have changed since it was last asked.
        unsafe_15: whether versions below 16 are used although a minting role can do too much there.
        pooler: what people's connections go through; empty where nothing is between.
    """

    source: str
    dsn: Callable[[], str] = field(repr=False)
    unsafe_15: bool = False
    pooler: str = ""

    def address(self) -> Address:
        """Where it is. Raises `PostgresFaultError`."""
        try:
            return read_address(self.dsn())
        except DsnError as failed:
            raise self.fault(SourceFault.MALFORMED, str(failed)) from None

    def fault(self, fault: SourceFault, what: str) -> PostgresFaultError:
        """A fault that we found ourselves, said in one sentence after the source's name."""
        return PostgresFaultError(fault, self.source, what, connected=False)

    @asynccontextmanager
    async def session(self, database: str | None = None) -> AsyncIterator[Session]:
        """A session of the minting role, in the database of its DSN or another one.

        Whatever the driver raises comes out as `PostgresFaultError`, without the exception that it was: the
        driver's quote DSNs and statements.
        """
        failed: BaseException | None = None
        opened: Session | None = None
        try:
            opened = await self._open(database)
            yield opened
        except _expected() as error:
            failed = error
        finally:
            if opened is not None:
                await _close(opened)
        if failed is not None:
            raise self._fault(failed, connected=opened is not None) from None

    async def _open(self, database: str | None) -> Session:
        self.address()
        driver = _driver(self.source)
        opened = await driver.connect(
            self.dsn(), database=database, timeout=SECONDS, command_timeout=SECONDS, statement_cache_size=0,
            server_settings=_SETTINGS,
        )  # fmt: skip
        return cast("Session", opened)

    def _fault(self, error: BaseException, *, connected: bool) -> PostgresFaultError:
        fault, said = meaning(error)
        code = code_of(error)
        if not connected and code == _UNKNOWN_PARAMETER:
            fault, said = (
                SourceFault.MALFORMED,
                "the DSN has a parameter that the server does not know (42704)",
            )
        return PostgresFaultError(fault, self.source, said, code, connected=connected)


async def tried(session: Session, query: str) -> str:
    """Run statements without arguments; returns the SQLSTATE where the server refused, else an empty text.

    A connection that was lost, and a statement that took too long, is raised.
    """
    try:
        await session.execute(query)
    except Exception as error:  # noqa: BLE001 - asyncpg's, loaded only where it is used
        code = code_of(error)
        if not code or code[:2] in {"08", "53", "57", "58"}:
            raise
        return code
    return ""


async def _close(opened: Session) -> None:
    """Whatever happens, the connection is gone: a server that does not answer is not waited for."""
    try:
        await asyncio.shield(opened.close(timeout=0.5))
    except (Exception, asyncio.CancelledError):  # the work is done, or its own failure is told
        opened.terminate()


def is_installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("asyncpg") is not None


def _driver(source: str) -> Any:  # noqa: ANN401 - asyncpg has no types
    if not is_installed():
        raise PostgresFaultError(SourceFault.DOWN, source, _MISSING, connected=False)
    return importlib.import_module("asyncpg")


def _expected() -> tuple[type[Exception], ...]:
    """What a driver raises; asked only once something was raised."""
    if not is_installed():
        return (OSError, ValueError)
    driver = importlib.import_module("asyncpg")
    return (OSError, ValueError, driver.PostgresError, driver.InterfaceError, driver.InternalClientError)
