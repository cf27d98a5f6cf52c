"""A server of PostgreSQL: leases of logins, and two roles whose passwords are rotated in turn."""

from dataclasses import dataclass

from envaccess.domain.sources.specs import Credential, SourceSpec


@dataclass(frozen=True, slots=True)
class PostgresSpec(SourceSpec):
    """One server.

    Attributes:
        dsn: of the minting role, whose privileges `docs/how-to/sources-postgres.md` gives.
        connections: how many sessions one lease may have open at once.
        pooler: what people's connections go through, as `pgbouncer 1.24.1`; empty where nothing is between.
        unsafe_15: whether a server older than 16 is used although its minting role can do too much.
    """

    dsn: Credential
    connections: int
    pooler: str = ""
    unsafe_15: bool = False
