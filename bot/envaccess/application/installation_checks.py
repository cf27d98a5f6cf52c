"""What is wrong with an installation: pure checks from facts to faults, and how to mend each.

Starting to serve and `envaccess doctor` use the same ones, so that what the doctor calls right also starts.
"""

from dataclasses import dataclass

from envaccess.domain.channel import ChannelInfo
from envaccess.domain.health import SetupFault, StoreFacts, Transport
from envaccess.domain.policy.rules import APPROVERS_MAX

APPROVERS = "ENVACCESS_APPROVERS_CHANNEL"
AUDIT = "ENVACCESS_AUDIT_CHANNEL"
APP_TOKEN = "SLACK_APP_TOKEN"  # noqa: S105 - a setting's name
BOT_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - a setting's name
KEYS = "ENVACCESS_MASTER_KEYS"
STORE = "REDIS_URL"

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

UNSAFE_TRANSPORT = "ENVACCESS_UNSAFE_REDIS_TRANSPORT"

STORE_MEND = (
    "check that the server runs, that the address is right, and that it speaks TLS for rediss:// only"
)
_STORE_MENDS = {
    "WRONGPASS": "check the user and the password in it (they are not shown here)",
    "NOPERM": "give its user the rights that the scripts need (ACL SETUSER)",
    "LOADING": "wait until the server has loaded its data",
    "MASTERDOWN": "give the primary's address (this is a replica, and without it)",
    "READONLY": "give the primary's address (this is a replica)",
}

_LONELY = 2
"""The bot, and one person who could then approve everybody's requests but their own."""
_OLDEST = {"redis": (7,), "valkey": (8,)}
_APP_TOKEN_MENDS = {
    "missing_scope": "make an app token with connections:write (Basic Information, App-Level Tokens)",
    "not_allowed_token_type": "give the app token, which begins with xapp-, not the bot token",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at an installation came to.

    Attributes:
        subject: what was looked at.
        ok: what is right about it, one sentence; empty when something is wrong.
        fault: what is wrong with it.
    """

    subject: str
    ok: str = ""
    fault: SetupFault | None = None


def findings(subject: str, ok: str, faults: list[SetupFault]) -> list[Finding]:
    """One finding a fault, or one that says what is right."""
    return [Finding(fault.subject, fault=fault) for fault in faults] or [Finding(subject, ok)]


def sentence(fault: SetupFault) -> str:
    """A fault on one line: `SUBJECT: problem -> mend`."""
    problem = fault.problem.removeprefix(f"{fault.subject} ")
    return f"{fault.subject}: {problem} -> {fault.mend}"


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
    return [SetupFault(BOT_TOKEN, f"the app lacks {_plural(missing, 'scope')} {', '.join(missing)}", mend)]


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


def check_transport(
    transport: Transport | None, unsafe_allowed: bool, setting: str = STORE
) -> list[SetupFault]:
    """Check that nobody on the way reads or changes what is said to Redis, or says it in our place.

    Args:
        transport: how it travels; None for the embedded server.
        unsafe_allowed: whether ENVACCESS_UNSAFE_REDIS_TRANSPORT accepts that.
        setting: the setting that named the server.
    """
    lacks = describe_transport(transport)
    if unsafe_allowed or not lacks:
        return []
    problem = f"names a server that is not this machine {lacks}"
    mend = f"Give a rediss:// address with a password, or accept the risk with {UNSAFE_TRANSPORT}=1"
    return [SetupFault(setting, problem, mend)]


def mend_store(problem: str) -> str:
    """What to do about a server that did not let us in, by what was said of it."""
    return next((mend for word, mend in _STORE_MENDS.items() if word in problem), STORE_MEND)


def check_store(facts: StoreFacts, unsafe_allowed: bool, setting: str = STORE) -> list[SetupFault]:
    """Check that Redis keeps what it confirms and may run what the scripts call.

    Args:
        facts: what Redis says about itself.
        unsafe_allowed: whether ENVACCESS_UNSAFE_REDIS accepts that it may lose what it confirmed.
        setting: the setting that named it.
    """
    faults = [
        *_check_version(facts, setting),
        *_check_rights(facts, setting),
        *_check_primary(facts, setting),
    ]
    if not unsafe_allowed:
        faults += [*_check_persistence(facts, setting), *_check_eviction(facts, setting)]
    return [*faults, *_check_memory(facts, setting)]


def check_keys(needed: frozenset[str], held: frozenset[str], setting: str = KEYS) -> list[SetupFault]:
    """Check that every sealed value can be opened.

    Args:
        needed: ids of the master keys that stored values are sealed under.
        held: ids of the master keys that we have.
        setting: where those come from: the setting, or the key file's path.
    """
    missing = sorted(needed - held)
    if not missing:
        return []
    mend = f"Put the key back into {setting}, behind the first one; without it these values must be set anew"
    if setting != KEYS:
        mend = f"Put {setting} back from a copy; without it these values must be set anew"
    count = _plural(missing, "master key")
    return [
        SetupFault(setting, f"some values are sealed under {count} {', '.join(missing)}, not held here", mend)
    ]


def describe_channel(info: ChannelInfo) -> str:
    """What is right about a channel, for the doctor's line."""
    kind = "private" if info.private else "public"
    people = f"{info.members} members, of whom the bot is one" if info.members else "with the bot in it"
    return f"#{info.name} ({kind}, {people})"


def describe_transport(transport: Transport | None) -> str:
    """What the way to Redis lacks, such as `without TLS`; empty where nothing is lacking."""
    if transport is None or not transport.remote:
        return ""
    lacks = [
        *(() if transport.tls else ("without TLS",)),
        *(("without a check of its certificate",) if transport.tls and not transport.verified else ()),
        *(() if transport.password else ("without a password",)),
    ]
    return " and ".join(lacks)


def describe_store(facts: StoreFacts) -> str:
    """What Redis is, for the doctor's line; names what was accepted as unsafe."""
    words = [
        f"{facts.product.capitalize()} {_dotted(facts.version)}",
        "append-only file on" if facts.aof else "NOT on disk (accepted by ENVACCESS_UNSAFE_REDIS)",
        facts.policy if facts.policy == "noeviction" else f"MAY EVICT: {facts.policy} (accepted likewise)",
    ]
    if facts.replicated:
        words.append("replicated, so that a failover can undo the last steps")
    return ", ".join(words)


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


_INVITE_TWO = "Invite the people who shall approve; two at least, since nobody approves their own request"


def _lonely(info: ChannelInfo, setting: str, people: int) -> SetupFault:
    problem = "has nobody but the bot in it, so nobody can approve"
    if people:
        problem = "has one person alone in it, and nobody could approve that person's requests"
    return _fault(info, setting, problem, _INVITE_TWO, grave=False)


def _check_version(facts: StoreFacts, setting: str) -> list[SetupFault]:
    oldest = _OLDEST.get(facts.product, _OLDEST["redis"])
    if facts.version >= oldest:
        return []
    problem = f"{facts.product.capitalize()} {_dotted(facts.version)} is too old"
    return [SetupFault(setting, problem, "Use Redis 7 or Valkey 8, or a later one")]


def _check_rights(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if not facts.forbidden:
        return []
    commands = [command.lower() for command in facts.forbidden]
    problem = f"its user may not run {_plural(commands, 'the command')} {', '.join(commands)}"
    return [
        SetupFault(setting, problem, f"Allow them: ACL SETUSER <user> {' '.join(f'+{c}' for c in commands)}")
    ]


def _check_primary(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if not facts.replica:
        return []
    return [SetupFault(setting, "is a replica, which takes no writes", "Give the address of its primary")]


def _check_persistence(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if facts.aof:
        return []
    problem = "Redis keeps no append-only file, so a restart loses grants and audit events"
    mend = "CONFIG SET appendonly yes (or the provider's setting), or accept it with ENVACCESS_UNSAFE_REDIS=1"
    return [SetupFault(setting, problem, mend)]


def _check_eviction(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if facts.policy == "noeviction":
        return []
    problem = (
        f"Redis may evict grants and audit events when memory is short (maxmemory-policy {facts.policy})"
    )
    mend = "CONFIG SET maxmemory-policy noeviction, or accept it with ENVACCESS_UNSAFE_REDIS=1"
    return [SetupFault(setting, problem, mend)]


def _check_memory(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if not facts.nearly_full:
        return []
    problem = f"{100 * facts.used // facts.limit} % of Redis' memory is used: new requests are refused"
    return [SetupFault(setting, problem, "Raise maxmemory, or make room", grave=False)]


def _fault(info: ChannelInfo, setting: str, problem: str, mend: str, *, grave: bool = True) -> SetupFault:
    return SetupFault(setting, f"#{info.name} {problem}", mend, grave)


def _plural(things: list[str], noun: str) -> str:
    return noun if len(things) == 1 else f"{noun}s"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
