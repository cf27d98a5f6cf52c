"""The adapter of the kind `postgres`: leases, rotations and checks of one server."""

from collections.abc import Sequence
from dataclasses import replace

from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.kinds.postgres import PostgresSpec
from envaccess.domain.sources.places import LeasePlace
from envaccess.sources.credentials import LiveCredential
from envaccess.sources.opening import Surroundings
from envaccess.sources.postgres.address import password_of
from envaccess.sources.postgres.checking import check_place, check_server
from envaccess.sources.postgres.keeping import KeptSessions
from envaccess.sources.postgres.leases import PostgresLeases
from envaccess.sources.postgres.rotating import PostgresRotator
from envaccess.sources.postgres.session import Server, require_driver


class PostgresSource(PostgresLeases, PostgresRotator):
    """One server; between two calls sessions stay open for some seconds."""

    def __init__(self, server: Server) -> None:
        self._kept = KeptSessions()
        kept = replace(server, kept=self._kept)
        PostgresLeases.__init__(self, kept)
        PostgresRotator.__init__(self, kept)

    async def check(self) -> Sequence[SourceFinding]:
        """Look whether the minting role can do what every lease needs."""
        return await check_server(self._server)

    async def check_place(self, place: LeasePlace) -> Sequence[SourceFinding]:
        """Look whether leases of one group in one database can be made."""
        return await check_place(self._server, place)

    async def close(self) -> None:
        """Close what is kept."""
        await self._kept.close()


def open_postgres(spec: PostgresSpec, surroundings: Surroundings) -> PostgresSource:
    """The adapter; its DSN, and the password in it, are kept out of the log. Raises `ImportError`."""
    require_driver()
    credential = LiveCredential(spec.dsn, surroundings.withhold)

    def dsn() -> str:
        found = credential.now()
        for secret in password_of(found):
            surroundings.withhold(secret)
        return found

    return PostgresSource(
        Server(spec.name, dsn, spec.unsafe_15, spec.pooler, spec.connections, surroundings.withhold)
    )
