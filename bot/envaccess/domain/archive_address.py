"""Where the archive of closed requests is, by the words of ENVACCESS_ARCHIVE alone: a folder, or nowhere."""

from dataclasses import dataclass
from typing import Final

_OFF: Final = "off"


@dataclass(frozen=True, slots=True)
class ArchiveAddress:
    """What an address of the archive says.

    Attributes:
        folder: its path as it was written; empty where there is none.
    """

    folder: str = ""

    @property
    def is_off(self) -> bool:
        """Whether nothing is archived."""
        return not self.folder


def read_archive_address(text: str) -> ArchiveAddress | None:
    """What a text says; None where it is no address."""
    if text == _OFF:
        return ArchiveAddress()
    return ArchiveAddress(text) if text.startswith(("/", "~/")) and "\0" not in text else None
