"""The only place where concrete parts meet.

Imported inside command functions only, so that `envaccess --help` stays light; what only serving needs is
imported when it serves.
"""

import asyncio

from bot.settings import Settings
from bot.wiring.diagnosis import diagnose
from bot.wiring.operator import Desk, host_desk, new_master_key, operator_desk
from bot.wiring.parts import wait_gone
from bot.wiring.stagehand import LiveGrant, Stagehand, open_stagehand

__all__ = [
    "Desk",
    "LiveGrant",
    "Stagehand",
    "diagnose",
    "host_desk",
    "new_master_key",
    "open_stagehand",
    "operator_desk",
    "serve",
    "wait_gone",
]


async def serve(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Serve until told to stop; by signals where no event is given. Raises `EnvaccessError`."""
    from bot.wiring.service import serve as run  # noqa: PLC0415

    await run(settings, stop)
