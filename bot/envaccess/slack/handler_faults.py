"""Faults stop here: the one place where an exception becomes a value that a person can be told about.

An expected fault is one log line; an unexpected one is a log line with an error id that the person sees
too. Neither tells a person the exception's text, and neither logs what somebody typed.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from envaccess import log
from envaccess.application.faults import EXPECTED, refusal_of
from envaccess.domain.refusal import Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnexpectedFault:
    """An unexpected exception, as a value.

    Attributes:
        id: eight hexadecimal digits that stand in the log as well.
    """

    id: str


async def answered(doing: str, work: Awaitable[T]) -> T | Refusal | UnexpectedFault:
    """What the work came to; an expected fault is a refusal, anything else an `UnexpectedFault`.

    Args:
        doing: a constant word for the log, such as `approve`.
        work: a service call.
    """
    try:
        return await work
    except EXPECTED as fault:
        refusal = refusal_of(fault)
        reason = refusal.reason
        log.fault(reason, fault, doing=doing)
        return refusal
    except Exception as fault:  # noqa: BLE001 - whatever broke, the person gets an answer
        return UnexpectedFault(log.unexpected(doing, fault))
