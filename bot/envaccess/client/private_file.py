"""Write a small file that only its owner can read, as a whole or not at all."""

import os
import secrets
from pathlib import Path


def replace_privately(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in the place of an earlier one; raises `OSError`, and nothing is left of it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
