"""Fields of a login's record that no seal says: an index for scripts, and for messages (law 13)."""

from collections.abc import Mapping
from typing import Any, Final

from envaccess.domain.seals.statements import mac_of
from envaccess.domain.session import IDLE_SECONDS, LoginCard, LoginState

Fields = Mapping[str, str]
BEGUN: Final = frozenset({LoginState.CONFIRMED, LoginState.ENDED})
"""States in which there is, or was, a session."""


def number(fields: Fields, name: str) -> int:
    """A number; 0 where there is none."""
    return int(fields.get(name) or 0)


def use_of(fields: Fields, ends_at: int) -> dict[str, Any]:
    """How a session was used, and what its seal is named: fields of `Session`."""
    used = number(fields, "used_at")
    return {
        "idle_at": min(ends_at, used + IDLE_SECONDS * 1_000) if used else number(fields, "expires_at"),
        "last_used_at": used,
        "last_address": fields.get("used_from", ""),
        "mac": mac_of(fields["opened"]),
    }


def standing(fields: Fields) -> dict[str, Any]:
    """How a login stands, and its message: fields of `Login`."""
    strays = tuple(filter(None, fields.get("strays", "").split(",")))
    return {
        "expires_at": number(fields, "expires_at"),
        "ended_how": fields.get("ended_how", ""),
        "ended_by": fields.get("ended_by", ""),
        "ended_at": number(fields, "ended_at"),
        "version": number(fields, "version"),
        "card": LoginCard(fields.get("dm", ""), fields.get("ts", ""), number(fields, "shown"), strays),
    }
