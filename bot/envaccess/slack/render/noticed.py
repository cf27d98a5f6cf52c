"""What is unusual about a request, said to those who decide: neutral facts, three at most, in one line."""

from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.duration import spell_seconds
from envaccess.domain.request import Request
from envaccess.domain.signals.facts import FIRST, Fact, Noticed
from envaccess.domain.text import count
from envaccess.slack.render.blocks import Block, code, context, mention
from envaccess.slack.render.words import actor_told, capital

_SHOWN: Final = 3


def tell_noticed(request: Request) -> list[Block]:
    """The line; nothing where nothing is unusual. It was sealed with the request."""
    noticed = request.noticed
    if noticed is None:
        return []
    told = [_first(request, noticed), *(_tell(request, noticed, fact) for fact in noticed.facts)]
    parts = [part for part in told if part][:_SHOWN]
    return [context(capital(" · ".join(parts)))] if parts else []


def _first(request: Request, noticed: Noticed) -> str:
    """All that is a first time, as one fact."""
    who, found = _whose(request), FIRST.intersection(noticed.facts)
    if not found:
        return ""
    if Fact.NEW_OR_SILENT in found:
        since = f" in {count(noticed.silent_days, 'day')}" if noticed.silent_days else ""
        return f"First request of {who}{since}"
    if Fact.FIRST_ENVIRONMENT in found:
        environments = {variable.environment for variable in request.variables}
        where = code(environments.pop()) if len(environments) == 1 else "one of these environments"
        return f"First time for {who} in {where}"
    some = f": {noticed.first} of {len(request.variables)}" if noticed.first < len(request.variables) else ""
    return f"First time for {who}{some}"


def _tell(request: Request, noticed: Noticed, fact: Fact) -> str:
    match fact:
        case Fact.ODD_HOUR:
            return _hour(noticed)
        case Fact.ASKED_AFTER_DENIAL:
            return "asked again after a denial"
        case Fact.BURST:
            return f"{noticed.in_hour} requests within an hour"
        case Fact.MORE_VARIABLES:
            asked = count(len(request.asked_variables or request.variables), "variable")
            return f"{asked}, usually {noticed.usual_variables} at most"
        case Fact.LONGER:
            asked = spell_seconds(request.asked_seconds or request.duration.seconds)
            return f"{asked}, usually {spell_seconds(noticed.usual_minutes * 60)} at most"
    return ""


def _hour(noticed: Noticed) -> str:
    shown = f"{noticed.hour:02d}:{noticed.minute:02d} their time"
    if noticed.other_zone or len(noticed.usual) < 2:  # noqa: PLR2004 - from and to
        return f"{shown}, in another time zone than usual"
    begin, end = noticed.usual
    return f"{shown}, usually {begin:02d}-{end:02d}"


def _whose(request: Request) -> str:
    """Under whom it is counted."""
    principal = request.principal
    if principal.kind is ActorKind.AGENT:
        return f"agents of {mention(principal.behalf)}"
    return actor_told(principal.actor)
