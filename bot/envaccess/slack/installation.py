"""What is wrong with an installation in Slack: pure checks from facts to faults, and how to mend each.

Starting to serve and `envaccess doctor` use the same ones (`application.installation_checks` has the others).
"""

from envaccess.domain.health import SetupFault
from envaccess.domain.policy.rules import APPROVERS_MAX
from envaccess.slack.channel_info import ChannelInfo

APPROVERS = "ENVACCESS_APPROVERS_CHANNEL"
AUDIT = "ENVACCESS_AUDIT_CHANNEL"
APP_TOKEN = "SLACK_APP_TOKEN"  # noqa: S105 - a setting's name
BOT_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - a setting's name
SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "im:write",
        "users:read",
        "usergroups:read",
        "channels:read",
        "groups:read",
    }
)
"""What the bot's calls need; manifest.yml asks for the same."""
_LONELY = 2
"""The bot, and one person who could then approve everybody's requests but their own."""
_APP_TOKEN_MENDS = {
    "missing_scope": "make an app token with connections:write (Basic Information, App-Level Tokens)",
    "not_allowed_token_type": "give the app token, which begins with xapp-, not the bot token",
}
_INVITE_TWO = "Invite the people who shall approve; two at least, since nobody approves their own request"


def check_approvers(
    info: ChannelInfo | None, public_allowed: bool, setting: str = APPROVERS
) -> list[SetupFault]:
    """Check the channel whose members decide.

    Args:
        info: as Slack describes it; None when the bot cannot see it.
        public_allowed: whether ENVACCESS_UNSAFE_PUBLIC_APPROVERS says that anyone may join, and how many.
        setting: the setting that named it.
    """
    faults = _check_channel(info, setting)
    if info is None:
        return faults
    if not (info.private or public_allowed):
        faults.append(_public(info, setting))
    if info.members > APPROVERS_MAX and not public_allowed:
        faults.append(_crowded(info, setting))
    if info.member and 0 < info.members <= _LONELY:
        faults.append(_lonely(info, setting, info.members - 1))
    return faults


def check_audit(info: ChannelInfo | None, setting: str = AUDIT) -> list[SetupFault]:
    """Check the channel that gets the audit lines; None when the bot cannot see it."""
    return _check_channel(info, setting)


def check_distinct(approvers: str, audit: str) -> list[SetupFault]:
    """Check that the audit lines have a channel of their own, by the ids of both."""
    if approvers != audit:
        return []
    problem = f"is the same channel as {APPROVERS}, where audit lines would bury what waits for a decision"
    return [SetupFault(AUDIT, problem, "Name another channel, which those who look after the audit read")]


def check_scopes(granted: frozenset[str]) -> list[SetupFault]:
    """Check what the bot token may do, or may do as far as anybody can tell."""
    missing = sorted(SCOPES - granted)
    if not missing:
        return []
    mend = "Bring the app up to manifest.yml (App Manifest), then Install App -> Reinstall to Workspace"
    return [
        SetupFault(
            BOT_TOKEN,
            f"the app lacks {'scope' if len(missing) == 1 else 'scopes'} {', '.join(missing)}",
            mend,
        )
    ]


def check_app_token(refused: str) -> list[SetupFault]:
    """Check the token of Socket Mode by the error code of `apps.connections.open`; empty when it worked."""
    if not refused:
        return []
    otherwise = "copy the app token (xapp-...) again from Basic Information, App-Level Tokens"
    mend = _APP_TOKEN_MENDS.get(refused, otherwise)
    return [SetupFault(APP_TOKEN, f"Slack refused it ({refused})", mend[:1].upper() + mend[1:])]


def check_alone(approvers: int, setting: str = APPROVERS) -> list[SetupFault]:
    """Warn where so few can approve that somebody's requests find nobody.

    Args:
        approvers: how many of the channel's members may approve: full members, not the bot and not guests.
        setting: the setting that named the channel.
    """
    if approvers > 1:
        return []
    who = "one person alone in it can approve, and nobody could approve that person's requests"
    problem = (
        who if approvers else "nobody in it can approve (guests and bots cannot), so no request can pass"
    )
    return [SetupFault(setting, problem, _INVITE_TWO, grave=False)]


def describe_channel(info: ChannelInfo) -> str:
    """What is right about a channel, for the doctor's line."""
    kind = "private" if info.private else "public"
    people = f"{info.members} members, of whom the bot is one" if info.members else "with the bot in it"
    return f"#{info.name} ({kind}, {people})"


def _check_channel(info: ChannelInfo | None, setting: str) -> list[SetupFault]:
    if info is None:
        return [
            SetupFault(
                setting,
                "the bot cannot see this channel",
                "If it is private, type /invite @envaccess in it; else copy its id again (the channel's name "
                "-> About, at the end)",
            )
        ]
    faults = []
    if info.archived:
        faults.append(_fault(info, setting, "is archived", "Unarchive it, or name another channel"))
    if info.shared:
        problem = "is shared with people outside the workspace, who could read and press there"
        faults.append(_fault(info, setting, problem, "Name a channel that is not shared"))
    if not info.member and not info.archived:
        invite = f"Invite the bot: type /invite @envaccess in #{info.name}"
        faults.append(_fault(info, setting, "does not have the bot in it", invite))
    return faults


def _public(info: ChannelInfo, setting: str) -> SetupFault:
    problem = "is public: anyone could join it and approve a colleague's request"
    mend = "Make it private (its settings), or accept the risk with ENVACCESS_UNSAFE_PUBLIC_APPROVERS=1"
    return _fault(info, setting, problem, mend)


def _crowded(info: ChannelInfo, setting: str) -> SetupFault:
    problem = f"has {info.members} members, all of whom could approve ({APPROVERS_MAX} at most)"
    mend = "Name a smaller channel, or accept the risk with ENVACCESS_UNSAFE_PUBLIC_APPROVERS=1"
    return _fault(info, setting, problem, mend)


def _lonely(info: ChannelInfo, setting: str, people: int) -> SetupFault:
    problem = "has nobody but the bot in it, so nobody can approve"
    if people:
        problem = "has one person alone in it, and nobody could approve that person's requests"
    return _fault(info, setting, problem, _INVITE_TWO, grave=False)


def _fault(info: ChannelInfo, setting: str, problem: str, mend: str, *, grave: bool = True) -> SetupFault:
    return SetupFault(setting, f"#{info.name} {problem}", mend, grave)
