"""The only place where concrete parts meet.

Imported inside command functions only, so that `envaccess --help` stays light; what only serving needs is
imported when it serves.
"""

import asyncio

from envaccess.settings import Settings
from envaccess.wiring.diagnosis import diagnose
from envaccess.wiring.operator import OperatorContext, host_context, new_master_key, operator_context
from envaccess.wiring.parts import wait_gone

__all__ = [
    "OperatorContext",
    "diagnose",
    "host_context",
    "new_master_key",
    "operator_context",
    "serve",
    "wait_gone",
]


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop; by signals where no event is given. Raises `EnvaccessError`."""
    from envaccess.wiring.service import serve as run  # noqa: PLC0415

    await run(settings, stop)
