"""What is said of a request that left Redis, where a script knew of none: it is over, and who ended it."""

from dataclasses import replace
from typing import TypeVar

from envaccess.domain.refusal import Reason, Refusal
from envaccess.store.request_reader import RequestReader

_T = TypeVar("_T")


async def unless_archived(reader: RequestReader, answer: _T | Refusal, over: Reason) -> _T | Refusal:
    """An answer as it is, or why a request of the archive is refused.

    Args:
        reader: finds what left Redis.
        answer: of a script.
        over: what is said of a request that is over.
    """
    if not isinstance(answer, Refusal) or answer.reason is not Reason.UNKNOWN_ID or not answer.request:
        return answer
    found = await reader.get(answer.request)
    if found is None:
        return answer
    if found.grant:
        return replace(answer, reason=over, state=found.grant, by=found.ended_by, at=found.ended_at)
    return replace(answer, reason=over, state=found.state, by=found.decided_by, at=found.decided_at)
