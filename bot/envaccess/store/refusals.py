"""Tells of what cannot be relied on: one event an hour, however many processes meet it; an alarm in each."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from envaccess.domain.audit import Tag
from envaccess.domain.bounded_memory import BoundedMemory
from envaccess.domain.errors import (
    RecordRefusedError,
    SealBrokenError,
    SealKeyUnknownError,
    SealRefusedError,
    SealUnreadableError,
    StoreError,
    VariableRefusedError,
)
from envaccess.store.keys import SECOND, TTLS
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

Refused = RecordRefusedError | VariableRefusedError
Alarm = Callable[[Refused], None]
_T = TypeVar("_T")

SEAL_KEY: Final = "seal_key"
"""Why something is refused whose seal is by a key that is not here: most often no attack."""
SEALED_WORDS: Final = "sealed_words"
"""Why something is refused that a later version sealed."""
_TOLD_AGAIN: Final = TTLS["outcome"] / SECOND
"""Seconds after which what is still refused is told again."""
_REMEMBERED: Final = 10_000
"""Refusals that are remembered as told; above that the oldest is forgotten, and may be told again."""


_STRANGE: Final = (SealBrokenError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What reading a record raises whose seals do not hold, or that is none."""


@contextlib.contextmanager
def refusing(kind: type[SealRefusedError | VariableRefusedError], record: str) -> Iterator[None]:
    """Refuse the record of this id or name, by an error of this kind, where its seals cannot be read.

    Raises:
        SealRefusedError, VariableRefusedError: a seal is missing or broken, or a later version's.
    """
    try:
        yield
    except SealUnreadableError:
        raise kind(record, SEALED_WORDS, "a later version sealed it") from None
    except SealKeyUnknownError:
        raise kind(record, SEAL_KEY, "its key is not here") from None
    except _STRANGE:
        raise kind(record, "seal", "a seal is missing or broken") from None


async def with_keys_of_now(sealing: Sealing, read: Callable[[], _T]) -> _T:
    """What is read; once more, where a seal's key was not here and the store has got keys since.

    Raises:
        RecordRefusedError, VariableRefusedError: it cannot be relied on.
    """
    try:
        return read()
    except (RecordRefusedError, VariableRefusedError) as refused:
        if refused.why != SEAL_KEY or not await sealing.look_again():
            raise
    return read()


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
        self._told = BoundedMemory[bool](_TOLD_AGAIN, _REMEMBERED)

    async def tell(self, refused: Refused) -> None:
        """Write down that this is refused, and raise the alarm, once an hour for each reason."""
        about, subject = _subject(refused)
        op, now = f"record:{subject}:{refused.why}", asyncio.get_running_loop().time()
        if self._told.get(op, now):
            return
        self._told.put(op, fact=True, now=now)
        self._alarm(refused)
        tag, why = _event(refused)
        # The alarm has told it where the event cannot be written, and the others are still read.
        with contextlib.suppress(StoreError):
            await self._runner.run("refuse_record", op=op, event=tag, why=why, **{about: subject})


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
