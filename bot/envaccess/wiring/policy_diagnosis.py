"""The doctor's look at the policy: the file itself, and whether Slack knows everybody in it."""

from envaccess.application.installation_checks import Finding
from envaccess.application.policy.check import check_policy
from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.domain.health import Fault
from envaccess.domain.policy.book import Policy
from envaccess.settings import Settings
from envaccess.wiring.policy_tools import SETTING, PolicyTools

_MEND = "Run envaccess policy check, which tells every fault with its line and its mend"


async def diagnose_policy(settings: Settings) -> list[Finding]:
    """One finding; none where no file is named."""
    desk = PolicyTools(settings)
    if desk.file is None:
        return []
    found = desk.read(desk.file)
    if not isinstance(found, Policy):
        first, others = found[0], len(found) - 1
        line = f"line {first.line}: " if first.line else ""
        return [_faulty(f"{line}{first}" + (f" (and {others} more)" if others else ""))]
    told = "one rule" if len(found.rules) == 1 else f"{len(found.rules)} rules"
    if not (desk.can_ask and desk.channel):
        return [Finding(SETTING, f"{told}; Slack was not asked about the people in it")]
    try:
        async with desk.directory() as directory:
            faults = await check_policy(found, directory)
    except (DirectoryError, SettingsError):
        return [Finding(SETTING, f"{told}; Slack did not say who the people in it are")]
    if faults:
        return [_faulty(f"line {faults[0].line}: {faults[0]}")]
    return [Finding(SETTING, f"{told}, and Slack knows everybody in it")]


def _faulty(problem: str) -> Finding:
    return Finding(SETTING, fault=Fault(SETTING, problem, _MEND))
