"""What is wrong with an installation: pure checks from facts to faults, and how to mend each.

Starting to serve and `envaccess doctor` use the same ones, so that what the doctor calls right also starts.
"""

from dataclasses import dataclass

from envaccess.domain.durability import Durability, Promise
from envaccess.domain.health import SetupFault, StoreFacts, Transport
from envaccess.domain.seals.walk import FROM_REDIS
from envaccess.domain.text import count

KEYS = "ENVACCESS_MASTER_KEYS"
STORE = "REDIS_URL"
DURABILITY = "ENVACCESS_DURABILITY"


UNSAFE_TRANSPORT = "ENVACCESS_UNSAFE_REDIS_TRANSPORT"

STORE_MEND = (
    "check that the server runs, that the address is right, and that it speaks TLS for rediss:// only"
)
_STORE_MENDS = {
    "Sentinels": (
        "check that enough of them run, their addresses, sentinel_password, and the name of the primary in it"
    ),
    "the cluster": "check that the nodes that it names run, and serve every slot",
    "WRONGPASS": "check the user and the password in it (they are not shown here)",
    "NOPERM": "give its user the rights that the scripts need (ACL SETUSER)",
    "LOADING": "wait until the server has loaded its data",
    "MASTERDOWN": "give the primary's address (this is a replica, and without it)",
    "READONLY": "give the primary's address (this is a replica)",
}

_WAIT = "WAIT"
_ACCEPT = "ENVACCESS_UNSAFE_REDIS=1"
_MANAGED = f"{DURABILITY}=managed"
_PERSISTENCE_MENDS = {
    "elasticache": "ElastiCache has none: take MemoryDB, or accept it with {accept}",
    "memorydb": f"Set {_MANAGED}: MemoryDB keeps a log of its own, and promises durable writes",
    "azure": "Turn on AOF under Data persistence (Premium or Enterprise), or accept it with {accept}",
    "upstash": f"Set {_MANAGED} if your plan promises durable writes, or accept it with {{accept}}",
    "dragonfly": "Dragonfly has none, only snapshots: take Redis or Valkey, or accept it with {accept}",
}
_EVICTION_MENDS = {
    "elasticache": "Set maxmemory-policy to noeviction in its parameter group",
    "memorydb": "Set maxmemory-policy to noeviction in its parameter group",
    "azure": "Set maxmemory-policy to noeviction under Advanced settings",
    "upstash": "Turn Eviction off in its settings",
    "dragonfly": "Start it without --cache_mode",
}
"""How services change what CONFIG SET changes elsewhere: most of them refuse that command."""

_CLOCKS_DIFFER = 2_000
"""Milliseconds that the clocks of Redis and of this machine may differ before it is said."""
_OLDEST = {"redis": (7,), "valkey": (8,)}


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


def check_store(
    facts: StoreFacts,
    unsafe_allowed: bool,
    setting: str = STORE,
    durability: Durability = Durability(),  # noqa: B008 - frozen
) -> list[SetupFault]:
    """Check that Redis keeps what it confirms and may run what the scripts call.

    Args:
        facts: what Redis says about itself.
        unsafe_allowed: whether ENVACCESS_UNSAFE_REDIS accepts that it may lose what it confirmed.
        setting: the setting that named it.
        durability: who sees to it that nothing is lost that was confirmed.
    """
    faults = [
        *_check_version(facts, setting),
        *_check_rights(facts, setting),
        *_check_commands(facts, setting),
        *_check_wait(facts, setting, durability),
        *_check_primary(facts, setting),
        *_check_whole(facts, setting),
        *check_epoch(setting, later=facts.later),
        *_check_clock(facts, setting),
    ]
    if not unsafe_allowed:
        managed = durability.promise is Promise.MANAGED
        faults += [] if managed else _check_persistence(facts, setting)
        faults += _check_eviction(facts, setting)
    return [*faults, *_check_memory(facts, setting), *_check_replicas(facts, durability)]


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
    keys = _plural(missing, "master key")
    return [
        SetupFault(setting, f"some values are sealed under {keys} {', '.join(missing)}, not held here", mend)
    ]


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


def _check_version(facts: StoreFacts, setting: str) -> list[SetupFault]:
    oldest = _OLDEST.get(facts.product, _OLDEST["redis"])
    if facts.version >= oldest:
        return []
    problem = f"{facts.product.capitalize()} {_dotted(facts.version)} is too old"
    return [SetupFault(setting, problem, "Use Redis 7 or Valkey 8, or a later one")]


def _check_rights(facts: StoreFacts, setting: str) -> list[SetupFault]:
    commands = [command.lower() for command in facts.forbidden if command not in {_WAIT, *facts.unknown}]
    if not commands:
        return []
    problem = f"its user may not run {_plural(commands, 'the command')} {', '.join(commands)}"
    return [
        SetupFault(setting, problem, f"Allow them: ACL SETUSER <user> {' '.join(f'+{c}' for c in commands)}")
    ]


def _check_commands(facts: StoreFacts, setting: str) -> list[SetupFault]:
    """Every command is there, and scripts may do what ours do."""
    faults = []
    commands = [command.lower() for command in facts.unknown if command != _WAIT]
    if commands:
        problem = f"does not have {_plural(commands, 'the command')} {', '.join(commands)}"
        mend = "Take a server that has them under their own names: Redis 7 or Valkey 8, or a later one"
        faults.append(SetupFault(setting, problem, mend))
    if facts.undeclared:
        problem = "lets a script use only keys that are named beforehand, as Dragonfly does"
        mend = "Start it with --default_lua_flags=allow-undeclared-keys, or take Redis or Valkey"
        faults.append(SetupFault(setting, problem, mend))
    return faults


def _check_wait(facts: StoreFacts, setting: str, durability: Durability) -> list[SetupFault]:
    """`WAIT` is needed where replicas confirm; else only a signed head of the audit waits for one."""
    if _WAIT in facts.unknown:
        problem, mend = (
            "does not have the command wait",
            "Leave it so: heads of the audit wait for no replica",
        )
    elif _WAIT in facts.forbidden:
        problem, mend = "its user may not run the command wait", "Allow it: ACL SETUSER <user> +wait"
    else:
        return []
    if not durability.replicas:
        return [SetupFault(setting, problem, mend, grave=False)]
    mend = f"Allow it, or set {DURABILITY} to local, or to managed where the service promises durable writes"
    return [SetupFault(setting, f"{problem}, so that no replica can confirm anything", mend)]


def _check_primary(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if not facts.replica:
        return []
    return [SetupFault(setting, "is a replica, which takes no writes", "Give the address of its primary")]


def _check_whole(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if not facts.restoring:
        return []
    problem = "a restore of this workspace is under way, or did not finish"
    return [SetupFault(setting, problem, "Run envaccess restore until it says that it is done")]


def check_epoch(setting: str = STORE, *, later: bool) -> list[SetupFault]:
    """A store that a later version has changed is read and written by nobody else."""
    problem = "a later version of envaccess has changed this store, and this one would damage it"
    mend = "Run that version, or restore a backup that was made before, with --replace"
    return [SetupFault(setting, problem, mend)] if later else []


def check_upgrade(setting: str = STORE, *, awaited: bool, grave: bool = True) -> list[SetupFault]:
    """A store of an earlier version is upgraded by whoever serves it first, and used by nobody before."""
    problem = "an earlier version of envaccess left this store (epoch 0)"
    mend = (
        "Stop every bot and start one: it makes a backup in ENVACCESS_HOME/backups, then ends every live "
        "grant, pending request and delegation, and tells everybody to ask again"
    )
    return [SetupFault(setting, problem, mend, grave)] if awaited else []


def _check_persistence(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if facts.aof:
        return []
    problem = "Redis keeps no append-only file, so a restart loses grants and audit events"
    mend = _PERSISTENCE_MENDS.get(
        facts.provider, "CONFIG SET appendonly yes (or the provider's setting), or accept it with {accept}"
    )
    return [SetupFault(setting, problem, mend.format(accept=_ACCEPT))]


def _check_eviction(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if facts.policy == "noeviction":
        return []
    problem = (
        f"Redis may evict grants and audit events when memory is short (maxmemory-policy {facts.policy})"
    )
    mend = _EVICTION_MENDS.get(
        facts.provider, "CONFIG SET maxmemory-policy noeviction (or the provider's setting)"
    )
    return [SetupFault(setting, problem, f"{mend}, or accept it with {_ACCEPT}")]


def _check_replicas(facts: StoreFacts, durability: Durability) -> list[SetupFault]:
    """Enough of them to confirm, and one more, so that one may be away."""
    asked, there = durability.replicas, facts.replicas
    if there > asked or not asked:
        return []
    has = f"Redis has {count(there, 'replica')}"
    mend = f"Give it {asked + 1}, so that one may be away, or ask for fewer"
    if not there:
        problem = f"asks for {count(asked, 'replica')} and {has}, so that nothing could be decided or shown"
    elif there < asked:
        problem = (
            f"asks for {count(asked, 'replica')} and {has}: until it has more, nothing is decided or shown"
        )
    else:
        problem = f"asks for all that there are: {has}, and nothing is decided or shown while one is away"
    return [SetupFault(DURABILITY, problem, mend, grave=not there)]


def _check_clock(facts: StoreFacts, setting: str) -> list[SetupFault]:
    """Seals are refused whose clock is too far from Redis'; less costs more questions to Slack."""
    if abs(facts.ahead) <= _CLOCKS_DIFFER:
        return []
    way = "ahead of" if facts.ahead > 0 else "behind"
    problem = f"has a clock {abs(facts.ahead) // 1_000} s {way} this machine's"
    grave = abs(facts.ahead) > FROM_REDIS
    if grave:
        problem += ", so that nothing could be asked or approved"
    return [SetupFault(setting, problem, "Set both by the same NTP servers", grave=grave)]


def _check_memory(facts: StoreFacts, setting: str) -> list[SetupFault]:
    if not facts.nearly_full:
        return []
    problem = f"{100 * facts.used // facts.limit} % of Redis' memory is used: new requests are refused"
    return [SetupFault(setting, problem, "Raise maxmemory, or make room", grave=False)]


def _plural(things: list[str], noun: str) -> str:
    return noun if len(things) == 1 else f"{noun}s"


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
