"""The seals of one request, and whether its record says what they say (law 13).

The fields of a record are an index for the scripts. Whoever writes to Redis can change them, so Python takes
what was asked, by whom, and who agreed, from the seals, and refuses a record whose index says something else.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
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
from envaccess.domain.seals.access import SealedRequest, is_automatic, progress_fault
from envaccess.domain.seals.statements import (
    ApprovalSeal,
    AutomaticSeal,
    FilingSeal,
    HistorySeal,
    PassedSeal,
    ReviewSeal,
    SealMaker,
    TalkSeal,
    mac_of,
)
from envaccess.domain.seals.walk import ALLOWANCE
from envaccess.store.opened_seals import opened
from envaccess.store.refusals import SEAL_KEY, SEALED_WORDS

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
    with _opening(stored.id):
        sealed = _open(seals, stored)
        fault = _fault(stored, sealed, now) or _teller_fault(stored, sealed)
        fault = fault or _review_fault(seals, stored, sealed)
    _refuse(stored.id, fault)
    return sealed


def check_talk(seals: SealMaker, stored: StoredRequest, sealed: SealedRequest) -> None:
    """Refuse a record in which somebody is made to ask or to answer what they did not.

    Raises:
        SealRefusedError: a seal is missing or broken, or the record differs from what is sealed.
        RecordRefusedError: a later version sealed it.
    """
    with _opening(stored.id):
        fault = _talk_fault(seals, stored, sealed)
    _refuse(stored.id, fault)


@contextlib.contextmanager
def _opening(request: str) -> Iterator[None]:
    """Seals that are all there and whole, or refuse a record."""
    try:
        yield
    except SealUnreadableError:
        raise RecordRefusedError(request, SEALED_WORDS) from None
    except SealKeyUnknownError:
        raise SealRefusedError(request, SEAL_KEY, "its key is not here") from None
    except (SealBrokenError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SealRefusedError(request, "seal", "a seal is missing or broken") from None


def _refuse(request: str, fault: str) -> None:
    if fault:
        raise SealRefusedError(request, "seal", fault)


def _open(seals: SealMaker, stored: StoredRequest) -> SealedRequest:
    text = stored.text
    approvals, passed = text.get("approvals", "[]"), text.get("passed", "[]")
    return _opened(seals, text.get("filing", ""), approvals, passed, text.get("automatic", ""))


@lru_cache(maxsize=_REMEMBERED)
def _opened(seals: SealMaker, filed: str, approvals: str, passed: str, automatic: str) -> SealedRequest:
    """What these texts say: the same under the same keys, however often a request is read."""
    kind = HistorySeal if filed.startswith(f"{HistorySeal.KIND}.") else FilingSeal
    given = dict.fromkeys(found["seal"] for found in json.loads(approvals))
    return SealedRequest(
        opened(kind, seals, filed),
        mac_of(filed),
        {mac_of(seal): opened(ApprovalSeal, seals, seal) for seal in given},
        tuple(opened(PassedSeal, seals, seal) for seal in json.loads(passed)),
        opened(AutomaticSeal, seals, automatic) if automatic else None,
    )


def _fault(stored: StoredRequest, sealed: SealedRequest, now: int) -> str:
    differing = "id" if stored.id != sealed.filing.id else _differing(stored, sealed)
    if differing:
        return f"its record says another {differing} than was sealed"
    return sealed.stranger or _state_fault(stored, sealed, now)


def _differing(stored: StoredRequest, sealed: SealedRequest) -> str:
    """What the index says otherwise than sealed; empty where nothing differs."""
    filing, fields = sealed.filing, stored.fields
    for name, (field, said) in _said(sealed).items():
        if (fields.get(field) or "0") != (said or "0"):
            return name
    if fields["once"] != str(int(filing.once)):
        return "use"
    if abs(stored.number("created_at") - filing.at) > ALLOWANCE:
        return "moment"
    wish, longer = _asked_for(filing)
    if fields.get("asked_variables", wish) != wish:
        return "wish"
    return "" if stored.number("asked_seconds") in {0, longer} else "longer time"


@lru_cache(maxsize=_REMEMBERED)
def _said(sealed: SealedRequest) -> Mapping[str, tuple[str, str]]:
    """The fields of the index by what they are, and how each must stand there; empty and 0 are the same."""
    filing = sealed.filing
    seconds, variables = sealed.agreed
    return {
        "requester": ("requester", filing.requester),
        "person behind": ("behind", filing.behind),
        "list of variables": ("variables", ",".join(map(str, variables))),
        "making of its variables": ("born", ",".join(filing.incarnations)),
        "time": ("seconds", str(seconds)),
        "emergency": ("emergency", str(int(filing.emergency))),
        "beginning": ("starts_at", str(filing.starts_at)),
        "extension": ("extends", filing.extends),
    }


def _asked_for(filing: FilingSeal) -> tuple[str, int]:
    """What was asked for, before somebody agreed to less of it, and for how many seconds."""
    variables, seconds = filing.variables, filing.seconds
    if isinstance(filing, HistorySeal):
        variables, seconds = filing.asked_variables or variables, filing.asked_seconds or seconds
    return ",".join(map(str, variables)), seconds


def _teller_fault(stored: StoredRequest, sealed: SealedRequest) -> str:
    """Whether somebody is said to have approved or narrowed it who did not; empty where not."""
    fields, people = stored.fields, [approval.by for approval in sealed.counting]
    if isinstance(sealed.filing, HistorySeal) or not people:
        return ""
    if fields.get("narrowed_by", people[-1]) not in people:
        return "it was narrowed by nobody"
    decided = fields.get("decided_by") if fields["state"] == State.APPROVED else ""
    return "its record says another approver than was sealed" if decided and decided != people[-1] else ""


def _review_fault(seals: SealMaker, stored: StoredRequest, sealed: SealedRequest) -> str:
    """Why a review cannot be closed by whom the record says; empty where it can, or is not closed."""
    filing, by = sealed.filing, stored.fields.get("reviewed_by", "")
    before = isinstance(filing, HistorySeal) and bool(filing.reviewed_by) and filing.reviewed_by == by
    if stored.fields.get("review") != Review.CLOSED or before:
        return ""
    review = opened(ReviewSeal, seals, stored.text.get("review", ""))
    own = review.by in {filing.requester, filing.behind}
    same = (review.filing, review.by) == (sealed.mac, by)
    return "" if same and not own else "its review was closed by nobody"


def _talk_fault(seals: SealMaker, stored: StoredRequest, sealed: SealedRequest) -> str:
    """Why what was asked and answered cannot have been said; empty where it can."""
    if isinstance(sealed.filing, HistorySeal):
        return ""
    answerers = {sealed.filing.requester, sealed.filing.behind} - {""}
    for found in json.loads(stored.text.get("questions", "[]")):
        said = [({found["by"]}, "", found["text"], found["seal"])]
        if "answer" in found:
            answer = found["answer"], found["answer_seal"]
            said.append((answerers, mac_of(found["seal"]), *answer))
        for by, question, text, seal in said:
            talk = opened(TalkSeal, seals, seal)
            told = (talk.request, talk.question, talk.text) == (stored.id, question, text)
            if talk.by not in by or not told:
                return "somebody is made to say what they did not"
    return ""


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
        return "" if is_automatic(sealed.filing) else "the policy does not let it through alone"
    return sealed.access if isinstance(sealed.access, str) else ""
