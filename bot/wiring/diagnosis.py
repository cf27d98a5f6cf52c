"""The doctor: look at every part of an installation, and go on after a fault."""

import contextlib
from collections.abc import AsyncIterator

from bot.domain.channel import ChannelInfo
from bot.domain.errors import DirectoryError, EnvaccessError, SettingsError
from bot.domain.health import Fault
from bot.services import checks
from bot.services.checks import Finding
from bot.settings import Settings
from bot.slack.calls import Done, Refused, call
from bot.slack.client import Identity, SlackClient
from bot.slack.directory import ask_channel
from bot.store import health
from bot.store.client import Client
from bot.store.runner import Runner
from bot.store.sealed import SealedStore
from bot.wiring.parts import key_file, open_keyring, open_redis, open_slack
from bot.wiring.policy_diagnosis import diagnose_policy

_NO_WORKSPACE = "T0"
_OAUTH_PAGE = "from the app's page OAuth & Permissions"
_NETWORK = "Check the network and a proxy, then run the doctor again"
_LATER = "Mend what stands above, then run the doctor again"


async def diagnose(settings: Settings) -> AsyncIterator[Finding]:
    """Look at tokens, scopes, channels, policy, Redis and keys, in that order; each fault with its mend."""
    token = settings.slack_bot_token
    async with open_slack(settings, token.get_secret_value() if token else "") as slack:
        identity, found = await _check_bot_token(slack) if token else (None, [_NO_TOKEN])
        for finding in found:
            yield finding
        async for finding in _check_door(settings, slack):
            yield finding
        async for finding in _check_channels(settings, slack, identity):
            yield finding
    for finding in await diagnose_policy(settings):
        yield finding
    async for finding in _check_store(settings, identity):
        yield finding


def _missing(setting: str, mend: str) -> Finding:
    return Finding(setting, fault=Fault(setting, "it is not set", mend))


_NO_TOKEN = _missing(checks.BOT_TOKEN, f"Copy the bot token (xoxb-...) {_OAUTH_PAGE}")


def _unseen(subject: str) -> Finding:
    return Finding(subject, fault=Fault(subject, "it could not be looked at without the bot token", _LATER))


def _broken(subject: str, error: EnvaccessError, mend: str) -> Finding:
    return Finding(subject, fault=Fault(subject, str(error), mend))


async def _check_bot_token(slack: SlackClient) -> tuple[Identity | None, list[Finding]]:
    try:
        identity = await slack.whoami()
    except SettingsError as error:
        problem, _, mend = str(error).partition(": ")
        return None, [Finding(checks.BOT_TOKEN, fault=Fault(checks.BOT_TOKEN, problem, mend))]
    except DirectoryError as error:
        return None, [_broken("SLACK_API_URL", error, _NETWORK)]
    ok = f"workspace {identity.team_name or identity.team}, with every scope it needs"
    return identity, checks.findings(checks.BOT_TOKEN, ok, checks.check_scopes(identity.scopes))


async def _check_door(settings: Settings, slack: SlackClient) -> AsyncIterator[Finding]:
    """Socket Mode's token, or else HTTP mode's secret, which only a real request can prove."""
    if settings.slack_app_token:
        try:
            refused = await _probe_app_token(slack, settings.slack_app_token.get_secret_value())
        except DirectoryError as error:
            yield _broken(checks.APP_TOKEN, error, _NETWORK)
            return
        for finding in checks.findings(
            checks.APP_TOKEN, "Socket Mode can connect", checks.check_app_token(refused)
        ):
            yield finding
    elif settings.slack_signing_secret:
        yield Finding("SLACK_SIGNING_SECRET", "set, for HTTP mode (no app token); a signed request proves it")
    else:
        yield _missing("SLACK_SIGNING_SECRET", "Set it for HTTP mode, or SLACK_APP_TOKEN for Socket Mode")


async def _probe_app_token(slack: SlackClient, token: str) -> str:
    """Slack's error code for the token; empty when Socket Mode could connect."""
    match await call(slack.for_app_token(token), "apps.connections.open"):
        case Done():
            return ""
        case Refused(code):
            return code
    raise DirectoryError("Slack did not say whether Socket Mode can connect")


async def _check_channels(
    settings: Settings, slack: SlackClient, identity: Identity | None
) -> AsyncIterator[Finding]:
    for setting, channel in (
        (checks.APPROVERS, settings.approvers_channel),
        (checks.AUDIT, settings.audit_channel),
    ):
        if channel is None:
            yield _missing(setting, "Give the channel's id (its name, View channel details, at the bottom)")
            continue
        if identity is None:
            yield _unseen(setting)
            continue
        try:
            info = await ask_channel(slack.background, channel)
        except DirectoryError as error:
            yield _broken(setting, error, _NETWORK)
            continue
        ok = checks.describe_channel(info) if info else ""
        for finding in checks.findings(setting, ok, _judge(settings, setting, info)):
            yield finding


def _judge(settings: Settings, setting: str, info: ChannelInfo | None) -> list[Fault]:
    if setting == checks.AUDIT:
        same = checks.check_distinct(settings.approvers_channel or "", settings.audit_channel or "")
        return [*same, *checks.check_audit(info)]
    return checks.check_approvers(info, public_allowed=settings.unsafe_public_approvers)


async def _check_store(settings: Settings, identity: Identity | None) -> AsyncIterator[Finding]:
    subject = checks.STORE if settings.redis_url else "embedded Valkey"
    if settings.redis_url and not settings.master_keys:
        yield _missing(checks.KEYS, "Run envaccess keys generate, and give the bot what it prints")
    async with contextlib.AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(open_redis(settings))
            facts = await health.facts(client, identity.team if identity else _NO_WORKSPACE)
        except EnvaccessError as error:
            yield _broken(subject, error, "Check that the server runs and that its address is right")
            return
        faults = checks.check_store(facts, unsafe_allowed=settings.unsafe_redis, setting=subject)
        for finding in checks.findings(subject, checks.describe_store(facts), faults):
            yield finding
        async for finding in _check_keys(settings, client, identity):
            yield finding


async def _check_keys(
    settings: Settings, client: Client, identity: Identity | None
) -> AsyncIterator[Finding]:
    if settings.redis_url and not settings.master_keys:
        return
    subject = checks.KEYS if settings.master_keys else str(key_file(settings))
    try:
        if not (
            settings.master_keys or key_file(settings).exists() or await health.holds_sealed_values(client)
        ):
            yield Finding(subject, "made when the first value is stored, or the bot first starts")
            return
        keyring = await open_keyring(settings, client)
        if identity is None:
            yield _unseen("stored values")
            return
        needed = await SealedStore(Runner(client, identity.team)).key_ids()
    except EnvaccessError as error:
        yield _broken(subject, error, _LATER)
        return
    ok = "every stored value can be opened" if needed else "no value is stored yet"
    faults = checks.check_keys(needed, frozenset(keyring.ids), setting=subject)
    for finding in checks.findings(subject, ok, faults):
        yield finding
