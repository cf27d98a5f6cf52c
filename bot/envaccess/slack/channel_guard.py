"""Whether the bot's channels are safe now: judged at each question about members, and each minute.

A channel may turn public, be shared or fill up while we serve, and of most of that Slack tells an app
nothing. What `checks` refuses at the start then lets nobody decide, and is an alarm until a look finds it
mended.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from envaccess import log
from envaccess.domain.errors import DirectoryError
from envaccess.domain.health import SetupFault
from envaccess.slack import installation
from envaccess.slack.alarms import Alarms
from envaccess.slack.channel_info import ChannelInfo

LOOK_SECONDS: Final = 60.0
ALARMED_SECONDS: Final = 20.0
"""Between two looks while something is wrong: what is mended should soon be ready again."""
_PAUSE_SECONDS = 1.0
UNSAFE: Final = "channel_unsafe"
_SHARED = SetupFault(
    "channel_shared",
    "Slack says that it is shared with people outside the workspace now",
    "Stop sharing it, or name another channel",
)

Ask = Callable[[str], Awaitable[ChannelInfo | None]]


class ChannelGuard:
    """Judges the approvers channel and the audit channel by the rules of the start."""

    def __init__(self, alarms: Alarms, approvers: str, audit: str, *, public_allowed: bool) -> None:
        """Nothing is looked at yet.

        Args:
            alarms: gets both channels' faults, and their end.
            approvers: the id of the channel whose members decide.
            audit: the id of the channel that gets the audit lines.
            public_allowed: what ENVACCESS_UNSAFE_PUBLIC_APPROVERS says.
        """
        self._alarms, self._approvers, self._audit = alarms, approvers, audit
        self._public_allowed = public_allowed
        self._changed = asyncio.Event()
        self._told = 0

    def admits(self, channel: str, info: ChannelInfo | None) -> bool:
        """Whether the members of a channel may decide, as Slack describes it now; None when we cannot see it.

        Requests that were made under another configuration name channels that are not ours any more: they
        are judged in the same way, but are no alarm.
        """
        fault = self._judge_approvers(info)
        if fault and channel == self._approvers:
            self._sound(channel, fault)
        return fault is None

    def changed(self, channel: str) -> None:
        """An event says that something changed in a channel: look soon if it is ours."""
        if self._is_ours(channel):
            self._changed.set()

    def shared(self, channel: str) -> None:
        """An event says that a channel is shared: an alarm if it is ours, until a look finds otherwise."""
        if self._is_ours(channel):
            self._told += 1
            self._sound(channel, _SHARED)

    async def watch(self, ask: Ask) -> float:
        """Wait until the next look is due, and look; returns the seconds until the next turn."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALARMED_SECONDS if self._alarms.faults else LOOK_SECONDS):
                await self._changed.wait()
        self._changed.clear()
        await self.look(ask)
        return _PAUSE_SECONDS

    async def look(self, ask: Ask) -> None:
        """Ask about both channels, raise alarms for what is wrong and clear those that are over."""
        told = self._told
        try:
            approvers, audit = await asyncio.gather(ask(self._approvers), ask(self._audit))
        except DirectoryError as error:
            log.fault("channels_not_looked_at", error)
            return
        self._tell(self._approvers, self._judge_approvers(approvers), told)
        self._tell(self._audit, _grave(installation.check_audit(audit)), told)

    def _is_ours(self, channel: str) -> bool:
        return channel in {self._approvers, self._audit}

    def _judge_approvers(self, info: ChannelInfo | None) -> SetupFault | None:
        return _grave(installation.check_approvers(info, public_allowed=self._public_allowed))

    def _tell(self, channel: str, fault: SetupFault | None, told: int) -> None:
        if fault:
            self._sound(channel, fault)
        elif told == self._told:  # no event while Slack was asked: the answer is current
            self._alarms.clear(UNSAFE, channel)

    def _sound(self, channel: str, fault: SetupFault) -> None:
        self._alarms.sound(UNSAFE, channel, problem=fault.problem, mend=fault.mend)


def _grave(faults: Iterable[SetupFault]) -> SetupFault | None:
    """The first fault with which serving would not start."""
    return next((fault for fault in faults if fault.grave), None)
