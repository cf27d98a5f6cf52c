"""Faults stop here: the one place where an exception becomes a value that a person can be told about.

An expected fault is one log line; an unexpected one is a log line with an error id that the person sees
too. Neither tells a person the exception's text, and neither logs what somebody typed.
"""

import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot import log
from bot.domain.errors import DirectoryError, StoreError, StoreUncertainError
from bot.domain.refusal import Reason, Refusal

T = TypeVar("T")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something broke that nobody foresaw.

    Attributes:
        id: eight hexadecimal digits that stand in the log as well.
    """

    id: str


async def answered(doing: str, work: Awaitable[T]) -> T | Refusal | Fault:
    """What the work came to; a fault of Redis or Slack is a refusal, anything else a `Fault`.

    Args:
        doing: a constant word for the log, such as `approve`.
        work: a service call.
    """
    try:
        return await work
    except (StoreError, DirectoryError) as fault:
        reason = _reason(fault)
        log.fault(reason, fault, doing=doing)
        return Refusal(reason)
    except Exception as fault:  # noqa: BLE001 - whatever broke, the person gets an answer
        return Fault(log_unexpected(doing, fault))


def _reason(fault: StoreError | DirectoryError) -> Reason:
    if isinstance(fault, DirectoryError):
        return Reason.NOT_CHECKED
    return Reason.STORE_UNCERTAIN if isinstance(fault, StoreUncertainError) else Reason.STORE_DOWN


def log_unexpected(doing: str, fault: BaseException) -> str:
    """Log what nobody foresaw, with its place in the source but not its text; returns the error id."""
    error_id = secrets.token_hex(4)
    _log.error("unexpected_error", doing=doing, error_id=error_id, exc_info=fault)
    return error_id
