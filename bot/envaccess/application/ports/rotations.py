"""Making a seen value worthless: who issues a new secret, and where it is written."""

from collections.abc import Mapping
from typing import Protocol

from envaccess.domain.rotation import RotationOp, Slot
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
