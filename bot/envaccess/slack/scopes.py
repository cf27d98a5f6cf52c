"""What the bot token may do where Slack does not list it: found out by calls that change nothing.

Slack names the scopes of a token in the header `x-oauth-scopes` of each answer, refusals included; a proxy
may drop it. It looks at the scope before it looks at what is asked for, so a call for nothing tells.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from envaccess.slack.calls import Answer, Done, Refused, call
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.installation import SCOPES

MISSING: Final = "missing_scope"


class _Probe(NamedTuple):
    method: str
    arguments: Mapping[str, str]
    verb: Literal["GET", "POST"] = "POST"


class Granted(NamedTuple):
    """What the token may do.

    Attributes:
        scopes: what it has, or may have.
        unknown: of these, what nothing could tell.
    """

    scopes: frozenset[str]
    unknown: frozenset[str] = frozenset()


async def ask_scopes(slack: SlackClient, identity: Identity, *channels: str) -> Granted:
    """The token's scopes as Slack listed them, else by trying each that a call can try.

    Args:
        slack: the connections to Slack.
        identity: who we are, and perhaps the list.
        channels: ids of the channels that the bot is to read; which scope that takes, depends on them.
    """
    if identity.scopes is not None:
        return Granted(identity.scopes)
    probes = {scope: (probe,) for scope, probe in _probes(identity, channels[0]).items()}
    reading = tuple(_Probe("conversations.info", {"channel": channel}, "GET") for channel in channels)
    asked = [*(probe for (probe,) in probes.values()), *reading]
    answers = await asyncio.gather(*(_try(slack, probe) for probe in asked))
    missing = {answer.needed for answer in answers if isinstance(answer, Refused) and answer.code == MISSING}
    missing |= {
        scope
        for scope, answer in zip(probes, answers, strict=False)
        if isinstance(answer, Refused) and answer.code == MISSING and not answer.needed
    }
    told = {
        scope for scope, answer in zip(probes, answers, strict=False) if isinstance(answer, Done | Refused)
    }
    told |= {_read_scope(answer) for answer in answers[len(probes) :]}
    return Granted(SCOPES - missing, SCOPES - missing - told)


def _probes(identity: Identity, channel: str) -> dict[str, _Probe]:
    """A harmless call for each scope: for a message that does not exist, nobody, the bot, all groups."""
    listing = {"include_disabled": "false", "team_id": identity.team}
    return {
        "chat:write": _Probe("chat.delete", {"channel": channel, "ts": "1.000001"}),
        "im:write": _Probe("conversations.open", {}),
        "users:read": _Probe("users.info", {"user": identity.user}, "GET"),
        "usergroups:read": _Probe("usergroups.list", listing, "GET"),
    }


async def _try(slack: SlackClient, probe: _Probe) -> Answer:
    arguments: dict[str, Any] = dict(probe.arguments)
    if probe.verb == "GET":
        return await call(slack.background, probe.method, params=arguments, verb="GET")
    return await call(slack.background, probe.method, json=arguments)


def _read_scope(answer: Answer) -> str:
    """Which scope a channel that could be read proves."""
    match answer:
        case Done({"channel": {"is_private": bool(private)}}):
            return "groups:read" if private else "channels:read"
    return ""
