"""What Slack says of people and channels, read into our own values; what cannot be read is no answer."""

from collections.abc import Mapping
from typing import Any, Final

from envaccess.domain.errors import DirectoryError, DirectoryRefusedError
from envaccess.domain.person import Person
from envaccess.domain.text import clean
from envaccess.slack.calls import Answer, Done, Refused
from envaccess.slack.channel_info import ChannelInfo
from envaccess.slack.payload import dig, text
from envaccess.slack.unreachable import unreached

_SLACKBOT: Final = "USLACKBOT"
_NAME_MAX: Final = 80
"""Characters of a display name (https://docs.slack.dev/reference/objects/user-object)."""
_NONE: Final = "none"
"""No workspace's id."""


def said(answer: Answer, method: str) -> Mapping[str, Any]:
    """What an answer holds.

    Raises:
        DirectoryError: Slack refused, or did not answer.
    """
    match answer:
        case Done(data):
            return data
        case Refused(code, needed) if not unreached(answer):
            raise DirectoryRefusedError(method, code, needed)
        case _:
            raise DirectoryError(f"Slack did not answer {method}: {unreached(answer)}")


def read_person(found: object, user: str, workspace: str, enterprise: str = "") -> Person:
    """Read a user object (https://docs.slack.dev/reference/objects/user-object).

    On Enterprise Grid somebody belongs to several workspaces; `team_id` is only one of them, may be missing
    (looker/lookerbot#184), and counts for nothing where the organisation lists them: somebody may have left
    that one. A deactivated account has no time zone.

    Raises:
        DirectoryError: it is nobody's, or somebody else's.
    """
    teams = _read_teams(found)
    if not isinstance(found, dict) or found.get("id") != user or not teams:
        raise DirectoryError("users.info cannot be read")
    zone = found.get("tz")
    return Person(
        id=user,
        team=workspace if workspace in teams else teams[0],
        deleted=bool(found.get("deleted")),
        bot=bool(found.get("is_bot")) or user == _SLACKBOT,
        guest=bool(found.get("is_restricted") or found.get("is_ultra_restricted")),
        stranger=bool(found.get("is_stranger")),
        invited=bool(found.get("is_invited_user")),
        tz=zone if isinstance(zone, str) else "",
        name=_read_name(found),
        sisters=_read_sisters(found, workspace, enterprise),
        account=text(found, "enterprise_user", "id"),
    )


def has_moved(found: object, user: str) -> bool:
    """Whether an id of a workspace became one of the organisation, so that the old one is nobody's."""
    return user.startswith("U") and text(found, "id").startswith("W")


def _read_sisters(found: object, workspace: str, enterprise: str) -> tuple[str, ...]:
    """The other workspaces of somebody of our own organisation; of a partner's, none."""
    if not enterprise or text(found, "enterprise_user", "enterprise_id") != enterprise:
        return ()
    return tuple(sorted(set(_read_teams(found)) - {workspace, _NONE}))


def _read_name(found: object) -> str:
    """The name that colleagues see: the display name if there is one, else the full one, else the handle."""
    paths = (("profile", "display_name"), ("profile", "real_name"), ("real_name",), ("name",))
    names = (clean(text(found, *path))[:_NAME_MAX] for path in paths)
    return next(filter(None, names), "")


def _read_teams(found: object) -> list[str]:
    """Every workspace that a user object puts somebody in; `_NONE` where it is listed that there is none."""
    several, own = dig(found, "enterprise_user", "teams"), text(found, "team_id")
    if isinstance(several, list):
        return [team for team in several if isinstance(team, str) and team] or [_NONE]
    return [own] if own else []


def read_channel(answer: Mapping[str, Any]) -> ChannelInfo:
    """Read the answer of `conversations.info`.

    Raises:
        DirectoryError: it names no channel.
    """
    found = answer.get("channel")
    if not isinstance(found, dict) or not found.get("id"):
        raise DirectoryError("conversations.info cannot be read")
    return ChannelInfo(
        id=str(found["id"]),
        name=str(found.get("name", "")),
        private=bool(found.get("is_private")),
        archived=bool(found.get("is_archived")),
        shared=bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")),
        member=bool(found.get("is_member")),
        members=int(found.get("num_members") or 0),
    )
