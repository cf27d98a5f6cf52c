"""What proofs of identity rest on, besides the ciphers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.policy.machines import Issuer
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Session, SessionUse


class SessionUses(Protocol):
    """Where sessions are kept: the half that every call asks. Raises `StoreError`."""

    async def use(self, use: SessionUse) -> Session | Refusal:
        """What the seals of the session say, once its key, proof and operation were checked, in one step."""
        ...


class EndsSeen(Protocol):
    """What this process saw end."""

    async def saw_end(self, request: str) -> str | None:
        """The tag of the event with which something ended; None where this process saw no end."""
        ...


class SealingKeys(Protocol):
    """The keys that seal, as far as keys of other uses are derived from them; `crypto.Seals` fits."""

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        ...

    @property
    def known(self) -> tuple[str, ...]:
        """The ids of all keys that are here; the one that seals first."""
        ...

    def derived(self, use: bytes, key: str) -> bytes | None:
        """32 secret bytes for a use, from the key of this id; None where that is not here."""
        ...


class KeySource(Protocol):
    """Gives the keys that issuers of tokens publish."""

    async def keys(self, issuer: Issuer, kid: str) -> Sequence[Mapping[str, object]]:
        """Its keys (RFC 7517), asked for again where none has this id, but seldom.

        Raises:
            IssuerKeysError: none are known now.
        """
        ...
