"""The doctor's look at logins that sources made: what does not end, and what nothing is written of."""

from collections.abc import AsyncIterator, Sequence

from envaccess.application.installation_checks import Finding
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.health import SetupFault
from envaccess.domain.leases import KeptLease, LeaseId
from envaccess.domain.text import count
from envaccess.settings import Settings
from envaccess.slack.client import Identity
from envaccess.wiring.leases import OperatorLeases, open_leases

_SUBJECT = "logins made by sources"
_LOOK_AGAIN = "See to what else is at fault first, then run the doctor again"
_SHOWN = 10
"""Logins that are named; the others are counted."""


async def diagnose_leases(settings: Settings, identity: Identity | None) -> AsyncIterator[Finding]:
    """Look where a file declares sources; elsewhere nothing is ever made."""
    if settings.sources_file is None:
        return
    try:
        async with open_leases(settings, identity.team if identity else "") as leases:
            for finding in await _look(leases):
                yield finding
    except EnvaccessError as error:
        yield _fault(str(error), _LOOK_AGAIN)


async def _look(leases: OperatorLeases) -> list[Finding]:
    kept = await leases.kept()
    found = _stuck([one for one in kept if one.stuck or one.is_tombstone])
    for source, answer in (await leases.strays()).items():
        if isinstance(answer, str):
            found.append(_fault(answer, f"See envaccess sources check for the source {source}"))
        else:
            found += _strays(source, answer)
    return found or [Finding(_SUBJECT, f"{count(len(kept), 'login')} written down, none without")]


def _stuck(kept: list[KeptLease]) -> list[Finding]:
    mend = "Look at it at its source, then run envaccess leases end with its id"
    told = [
        _fault(f"{one.id} at {one.source} does not end: {one.left or 'not asked yet'}", mend)
        for one in kept[:_SHOWN]
    ]
    return told + _others(len(kept), "envaccess leases list names them all")


def _strays(source: str, found: Sequence[LeaseId]) -> list[Finding]:
    told = [
        _fault(
            f"{lease} is at {source}, and nothing is written of it",
            f"Run envaccess leases end {lease} --source {source}",
        )
        for lease in found[:_SHOWN]
    ]
    return told + _others(len(found), "envaccess leases strays names them all")


def _others(number: int, mend: str) -> list[Finding]:
    return [_fault(f"there are {number - _SHOWN} more", mend)] if number > _SHOWN else []


def _fault(problem: str, mend: str) -> Finding:
    return Finding(_SUBJECT, fault=SetupFault(_SUBJECT, problem, mend))
