"""The session file: who is signed in to which server, with the keys that the session is bound to.

It has the mode 0600 in a folder of mode 0700, both the user's own and no links, and is replaced as a whole.
No keyring is used: those hang or fail where nobody sits at a screen. Who reads this file is this user, or
root.
"""

import contextlib
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from envaccess.client.errors import SessionFileError
from envaccess.crypto.boxes import BoxKey
from envaccess.crypto.encoding import from_text, to_text
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.errors import BoxError, ProofError

_FORMAT: Final = 1
_FILE: Final = "session.json"
_LOCK: Final = "session.lock"
_LONGEST: Final = 262_144
_TEXTS: Final = ("token", "id", "person", "name", "workspace", "server_key")


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with one server.

    Attributes:
        url: the server, in its one writing.
        token: what says whose calls are; empty only before a login is over.
        sign_key: proves each call.
        seal_key: what values are sealed to.
        id: the session's id.
        person: their Slack user id.
        name: what they are called in Slack.
        workspace: its name, with its id.
        server_key: what an owner's values are sealed to, pinned at the login.
        ends_at: when it ends at the latest, by this machine's clock; for people, nothing relies on it.
    """

    url: str
    token: str = field(repr=False)
    sign_key: ProofKey
    seal_key: BoxKey
    id: str = ""
    person: str = ""
    name: str = ""
    workspace: str = ""
    server_key: str = ""
    ends_at: float = 0


class SessionFile:
    """The sessions of this user on this machine.

    Args:
        folder: where the file is; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / _FILE

    def load(self) -> dict[str, StoredSession]:
        """Every session, by its server's URL; the one that was signed in to last stands last.

        Raises:
            SessionFileError: it is there, and unsafe or broken.
        """
        try:
            with self._opened(create=False) as folder:
                found = self._read(folder)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._fault(error) from None
        return {url: self._session(url, entry) for url, entry in found.items()}

    def save(self, session: StoredSession) -> None:
        """Keep a session, instead of an earlier one with its server.

        Raises:
            SessionFileError: the file there is unsafe or broken, or nothing can be written.
        """
        with self._changing() as entries:
            kept = entries.pop(session.url, {})
            entries[session.url] = {**kept, **_entry(session)}

    def remove(self, url: str) -> bool:
        """Forget the session with a server; whether there was one. Raises as `save`."""
        with self._changing() as entries:
            return entries.pop(url, None) is not None

    def clear(self) -> None:
        """Forget everything, whatever is in the file. Raises `SessionFileError`."""
        try:
            with self._opened(create=False) as folder, contextlib.suppress(FileNotFoundError):
                os.unlink(_FILE, dir_fd=folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._fault(error) from None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """The entries, to be changed while nobody else changes them."""
        try:
            with self._opened(create=True) as folder, _locked(folder):
                entries = self._read(folder)
                yield entries
                _write(folder, {"format": _FORMAT, "servers": entries})
        except OSError as error:
            raise self._fault(error) from None

    @contextlib.contextmanager
    def _opened(self, *, create: bool) -> Iterator[int]:
        """The folder, held open, so that what is looked at is what is used."""
        if create:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
        if self._folder.is_symlink():
            raise SessionFileError(f"{self._folder} is a symbolic link; make it a folder of your own.")
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            self._refuse_unsafe(self._folder, os.fstat(folder), "700")
            yield folder
        finally:
            os.close(folder)

    def _read(self, folder: int) -> dict[str, Any]:
        """The entries as they stand; nothing where there is no file."""
        try:
            # Without O_NONBLOCK the opening of a pipe somebody put there would wait for ever.
            file = os.open(_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except FileNotFoundError:
            return {}
        with os.fdopen(file, "rb") as opened:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise SessionFileError(f"{self.path} is no regular file; remove it.")
            self._refuse_unsafe(self.path, status, "600")
            return self._parsed(opened.read(_LONGEST + 1))

    def _parsed(self, found: bytes) -> dict[str, Any]:
        try:
            told = json.loads(found) if len(found) <= _LONGEST else None
        except (ValueError, RecursionError):
            told = None
        if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > _FORMAT:
            raise SessionFileError(f"{self.path} was written by a later version: update envaccess.")
        servers = told.get("servers") if isinstance(told, dict) else None
        if not isinstance(servers, dict) or not all(isinstance(entry, dict) for entry in servers.values()):
            raise self._broken()
        return servers

    def _session(self, url: str, entry: dict[str, Any]) -> StoredSession:
        texts = [entry.get(name) for name in _TEXTS]
        ends_at = entry.get("ends_at")
        try:
            sign, seal = (from_text(str(entry.get(name))) or b"" for name in ("sign_key", "seal_key"))
            keys = ProofKey.from_bytes(sign), BoxKey.from_bytes(seal)
        except (ProofError, BoxError):
            raise self._broken() from None
        if not all(isinstance(text, str) for text in texts) or not isinstance(ends_at, (int, float)):
            raise self._broken()
        token, id_, person, name, workspace, server_key = map(str, texts)
        return StoredSession(url, token, *keys, id_, person, name, workspace, server_key, float(ends_at))

    def _refuse_unsafe(self, path: Path, found: os.stat_result, mode: str) -> None:
        if found.st_uid != os.geteuid():
            raise SessionFileError(f"{path} belongs to another user (uid {found.st_uid}); it is not used.")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SessionFileError(f"{path} is open to other users: chmod {mode} it.")

    def _broken(self) -> SessionFileError:
        return SessionFileError(
            f"{self.path} is broken: `envaccess logout --all` removes it; then sign in again."
        )

    def _fault(self, error: OSError) -> SessionFileError:
        return SessionFileError(f"Cannot use {self.path}: {error.strerror or 'it cannot be opened'}.")


def _entry(session: StoredSession) -> dict[str, Any]:
    return {
        **{name: getattr(session, name) for name in _TEXTS},
        "sign_key": to_text(session.sign_key.to_bytes()),
        "seal_key": to_text(session.seal_key.to_bytes()),
        "ends_at": session.ends_at,
    }


@contextlib.contextmanager
def _locked(folder: int) -> Iterator[None]:
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write(folder: int, told: dict[str, Any]) -> None:
    """Replace the file as a whole."""
    draft = f".{_FILE}.{secrets.token_hex(8)}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            json.dump(told, opened)
            opened.flush()
            os.fsync(file)
        os.rename(draft, _FILE, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise
