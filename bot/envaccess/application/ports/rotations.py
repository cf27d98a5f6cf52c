"""Making a seen value worthless: who issues a new secret, and where it is written."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.refusal import Refusal
from envaccess.domain.rotation import RotationOp, Slot
from envaccess.domain.rotation_record import Rotation, RotationMove, RotationSecrets
from envaccess.domain.seals.rotations import RotationSeal
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


class Rotator(Protocol):
    """An issuer with two slots.

    Every method may be called again with the same operation, at any moment later. Besides the errors named,
    each raises `RotationError` (tried again) and `SourceFaultError`.
    """

    async def plan(self, op: RotationOp) -> Mapping[str, str]:
        """Look, and change nothing: which slot is live (the one to be ended) and which is to be made new.

        What it returns is sealed and pinned before anything is changed, so `kill_old` ends what was named
        here and never "whatever is not current". Ids and names only.

        Raises:
            RotationBlockedError: a person has to act first.
        """
        ...

    async def prepare(self, op: RotationOp) -> Slot:
        """Make the new secret, and log in with it once; the old one works on.

        A repetition returns a slot that works, which need not be the same one. It never touches the slot that
        `op.current` lives in, whatever is pinned.

        Raises:
            RotationBlockedError: the slot to be made new is live now, or both are in use.
        """
        ...

    async def kill_old(self, op: RotationOp) -> None:
        """End the pinned old slot: its secret is refused, and open sessions are over.

        Returns only when that is proven, by a refused login or the issuer's own word. Already gone is
        success.

        Raises:
            RotationBlockedError: it is the slot that `op.current` lives in; nothing was ended.
        """
        ...

    async def discard(self, op: RotationOp) -> None:
        """End what `prepare` made and nobody published: the owner makes the new secret now.

        Nothing that `op.current` lives in is touched, and nothing that this operation did not make.
        """
        ...


class Publisher(Protocol):
    """Writes a value to where it is read from."""

    async def put(
        self, op: str, variable: Variable, text: str, *, after: str, fields: Mapping[str, str] | None = None
    ) -> str:
        """Write it where the source's current version is `after`; returns the version that it has now.

        Args:
            op: an operation id: a repetition that finds its own text current returns its version.
            variable: what the text is the value of.
            text: the whole value.
            after: `Value.version` as it was read.
            fields: other fields of the same secret, written in the same step; the rest of the secret stays.

        Raises:
            PublishConflictError: another version is current; nothing was written.
            SourceFaultError: it was not written, or nobody knows (down, slow).
        """
        ...


class Asker(Protocol):
    """Asks somebody else's system to rotate: a webhook, a command."""

    async def ask(self, op: str, variable: Variable, rule: RotationRule) -> None:
        """Ask once; it is told the operation and the name, never a value.

        Returning means that it accepted, nothing more: the source shows what came of it.

        Raises:
            RotationError: it certainly did not accept.
            RotationUncertainError: nobody knows.
        """
        ...


class Rotators(Protocol):
    """Who makes new values, as the file says now."""

    def rule(self, variable: Variable) -> RotationRule | None:
        """How it is rotated; None: nothing says so."""
        ...

    def rotator(self, rule: RotationRule) -> Rotator | None:
        """An issuer with two slots; None where this rule has none."""
        ...

    def asker(self, rule: RotationRule) -> Asker | None:
        """Somebody to ask; None where this rule has nobody."""
        ...


class ShownValues(Protocol):
    """What sources show."""

    async def read(self, variable: Variable) -> Value:
        """The current value. Raises `SourceFaultError`, `ValueMissingError`, `SealError`, `StoreError`."""
        ...


class NewSecrets(Protocol):
    """Randomness for secrets."""

    def secret(self) -> str:
        """A new secret: 256 bits in 43 characters of `A-Z a-z 0-9 _ -`."""
        ...


class RotationLedger(Protocol):
    """Which value is which: the ledger's part that rotation needs."""

    async def key(self) -> str:
        """What names the key that makes marks: those of another key cannot be compared."""
        ...

    async def version(self, variable: Variable, value: Value) -> str:
        """Which value this is, as the ledger writes it."""
        ...

    async def note_current(self, variable: Variable, value: Value, read_at: int) -> str:
        """Remember that this is what the source shows; its version."""
        ...


class Rotations(Protocol):
    """Rotations as they are stored. Methods raise `StoreError`."""

    async def add(self, op: str, new: RotationSeal, actor: Actor, seen_at: int) -> str | Refusal:
        """What was seen is to be made worthless: the id of the rotation that does so.

        Args:
            op: an operation id.
            new: what is due.
            actor: who wants it.
            seen_at: when it was seen last, Redis' time: nothing is due where it was rotated since; 0: always.
        """
        ...

    async def due(self, limit: int) -> tuple[Sequence[Rotation], float]:
        """Those to be looked at now, and seconds until the next is, one at most."""
        ...

    async def open(self) -> Sequence[Rotation]:
        """All that are not over, the oldest first."""
        ...

    async def of(self, variable: Variable) -> Sequence[Rotation]:
        """Those of a variable that are not over, the oldest first."""
        ...

    async def get(self, rotation: str) -> Rotation | None:
        """One; None where there is none, or none that can be relied on."""
        ...

    async def holders(self, variable: Variable) -> int:
        """How many live grants hold what was shown of it."""
        ...

    async def exposed_to(self, person: str) -> Sequence[tuple[Variable, str]]:
        """What somebody, or a program for them, has seen that is current, each with its version."""
        ...

    async def since(self, variable: Variable, mark: str, begun: int) -> int:
        """Since when a value is current, as far as that was looked at; `begun` for the first one."""
        ...

    async def wake(self, variable: Variable) -> None:
        """Look at those of a variable now."""
        ...

    async def secrets(self, rotation: Rotation) -> RotationSecrets:
        """What is kept encrypted of it."""
        ...

    async def move(
        self, rotation: Rotation, move: RotationMove, *, by: Actor, press: str | None = None
    ) -> Rotation | None:
        """Store what it comes to; None where somebody else was faster, or this process does not lead.

        Args:
            rotation: as it was looked at.
            move: what it comes to.
            by: who did it.
            press: the message that somebody pressed, who need not lead; None where nobody did.
        """
        ...
