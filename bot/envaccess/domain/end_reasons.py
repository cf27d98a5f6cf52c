"""Why a request or its grant was over before its time: a word for records, and a clause for people.

Every surface tells the same clause: the card, the audit channel, the API and the terminal.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class EndReason(StrEnum):
    """Why. The value stands in records and, but for `deleted`, in events (`why`); it is stable."""

    LOCKED = "locked"
    RESTORED = "restored"
    UPGRADED = "upgraded"
    SESSION_ENDED = "session_ended"
    ECHO = "echo"
    DELETED = "deleted"
    MOVED = "moved"
    UNINSTALLED = "uninstalled"


_BECAUSE: Final[Mapping[EndReason, str]] = {
    EndReason.LOCKED: "it was locked",
    EndReason.RESTORED: "a backup was restored",
    EndReason.UPGRADED: "envaccess was updated",
    EndReason.SESSION_ENDED: "the session that asked for it is over",
    EndReason.ECHO: "a service answered with the value itself",
    EndReason.DELETED: "the variable was deleted",
    EndReason.MOVED: "its value is kept elsewhere from now on",
    EndReason.UNINSTALLED: "the app was removed from the workspace",
}


def because(why: str) -> str:
    """What comes after `because`; empty for no reason, and for a later version's.

    Args:
        why: as it stands in a record or an event.
    """
    return _BECAUSE[EndReason(why)] if why in set(EndReason) else ""
