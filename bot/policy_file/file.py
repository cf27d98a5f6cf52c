"""A policy file on disk: read whole, as text, or not at all."""

from pathlib import Path
from typing import Final

from bot.domain.policy.fault import PolicyFault
from bot.policy_file.tree import SIZE_MAX

_BYTES_MAX: Final = 4 * SIZE_MAX
"""UTF-8 takes four bytes for a character at most; `tree` counts characters."""
_PATH_MEND: Final = "check the path and who may read it"


def read_file(path: Path) -> str | PolicyFault:
    """Return a file's text, or why it cannot be read."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            return PolicyFault(0, "", "this is no file", _PATH_MEND)
        with path.open("rb") as file:
            found = file.read(_BYTES_MAX + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        return PolicyFault(0, "", f"it cannot be read ({why})", _PATH_MEND)
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        return PolicyFault(line, "", "this is not UTF-8", "save the file as UTF-8")
