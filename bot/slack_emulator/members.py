"""The people of the workspace, and how `users.info` describes them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from slack_emulator.types import Json

_SIZES = (24, 32, 48, 72, 192, 512)
"""Of the pictures, the one part of a profile that Slack promises; nothing is served at their addresses."""


@dataclass
class Member:
    """One account: a person, a guest, a stranger from another workspace, or a bot.

    `away` is not Slack's word: an away person's ephemeral messages are lost, as Slack does not
    promise their delivery. `tz` is an IANA name; `tz_label` are its words, as "Central European Summer Time"
    (the name itself where none are given). `is_stranger` set by hand makes a stranger even of a colleague.

    With an `enterprise_id` somebody belongs to an Enterprise Grid: to all the `teams` there, of which any
    (`acts_from`) may stand in the payloads of what they do.
    """

    id: str
    name: str
    team_id: str
    real_name: str = ""
    display_name: str = ""
    title: str = ""
    tz: str = "Etc/UTC"
    tz_label: str = ""
    email: str = ""
    enterprise_id: str = ""
    enterprise_name: str = "Playground Org"
    teams: tuple[str, ...] = ()
    acts_from: str = ""
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    is_stranger: bool = False
    is_invited_user: bool = False
    deleted: bool = False
    away: bool = False
    updated: int = 0

    def belongs_to(self, team_id: str) -> bool:
        """Whether this is somebody of that workspace, perhaps as one of several in an Enterprise Grid."""
        return team_id == self.team_id or team_id in self.teams


def user_shape(member: Member, now: float) -> Json:
    """The `user` object of `users.info` and of the `user_change` event, at a time in seconds.

    A deactivated account has no role flags and no time zone, and only strangers and invited people
    carry those two flags (https://docs.slack.dev/reference/objects/user-object). Whether somebody of
    another workspace is a stranger depends on the channels: see `Workspace.describe`.
    """
    shape: Json = {
        "id": member.id,
        "team_id": member.team_id,
        "name": member.name,
        "deleted": member.deleted,
        "profile": _profile(member),
        "is_bot": member.is_bot,
        "is_app_user": False,
        "updated": member.updated,
    }
    if not member.deleted:
        shape |= _living(member, now)
    if member.enterprise_id:
        # Recorded without `team_id` (looker/lookerbot#184); `teams` as on the user object's page.
        del shape["team_id"]
        shape["enterprise_user"] = _on_grid(member)
    return shape | {flag: True for flag in ("is_stranger", "is_invited_user") if getattr(member, flag)}


def _living(member: Member, now: float) -> Json:
    return {
        "color": "9f69e7",
        "real_name": member.real_name or member.name,
        "tz": member.tz,
        "tz_label": member.tz_label or member.tz,
        "tz_offset": _offset(member.tz, now),
        "is_admin": member.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": member.is_restricted or member.is_ultra_restricted,
        "is_ultra_restricted": member.is_ultra_restricted,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def _on_grid(member: Member) -> Json:
    return {
        "id": member.id,
        "enterprise_id": member.enterprise_id,
        "enterprise_name": member.enterprise_name,
        "is_admin": False,
        "is_owner": False,
        "teams": list(member.teams),
    }


def _offset(zone: str, now: float) -> int:
    """Seconds that this zone's clocks are ahead of UTC now, summer time included; 0 where it is unknown."""
    try:
        ahead = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError):
        return 0
    return int(ahead.total_seconds()) if ahead else 0


def _profile(member: Member) -> Json:
    real_name = member.real_name or member.name
    return {
        "title": member.title,
        "phone": "",
        "skype": "",
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": member.display_name,
        "display_name_normalized": member.display_name,
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": "g000000000000",
        "first_name": real_name.partition(" ")[0],
        "last_name": real_name.partition(" ")[2],
        "team": member.team_id,
    } | {f"image_{size}": f"https://avatars.example.com/{member.id}_{size}.png" for size in _SIZES}
