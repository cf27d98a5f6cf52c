"""The doctor's look at `sources.yml`, and at each source that it declares."""

from envaccess.application.installation_checks import Finding
from envaccess.domain.health import SetupFault
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.health import SourceFinding
from envaccess.settings import Settings
from envaccess.wiring.source_tools import SourceChecks
from envaccess.wiring.sources import SETTING

_MEND = "Run envaccess sources check, which tells every fault with its line and its mend"


async def diagnose_sources(settings: Settings) -> list[Finding]:
    """A finding for the file, and those of each source; none where no file is named."""
    tools = SourceChecks(settings)
    if tools.file is None:
        return []
    file = tools.read(tools.file, offline=False)
    if not isinstance(file, SourcesFile):
        first, others = file[0], len(file) - 1
        line = f"line {first.line}: " if first.line else ""
        problem = f"{line}{first}" + (f" (and {others} more)" if others else "")
        return [Finding(SETTING, fault=SetupFault(SETTING, problem, _MEND))]
    rules = "one rule" if len(file.rules) == 1 else f"{len(file.rules)} rules"
    found = [Finding(SETTING, f"{rules}; where none matches, the sealed store")]
    for name, findings in (await tools.check(file)).items():
        found += [_finding(f"source {name}", one) for one in findings]
    return found


def _finding(subject: str, found: SourceFinding) -> Finding:
    if found.ok:
        return Finding(subject, found.said)
    mend = found.mend or "Run envaccess sources check"
    return Finding(subject, fault=SetupFault(subject, found.said, mend, grave=found.grave))
