"""What an answer of Redis means for the caller: nothing was run, or it may have been."""

from typing import Final

import redis.asyncio as redis
from redis import exceptions

from envaccess.domain.errors import (
    StoreError,
    StoreUnavailableError,
    StoreUncertainError,
    StoreUnconfirmedError,
)
from envaccess.store.confirmed import NotConfirmedError
from envaccess.store.locator import NotFoundError

REFUSED: Final[dict[type[Exception], str]] = {
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.BusyLoadingError: "LOADING",
    exceptions.NoPermissionError: "NOPERM",
    exceptions.MasterDownError: "MASTERDOWN",
    exceptions.AuthenticationError: "NOAUTH or WRONGPASS",
    exceptions.MovedError: "MOVED",
    exceptions.AskError: "ASK",
    exceptions.TryAgainError: "TRYAGAIN",
    exceptions.ClusterDownError: "CLUSTERDOWN",
}
"""Answers that mean that nothing was run; redis-py keeps their words only as a type."""

_REFUSED_WORDS = ("MISCONF", "BUSY", "NOREPLICAS", *REFUSED.values())

_ELSEWHERE, _FIRST_LINE = "non local key", "@user_script:1."
"""What a script's first line meets while a cluster moves the slot key by key.

ASK is never followed: the other node has a part of the keys only.
"""


ELSEWHERE: Final = (exceptions.ReadOnlyError, exceptions.MovedError)
"""Answers of a server that is not the primary, or no longer: nothing was run.

ASK is none of them, and is never followed: the other node has a part of the keys only.
"""


class NotSentError(redis.ConnectionError):
    """No connection could be had, so that the command certainly did not reach Redis."""


def translate(error: Exception, *, sent_before: bool = False) -> StoreError:
    """A fault of redis-py as ours.

    Args:
        error: what redis-py raised.
        sent_before: whether an earlier try of the same call may have reached the server.
    """
    if isinstance(error, NotConfirmedError):
        return StoreUnconfirmedError(error.answer)
    if sent_before:  # whatever this try came to: the earlier one may have landed
        return StoreUncertainError("Redis did not answer in time")
    refused = _refused(error)
    if refused:
        return StoreUnavailableError(f"Redis refused: {refused}")
    if isinstance(error, redis.ResponseError):
        # Lua does not roll back: a script that broke may have written already.
        return StoreUncertainError(f"Redis could not run this: {type(error).__name__}")
    if isinstance(error, NotSentError):
        return StoreUnavailableError(f"Redis cannot be reached{_nobody_says(error)}")
    return StoreUncertainError("Redis did not answer in time")


def _nobody_says(error: NotSentError) -> str:
    """Why it is not known where the primary is; empty where it is known."""
    return f": {error.__cause__}" if isinstance(error.__cause__, NotFoundError) else ""


def _refused(error: BaseException | None) -> str:
    """The word that Redis refused with; empty when it did not. A greeting's refusal comes wrapped."""
    while error is not None:
        words = (word for kind, word in REFUSED.items() if isinstance(error, kind))
        said = str(error).split(" ", maxsplit=1)[0]
        found = next(words, said if said in _REFUSED_WORDS else "")
        moving = _FIRST_LINE in str(error).partition(_ELSEWHERE)[2]
        found = found or ("the slot is moving" if moving else "")
        if found:
            return found
        error = error.__cause__
    return ""
