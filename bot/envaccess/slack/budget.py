"""The time that one handler has for asking Slack before its ack: 1.5 s in all, however many questions.

`socket` and `http_endpoint` open a budget around each payload; the directory keeps to it. What goes on after
the ack inherits the variable but not the limit.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from envaccess.slack.client import QUICK_SECONDS


@dataclass(slots=True)
class _Budget:
    until: float
    over: bool = False


_current: ContextVar[_Budget | None] = ContextVar("_current", default=None)


@contextmanager
def before_ack(seconds: float | None = None) -> Iterator[None]:
    """Limit all calls to Slack inside, together, to so many seconds from now, else to `QUICK_SECONDS`."""
    most = QUICK_SECONDS if seconds is None else seconds
    budget = _Budget(asyncio.get_running_loop().time() + most)
    token = _current.set(budget)
    try:
        yield
    finally:
        budget.over = True
        _current.reset(token)


def deadline(seconds: float) -> float:
    """Return until when a call made now may take, as the running loop's time.

    That is in so many seconds, or at the budget's end where that comes first.
    """
    own = asyncio.get_running_loop().time() + seconds
    budget = _current.get()
    return own if budget is None or budget.over else min(own, budget.until)
