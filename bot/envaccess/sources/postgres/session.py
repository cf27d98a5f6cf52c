"""A connection of the minting role: opened for a call, or left by the last one some seconds ago."""

import asyncio
import importlib
import importlib.util
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.adapter import NotConnectedError
from envaccess.sources.postgres.address import Address, DsnError, read_address
from envaccess.sources.postgres.faults import code_of, meaning

SECONDS: Final = 3.0
"""For a connection, and for each statement."""
KEPT_SECONDS: Final = 3.0
"""From the opening of a session on. `CREATE DATABASE` and `DROP DATABASE` wait 5 s for others to leave."""
_GOODBYE_SECONDS: Final = 0.5
_LOCK_MILLISECONDS: Final = 500
_NO_PRIVILEGE: Final = "42501"
_NO_LOGIN: Final = "28"
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


def _nobody(_secret: str) -> None:
    """Nobody has to be told."""


class PostgresSession(Protocol):
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

    def is_closed(self) -> bool:
        """Whether it is known to be gone."""
        ...


class SessionReuse(Protocol):
    """Where a session waits for whoever is next."""

    def take(self, dsn: str, database: str) -> tuple[PostgresSession, float] | None:
        """One that is open, and until when it may be used."""
        ...

    def give(self, dsn: str, database: str, session: PostgresSession, until: float) -> bool:
        """Keep it; false where it is not kept."""
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
        connections: how many sessions one lease may have open at once.
        withhold: is told of every password that is made, so that the log removes it.
        kept: where sessions of the minting role wait for the next call; without it each call opens its own.
    """

    source: str
    dsn: Callable[[], str] = field(repr=False)
    unsafe_15: bool = False
    pooler: str = ""
    connections: int = 10
    withhold: Callable[[str], None] = _nobody
    kept: SessionReuse | None = field(default=None, repr=False)

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
    async def session(
        self, database: str | None = None, user: str | None = None, password: str | None = None
    ) -> AsyncIterator[PostgresSession]:
        """A session of the minting role, in the database of its DSN or another one; or of somebody else.

        Whatever the driver raises comes out as `PostgresFaultError`, without the exception that it was: the
        driver's quote DSNs and statements. Nothing may be `SET` in a session of the minting role.
        """
        if user is None and self.kept is not None:
            async with self._kept_session(self.kept, database or self.address().database) as kept:
                yield kept
        else:
            async with self.own_session(database, user, password) as own:
                yield own

    @asynccontextmanager
    async def own_session(
        self, database: str | None = None, user: str | None = None, password: str | None = None
    ) -> AsyncIterator[PostgresSession]:
        """The same, but opened for this call and closed with it."""
        failed: BaseException | None = None
        opened: PostgresSession | None = None
        try:
            opened = await self._open(self.dsn(), database, user, password)
            yield opened
        except _expected() as error:
            failed = error
        finally:
            if opened is not None:
                await close_session(opened)
        if failed is not None:
            raise self._fault(failed, connected=opened is not None) from None

    @asynccontextmanager
    async def _kept_session(self, kept: SessionReuse, database: str) -> AsyncIterator[PostgresSession]:
        """The one that is kept, or a new one; kept for the next only where nothing went wrong in it.

        A connection of before that was lost meanwhile counts as one that was not made: it is tried again.
        """
        failed: BaseException | None = None
        session: PostgresSession | None = None
        stays, dsn = False, self.dsn()
        until = asyncio.get_running_loop().time() + KEPT_SECONDS
        waiting = kept.take(dsn, database)
        try:
            session, until = waiting or (await self._open(dsn, database, None, None), until)
            yield session
            stays = kept.give(dsn, database, session, until)
        except _expected() as error:
            failed = error
        finally:
            if session is not None and not stays:
                await close_session(session)
        if failed is not None:
            raise self._fault(failed, connected=session is not None and waiting is None) from None

    async def _open(
        self, dsn: str, database: str | None, user: str | None, password: str | None
    ) -> PostgresSession:
        address, driver = self.address(), importlib.import_module("asyncpg")
        if not all(os.access(file, os.R_OK) for file in address.files):
            what = "a file of the DSN's cannot be read here (sslrootcert, sslcert, sslkey, sslcrl)"
            raise self.fault(SourceFault.MALFORMED, what)
        opened = await driver.connect(
            dsn, database=database or address.database, user=user, password=password,
            timeout=SECONDS, command_timeout=SECONDS, statement_cache_size=0, server_settings=_SETTINGS,
        )  # fmt: skip
        return cast("PostgresSession", opened)

    async def login(self, user: str, password: str) -> str:
        """Log in as somebody else, and out again; returns the SQLSTATE of a refusal, else an empty text.

        Who is let in but may not use the database has logged in. Raises `PostgresFaultError`.
        """
        try:
            async with self.session(user=user, password=password):
                return ""
        except PostgresFaultError as refused:
            if refused.code == _NO_PRIVILEGE:
                return ""
            if refused.code[:2] != _NO_LOGIN:
                raise
            return refused.code

    def _fault(self, error: BaseException, *, connected: bool) -> SourceFaultError:
        fault, said = meaning(error)
        code = code_of(error)
        if not connected and fault is SourceFault.DOWN:
            return NotConnectedError(self.source, f"The source {self.source}: {said}")
        if not connected and code == _UNKNOWN_PARAMETER:
            fault, said = (
                SourceFault.MALFORMED,
                "the DSN has a parameter that the server does not know (42704)",
            )
        return PostgresFaultError(fault, self.source, said, code, connected=connected)


async def tried(session: PostgresSession, query: str) -> str:
    """Run statements without arguments; returns the SQLSTATE where the server refused, else an empty text.

    A connection that was lost, and a statement that took too long, is raised.
    """
    try:
        await session.execute(query)
    except Exception as error:  # asyncpg's, loaded only where it is used
        code = code_of(error)
        if not code or code[:2] in {"08", "53", "57", "58"}:
            raise
        return code
    return ""


async def close_session(opened: PostgresSession) -> None:
    """Whatever happens, the connection is gone: a server that does not answer is not waited for long."""
    try:
        async with asyncio.timeout(2 * _GOODBYE_SECONDS):  # asyncpg#1326: its own may wait without end
            await opened.close(timeout=_GOODBYE_SECONDS)
    except _expected():
        opened.terminate()  # the work is done, or its own failure is told
    except BaseException:
        opened.terminate()
        raise


def require_driver() -> None:
    """Raise `ImportError` where the extra is not installed; it is loaded with the first session."""
    if importlib.util.find_spec("asyncpg") is None:
        raise ImportError("No module named asyncpg", name="asyncpg")


def _expected() -> tuple[type[Exception], ...]:
    """What a driver raises; asked only once something was raised."""
    driver = importlib.import_module("asyncpg")
    return (OSError, ValueError, driver.PostgresError, driver.InterfaceError, driver.InternalClientError)
