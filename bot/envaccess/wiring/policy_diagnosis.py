"""The doctor's look at the policy, and at who of the approvers channel could approve."""

import time

from envaccess.application.installation_checks import Finding
from envaccess.application.policy.check import check_policy
from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.domain.health import SetupFault
from envaccess.domain.person import refuse_person
from envaccess.domain.policy.book import Policy
from envaccess.settings import Settings
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import SlackDirectory
from envaccess.wiring.policy_tools import SETTING, NoCache, PolicyContext

_MEND = "Run envaccess policy check, which tells every fault with its line and its mend"


async def diagnose_policy(settings: Settings) -> list[Finding]:
    """One finding; none where no file is named."""
    operator = PolicyContext(settings)
    if operator.file is None:
        return []
    found = operator.read(operator.file)
    if not isinstance(found, Policy):
        first, others = found[0], len(found) - 1
        line = f"line {first.line}: " if first.line else ""
        return [_faulty(f"{line}{first}" + (f" (and {others} more)" if others else ""))]
    told = "one rule" if len(found.rules) == 1 else f"{len(found.rules)} rules"
    if not (operator.can_ask and operator.channel):
        return [Finding(SETTING, f"{told}; Slack was not asked about the people in it")]
    try:
        async with operator.directory() as directory:
            faults = await check_policy(found, directory)
    except (DirectoryError, SettingsError):
        return [Finding(SETTING, f"{told}; Slack did not say who the people in it are")]
    if faults:
        return [_faulty(f"line {faults[0].line}: {faults[0]}")]
    return [Finding(SETTING, f"{told}, and Slack knows everybody in it")]


def _faulty(problem: str) -> Finding:
    return Finding(SETTING, fault=SetupFault(SETTING, problem, _MEND))


ENOUGH = 2
"""Approvers after which nobody else is asked about."""
_SECONDS = 10.0
"""A command may wait longer than a press."""


async def count_approvers(slack: SlackClient, identity: Identity, channel: str) -> int:
    """How many full members, bots and guests apart, are in a channel; no more than `ENOUGH` are counted.

    Raises:
        DirectoryError: Slack did not say.
    """
    directory = SlackDirectory(
        slack,
        identity,
        NoCache(),
        time.monotonic,
        admits=lambda _channel, _info: True,
        seconds=_SECONDS,
    )
    try:
        found = 0
        for user in sorted(await directory.members(channel)):
            found += refuse_person(await directory.person(user), directory.workspace) is None
            if found >= ENOUGH:
                break
        return found
    finally:
        await directory.close()
