"""The generated master key in a home, for those who set none: one file, private, made once.

It protects a copied database, not a copied home.
"""

import base64
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from envaccess.crypto.keys import KEY_BYTES, MasterKey
from envaccess.domain.errors import KeyFileError, SealError

_LONGEST: Final = 64
"""Bytes that a key file may have; a key's text with its newline has 45."""


def generate_key_text() -> str:
    """Return the text of a new random master key: 44 characters of urlsafe base64."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def load_or_create(path: Path, *, may_create: bool) -> MasterKey:
    """Return the key in the file at `path`, after making the file when it is missing and may be made.

    Args:
        path: the key file, mode 0600; missing folders above it are made, private.
        may_create: whether the store holds no sealed value. Otherwise a new key would only hide that
            the right one is lost.

    Raises:
        KeyFileError: missing and may not be made, unsafe (a link, readable by others, somebody
            else's), or not a key.
    """
    try:
        if may_create and not os.path.lexists(path):
            _create(path)
        return _parse(path, _read(path))
    except FileNotFoundError:
        fault = f"The key file {path} is missing, but values are sealed with it: put it back from a copy."
    except OSError as error:
        fault = f"Cannot use the key file {path}: {error.strerror}."
    raise KeyFileError(fault)  # out here, so that it holds no frame that saw a key


def _create(path: Path) -> None:
    """Make the file whole or not at all; whoever comes second finds the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, generate_key_text())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    """Put the new name on disk; a key that a power cut took would take every value along."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    try:
        # Without O_NONBLOCK the opening of a pipe somebody put there would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyFileError(f"The key file {path} is a symbolic link; make it a file.") from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        _refuse_unsafe(path, os.fstat(descriptor))
        return file.read(_LONGEST + 1)


def _refuse_unsafe(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeyFileError(f"The key file {path} is not a regular file.")
    if found.st_uid != os.geteuid():
        raise KeyFileError(f"The key file {path} belongs to another user (uid {found.st_uid}).")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"The key file {path} is open to other users: chmod 600 it.")


def _parse(path: Path, found: bytes) -> MasterKey:
    try:
        return MasterKey.parse(found.decode("ascii").removesuffix("\n"))
    except (UnicodeDecodeError, SealError):
        del found
    raise KeyFileError(f"The key file {path} holds no key; it was cut off or changed.")
