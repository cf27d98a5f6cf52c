"""What a person's own commands read from the environment: little, checked, and without a library.

| name | what |
|---|---|
| ENVACCESS_URL | the server to speak to; without it the one that was signed in to last |
| ENVACCESS_STATE_DIR | where the session is kept; without it `envaccess` in XDG_STATE_HOME |
| ENVACCESS_IDENTITY | what `--identity` says where it is not typed: whose token a pipeline has |
| ENVACCESS_JOB_KEY_FILE | where the key is that a job's commands share; without it each has its own |
| HTTPS_PROXY, ALL_PROXY, NO_PROXY | as curl reads them, in small letters too |
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from envaccess.domain.errors import SettingsError


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """What a person's own commands read from the environment.

    Attributes:
        url: the server; empty where none is named.
        state: the folder of the session file; it need not exist. A pipeline's run has none.
        proxy: the proxy of connections to elsewhere; empty for none. It may hold a password.
        no_proxy: hosts that are reached without it, as written.
        identity: where a pipeline's token is; empty for the session of a person.
        job_key: the file of the key that a job's commands share; None where each has its own.
    """

    url: str
    state: Path
    proxy: str
    no_proxy: str
    identity: str = ""
    job_key: Path | None = None

    @classmethod
    def look(cls, environment: Mapping[str, str] | None = None, identity: str | None = None) -> Self:
        """Read them.

        Args:
            environment: in the place of this process's own.
            identity: what was typed in the place of ENVACCESS_IDENTITY.

        Raises:
            SettingsError: no folder for the session can be named.
        """
        found = os.environ if environment is None else environment  # noqa: TID251 - the one place
        chosen = found.get("ENVACCESS_IDENTITY", "").strip() if identity is None else identity
        return cls(
            found.get("ENVACCESS_URL", "").strip(),
            Path(os.devnull) if chosen else _state(found),
            _either(found, "https_proxy") or _either(found, "all_proxy"),
            _either(found, "no_proxy"),
            chosen,
            _path(found.get("ENVACCESS_JOB_KEY_FILE", "")) if chosen else None,
        )

    def __repr__(self) -> str:
        return f"TerminalSettings(url={self.url!r}, state={str(self.state)!r})"


def whole_environment() -> dict[str, str]:
    """All of it, for a child process."""
    return dict(os.environ)  # noqa: TID251 - the one place


def _path(named: str) -> Path | None:
    return Path(named.strip()).absolute() if named.strip() else None


def _either(found: Mapping[str, str], name: str) -> str:
    return (found.get(name) or found.get(name.upper()) or "").strip()


def _state(found: Mapping[str, str]) -> Path:
    """The XDG base directory specification: a relative path is invalid and is ignored."""
    named = found.get("ENVACCESS_STATE_DIR", "").strip()
    if named:
        return Path(named).absolute()
    base = Path(found.get("XDG_STATE_HOME", ""))
    if base.is_absolute():
        return base / "envaccess"
    home = found.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - never raises
    if not os.path.isabs(home):  # noqa: PTH117 - text
        raise SettingsError(
            "HOME is not set, so that there is no place for a session: set ENVACCESS_STATE_DIR."
        )
    return Path(home) / ".local" / "state" / "envaccess"
