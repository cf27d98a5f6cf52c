"""What must hold before serving; whatever is wrong is told at once, a line each."""

import asyncio
from collections.abc import Iterable

import structlog

from envaccess.application import installation_checks
from envaccess.domain.errors import DirectoryRefusedError, SettingsError
from envaccess.domain.health import SetupFault
from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.sources.file import NO_FILE, SourcesFile
from envaccess.settings import Serving, Settings
from envaccess.settings.redis_url import host_of
from envaccess.slack import installation
from envaccess.slack.client import Identity, definite
from envaccess.slack.scopes import ask_scopes
from envaccess.store import health
from envaccess.wiring.application import Application, Base
from envaccess.wiring.policy_tools import policy_at_start
from envaccess.wiring.seal_keys import needed_keys
from envaccess.wiring.sources import sources_at_start

_log = structlog.get_logger()


def check_settings(settings: Settings) -> tuple[Serving, Policy, SourcesFile]:
    """Return what serving needs of the settings, the policy and the sources.

    Raises:
        SettingsError: with every fault that can be found without asking anybody.
    """
    approvers, audit = settings.approvers_channel or "", settings.audit_channel or ""
    faults = list(check_process(settings))
    policy, sources = built_in(approvers), NO_FILE
    try:
        policy = policy_at_start(settings, approvers or "C0APPROVERS")
    except SettingsError as error:
        faults += error.sentences
    try:
        sources = sources_at_start(settings)
    except SettingsError as error:
        faults += error.sentences
    own = installation.check_distinct(approvers, audit) if approvers else []
    faults += [installation_checks.sentence(fault) for fault in own]
    if faults:
        raise SettingsError(*faults)
    for name, note in settings.notes.items():
        _log.warning("start_check", subject=name, problem=note, mend="")
    return settings.for_serving(), policy, sources


def check_process(settings: Settings) -> tuple[str, ...]:
    """One sentence for each fault of what no workspace has of its own."""
    transport = installation_checks.check_transport(settings.transport, settings.unsafe_redis_transport)
    return (*settings.faults_for_serving(), *map(installation_checks.sentence, transport))


async def check_store(base: Base, identity: Identity) -> None:
    """Refuse a Redis that loses what it confirmed, and values whose key is missing."""
    settings = base.settings
    facts = await health.facts(base.client, identity.team, host_of(settings.redis_url))
    needed = await needed_keys(base.client, identity.team)
    refuse(
        [
            *installation_checks.check_store(facts, settings.unsafe_redis, durability=settings.durability),
            *installation_checks.check_keys(needed, frozenset(base.keyring.ids)),
        ]
    )


async def check_slack(base: Base, identity: Identity, application: Application) -> bool:
    """Refuse a token that lacks a scope, and channels that cannot be read or that anybody could join.

    Raises:
        SettingsError: something is wrong that no waiting mends.
        DirectoryError: Slack did not say.
    """
    serving = base.serving
    channels = serving.approvers_channel, serving.audit_channel
    refuse(installation.check_scopes((await ask_scopes(base.slack, identity, *channels)).scopes))
    try:
        approvers, audit = await asyncio.gather(
            *(application.directory.channel(channel) for channel in channels)
        )
    except DirectoryRefusedError as error:
        raise definite(error) or error from None
    allowed = base.settings.unsafe_public_approvers
    refuse(
        [
            *installation.check_approvers(approvers, public_allowed=allowed),
            *installation.check_audit(audit),
        ]
    )
    return True


def refuse(faults: Iterable[SetupFault]) -> None:
    """Log the warnings; raise with all grave faults."""
    grave = []
    for fault in faults:
        if fault.grave:
            grave.append(installation_checks.sentence(fault))
        else:
            _log.warning("start_check", subject=fault.subject, problem=fault.problem, mend=fault.mend)
    if grave:
        raise SettingsError(*grave)
