"""What proves who we are to a sink: as its file has it now, so that it can be changed without a restart."""

from pathlib import Path
from typing import Final

from envaccess import log
from envaccess.domain.sinks import SinkSpec, is_sound_secret

_LONGEST: Final = 65_536
"""Bytes of the file."""


class SinkSecret:
    """The secret of one sink.

    Args:
        spec: as declared, with the secret as it was at the start.
    """

    def __init__(self, spec: SinkSpec) -> None:
        self._kind, self._file = spec.kind, Path(spec.secret_file) if spec.secret_file else None
        self._secret, self._stamp = spec.secret, (0, 0, 0)

    def now(self) -> str:
        """The secret; the last one that was sound, while the file is away or half written."""
        if self._file:
            try:
                found = self._file.stat()
                stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
                if stamp != self._stamp and self._file.is_file():
                    self._take(self._file)
                    self._stamp = stamp
            except (OSError, ValueError):
                return self._secret
        return self._secret

    def _take(self, file: Path) -> None:
        with file.open("rb") as opened:
            secret = opened.read(_LONGEST).decode("ascii").strip()
        if secret != self._secret and is_sound_secret(self._kind, secret):
            log.withhold_too(secret)
            self._secret = secret
