"""An issuer with two roles and a place that a value is read from, as a database and a vault are together.

Passwords are checked, sessions outlive a change of password until they are ended, and the place compares
and sets.
`Killed` stands for `kill -9`: it is raised before or after the effect of a step, and nothing may catch it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from envaccess.domain.rotation import (
    BlockedWhy,
    PublishConflictError,
    RotationBlockedError,
    RotationError,
    RotationOp,
    Slot,
)
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

ROLES = ("app_a", "app_b")


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Issuer:
    """Two roles: the password of each, None where it may not log in; and who is logged in."""

    passwords: dict[str, str | None] = field(
        default_factory=lambda: {"app_a": "value-for-tests", "app_b": None}
    )
    sessions: list[tuple[str, str]] = field(default_factory=list)

    def login(self, text: str) -> bool:
        """Try `role:password`."""
        role, _, password = text.partition(":")
        known = self.passwords.get(role)
        if known is None or known != password:
            return False
        self.sessions.append((role, password))
        return True

    def works(self, text: str) -> bool:
        """Whether it would be let in."""
        role, _, password = text.partition(":")
        return self.passwords.get(role) is not None and self.passwords[role] == password

    def end(self, role: str) -> None:
        """No login, and nobody stays."""
        self.passwords[role] = None
        self.sessions = [session for session in self.sessions if session[0] != role]


@dataclass
class Place:
    """Where values are read; fits `Source` and `Publisher`.

    Attributes:
        puts: the operations that wrote, in order.
        away: reading and writing fail while it is set.
        lost: the next write lands, and its answer is lost.
        refuses: takes no value at all.
    """

    texts: dict[Variable, str] = field(default_factory=dict)
    versions: dict[Variable, int] = field(default_factory=dict)
    puts: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False
    lost: bool = False
    refuses: bool = False
    reach: Callable[[str], None] = lambda _: None

    def set(self, variable: Variable, text: str) -> None:
        """Somebody writes it by hand."""
        self.texts[variable] = text
        self.versions[variable] = self.versions.get(variable, 0) + 1

    async def read(self, variable: Variable) -> Value:
        self._fail_if_away()
        if variable not in self.texts:
            raise SourceFaultError(SourceFault.MISSING, "place")
        return Value(self.texts[variable], str(self.versions[variable]))

    async def names(self) -> Sequence[Variable]:
        return sorted(self.texts)

    async def put(
        self,
        op: str,
        variable: Variable,
        text: str,
        *,
        after: str,
        fields: Mapping[str, str] | None = None,
    ) -> str:
        assert not fields, "each secret here is one text"
        self._fail_if_away()
        if self.refuses:
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, "This place takes no value.")
        self.reach("before put")
        now = await self.read(variable)
        if now.text == text:
            return now.version
        if now.version != after:
            raise PublishConflictError("another version is current")
        self.set(variable, text)
        self.puts.append((op, text))
        self.reach("after put")
        if self.lost:
            self.lost = False
            raise SourceFaultError(SourceFault.SLOW, "place")
        return str(self.versions[variable])

    def _fail_if_away(self) -> None:
        if self.away:
            raise SourceFaultError(SourceFault.DOWN, "place")


def nowhere(_step: str) -> None:
    return None


@dataclass
class TwoSlots:
    """A rotator of the two roles; fits `Rotator`.

    Attributes:
        reach: called before and after each effect with its name: raises where the process ends.
        full: both slots belong to somebody.
    """

    issuer: Issuer = field(default_factory=Issuer)
    reach: Callable[[str], None] = nowhere
    full: bool = False

    async def plan(self, op: RotationOp) -> Mapping[str, str]:
        self.reach("plan")
        if self.full:
            raise RotationBlockedError(BlockedWhy.SLOTS_FULL, "Both roles are in use; drop one.")
        live = self._live(op)
        return {"old": live, "new": ROLES[1 - ROLES.index(live)]}

    async def prepare(self, op: RotationOp) -> Slot:
        role = op.pinned["new"]
        self._refuse_live(op, role)
        self.reach("before prepare")
        self.issuer.passwords[role] = op.fresh
        self.reach("after prepare")
        text = f"{role}:{op.fresh}"
        if not self.issuer.works(text):
            raise RotationError("The new password does not log in.")
        return Slot(text, pinned={"made": role})

    async def kill_old(self, op: RotationOp) -> None:
        role = op.pinned["old"]
        self._refuse_live(op, role)
        self.reach("before kill")
        self.issuer.end(role)
        self.reach("after kill")

    async def discard(self, op: RotationOp) -> None:
        role = op.pinned["made"]
        self._refuse_live(op, role)
        self.reach("before discard")
        self.issuer.end(role)
        self.reach("after discard")

    def _live(self, op: RotationOp) -> str:
        role = op.current.text.partition(":")[0]
        if role not in ROLES:
            raise RotationBlockedError(BlockedWhy.UNREADABLE, "The value names neither of the two roles.")
        return role

    def _refuse_live(self, op: RotationOp, role: str) -> None:
        if self._live(op) == role:
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, f"The role {role} is the one that is read now.")


def seen_by_rotator(op: RotationOp, text: str, version: str) -> RotationOp:
    """The same operation once the source shows something else."""
    return replace(op, current=Value(text, version))
