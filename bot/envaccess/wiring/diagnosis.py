"""The doctor: look at every part of an installation, and go on after a fault."""

from collections.abc import AsyncIterator

from envaccess.application import installation_checks
from envaccess.application.installation_checks import Finding
from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.domain.health import SetupFault
from envaccess.settings import Settings
from envaccess.slack import installation
from envaccess.slack.calls import Done, Refused, call
from envaccess.slack.channel_info import ChannelInfo
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import ask_channel
from envaccess.slack.scopes import Granted, ask_scopes
from envaccess.slack.unreachable import unreached
from envaccess.wiring.api_diagnosis import diagnose_api
from envaccess.wiring.lease_diagnosis import diagnose_leases
from envaccess.wiring.parts import open_slack
from envaccess.wiring.policy_diagnosis import count_approvers, diagnose_policy
from envaccess.wiring.settings_diagnosis import (
    LATER,
    diagnose_port,
    diagnose_secret,
    diagnose_settings,
    missing,
)
from envaccess.wiring.sources_diagnosis import diagnose_sources
from envaccess.wiring.store_diagnosis import diagnose_store

_API = "SLACK_API_URL"
_OAUTH_PAGE = "from the app's page OAuth & Permissions"
_NETWORK = "Check the network, a proxy (HTTPS_PROXY) and the address, then run the doctor again"
_NO_TOKEN = missing(installation.BOT_TOKEN, f"Copy the bot token (xoxb-...) {_OAUTH_PAGE}")


async def diagnose(settings: Settings) -> AsyncIterator[Finding]:
    """Look at settings, tokens, channels, policy, Redis and keys, in that order; each fault with its mend."""
    for finding in diagnose_settings(settings):
        yield finding
    token = settings.slack_bot_token
    async with open_slack(settings, token.get_secret_value() if token else "") as slack:
        identity, found = await _check_bot_token(settings, slack)
        for finding in found:
            yield finding
        for finding in [*await _check_intake(settings, slack), *await diagnose_api(settings)]:
            yield finding
        for setting in (installation.APPROVERS, installation.AUDIT):
            for finding in await _check_channel(settings, slack, identity, setting):
                yield finding
    for finding in [*await diagnose_policy(settings), *await diagnose_sources(settings)]:
        yield finding
    async for finding in diagnose_store(settings, identity):
        yield finding
    async for finding in diagnose_leases(settings, identity):
        yield finding


def _unseen(subject: str) -> list[Finding]:
    problem = "it could not be looked at without the bot token and Slack's answer"
    return [Finding(subject, fault=SetupFault(subject, problem, LATER))]


def _unreached(subject: str, error: DirectoryError) -> list[Finding]:
    return [Finding(subject, fault=SetupFault(subject, str(error), _NETWORK))]


async def _check_bot_token(settings: Settings, slack: SlackClient) -> tuple[Identity | None, list[Finding]]:
    if settings.slack_bot_token is None:
        return None, [] if installation.BOT_TOKEN in settings.wrong else [_NO_TOKEN]
    if _API in settings.wrong:  # no token goes to another server than the one that was meant
        return None, _unseen(installation.BOT_TOKEN)
    try:
        identity = await slack.whoami()
    except SettingsError as error:
        problem, _, mend = str(error).partition(": ")
        return None, [
            Finding(
                installation.BOT_TOKEN,
                fault=SetupFault(installation.BOT_TOKEN, problem, mend),
            )
        ]
    except DirectoryError as error:
        return None, _unreached(_API, error)
    channels = [channel for channel in (settings.approvers_channel, settings.audit_channel) if channel]
    granted = await ask_scopes(slack, identity, *(channels or ["C0NONE"]))
    return identity, _judge_scopes(identity, granted)


def _judge_scopes(identity: Identity, granted: Granted) -> list[Finding]:
    """What the token may do: listed by Slack, or tried, or not to be known."""
    ok = f"workspace {identity.team_name or identity.team}, with every scope it needs"
    if identity.scopes is None:
        tried = len(installation.SCOPES - granted.unknown)
        ok = f"workspace {identity.team_name or identity.team}; {tried} scopes were tried, and are there"
    found = installation_checks.findings(
        installation.BOT_TOKEN, ok, installation.check_scopes(granted.scopes)
    )
    return [*found, *_untold(granted)] if identity.scopes is None else found


def _untold(granted: Granted) -> list[Finding]:
    if not granted.unknown:
        return []
    unknown = ", ".join(sorted(granted.unknown))
    problem = (
        f"Slack did not list its scopes (a proxy may drop x-oauth-scopes): {unknown} could not be checked"
    )
    mend = "Compare the app's page OAuth & Permissions with manifest.yml"
    return [
        Finding(
            installation.BOT_TOKEN,
            fault=SetupFault(installation.BOT_TOKEN, problem, mend, grave=False),
        )
    ]


async def _check_intake(settings: Settings, slack: SlackClient) -> list[Finding]:
    """Socket Mode's token, or else HTTP mode's secret, which only a real request can prove; and the port."""
    port = diagnose_port(settings)
    if installation.APP_TOKEN in settings.wrong:
        return port
    if not settings.slack_app_token:
        return [*diagnose_secret(settings), *port]
    if _API in settings.wrong:
        return [*_unseen(installation.APP_TOKEN), *port]
    try:
        refused = await _probe_app_token(slack, settings.slack_app_token.get_secret_value())
    except DirectoryError as error:
        return [*_unreached(installation.APP_TOKEN, error), *port]
    found = installation_checks.findings(
        installation.APP_TOKEN, "Socket Mode can connect", installation.check_app_token(refused)
    )
    return [*found, *port]


async def _probe_app_token(slack: SlackClient, token: str) -> str:
    """Slack's error code for the token; empty when Socket Mode could connect."""
    answer = await call(slack.for_app_token(token), "apps.connections.open")
    if why := unreached(answer):
        raise DirectoryError(f"it could not be checked, because Slack could not be reached: {why}")
    match answer:
        case Done():
            return ""
        case Refused(code):
            return code
    raise DirectoryError("Slack did not say whether Socket Mode can connect")


async def _check_channel(
    settings: Settings, slack: SlackClient, identity: Identity | None, setting: str
) -> list[Finding]:
    channel = settings.approvers_channel if setting == installation.APPROVERS else settings.audit_channel
    if setting in settings.wrong:
        return []
    if channel is None:
        return [missing(setting, "Give the channel's id (its name, View channel details, at the bottom)")]
    if identity is None:
        known = [Finding(setting, fault=fault) for fault in _judge_unseen(settings, setting)]
        return known or _unseen(setting)
    try:
        info = await ask_channel(slack.background, channel)
        faults = _judge(settings, setting, info)
        if setting == installation.APPROVERS and info and not faults:
            faults += installation.check_alone(await count_approvers(slack, identity, channel))
    except DirectoryError as error:
        return _unreached(setting, error)
    warned = [Finding(setting, installation.describe_channel(info))] if info and not _grave(faults) else []
    return [*warned, *installation_checks.findings(setting, "", faults)] if faults else warned


def _judge_unseen(settings: Settings, setting: str) -> list[SetupFault]:
    """What is wrong with a channel that can be told by its id alone."""
    if setting != installation.AUDIT:
        return []
    return installation.check_distinct(settings.approvers_channel or "", settings.audit_channel or "")


def _grave(faults: list[SetupFault]) -> bool:
    return any(fault.grave for fault in faults)


def _judge(settings: Settings, setting: str, info: ChannelInfo | None) -> list[SetupFault]:
    if setting == installation.AUDIT:
        return [*_judge_unseen(settings, setting), *installation.check_audit(info)]
    return installation.check_approvers(info, public_allowed=settings.unsafe_public_approvers)
