"""The only place where concrete parts meet.

Imported inside command functions only, so that `envaccess --help` stays light; what only serving needs is
imported when it serves.
"""

from bot.settings import Settings
from bot.wiring.operator import Desk, new_master_key, operator_desk

__all__ = ["Desk", "new_master_key", "operator_desk", "serve"]


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM. Raises `EnvaccessError` for definite faults."""
    from bot.wiring.service import serve as run  # noqa: PLC0415

    await run(settings)
