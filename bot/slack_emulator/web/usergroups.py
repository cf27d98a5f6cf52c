"""`usergroups.*`: user groups and who is in them."""

from slack_emulator.groups import group_shape
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import ApiCall


def all_groups(ask: ApiCall) -> Json:
    """`usergroups.list`: without disabled groups, members and counts unless asked for."""
    users, count = ask.flag("include_users"), ask.flag("include_count")
    shown = [
        group
        for group in ask.workspace.groups.values()
        if ask.flag("include_disabled") or not group.is_disabled
    ]
    team = ask.workspace.team_id
    return {"usergroups": [group_shape(group, team, users=users, count=count) for group in shown]}


def members(ask: ApiCall) -> Json:
    """`usergroups.users.list`: the ids, not paged."""
    group = ask.workspace.group(ask.text("usergroup"))
    if group.is_disabled and not ask.flag("include_disabled"):
        raise RefusalError("no_such_subteam")
    return {"users": list(group.members)}
