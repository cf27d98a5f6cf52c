"""What proves who we are to a source: as its file has it now, so that it can be changed without a restart."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from envaccess.domain.sources.specs import Credential

OURS: Final = "it is a key or a setting of envaccess itself, which goes to no source"
_LONGEST: Final = 65_536
"""Bytes of the file."""


def _keep(_secret: str) -> None:
    """Nobody has to be told."""


class LiveCredential:
    """One credential.

    Args:
        credential: as it was when `sources.yml` was read.
        withhold: is told of each new text before it is used, so that the log removes it.
    """

    def __init__(self, credential: Credential, withhold: Callable[[str], None] = _keep) -> None:
        self._file = credential.file
        self._read = credential.read or read_credential
        self._text = credential.text
        self._withhold = withhold
        self._stamp = (0, 0, 0)

    def now(self) -> str:
        """It as it is now; as it was last, while the file is away, empty or half written."""
        if self._file:
            try:
                found = Path(self._file).stat()
                stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
                if stamp != self._stamp:
                    self._take(self._read(self._file))
                    self._stamp = stamp
            except (OSError, ValueError):
                return self._text
        return self._text

    def _take(self, text: str) -> None:
        if text and text != self._text:
            self._withhold(text)
            self._text = text


def _nobodys(_path: str, _opened: os.stat_result) -> bool:
    """No file is one that goes to no source."""
    return False


def read_credential(path: str, is_ours: Callable[[str, os.stat_result], bool] = _nobodys) -> str:
    """What a file holds, without the space around it.

    Args:
        path: the file's.
        is_ours: whether what was opened goes to no source: asked about the open file, whatever its path.

    Raises:
        OSError: it cannot be read, or is no file: a pipe would be waited for.
        ValueError: it is too long, no text, or ours.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            raise OSError(0, "it is no file")
        if is_ours(path, opened):
            raise ValueError(OURS)
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError("it is too long")
    return content.decode().strip()
