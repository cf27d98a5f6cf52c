"""Which groups a leased role may be made a member of: none whose members can outlive their lease.

PostgreSQL hands on what a group owns and may grant. Whoever may change a function that a group owns, make
roles, or make somebody else a member, leaves something behind that ending the role does not end.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from envaccess.domain.sources.faults import SourceFault
from envaccess.sources.postgres.faults import NO_SUCH_DATABASE
from envaccess.sources.postgres.session import PostgresFaultError, PostgresSession, Server

SINCE_SET_FALSE: Final = 16
"""The first version with `GRANT ... WITH INHERIT TRUE, SET FALSE`."""
TOO_MIGHTY: Final = [
    "pg_read_server_files", "pg_write_server_files", "pg_execute_server_program", "pg_create_subscription",
    "pg_signal_backend", "pg_use_reserved_connections", "pg_database_owner", "rds_superuser",
    "cloudsqlsuperuser", "azure_pg_admin", "rds_password", "rds_replication",
]  # fmt: skip
"""Predefined roles, PostgreSQL's and the large hosts', that can do more than use data."""
_CLOSURE: Final = """
WITH RECURSIVE closure(oid) AS (
  SELECT oid FROM pg_roles WHERE rolname = $1
  UNION SELECT m.roleid FROM pg_auth_members m JOIN closure c ON m.member = c.oid
)
"""
LOOK: Final = f"""{_CLOSURE.rstrip()},
known AS (
  SELECT oid, rolname, rolname = ANY ($2::text[]) AS predefined,
    rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS mighty
  FROM pg_roles JOIN closure USING (oid)
)
SELECT EXISTS (SELECT FROM known) AS found,
  (SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM known WHERE mighty) AS attributes,
  (SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM known WHERE predefined) AS predefined,
  (SELECT string_agg(DISTINCT pg_get_userbyid(m.roleid), ', ') FROM pg_auth_members m
    JOIN known k ON m.member = k.oid WHERE m.admin_option) AS administers,
  (SELECT count(*) FROM known k JOIN pg_shdepend d ON d.refobjid = k.oid
    WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o'
    AND d.classid IN ('pg_proc'::regclass, 'pg_database'::regclass, 'pg_namespace'::regclass)) AS owns,
  current_setting('server_version_num')::int / 10000 AS version
"""  # noqa: S608 - texts of ours
"""What is to be known of the group `$1`, beside the predefined roles `$2`; more columns may follow."""
_CREATES_HERE: Final = f"""{_CLOSURE}
SELECT EXISTS (SELECT FROM closure c, pg_namespace n WHERE n.nspname !~ '^pg_(temp|toast_temp)_'
    AND has_schema_privilege(c.oid, n.oid, 'CREATE'))
  OR EXISTS (SELECT FROM closure c WHERE has_database_privilege(c.oid, current_database(), 'CREATE'))
"""  # noqa: S608 - texts of ours
_TRIES: Final = 5
_AT_ONCE: Final = 4
"""Databases that are looked into at the same time: a server has few places for connections."""
_HANDS_ON: Final = f"""{_CLOSURE}
SELECT EXISTS (SELECT FROM pg_shdepend d JOIN closure c ON d.refobjid = c.oid
    WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o') AS owns,
  EXISTS (SELECT FROM pg_class o, aclexplode(o.relacl) a JOIN closure c ON a.grantee = c.oid
    WHERE a.is_grantable)
  OR EXISTS (SELECT FROM pg_attribute o, aclexplode(o.attacl) a JOIN closure c ON a.grantee = c.oid
    WHERE a.is_grantable)
  OR EXISTS (SELECT FROM pg_proc o, aclexplode(o.proacl) a JOIN closure c ON a.grantee = c.oid
    WHERE a.is_grantable)
  OR EXISTS (SELECT FROM pg_namespace o, aclexplode(o.nspacl) a JOIN closure c ON a.grantee = c.oid
    WHERE a.is_grantable) AS grants
"""  # noqa: S608 - texts of ours
_REACHED: Final = """
SELECT datname, datname = current_database() AS here FROM pg_database
WHERE datallowconn AND datconnlimit <> -2
  AND has_database_privilege((SELECT oid FROM pg_roles WHERE rolname = $1), oid, 'CONNECT') ORDER BY datname
"""
"""Those that the group may connect to; one whose `DROP DATABASE` was cut short (-2) lets nobody in."""


async def require_harmless(server: Server, session: PostgresSession, group: str) -> None:
    """Refuse a group whose members can do more than use what it was granted. Raises `PostgresFaultError`."""
    found = await session.fetchrow(LOOK, group, TOO_MIGHTY)
    assert found is not None
    await judge(server, session, group, found)


async def hands_on(session: PostgresSession, group: str) -> str:
    """What members of a group can give others for good, in the database of a session; empty for nothing."""
    found = await session.fetchrow(_HANDS_ON, group)
    assert found is not None
    said = {"owns": "owns tables or has default privileges", "grants": "holds rights WITH GRANT OPTION"}
    return " and ".join(text for name, text in said.items() if found[name])


async def judge(server: Server, session: PostgresSession, group: str, found: Mapping[str, Any]) -> None:
    """The same, of what `LOOK` found."""
    if not found["found"]:
        raise server.fault(SourceFault.MISSING, f"there is no role {group} to be a group of leases")
    said = why_too_mighty(group, found)
    if said:
        raise server.fault(SourceFault.DENIED, said)
    if found["version"] < SINCE_SET_FALSE:
        await _require_harmless_15(server, session, group)


def why_too_mighty(group: str, found: Mapping[str, Any]) -> str:
    """Why no lease is made for this group; empty where there is no reason."""
    if found["attributes"]:
        return (
            f"the group {group} is or belongs to {found['attributes']}, with SUPERUSER, CREATEROLE, "
            "CREATEDB, REPLICATION or BYPASSRLS: choose a group that has none of these"
        )
    if found["predefined"]:
        return f"the group {group} belongs to {found['predefined']}, which reaches beyond data: revoke that"
    if found["administers"]:
        return (
            f"the group {group} has ADMIN OPTION on {found['administers']}, so that its members could make "
            "anybody a member of that: revoke that option"
        )
    if found["owns"]:
        return (
            f"the group {group} owns functions, schemas or a database, which its members could change for "
            "good: let another role own them"
        )
    return ""


async def _require_harmless_15(server: Server, session: PostgresSession, group: str) -> None:
    if not server.unsafe_15:
        raise server.fault(
            SourceFault.DENIED,
            "it is older than PostgreSQL 16, where the minting role could change anybody's password and "
            "`SET ROLE` outlives a lease: upgrade it, or set ENVACCESS_UNSAFE_POSTGRES_15=1 to accept that",
        )
    for _ in range(_TRIES):
        try:
            return await _require_no_create(server, session, group)
        except PostgresFaultError as failed:
            if failed.code != NO_SUCH_DATABASE:
                raise  # else it was dropped, or has another name by now: all are looked at anew
    raise server.fault(SourceFault.SLOW, "databases are dropped or renamed all the time")


async def _require_no_create(server: Server, session: PostgresSession, group: str) -> None:
    """Look into every database, some at once: each look opens a session, and the longest of them counts."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def creates(row: Mapping[str, Any]) -> bool:
        if row["here"]:
            return bool(await session.fetchval(_CREATES_HERE, group))
        async with turns, server.session(row["datname"]) as other:
            return bool(await other.fetchval(_CREATES_HERE, group))

    reached = await session.fetch(_REACHED, group)
    found = await asyncio.gather(*map(creates, reached), return_exceptions=True)
    for row, answer in zip(reached, found, strict=True):
        if isinstance(answer, BaseException):
            raise answer
        if answer:
            raise server.fault(
                SourceFault.DENIED,
                f"the group {group} may CREATE in database {row['datname']}: below PostgreSQL 16 what is "
                "made after `SET ROLE` stays the group's, so that no lease is made for it",
            )
