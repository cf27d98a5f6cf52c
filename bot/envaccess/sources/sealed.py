"""The sealed source: values in Redis, opened only here and only in memory (law 7)."""

import hmac
from collections.abc import Mapping
from typing import Protocol

from envaccess.domain.audit import BOT, Actor
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.catalogue import SEALED
from envaccess.domain.errors import SealError, SourceError, ValueMissingError
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.rotation import BlockedWhy, PublishConflictError, RotationBlockedError
from envaccess.domain.sealed_value import SealedValue
from envaccess.domain.sources.value import Value
from envaccess.domain.text import whole_number
from envaccess.domain.variable import Variable

_TRIES = 20


class CiphertextStore(Protocol):
    """Where ciphertexts are kept; `store.sealed.SealedStore` fits."""

    async def last_version(self, variable: Variable) -> int:
        """The last version ever given; 0 for none."""
        ...

    async def get(self, variable: Variable) -> SealedValue:
        """The ciphertext. Raises `ValueMissingError`."""
        ...

    async def put(
        self,
        op: str,
        variable: Variable,
        value: SealedValue,
        actor: Actor,
        *,
        replace: bool,
        origin: Origin = IN_SLACK,
        marked: tuple[str, str] | None = None,
        exists: bool = False,
    ) -> Written | Refusal:
        """Store under exactly the version after the last; with `exists`, only of a variable that is there.

        `marked`: its mark, and whose key made it.
        """
        ...

    async def reseal(self, op: str, variable: Variable, value: SealedValue, actor: Actor) -> Written:
        """Store the same value under another key; `Written.BEHIND` when it changed meanwhile."""
        ...

    async def delete(self, op: str, variable: Variable, actor: Actor) -> int | None:
        """How many grants ended with it; None when there was no such value."""
        ...

    async def note_read(self, op: str, variable: Variable, actor: Actor, why: str) -> Refusal | None:
        """Write down that it is read; the refusal where it is locked. Raises `ValueMissingError`."""
        ...

    async def locked(self, variable: Variable) -> Refusal | None:
        """The refusal where it is locked."""
        ...


class Opener(Protocol):
    """Seals and opens; `crypto.Sealer` fits."""

    def seal(self, plaintext: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Plaintext to ciphertext, bound to all three."""
        ...

    def open(self, blob: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Ciphertext to plaintext. Raises `SealError`."""
        ...

    def reseal(self, blob: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """The same under the first master key. Raises `SealError`."""
        ...

    def key_id_of(self, blob: bytes) -> str:
        """The digest that names the master key."""
        ...


class ValueLedger(Protocol):
    """Who has seen which value; `store.ledger.RedisLedger` fits."""

    async def mark(self, variable: Variable, text: str) -> tuple[str, str]:
        """The mark of a value, and the id of the key that made it."""
        ...

    async def see_on_host(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        """Write down that an operator sees a value."""
        ...


class SealedSource:
    """One workspace's values.

    Args:
        store: the ciphertexts.
        opener: seals and opens them.
        workspace: the team id.
        ledger: who has seen which value, and which is current; None: nobody asks.
    """

    def __init__(
        self, store: CiphertextStore, opener: Opener, workspace: str, ledger: ValueLedger | None = None
    ) -> None:
        self._store = store
        self._opener = opener
        self._workspace = workspace
        self._ledger = ledger

    def source_of(self, _variable: Variable) -> str:
        """Everything is here, as far as this source knows."""
        return SEALED

    async def read(self, variable: Variable) -> Value:
        """The current value; its version is how often one was stored.

        Raises:
            ValueMissingError, SealError, StoreError: there is none, its key is not here, no answer.
        """
        kept = await self._store.get(variable)
        plain = self._opener.open(
            kept.sealed, workspace=self._workspace, name=str(variable), version=kept.version
        )
        value = _text_of(plain)
        if value is None:
            raise SealError(f"The value of {variable.label} is no text")
        return Value(value, str(kept.version))

    async def holds(self, variable: Variable, text: str) -> bool:
        """Whether this is its value; False where none can be opened. Raises `StoreError`."""
        try:
            value = await self.read(variable)
        except (ValueMissingError, SealError):
            return False
        return hmac.compare_digest(value.text.encode(), text.encode())

    async def read_out(self, op: str, variable: Variable, actor: Actor, why: str) -> str | Refusal:
        """The current value, for whoever has the keys: written down before it is read (law 2).

        Whether it is locked is asked again last of all: a lock may have come meanwhile, and an operation that
        comes again is answered as it was the first time.

        Raises:
            ValueMissingError: there is none.
            SealError: its master key is not here.
        """
        refusal = await self._store.note_read(op, variable, actor, why)
        if refusal:
            return refusal
        value = await self.read(variable)
        if locked := await self._store.locked(variable):
            return locked
        if self._ledger:
            await self._ledger.see_on_host(op, variable, value, actor)
        return value.text

    async def write(self, op: str, variable: Variable, value: str, actor: Actor, *, replace: bool) -> Written:
        """Seal a value under its next version and store it: for the host, whom no lock holds up.

        Raises:
            SourceError: others wrote the same name faster, many times over.
        """
        written = await self.write_as(op, variable, value, actor, replace=replace)
        if isinstance(written, Refusal):
            raise SourceError(f"{variable.label} was not written: somebody is locked")
        if written is Written.ELSEWHERE:
            raise SourceError(f"The value of {variable.label} is kept in another source: change it there")
        return written

    async def write_as(
        self,
        op: str,
        variable: Variable,
        value: str,
        actor: Actor,
        *,
        replace: bool,
        origin: Origin = IN_SLACK,
    ) -> Written | Refusal:
        """The same for a person; refused where they, or the variable, are locked.

        Raises:
            SourceError: others wrote the same name faster, many times over.
        """
        marked = await self._marked(variable, value)
        for _ in range(_TRIES):
            version = await self._store.last_version(variable) + 1
            sealed = self._opener.seal(
                value.encode(), workspace=self._workspace, name=str(variable), version=version
            )
            kept = self._kept(version, sealed)
            stored = await self._store.put(
                op, variable, kept, actor, replace=replace, origin=origin, marked=marked
            )
            if stored is not Written.BEHIND:
                return stored
        raise SourceError(f"{variable.label} is being written by somebody else; try again")

    async def put(
        self, op: str, variable: Variable, text: str, *, after: str, fields: Mapping[str, str] | None = None
    ) -> str:
        """Store a new value for a rotation, where the version is still `after`; returns the one it has now.

        Raises:
            PublishConflictError: it is not, or the variable is gone; nothing was written.
            RotationBlockedError: the rotator has more than one text, and a sealed value is one.
        """
        if fields:
            told = f"The value of {variable.label} is in the sealed store, which keeps one text of it."
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, told)
        now = await self.read(variable)
        if now.text == text:
            return now.version
        version = (whole_number(after) or 0) + 1
        sealed = self._opener.seal(
            text.encode(), workspace=self._workspace, name=str(variable), version=version
        )
        kept = self._kept(version, sealed)
        marked = await self._marked(variable, text)
        stored = await self._store.put(op, variable, kept, BOT, replace=True, marked=marked, exists=True)
        if stored is not Written.CHANGED:
            raise PublishConflictError("Another version is current.")
        return str(version)

    async def reseal(self, op: str, variable: Variable, actor: Actor) -> bool:
        """Put a value under the first master key; False when it is there already, or changed meanwhile.

        A value that changes meanwhile is sealed under the first key by that change.

        Raises:
            ValueMissingError: it was deleted.
            SealError: its own master key is not here.
        """
        kept = await self._store.get(variable)
        sealed = self._opener.reseal(
            kept.sealed, workspace=self._workspace, name=str(variable), version=kept.version
        )
        anew = self._kept(kept.version, sealed)
        if anew.key == self._opener.key_id_of(kept.sealed):
            return False
        return await self._store.reseal(op, variable, anew, actor) is Written.CHANGED

    async def delete(self, op: str, variable: Variable, actor: Actor) -> int | None:
        """Delete a value and end its grants; how many, or None when there was none."""
        return await self._store.delete(op, variable, actor)

    async def _marked(self, variable: Variable, text: str) -> tuple[str, str] | None:
        """The mark of a value; None where no master key opens what makes it, which stops no new value."""
        try:
            return await self._ledger.mark(variable, text) if self._ledger else None
        except SealError:
            return None

    def _kept(self, version: int, sealed: bytes) -> SealedValue:
        return SealedValue(version, sealed, self._opener.key_id_of(sealed))


def _text_of(plain: bytes) -> str | None:
    """A value as text; None where it is none, since Python's exception would hold it (law 7)."""
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return None
