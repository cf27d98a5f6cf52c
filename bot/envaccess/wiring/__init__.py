"""The only place where concrete parts meet.

Imported inside command functions only, so that `envaccess --help` stays light; what only serving needs is
imported when it serves.
"""

import asyncio

from envaccess.settings import Settings
from envaccess.wiring.diagnosis import diagnose
from envaccess.wiring.operator import Desk, host_desk, new_master_key, operator_desk
from envaccess.wiring.parts import wait_gone

__all__ = [
    "Desk",
    "diagnose",
    "host_desk",
    "new_master_key",
    "operator_desk",
    "serve",
    "wait_gone",
]


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop; by signals where no event is given. Raises `EnvaccessError`."""
    from envaccess.wiring.service import serve as run  # noqa: PLC0415

    await run(settings, stop)
