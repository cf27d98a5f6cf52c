"""Which workspace a call with an org-wide token acts on.

Some methods must be told by `team_id` (https://docs.slack.dev/enterprise/developing-for-enterprise-orgs and
"required if org token is used" on the methods' pages); with a workspace's own token it is passed over. The
others name a channel, a person, a trigger or a view, which is in some workspace.
"""

from slack_emulator.installations import BotToken
from slack_emulator.state import EmulatorState
from slack_emulator.types import RefusalError
from slack_emulator.web.api_call import ApiCall

NEED_TEAM = frozenset({"users.list", "conversations.list", "usergroups.list", "usergroups.users.list"})
"""Of the methods here, those that refuse an org-wide token without `team_id`."""

OF_THE_WHOLE = frozenset({"auth.test", "auth.revoke", "auth.teams.list", "apps.uninstall"})


def place(ask: ApiCall, token: BotToken, method: str) -> EmulatorState:
    """The workspace; raises `missing_argument` or `team_access_not_granted`."""
    reached = ask.state.teams.granted(token.enterprise)
    if method in OF_THE_WHOLE:
        return reached[0] if reached else ask.state
    if method in NEED_TEAM and not ask.text("team_id"):
        raise RefusalError("missing_argument")
    if method in NEED_TEAM:
        reached = [state for state in reached if state.workspace.team_id == ask.text("team_id")]
    if not reached:
        raise RefusalError("team_access_not_granted")
    return next((state for state in reached if _is_there(state, ask, method)), reached[0])


def _is_there(state: EmulatorState, ask: ApiCall, method: str) -> bool:
    """Whether what a call names is in this workspace."""
    if trigger := ask.text("trigger_id"):
        return state.triggers.knows(trigger)
    if method == "views.update":
        return True
    workspace, named = (
        state.workspace,
        [ask.text(name) or "" for name in ("channel", "user", "user_id", "users")],
    )
    channel = workspace.channels.get(named[0])
    if channel is not None:
        return channel.kind == "public" or workspace.bot.id in channel.members
    return any(one in workspace.members for one in named if one)
