"""Which session a command uses, and a client for it."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from envaccess.client.api import ApiClient
from envaccess.client.calls import Calls
from envaccess.client.errors import HOW_TO_SIGN_IN, NotSignedInError
from envaccess.client.private_file import replace_privately
from envaccess.client.server_url import read_server_url
from envaccess.client.session_file import SessionFile, StoredSession
from envaccess.client.transport import HttpTransport

_NONCES: Final = "nonces.json"
_NONCES_LONGEST: Final = 16_384
_KEPT: Final = 20


class ClientSettings(Protocol):
    """What the environment says; `settings.terminal` fits."""

    @property
    def url(self) -> str:
        """The server; empty where none is named."""
        ...

    @property
    def state(self) -> Path:
        """The folder of the session file."""
        ...

    @property
    def proxy(self) -> str:
        """The proxy of connections to elsewhere; empty for none."""
        ...

    @property
    def no_proxy(self) -> str:
        """Hosts that are reached without it."""
        ...


def find_session(settings: ClientSettings) -> StoredSession:
    """The session that is meant: with ENVACCESS_URL, else the one that was signed in to last.

    Raises:
        NotSignedInError: there is none.
        SessionFileError: the file cannot be used.
        ServerUrlError: ENVACCESS_URL is none.
    """
    sessions = SessionFile(settings.state).load()
    if settings.url:
        url = read_server_url(settings.url)
        if url not in sessions:
            raise NotSignedInError(f"You are not signed in to {url}: {HOW_TO_SIGN_IN}.")
        return sessions[url]
    if not sessions:
        raise NotSignedInError(f"You are not signed in: {HOW_TO_SIGN_IN}.")
    return sessions[next(reversed(sessions))]


def open_client(settings: ClientSettings, tell: Callable[[str], object] = lambda _: None) -> ApiClient:
    """A client for the session that is meant. Raises as `find_session`."""
    session = find_session(settings)
    return ApiClient(session, make_calls(settings, session), tell)


def make_calls(settings: ClientSettings, session: StoredSession) -> Calls:
    """Calls for a session, with the last nonce that its server gave."""
    nonces = NonceFile(settings.state, session.url)
    transport = HttpTransport(session.url, settings.proxy, settings.no_proxy)
    return Calls(
        transport, session.url, session.sign_key, session.token, nonces.read(), keep_nonce=nonces.keep
    )


class NonceFile:
    """The last nonce of each server, which saves every command a call. No secret, and no loss."""

    def __init__(self, folder: Path, url: str) -> None:
        self._path, self._url = folder / _NONCES, url

    def read(self) -> str:
        """The last nonce; empty where there is none, or it cannot be read."""
        found = self._all().get(self._url)
        return found if isinstance(found, str) else ""

    def keep(self, nonce: str) -> None:
        """Keep it, where that can be."""
        nonces = {**self._all(), self._url: nonce}
        told = json.dumps(dict(list(nonces.items())[-_KEPT:])).encode()
        with contextlib.suppress(OSError):
            replace_privately(self._path, told)

    def _all(self) -> dict[str, object]:
        with contextlib.suppress(OSError, ValueError, RecursionError):
            file = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(file, "rb") as opened:
                found = json.loads(opened.read(_NONCES_LONGEST))
            return found if isinstance(found, dict) else {}
        return {}
