"""Faults stop here: the one place where an exception becomes a value that a person can be told about.

An expected fault is one log line; an unexpected one is a log line with an error id that the person sees
too. Neither tells a person the exception's text, and neither logs what somebody typed.
"""

import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from envaccess import log
from envaccess.domain.errors import (
    DirectoryError,
    DirectoryRefusedError,
    GroupRefusedError,
    RecordRefusedError,
    SealRefusedError,
    StoreError,
    StoreUncertainError,
)
from envaccess.domain.refusal import Reason, Refusal

T = TypeVar("T")

_log = structlog.get_logger()


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
    except (StoreError, DirectoryError, RecordRefusedError) as fault:
        refusal = refusal_of(fault)
        reason = refusal.reason
        log.fault(reason, fault, doing=doing)
        return refusal
    except Exception as fault:  # noqa: BLE001 - whatever broke, the person gets an answer
        return UnexpectedFault(log_unexpected(doing, fault))


def refusal_of(fault: StoreError | DirectoryError | RecordRefusedError) -> Refusal:
    """What a person is told; what Slack refuses is not mended by trying again, and is said to be so."""
    match fault:
        case GroupRefusedError():
            told = Refusal(Reason.GROUP_REFUSED, state=fault.code, hint=fault.problem, target=fault.group)
        case DirectoryRefusedError():
            told = Refusal(Reason.DIRECTORY_REFUSED, hint=f"{fault.method}: {fault.code}")
        case DirectoryError():
            told = Refusal(Reason.NOT_CHECKED)
        case SealRefusedError():
            told = Refusal(Reason.SEAL_BROKEN, request=fault.request)
        case RecordRefusedError():
            told = Refusal(Reason.RECORD_REFUSED, request=fault.request)
        case StoreUncertainError():
            told = Refusal(Reason.STORE_UNCERTAIN)
        case _:
            told = Refusal(Reason.STORE_DOWN)
    return told


def log_unexpected(doing: str, fault: BaseException) -> str:
    """Log an unexpected exception with its place in the source but not its text; returns the error id."""
    error_id = secrets.token_hex(4)
    _log.error("unexpected_error", doing=doing, error_id=error_id, exc_info=fault)
    return error_id
