"""Tells of what cannot be relied on: one event an hour, however many processes meet it; an alarm in each."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from envaccess.domain.audit import Tag
from envaccess.domain.errors import RecordRefusedError, SealRefusedError, StoreError, VariableRefusedError
from envaccess.store.keys import SECOND, TTLS
from envaccess.store.runner import Runner

Refused = RecordRefusedError | VariableRefusedError
Alarm = Callable[[Refused], None]

SEAL_KEY: Final = "seal_key"
"""Why something is refused whose seal is by a key that is not here: most often no attack."""
SEALED_WORDS: Final = "sealed_words"
"""Why something is refused that a later version sealed."""
_TOLD_AGAIN: Final = TTLS["outcome"] / SECOND
"""Seconds after which what is still refused is told again."""
_REMEMBERED: Final = 10_000
"""Refusals that are remembered as told; above that all are forgotten, so that some are told again."""


def silent(_: Refused) -> None:
    """No alarm: for whoever only looks."""


class Refusals:
    """What was told lately in one process.

    Args:
        runner: the workspace's scripts.
        alarm: tells whoever runs this process.
    """

    def __init__(self, runner: Runner, alarm: Alarm = silent) -> None:
        self._runner = runner
        self._alarm = alarm
        self._told: dict[tuple[str, str], float] = {}

    async def tell(self, refused: Refused) -> None:
        """Write down that this is refused, and raise the alarm, once an hour for each reason."""
        about, subject = _subject(refused)
        what, now = (subject, refused.why), asyncio.get_running_loop().time()
        if self._told.get(what, now) > now:
            return
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told[what] = now + _TOLD_AGAIN
        self._alarm(refused)
        tag, why = _event(refused)
        # The alarm has told it where the event cannot be written, and the others are still read.
        with contextlib.suppress(StoreError):
            await self._runner.run(
                "refuse_record", op=f"record:{subject}:{refused.why}", event=tag, why=why, **{about: subject}
            )


def _subject(refused: Refused) -> tuple[str, str]:
    """What it is about, as the script that writes it down calls that."""
    if isinstance(refused, VariableRefusedError):
        return "variable", refused.variable
    return "id", refused.request


def _event(refused: Refused) -> tuple[Tag, str]:
    """The event, and what it says."""
    if refused.why == SEALED_WORDS or not isinstance(refused, (SealRefusedError, VariableRefusedError)):
        return Tag.RECORD_REFUSED, refused.why
    return Tag.SEAL_KEY_UNKNOWN if refused.why == SEAL_KEY else Tag.SEAL_BROKEN, refused.fault
