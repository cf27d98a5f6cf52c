"""The doctor's look at Redis and at the master keys."""

import contextlib
from collections.abc import AsyncIterator

from envaccess.application import installation_checks
from envaccess.application.installation_checks import Finding
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.health import SetupFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.sinks import LATE_AFTER, known_sinks, lag_of
from envaccess.domain.text import count
from envaccess.settings import Settings
from envaccess.settings.redis_url import host_of
from envaccess.slack.client import Identity
from envaccess.store import health
from envaccess.store.catalogue import all_names
from envaccess.store.client import Client
from envaccess.store.cursors import RedisCursors
from envaccess.store.keys import EPOCH
from envaccess.store.log_keys import RedisLogKeys
from envaccess.store.runner import Runner
from envaccess.store.tree import RedisTree
from envaccess.store.upgrade import awaits_upgrade
from envaccess.wiring.parts import key_file, open_keyring, open_redis
from envaccess.wiring.policy_tools import PolicyContext
from envaccess.wiring.rotation_diagnosis import diagnose_rotations
from envaccess.wiring.seal_keys import needed_keys
from envaccess.wiring.settings_diagnosis import LATER, missing

_NO_WORKSPACE = "T0"
_HOME = "ENVACCESS_HOME"
_LAYOUT = "layout of the store"
_TREE = "audit tree"
_SETS = "sets of the policy"
_SETS_MEND = "Store it with envaccess secrets set, or take it out of the set: nobody has the set until then"
_SINKS = "sinks"
_SINKS_MEND = "Run envaccess sinks check, which says why it takes no event"
_DROP_MEND = "Run envaccess sinks drop with its name, or put it back into ENVACCESS_SINKS_FILE"
_WITHOUT_MEND = ("Cannot ", "The embedded server ")
"""How sentences begin that end with the system's own words."""
_EMBEDDED_MEND = f"Check that the folder in {_HOME} can be written, and belongs to whoever runs the bot"
_KEY_FILE_MEND = "Put the file back from a copy, readable by nobody but whoever runs the bot"


async def diagnose_store(settings: Settings, identity: Identity | None) -> AsyncIterator[Finding]:
    """Look at Redis, then at the keys; nothing is opened in a place that a wrong setting did not mean."""
    if settings.redis_url and not settings.master_keys and installation_checks.KEYS not in settings.wrong:
        yield missing(
            installation_checks.KEYS, "Run envaccess keys generate, and give the bot what it prints"
        )
    if {installation_checks.STORE, _HOME} & settings.wrong.keys():
        return
    subject = installation_checks.STORE if settings.redis_url else "embedded Valkey"
    unsafe = installation_checks.check_transport(settings.transport, settings.unsafe_redis_transport)
    if unsafe:
        yield Finding(subject, fault=unsafe[0])
        return
    async with contextlib.AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(open_redis(settings))
            workspace = identity.team if identity else _NO_WORKSPACE
            facts = await health.facts(client, workspace, host_of(settings.redis_url))
        except EnvaccessError as error:
            yield _broken(
                subject, error, installation_checks.STORE_MEND if settings.redis_url else _EMBEDDED_MEND
            )
            return
        faults = installation_checks.check_store(
            facts, settings.unsafe_redis, setting=subject, durability=settings.durability
        )
        ok = installation_checks.describe_store(facts)
        if lacks := installation_checks.describe_transport(settings.transport):
            ok += f", reached {lacks} (accepted by {installation_checks.UNSAFE_TRANSPORT})"
        for finding in installation_checks.findings(subject, ok, faults):
            yield finding
        for finding in [
            *await _check_epoch(client, identity),
            *await _check_keys(settings, client, identity),
            *await _check_tree(client, identity),
            *await _check_sets(settings, client, identity),
            *await _check_sinks(settings, client, identity),
            *await _check_rotations(client, identity),
        ]:
            yield finding


def _broken(subject: str, error: EnvaccessError, otherwise: str) -> Finding:
    """A fault of an exception's sentence, which may name the subject and hold its mend already."""
    text = str(error).removesuffix(".").removeprefix(f"The key file {subject} ")
    text = text.removeprefix(f"{subject}: ").removeprefix("the embedded Valkey: ")
    problem, _, mend = text.rpartition(": ")
    if not problem or text.startswith(_WITHOUT_MEND):
        problem, mend = text, otherwise
    return Finding(subject, fault=SetupFault(subject, problem, mend[:1].upper() + mend[1:]))


async def _check_epoch(client: Client, identity: Identity | None) -> list[Finding]:
    """How the store is laid out, and what the next start does about it."""
    if identity is None:
        return []
    try:
        awaited = await awaits_upgrade(Runner(client, identity.team))
    except EnvaccessError as error:
        return [_broken(_LAYOUT, error, installation_checks.STORE_MEND)]
    faults = installation_checks.check_upgrade(_LAYOUT, awaited=awaited, grave=False)
    return installation_checks.findings(_LAYOUT, f"epoch {EPOCH}", faults)


async def _check_tree(client: Client, identity: Identity | None) -> list[Finding]:
    """How many events are sealed, and with which key; `audit verify` looks whether they are as they were."""
    if identity is None:
        return []
    runner = Runner(client, identity.team)
    try:
        heads, keys = await RedisTree(runner).heads(), (await RedisLogKeys(runner).stored()).public
    except EnvaccessError as error:
        return [_broken(_TREE, error, installation_checks.STORE_MEND)]
    if not keys:
        return [Finding(_TREE, "begins when the bot first serves")]
    sealed = count(heads[-1].size if heads else 0, "event")
    told = f"{sealed} sealed, which `envaccess audit verify` checks; the key is {keys[max(keys)]}"
    return [Finding(_TREE, told)]


async def _check_sets(settings: Settings, client: Client, identity: Identity | None) -> list[Finding]:
    """Sets of the policy that cannot be asked for, because a variable of theirs does not exist."""
    found = PolicyContext(settings).read(settings.policy_file) if settings.policy_file and identity else None
    if identity is None or not isinstance(found, Policy) or not found.variable_sets:
        return []
    try:
        known = frozenset(await all_names(Runner(client, identity.team)))
    except EnvaccessError as error:
        return [_broken(_SETS, error, installation_checks.STORE_MEND)]
    faults = [
        SetupFault(_SETS, f"{one} names {variable}, and there is no such variable", _SETS_MEND)
        for one in found.variable_sets
        for variable in one.variables
        if variable not in known
    ]
    return installation_checks.findings(_SETS, "every variable in them exists", faults)


async def _check_sinks(settings: Settings, client: Client, identity: Identity | None) -> list[Finding]:
    """Sinks that are late, and those that events are kept for although no file declares them."""
    if identity is None:
        return []
    try:
        now, cursors = await RedisCursors(Runner(client, identity.team)).all()
    except EnvaccessError as error:
        return [_broken(_SINKS, error, installation_checks.STORE_MEND)]
    declared = [spec.name for spec in settings.sinks]
    lags = [lag_of(name, cursors, now) for name in declared]
    late = [
        SetupFault(_SINKS, f"{lag.name} is {lag.seconds} s behind", _SINKS_MEND, grave=False)
        for lag in lags
        if lag.seconds > LATE_AFTER
    ]
    left = [
        SetupFault(_SINKS, f"events are kept for {name}, which no file declares", _DROP_MEND, grave=False)
        for name in known_sinks(cursors)
        if name not in declared
    ]
    if not (declared or left):
        return []
    return installation_checks.findings(_SINKS, "none is late", [*late, *left])


async def _check_rotations(client: Client, identity: Identity | None) -> list[Finding]:
    """Rotations that wait for a person."""
    if identity is None:
        return []
    try:
        return await diagnose_rotations(Runner(client, identity.team))
    except EnvaccessError as error:
        return [_broken("rotations", error, installation_checks.STORE_MEND)]


async def _check_keys(settings: Settings, client: Client, identity: Identity | None) -> list[Finding]:
    if installation_checks.KEYS in settings.wrong or (settings.redis_url and not settings.master_keys):
        return []
    subject = installation_checks.KEYS if settings.master_keys else str(key_file(settings))
    try:
        if not (
            settings.master_keys or key_file(settings).exists() or await health.holds_sealed_values(client)
        ):
            return [Finding(subject, "made when the first value is stored, or the bot first starts")]
        keyring = await open_keyring(settings, client)
        if identity is None:
            problem = "they could not be looked at without knowing the workspace"
            return [Finding("stored values", fault=SetupFault("stored values", problem, LATER))]
        needed = await needed_keys(client, identity.team)
    except EnvaccessError as error:
        return [_broken(subject, error, _KEY_FILE_MEND)]
    ok = "every stored value can be opened" if needed else "no value is stored yet"
    faults = installation_checks.check_keys(needed, frozenset(keyring.ids), setting=subject)
    return installation_checks.findings(subject, ok, faults)
