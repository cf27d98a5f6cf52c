"""Whoever is told to stop while they wait for a decision stops as by Ctrl-C."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

_STOPS: Final = (signal.SIGTERM, signal.SIGHUP)
SIGNALLED: Final = 128
"""What a shell adds to a signal's number for the exit code."""


@contextlib.contextmanager
def like_ctrl_c(came: list[int]) -> Iterator[None]:
    """SIGTERM, as a pipeline's platform sends it, and a terminal that hangs up do what Ctrl-C does.

    With `nohup` the latter stays ignored.

    Args:
        came: is given the number of the signal that came.
    """

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    wanted = [number for number in _STOPS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
