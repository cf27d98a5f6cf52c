"""The doctor's look at Redis and at the master keys."""

import contextlib
from collections.abc import AsyncIterator

from bot.domain.errors import EnvaccessError
from bot.domain.health import Fault
from bot.services import checks
from bot.services.checks import Finding
from bot.settings import Settings
from bot.slack.client import Identity
from bot.store import health
from bot.store.client import Client
from bot.store.runner import Runner
from bot.store.sealed import SealedStore
from bot.wiring.parts import key_file, open_keyring, open_redis
from bot.wiring.settings_diagnosis import missing

_NO_WORKSPACE = "T0"
_HOME = "ENVACCESS_HOME"
_WITHOUT_MEND = ("Cannot ", "The embedded server ")
"""How sentences begin that end with the system's own words."""
_LATER = "Mend what stands above, then run the doctor again"
_EMBEDDED_MEND = f"Check that the folder in {_HOME} can be written, and belongs to whoever runs the bot"
_KEY_FILE_MEND = "Put the file back from a copy, readable by nobody but whoever runs the bot"


async def diagnose_store(settings: Settings, identity: Identity | None) -> AsyncIterator[Finding]:
    """Look at Redis, then at the keys; nothing is opened in a place that a wrong setting did not mean."""
    if settings.redis_url and not settings.master_keys and checks.KEYS not in settings.wrong:
        yield missing(checks.KEYS, "Run envaccess keys generate, and give the bot what it prints")
    if {checks.STORE, _HOME} & settings.wrong.keys():
        return
    subject = checks.STORE if settings.redis_url else "embedded Valkey"
    unsafe = checks.check_transport(settings.transport, settings.unsafe_redis_transport)
    if unsafe:
        yield Finding(subject, fault=unsafe[0])
        return
    async with contextlib.AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(open_redis(settings))
            facts = await health.facts(client, identity.team if identity else _NO_WORKSPACE)
        except EnvaccessError as error:
            yield _broken(subject, error, checks.STORE_MEND if settings.redis_url else _EMBEDDED_MEND)
            return
        faults = checks.check_store(facts, unsafe_allowed=settings.unsafe_redis, setting=subject)
        ok = checks.describe_store(facts)
        if lacks := checks.describe_transport(settings.transport):
            ok += f", reached {lacks} (accepted by {checks.UNSAFE_TRANSPORT})"
        for finding in checks.findings(subject, ok, faults):
            yield finding
        for finding in await _check_keys(settings, client, identity):
            yield finding


def _broken(subject: str, error: EnvaccessError, otherwise: str) -> Finding:
    """A fault of an exception's sentence, which may name the subject and hold its mend already."""
    text = str(error).removesuffix(".").removeprefix(f"The key file {subject} ")
    text = text.removeprefix(f"{subject}: ").removeprefix("the embedded Valkey: ")
    problem, _, mend = text.rpartition(": ")
    if not problem or text.startswith(_WITHOUT_MEND):
        problem, mend = text, otherwise
    return Finding(subject, fault=Fault(subject, problem, mend[:1].upper() + mend[1:]))


async def _check_keys(settings: Settings, client: Client, identity: Identity | None) -> list[Finding]:
    if checks.KEYS in settings.wrong or (settings.redis_url and not settings.master_keys):
        return []
    subject = checks.KEYS if settings.master_keys else str(key_file(settings))
    try:
        if not (
            settings.master_keys or key_file(settings).exists() or await health.holds_sealed_values(client)
        ):
            return [Finding(subject, "made when the first value is stored, or the bot first starts")]
        keyring = await open_keyring(settings, client)
        if identity is None:
            problem = "they could not be looked at without knowing the workspace"
            return [Finding("stored values", fault=Fault("stored values", problem, _LATER))]
        needed = await SealedStore(Runner(client, identity.team)).key_ids()
    except EnvaccessError as error:
        return [_broken(subject, error, _KEY_FILE_MEND)]
    ok = "every stored value can be opened" if needed else "no value is stored yet"
    faults = checks.check_keys(needed, frozenset(keyring.ids), setting=subject)
    return checks.findings(subject, ok, faults)
