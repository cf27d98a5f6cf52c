"""A value as the store keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A value's ciphertext, bound to workspace, name and version.

    Attributes:
        version: which one it is of all that were ever stored under its name.
        key: the id of the master key that opens it.
    """

    version: int
    sealed: bytes
    key: str
