"""What the gauges show of all workspaces of a process together, and of what is installed."""

import asyncio
from collections.abc import Iterable, Sequence

from envaccess.domain.installation import Installation
from envaccess.domain.metrics import Reading
from envaccess.slack.alarms import Alarms
from envaccess.wiring import metric_catalogue as known
from envaccess.wiring.metrics import in_all
from envaccess.wiring.parts import WallClock
from envaccess.wiring.workspaces.host import Workspaces

_THOUSAND = 1_000


async def measure_all(workspaces: Workspaces, alarms: Alarms) -> Sequence[Reading]:
    """All of them; `alarms` are those of the process, which no workspace has."""
    each = await asyncio.gather(*(running.gauges.read() for running in workspaces.running.values()))
    return in_all([*each, of_installations(workspaces.installed, len(alarms.faults), WallClock().now())])


def of_installations(installed: Iterable[Installation], faults: int, now: int) -> Sequence[Reading]:
    """Faults of the process, and when the first token ends; nothing of that where none does.

    Args:
        installed: whose tokens.
        faults: how many stand.
        now: milliseconds.
    """
    ends = min((one.expires_at for one in installed if one.rotates), default=None)
    left = [] if ends is None else [Reading(known.TOKEN_LEFT, (ends - now) / _THOUSAND)]
    return [Reading(known.ALARMS, faults), *left]
