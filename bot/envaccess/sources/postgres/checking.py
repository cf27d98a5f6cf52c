"""Looks whether the minting role can do what leases need; each lack with the statement that mends it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import LeasePlace
from envaccess.sources.postgres import quoting
from envaccess.sources.postgres.address import Address
from envaccess.sources.postgres.groups import SINCE_SET_FALSE, hands_on, require_harmless
from envaccess.sources.postgres.session import PostgresFaultError, PostgresSession, Server

_FIXED: Final = (1, 24, 1)
"""PgBouncer that heeds `VALID UNTIL` with its default `auth_query` (CVE-2025-2291)."""
_MINTER: Final = """
SELECT rolname AS name, rolcreaterole AS creates, rolsuper AS super, pg_is_in_recovery() AS standby,
  pg_has_role(current_user, 'pg_signal_backend', 'USAGE') AS signals
FROM pg_roles WHERE rolname = current_user
"""
_PLACE: Final = """
SELECT pg_has_role(current_user, $1, 'MEMBER WITH ADMIN OPTION') AS admin,
  has_database_privilege($1, $2, 'CONNECT') AS connects,
  (SELECT string_agg(quote_ident(datname), ', ' ORDER BY datname) FROM pg_database WHERE datallowconn
    AND has_database_privilege($1, oid, 'CONNECT')
    AND NOT has_database_privilege(current_user, oid, 'CONNECT')) AS closed
"""
_READS_VERIFIERS: Final = "SELECT has_table_privilege($1, 'pg_catalog.pg_authid', 'SELECT')"
_NAMED: Final = """
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role,
  EXISTS (SELECT FROM pg_database WHERE datname = $2) AS database
"""


async def check_server(server: Server) -> Sequence[SourceFinding]:
    """What is true of every lease there. Raises `SourceFaultError` where the server cannot be asked."""
    address = server.address()
    async with server.session() as session:
        found = await session.fetchrow(_MINTER)
        assert found is not None
        major = session.get_server_version().major
    return [*_of_server(server, address, major, found), *_of_minter(found)]


async def check_place(server: Server, place: LeasePlace) -> Sequence[SourceFinding]:
    """What is true of one group and database. Raises `SourceFaultError` where the server cannot be asked."""
    group = place.options.get("group", "")
    database = place.options.get("database") or server.address().database
    async with server.session() as session:
        named = await session.fetchrow(_NAMED, group, database)
        assert named is not None
        if not all(named.values()):
            missing = f"There is no {'database ' + database if named['role'] else 'role ' + group}"
            return [SourceFinding(ok=False, said=missing, mend="Name one that is there")]
        found = await session.fetchrow(_PLACE, group, database)
        assert found is not None
        minter = await session.fetchval("SELECT quote_ident(current_user)")
        findings = list(_of_place(session, group, database, minter, found))
        is_15 = session.get_server_version().major < SINCE_SET_FALSE
        refused = is_15 and not server.unsafe_15  # which is said of the server
        if not found["closed"] and not refused:  # else it cannot be looked at everywhere
            findings.append(await _of_group(server, session, group))
    if all(finding.ok for finding in findings):
        async with server.session(database) as there:
            findings += _of_hands(group, await hands_on(there, group))
            findings += _of_verifiers(group, reads=bool(await there.fetchval(_READS_VERIFIERS, group)))
    return findings


def _of_hands(group: str, said: str) -> list[SourceFinding]:
    """A right that a holder gave a colleague outlives the lease, and nobody can tell who gave it."""
    if not said:
        return []
    mend = "Let another role own them, without GRANT OPTION for the group, and look at \\ddp"
    told = f"The group {group} {said}: whoever holds a lease can give others such rights for good"
    return [SourceFinding(ok=False, said=told, mend=mend, grave=False)]


def _of_verifiers(group: str, *, reads: bool) -> list[SourceFinding]:
    """Verifiers can be guessed at for years after a lease, and those of md5 log in as they are."""
    if not reads:
        return []
    told = f"The group {group} may read what proves the password of every role (pg_authid)"
    mend = "Grant it the tables that it needs, in place of pg_read_all_data"
    return [SourceFinding(ok=False, said=told, mend=mend, grave=False)]


async def _of_group(server: Server, session: PostgresSession, group: str) -> SourceFinding:
    try:
        await require_harmless(server, session, group)
    except PostgresFaultError as refused:
        return SourceFinding(ok=False, said=str(refused), mend="Name another group, or change this one")
    return SourceFinding(ok=True, said=f"The group {group} gives nothing that outlives a lease")


def _of_server(
    server: Server, address: Address, major: int, found: Mapping[str, Any]
) -> Iterator[SourceFinding]:
    if major >= SINCE_SET_FALSE:
        yield SourceFinding(ok=True, said=f"PostgreSQL {major}")
    else:
        yield SourceFinding(
            ok=False,
            said=f"PostgreSQL {major}, where the minting role can change anybody's password",
            mend="Upgrade to 16 or newer"
            + (
                "; ENVACCESS_UNSAFE_POSTGRES_15=1 accepts that until then"
                if server.unsafe_15
                else ", or accept that with ENVACCESS_UNSAFE_POSTGRES_15=1"
            ),
            grave=not server.unsafe_15,
        )
    if found["standby"]:
        yield SourceFinding(
            ok=False, said="The DSN leads to a standby, which is read-only", mend="Name the primary"
        )
    if not address.is_local and not address.checks_server:
        yield SourceFinding(
            ok=False, said="The connection takes any certificate, or none",
            mend="Write sslmode=verify-full (and sslrootcert=/path) in the DSN", grave=False,
        )  # fmt: skip
    if server.pooler:
        yield _of_pooler(server.pooler)


def _of_pooler(pooler: str) -> SourceFinding:
    name, _, version = pooler.partition(" ")
    numbers = tuple(int(part) for part in version.split(".")) if version else ()
    if name == "pgbouncer" and numbers >= _FIXED:
        return SourceFinding(ok=True, said=f"People connect through {pooler}")
    if name == "pgbouncer":
        return SourceFinding(
            ok=False, said=f"{pooler} lets a login in after its VALID UNTIL (CVE-2025-2291)",
            mend="Upgrade PgBouncer to 1.24.1: until then only the bot itself ends a lease", grave=False,
        )  # fmt: skip
    return SourceFinding(
        ok=False, said=f"Whether {pooler} heeds VALID UNTIL is not known here",
        mend="Try a login after its VALID UNTIL through it, or let leases connect directly", grave=False,
    )  # fmt: skip


def _of_minter(found: Mapping[str, Any]) -> Iterator[SourceFinding]:
    name = quoting.name(found["name"])
    if found["super"]:
        yield SourceFinding(
            ok=False, said="The minting role is a superuser, which is more than it needs",
            mend="Make one as docs/how-to/sources-postgres.md says", grave=False,
        )  # fmt: skip
    yield _privilege(
        "The minting role makes roles", ok=found["creates"], mend=f"ALTER ROLE {name} CREATEROLE;"
    )
    yield _privilege(
        "The minting role ends sessions", ok=found["signals"], mend=f"GRANT pg_signal_backend TO {name};"
    )


def _of_place(
    session: PostgresSession, group: str, database: str, minter: str, found: Mapping[str, Any]
) -> Iterator[SourceFinding]:
    quoted = quoting.name(group)
    since = session.get_server_version().major >= SINCE_SET_FALSE
    how = "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE" if since else "WITH ADMIN OPTION"
    yield _privilege(
        f"The minting role may make members of {group}", ok=found["admin"],
        mend=f"GRANT {quoted} TO {minter} {how};",
    )  # fmt: skip
    yield _privilege(
        f"The group {group} may connect to {database}", ok=found["connects"],
        mend=f"GRANT CONNECT ON DATABASE {quoting.name(database)} TO {quoted};",
    )  # fmt: skip
    closed = found["closed"]
    yield _privilege(
        f"The minting role may connect wherever {group} may", ok=not closed,
        mend=f"GRANT CONNECT ON DATABASE {closed} TO {minter};",
    )  # fmt: skip


def _privilege(said: str, *, ok: bool, mend: str) -> SourceFinding:
    return (
        SourceFinding(ok=True, said=said)
        if ok
        else SourceFinding(ok=False, said=f"Not so: {said}", mend=mend)
    )
