"""What the archive needs of whoever keeps its bytes, and of Redis."""

from collections.abc import Collection, Sequence
from typing import Protocol

from envaccess.domain.archive import ArchivePosition


class Objects(Protocol):
    """Bytes by name, where they are kept. All of it raises `ArchiveError` where that fails."""

    @property
    def place(self) -> str:
        """Where that is, as people call it."""
        ...

    async def put(self, name: str, octets: bytes, *, anew: bool = False) -> None:
        """Keep these bytes, whole or not at all; safe from a crash when this returns.

        What has the name stays as it is, unless it is to be written `anew`.
        """
        ...

    async def size(self, name: str) -> int | None:
        """How many bytes one has; None where there is none."""
        ...

    async def read(self, name: str, offset: int, length: int) -> bytes:
        """Some of its bytes: fewer where it ends before; none where there is none."""
        ...

    async def delete(self, name: str) -> None:
        """Keep it no longer; one that is not there is no error."""
        ...

    async def names(self) -> Sequence[str]:
        """All that are there, in order."""
        ...


class HotPosition(Protocol):
    """What Redis says of the archive of a workspace."""

    async def position(self, redacted: Sequence[str] = ()) -> tuple[ArchivePosition, Collection[str]]:
        """How far it has come, and which of these requests are taken out of it."""
        ...
