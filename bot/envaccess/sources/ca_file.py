"""The certificates that count for one source, as their file has them now."""

from envaccess.domain.sources.specs import Credential
from envaccess.sources.credentials import LiveCredential


class CaFile:
    """A file of certificates (PEM), read again when it has changed.

    Args:
        path: empty where the system's certificates count.
    """

    def __init__(self, path: str) -> None:
        self._file = LiveCredential(Credential("", path)) if path else None

    def now(self) -> str:
        """The certificates; empty where the system's count. Raises `OSError` where the file was never readable."""
        return self._file.now() if self._file else ""
