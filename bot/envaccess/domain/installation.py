"""A workspace, or an organisation, that installed the app: its token, and what may be done with it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

SCHEMA: Final = 1
"""How this version writes an installation."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What Slack gave us for one workspace, or for a whole organisation.

    Attributes:
        app: the app's id, `A...`.
        enterprise: the organisation's id, `E...`; empty for a workspace that is in none.
        team: the workspace's id, `T...`; empty for an installation in a whole organisation.
        org_wide: whether it is one.
        bot_user: the bot's user id there.
        scopes: what the token may do, sorted.
        token: the bot token.
        refresh_token: what the next token is asked for with; empty where the token does not end.
        expires_at: when the token ends, in milliseconds; 0: never.
        installed_by: the Slack user id of who installed it.
        installed_at: when, in milliseconds.
        teams: of one in an organisation: the workspaces that it was granted, sorted.
    """

    app: str
    enterprise: str
    team: str
    org_wide: bool
    bot_user: str
    scopes: tuple[str, ...]
    token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: int = 0
    installed_by: str = ""
    installed_at: int = 0
    teams: tuple[str, ...] = ()

    @property
    def token_sha256(self) -> str:
        """Which token it has, without giving it away: 64 hexadecimal digits."""
        return digest_of_token(self.token)

    @property
    def rotates(self) -> bool:
        """Whether its token ends, and is replaced before."""
        return bool(self.refresh_token)

    @property
    def served(self) -> tuple[str, ...]:
        """The workspaces that it is for."""
        return self.teams if self.org_wide else (self.team,)

    def for_teams(self, teams: Iterable[str]) -> "Installation":
        """The same for these workspaces of its organisation."""
        return replace(self, teams=tuple(sorted(set(teams))))


def digest_of_token(token: str) -> str:
    """What names a token and does not give it away."""
    return sha256(token.encode()).hexdigest()


def find_among(found: Iterable[Installation], team: str, enterprise: str) -> Installation | None:
    """The installation that serves a workspace: its own, else its organisation's that was granted it.

    Args:
        found: all that there are.
        team: the workspace; empty for the installation of the organisation itself.
        enterprise: the organisation; empty where it is in none, or nobody said.
    """
    wide = None
    for one in found:
        if team and not one.org_wide and one.team == team:
            return one
        if one.org_wide and enterprise in {one.enterprise, ""} and (team in one.teams or not team):
            wide = one if enterprise or team else None
    return wide


def find_exact(found: Iterable[Installation], team: str, enterprise: str) -> Installation | None:
    """A workspace's own installation; with an empty `team` the organisation's itself."""
    for one in found:
        if (not one.org_wide and one.team == team) if team else one.org_wide and one.enterprise == enterprise:
            return one
    return None


def write_installation(one: Installation) -> bytes:
    """As it is sealed."""
    return json.dumps({"schema": SCHEMA, **asdict(one)}, sort_keys=True, separators=(",", ":")).encode()


_TEXTS: Final = ("app", "enterprise", "team", "bot_user", "token", "refresh_token", "installed_by")


def read_installation(text: bytes) -> Installation | None:
    """The inverse; None for what this version does not understand: a later one wrote it."""
    try:
        found: Mapping[str, Any] = json.loads(text)
        if found["schema"] != SCHEMA:
            return None
        return Installation(
            **{name: str(found[name]) for name in _TEXTS},
            org_wide=found["org_wide"] is True,
            scopes=tuple(map(str, found["scopes"])),
            expires_at=int(found["expires_at"]),
            installed_at=int(found["installed_at"]),
            teams=tuple(map(str, found["teams"])),
        )
    except (ValueError, TypeError, KeyError):
        return None


class StateTaken(StrEnum):
    """What became of an installation's state that came back."""

    GOOD = "good"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"
