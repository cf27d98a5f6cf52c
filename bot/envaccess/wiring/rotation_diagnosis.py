"""The doctor's look at rotations: which of them wait for a person."""

from typing import Final

from envaccess.application.installation_checks import Finding
from envaccess.domain.health import SetupFault
from envaccess.domain.text import count
from envaccess.store.rotations import waiting_rotations
from envaccess.store.runner import Runner

_SUBJECT: Final = "rotations"
_MEND: Final = "Run envaccess rotations, which says of each what is in its way"
_NAMED: Final = 5


async def diagnose_rotations(runner: Runner) -> list[Finding]:
    """What waits for somebody; nothing where nothing is rotated."""
    open_ones, waiting = await waiting_rotations(runner)
    if not open_ones:
        return []
    if not waiting:
        return [Finding(_SUBJECT, f"{count(open_ones, 'rotation')} under way, and none waits for a person")]
    named = ", ".join(waiting[:_NAMED])
    told = f"{count(len(waiting), 'rotation')} cannot go on before somebody acts ({named})"
    return [Finding(_SUBJECT, fault=SetupFault(_SUBJECT, told, _MEND, grave=False))]
