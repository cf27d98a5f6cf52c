"""Leases of PostgreSQL: one role for one use of a grant."""

from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.domain.leases import (
    Gone,
    HeldLease,
    LeaseId,
    LeaseIntent,
    Minted,
    Remains,
    StillThere,
    TimeLeft,
)
from envaccess.domain.sources.faults import SourceFault
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.templates import fill
from envaccess.domain.sources.value import Value
from envaccess.sources.postgres.ending import end
from envaccess.sources.postgres.lookup import OID, SYSTEM, overdue_leases, roles_of, stray_leases, system_of
from envaccess.sources.postgres.minting import LeasedLogin, extend, mint
from envaccess.sources.postgres.quoting import is_name
from envaccess.sources.postgres.session import PostgresSession, Server
from envaccess.sources.postgres.values import default_template, encoded

_HOST: Final = "host"
_PORT: Final = "port"
_DATABASE: Final = "database"


class PostgresLeases:
    """`Leases` of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:
        """Where the DSN leads, which server that is, and the database of the lease.

        Nothing is written down of what is to be made at a server that does not let us in: no DSN that is
        mended later could confirm that nothing was made there. Raises `PostgresFaultError`.
        """
        del lease  # its role's name finds it
        address = self._server.address()
        wanted = place.options.get("database") or address.database
        async with self._server.session() as session:
            system = await system_of(session)
        return {_HOST: address.host, _PORT: address.port, _DATABASE: wanted, SYSTEM: system}

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        """Make the role, in one transaction; a role of this lease that is there gets a new password."""
        options, address = lease.place.options, self._server.address()
        database = options.get("database") or address.database
        login = LeasedLogin(lease.id, self._group(options), database, self._server.connections)
        async with self._server.session() as session:
            role, password, system = await mint(self._server, session, login, left)
        template = options.get("url") or default_template(address, database)
        text = fill(template, {"user": role.name, "password": password}, encoded)
        pinned = {**lease.pinned, OID: str(role.oid), SYSTEM: system}
        return Minted(Value(text, lease.id), pinned)

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        """Move the role's end; its password stays."""
        async with self._server.session() as session:
            await self._require_pinned(session, lease)
            return await extend(self._server, session, lease.id, left)

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        """End the role, and look again."""
        async with self._server.session() as session:
            elsewhere = await self._elsewhere(session, lease)
            if elsewhere:
                return StillThere(Remains.LOGIN, what=elsewhere)
            oid = lease.pinned.get(OID, "")
            return await end(self._server, session, lease.id, int(oid) if oid.isdecimal() else None)

    async def alive(self, lease: HeldLease) -> bool:
        """Whether its role may log in now: somebody may have dropped it, or moved its end."""
        async with self._server.session() as session:
            await self._require_pinned(session, lease)
            return any(role.works and role.marked for role in await roles_of(session, lease.id))

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        """Roles of such leases whose `VALID UNTIL` is past: that ends no open session."""
        async with self._server.session() as session:
            return await overdue_leases(session, workspace)

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        """Roles that carry a lease's id of this workspace."""
        async with self._server.session() as session:
            return await stray_leases(session, workspace)

    def _group(self, options: Mapping[str, str]) -> str:
        group = options.get("group", "")
        if not is_name(group):
            raise self._server.fault(SourceFault.MALFORMED, "the group's name has not 1 to 63 bytes")
        return group

    async def _require_pinned(self, session: PostgresSession, lease: HeldLease) -> None:
        elsewhere = await self._elsewhere(session, lease)
        if elsewhere:
            raise self._server.fault(SourceFault.MISSING, elsewhere)

    async def _elsewhere(self, session: PostgresSession, lease: HeldLease) -> str:
        """Why what is looked at is not where the lease was made; empty where it is."""
        made, address = lease.pinned, self._server.address()
        if (made.get(_HOST, address.host), made.get(_PORT, address.port)) == (address.host, address.port):
            return ""
        if SYSTEM in made and made[SYSTEM] == await system_of(session):
            return ""
        return (
            f"{lease.id} was made at {made.get(_HOST)}:{made.get(_PORT)}, but the DSN leads elsewhere now: "
            "let it lead there again, or drop the role there"
        )
