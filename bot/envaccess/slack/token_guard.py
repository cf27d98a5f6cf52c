"""Whether the bot token is still good while serving: looked at each minute, an alarm as long as it is not.

An admin may take a scope away, or the app may be installed again with fewer: each call then fails in its own
corner, and nothing says why.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from envaccess import log
from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.slack.alarms import Alarms
from envaccess.slack.client import Identity
from envaccess.slack.installation import check_scopes
from envaccess.slack.scopes import Granted

LOOK_SECONDS: Final = 60.0
ALARMED_SECONDS: Final = 20.0
REFUSED: Final = "token_refused"
SCOPES: Final = "scope_missing"


class TokenGuard:
    """Judges the bot token by the rules of the start."""

    def __init__(
        self,
        alarms: Alarms,
        whoami: Callable[[], Awaitable[Identity]],
        granted: Callable[[Identity], Awaitable[Granted]],
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is looked at yet.

        Args:
            alarms: gets the token's faults, and their end.
            whoami: `auth.test`.
            granted: the token's scopes, told or tried.
            pause: waits so many seconds between two looks.
        """
        self._alarms, self._whoami, self._granted, self._pause = alarms, whoami, granted, pause

    async def watch(self) -> float:
        """Wait until the next look is due, and look; returns the seconds until the next turn."""
        await self._pause(ALARMED_SECONDS if self._alarms.faults else LOOK_SECONDS)
        await self.look()
        return 0.0

    async def look(self) -> None:
        """Ask Slack, raise alarms for what is wrong and clear those that are over."""
        try:
            identity = await self._whoami()
            granted = await self._granted(identity)
        except SettingsError as error:
            self._alarms.sound(REFUSED, problem=str(error))
            return
        except DirectoryError as error:  # passing, and `/readyz` says it
            log.fault("token_not_looked_at", error)
            return
        self._alarms.clear(REFUSED)
        for fault in check_scopes(granted.scopes):
            self._alarms.sound(SCOPES, problem=fault.problem, mend=fault.mend)
            return
        self._alarms.clear(SCOPES)
