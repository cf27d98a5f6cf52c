"""User groups, as `usergroups.list` and the events describe them."""

from dataclasses import dataclass, field

from slack_emulator.types import Json

USERS_IN_EVENTS = 500
"""Where `subteam_updated` cuts the members (https://docs.slack.dev/reference/events/subteam_updated)."""


@dataclass
class Group:
    """One user group. Times are whole seconds since the epoch; `date_delete` is 0 unless it is disabled."""

    id: str
    handle: str
    name: str
    created_by: str
    description: str = ""
    members: list[str] = field(default_factory=list)
    date_create: int = 0
    date_update: int = 0
    date_delete: int = 0
    updated_by: str = ""

    @property
    def is_disabled(self) -> bool:
        """Whether it was switched off, as far as Slack lets a group be deleted."""
        return bool(self.date_delete)


def group_shape(group: Group, team_id: str, *, users: bool = False, count: bool = False) -> Json:
    """The `usergroup` object (https://docs.slack.dev/reference/objects/usergroup-object).

    Args:
        group: the group.
        team_id: the workspace's id.
        users: with the members' ids.
        count: with how many they are; Slack's examples have it as text ("2"), recorded answers as a number.
    """
    shape: Json = {
        "id": group.id,
        "team_id": team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": group.date_create,
        "date_update": group.date_update,
        "date_delete": group.date_delete,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": group.created_by,
        "updated_by": group.updated_by or group.created_by,
        "deleted_by": group.updated_by or group.created_by if group.is_disabled else None,
        "prefs": {"channels": [], "groups": []},
        "channel_count": 0,
    }
    if users:
        shape["users"] = list(group.members)
    return shape | ({"user_count": len(group.members)} if count else {})


def updated_event(group: Group, team_id: str) -> Json:
    """`subteam_updated`: the group as it is now, its members cut at `USERS_IN_EVENTS`."""
    shape = group_shape(group, team_id, users=True, count=True)
    shape["users"] = shape["users"][:USERS_IN_EVENTS]
    return {"type": "subteam_updated", "subteam": shape}


def members_event(group: Group, team_id: str, before: int, added: list[str], removed: list[str]) -> Json:
    """`subteam_members_changed`: who came and who went; `before` is the update before this one."""
    return {
        "type": "subteam_members_changed",
        "subteam_id": group.id,
        "team_id": team_id,
        "date_previous_update": before,
        "date_update": group.date_update,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": removed,
        "removed_users_count": len(removed),
    }
