"""A small database server: roles with an end, sessions that outlive it, and a clock of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from envaccess.domain.leases import (
    OVERDUE_SECONDS,
    Gone,
    HeldLease,
    LeaseId,
    LeaseIntent,
    Minted,
    Remains,
    StillThere,
    TimeLeft,
    lease_parts,
    lease_prefix,
)
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.value import Value


@dataclass
class Role:
    """A login, with when it ends by this server's clock, in milliseconds."""

    oid: int
    password: str
    valid_until: int
    login: bool = True
    owns: int = 0


@dataclass
class LeaseServer:
    """The server itself: what is there whoever asks, and whoever dies.

    Attributes:
        now: its own clock, in milliseconds; nobody else's.
        roles: by name.
        sessions: the oids of the roles that opened each.
        stubborn: sessions that are not ended by being told to.
        fault: what every call fails with; None while it answers.
        mute: it does what it is asked, and its answer is lost.
        calls: what was asked, in order.
    """

    name: str = "pg"
    now: int = 5_000_000
    roles: dict[str, Role] = field(default_factory=dict)
    sessions: list[int] = field(default_factory=list)
    stubborn: int = 0
    fault: SourceFault | None = None
    mute: bool = False
    calls: list[tuple[str, str]] = field(default_factory=list)
    made: int = 0

    def pass_time(self, seconds: float) -> None:
        self.now += int(seconds * 1000)

    def log_in(self, value: str) -> bool:
        """Open a session with what was shown; False where it is refused."""
        user, _, password = value.partition(":")
        role = self.roles.get(user)
        if role is None or not role.login or role.password != password or self.now >= role.valid_until:
            return False
        self.sessions.append(role.oid)
        return True

    def create(self, user: str, seconds: int) -> Role:
        self.made += 1
        password, until = f"value-for-tests-{self.made}", self.now + seconds * 1000
        role = self.roles.setdefault(user, Role(10_000 + self.made, password, until))
        role.password, role.valid_until = password, until
        return role

    def asked(self, verb: str, lease: str) -> None:
        self.calls.append((verb, lease))
        if self.fault is not None:
            raise SourceFaultError(self.fault, self.name)

    def answered(self) -> None:
        if self.mute:
            raise SourceFaultError(SourceFault.SLOW, self.name)


class FakeLeases:
    """Fits `ports.sources.Leases`, over a server that may be shared by several processes."""

    def __init__(self, server: LeaseServer) -> None:
        self.server = server

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:
        del lease
        return {"server": self.server.name, "database": place.options.get("database", "")}

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        self.server.asked("mint", lease.id)
        role = self.server.create(lease.id, left.seconds())
        self.server.answered()
        pinned = {**lease.pinned, "oid": str(role.oid)}
        return Minted(Value(f"{lease.id}:{role.password}", lease.id), pinned)

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        self.server.asked("extend", lease.id)
        role = self.server.roles.get(lease.id)
        if role is None or not role.login:
            raise SourceFaultError(SourceFault.MISSING, self.server.name)
        role.valid_until = max(role.valid_until, self.server.now + left.seconds() * 1000)
        self.server.answered()
        return None

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        self.server.asked("revoke", lease.id)
        role = self.server.roles.get(lease.id)
        oid = role.oid if role else int(lease.pinned.get("oid", "0"))
        if role is not None:
            role.login = False
        self._end_sessions(oid)
        if role is not None and not role.owns:
            del self.server.roles[lease.id]
        self.server.answered()
        if left := self.server.sessions.count(oid):
            return StillThere(Remains.SESSIONS, left, f"{left} sessions are open")
        if role is not None and role.owns:
            return StillThere(Remains.OWNS, what=f"{role.owns} objects belong to {lease.id}")
        return Gone()

    def _end_sessions(self, oid: int) -> None:
        mine = self.server.sessions.count(oid)
        others = [one for one in self.server.sessions if one != oid]
        self.server.sessions = others + [oid] * min(mine, self.server.stubborn)

    async def alive(self, lease: HeldLease) -> bool | None:
        self.server.asked("alive", lease.id)
        return lease.id in self.server.roles

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        if self.server.fault is not None:
            raise SourceFaultError(self.server.fault, self.server.name)
        late = self.server.now - OVERDUE_SECONDS * 1000
        roles = self.server.roles.items()
        found = [name for name, role in roles if role.valid_until < late]
        return [LeaseId(name) for name in found if name.startswith(lease_prefix(workspace))]

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        self.server.asked("stray", workspace)
        found = [name for name in self.server.roles if name.startswith(lease_prefix(workspace))]
        return [LeaseId(name) for name in found if lease_parts(name)]
