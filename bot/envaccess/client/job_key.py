"""The key that all commands of a job share, where ENVACCESS_JOB_KEY_FILE names a file for it.

A platform's token counts for the first key that shows it. Where a job has one token (GitLab), or a pod the
same for long (Kubernetes), a second command is of the same job by this key. It opens nothing without that
token, and no value is sealed to it: each command has keys of its own in its memory.
"""

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from envaccess.client.errors import JobKeyError
from envaccess.crypto.encoding import from_text, to_text
from envaccess.crypto.proofs import KEY_BYTES, ProofKey

_LENGTH: Final = 43
"""Characters of 32 bytes as base64url."""
_TRIES: Final = 3


def open_job_key(path: Path) -> ProofKey:
    """The job's key; the first command of the job makes it.

    Raises:
        JobKeyError: the file is somebody else's, can be read by others, or is none of ours.
    """
    try:
        for _ in range(_TRIES):
            with contextlib.suppress(FileNotFoundError):
                return _read(path)
            _make(path)
        return _read(path)
    except OSError as error:
        raise JobKeyError(
            f"Cannot use the job's key in {path} (ENVACCESS_JOB_KEY_FILE): {error.strerror}."
        ) from None


def _make(path: Path) -> None:
    """Write a whole file under another name, and give it this one unless another command was first."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{to_text(ProofKey.generate().to_bytes())}\n".encode())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path, follow_symlinks=False)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> ProofKey:
    """What it holds. A folder may be open to others, as a volume is: the file itself says whose it is."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        told = os.fstat(file.fileno())
        private = stat.S_ISREG(told.st_mode) and told.st_uid == os.geteuid() and not told.st_mode & 0o077
        if not private:
            raise JobKeyError(
                f"{path} (ENVACCESS_JOB_KEY_FILE) is no file that only this user can read: it is not used. "
                "Name another one, in a folder of this job alone."
            )
        text = file.read(_LENGTH + 2).decode("ascii", "replace").strip()
    secret = from_text(text) or b""
    if len(secret) != KEY_BYTES:
        raise JobKeyError(f"{path} (ENVACCESS_JOB_KEY_FILE) holds no key: delete it, or name another file.")
    return ProofKey.from_bytes(secret)
