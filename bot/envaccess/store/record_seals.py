"""The seals of one request, and whether its record says what they say (law 13).

The fields of a record are an index for the scripts. Whoever writes to Redis can change them, so Python takes
what was asked, by whom, and who agreed, from the seals, and refuses a record whose index says something else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from envaccess.domain.approval_progress import Review
from envaccess.domain.errors import (
    RecordRefusedError,
    SealBrokenError,
    SealKeyUnknownError,
    SealRefusedError,
    SealUnreadableError,
)
from envaccess.domain.request import GrantState, State
from envaccess.domain.seals.access import SealedRequest, access_of, progress_fault
from envaccess.domain.seals.statements import (
    ApprovalSeal,
    AutomaticSeal,
    FilingSeal,
    HistorySeal,
    PassedSeal,
    ReviewSeal,
    SealMaker,
    mac_of,
)
from envaccess.domain.seals.walk import ALLOWANCE, agree

_REMEMBERED: Final = 1_024
"""Filings that a process keeps opened, some kilobytes each."""
_OPEN: Final = frozenset({State.PENDING, GrantState.ACTIVE, GrantState.WAITING})


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """What is stored of a request: its index, and its texts with the seals."""

    id: str
    fields: Mapping[str, str]
    text: Mapping[str, str]

    def is_marked(self, name: str) -> bool:
        """Whether a flag of the index is set."""
        return self.fields.get(name) == "1"

    def number(self, name: str) -> int:
        """A number of the index; 0 where there is none."""
        return int(self.fields.get(name) or 0)


def checked_seals(seals: SealMaker, stored: StoredRequest, now: int) -> SealedRequest:
    """The seals of a request whose record says nothing else.

    Args:
        seals: opens them.
        stored: what is stored.
        now: milliseconds, our clock.

    Raises:
        SealRefusedError: a seal is missing or broken, or the record differs from what is sealed.
        RecordRefusedError: a later version sealed it.
    """
    try:
        sealed = _open(seals, stored)
        fault = _fault(stored, sealed, now) or _review_fault(seals, stored, sealed)
    except SealUnreadableError:
        raise RecordRefusedError(stored.id, "sealed_words") from None
    except SealKeyUnknownError:
        raise SealRefusedError(stored.id, "seal_key", "its key is not here") from None
    except (SealBrokenError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SealRefusedError(stored.id, "seal", "a seal is missing or broken") from None
    if fault:
        raise SealRefusedError(stored.id, "seal", fault)
    return sealed


@lru_cache(maxsize=_REMEMBERED)
def _filing(seals: SealMaker, filed: str) -> FilingSeal:
    """What was filed: a request is read many times, and the same text under the same keys says the same."""
    kind = HistorySeal if filed.startswith(f"{HistorySeal.KIND}.") else FilingSeal
    return kind.opened(seals, filed)


def _open(seals: SealMaker, stored: StoredRequest) -> SealedRequest:
    text = stored.text
    filed = text.get("filing", "")
    approvals = [found["seal"] for found in json.loads(text.get("approvals", "[]"))]
    automatic = text.get("automatic", "")
    return SealedRequest(
        _filing(seals, filed),
        mac_of(filed),
        {mac_of(seal): ApprovalSeal.opened(seals, seal) for seal in dict.fromkeys(approvals)},
        tuple(PassedSeal.opened(seals, seal) for seal in json.loads(text.get("passed", "[]"))),
        AutomaticSeal.opened(seals, automatic) if automatic else None,
    )


def _fault(stored: StoredRequest, sealed: SealedRequest, now: int) -> str:
    differing = _differing(stored, sealed)
    if differing:
        return f"its record says another {differing} than was sealed"
    if any(passed.filing != sealed.mac for passed in sealed.passed):
        return "a step of something else was passed over"
    return _state_fault(stored, sealed, now)


def _differing(stored: StoredRequest, sealed: SealedRequest) -> str:
    """The first field of the index that is not as sealed; empty where none differs."""
    filing, fields = sealed.filing, stored.fields
    seconds, variables = agree(filing, sealed.counting)
    written = {
        "id": stored.id == filing.id,
        "requester": fields["requester"] == filing.requester,
        "person behind": fields.get("behind", "") == filing.behind,
        "list of variables": fields["variables"] == ",".join(map(str, variables)),
        "making of its variables": fields.get("born", "") == ",".join(filing.incarnations),
        "time": stored.number("seconds") == seconds,
        "use": fields["once"] == str(int(filing.once)),
        "emergency": stored.is_marked("emergency") == filing.emergency,
        "beginning": stored.number("starts_at") == filing.starts_at,
        "extension": fields.get("extends", "") == filing.extends,
        "moment": abs(stored.number("created_at") - filing.at) <= ALLOWANCE,
        "wish": fields.get("asked_variables", ",".join(map(str, filing.variables)))
        == ",".join(map(str, filing.variables)),
        "longer time": stored.number("asked_seconds") in {0, filing.seconds},
    }
    return next((name for name, same in written.items() if not same), "")


def _review_fault(seals: SealMaker, stored: StoredRequest, sealed: SealedRequest) -> str:
    """Why a review cannot be closed by whom the record says; empty where it can, or is not closed."""
    if stored.fields.get("review") != Review.CLOSED or isinstance(sealed.filing, HistorySeal):
        return ""
    review = ReviewSeal.opened(seals, stored.text.get("review", ""))
    own = review.by in {sealed.filing.requester, sealed.filing.behind}
    same = (review.filing, review.by) == (sealed.mac, stored.fields.get("reviewed_by"))
    return "" if same and not own else "its review was closed by nobody"


def _state_fault(stored: StoredRequest, sealed: SealedRequest, now: int) -> str:
    state, grant = stored.fields["state"], stored.fields.get("grant")
    if isinstance(sealed.filing, HistorySeal):
        return "it is from before there were seals" if {state, grant} & _OPEN else ""
    if state == State.PENDING:
        step, escalated = stored.number("step"), stored.is_marked("escalated")
        return progress_fault(sealed, now, step, escalated=escalated)
    if state != State.APPROVED and not grant:
        return ""
    if stored.is_marked("automatic") and not sealed.automatic:  # sealed right after the script has said so
        return "" if sealed.filing.ruling.automatic else "the policy does not let it through alone"
    found = access_of(sealed)
    return found if isinstance(found, str) else ""
