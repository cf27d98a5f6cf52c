"""What each refusal says: the one catalogue, whatever surface tells it."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from envaccess.domain.outcome import Failure
from envaccess.domain.phrase import Known, Phrase, fill
from envaccess.domain.refusal.about_access_reviews import ACCESS_REVIEWS
from envaccess.domain.refusal.about_agents import AGENTS
from envaccess.domain.refusal.about_faults import FAULTS
from envaccess.domain.refusal.about_people import PEOPLE
from envaccess.domain.refusal.about_programs import PROGRAMS
from envaccess.domain.refusal.about_rotations import ABOUT_ROTATIONS
from envaccess.domain.refusal.about_rules import RULES
from envaccess.domain.refusal.about_sessions import SESSIONS
from envaccess.domain.refusal.about_state import STATES
from envaccess.domain.refusal.delivery import FAILURES, SPENT
from envaccess.domain.refusal.entry import Entry, Input, Place, Words
from envaccess.domain.refusal.fields import FIELDS, OTHERWISE, Hints
from envaccess.domain.refusal.reason import Reason, Refusal

CATALOGUE: Final[Mapping[Reason, Entry]] = {
    **PEOPLE,
    **RULES,
    **STATES,
    **SESSIONS,
    **AGENTS,
    **ACCESS_REVIEWS,
    **PROGRAMS,
    **ABOUT_ROTATIONS,
    **FAULTS,
}
_NO_HINTS: Final = Hints()


def tell(refusal: Refusal, hints: Hints = _NO_HINTS) -> Phrase:
    """What the person refused is told: what did not happen, why, and what to do next."""
    return _told(_words(refusal), refusal, hints)


def tell_apart(refusal: Refusal, hints: Hints = _NO_HINTS) -> tuple[Phrase, Phrase]:
    """The same in its two parts: what did not happen and why, and what to do next, which may be empty."""
    return _parts(_words(refusal), refusal, hints)


def tell_failure(failure: Failure, longest: int, *, spent: bool = False) -> Phrase:
    """What somebody is told whose value was not shown.

    Args:
        failure: why.
        longest: the characters of a value that the surface shows.
        spent: the only use of the access is gone with it.
    """
    words = SPENT.get(failure, FAILURES[failure]) if spent else FAILURES[failure]
    return _told(words, Refusal(Reason.DM_REFUSED, limit=longest), _NO_HINTS)


def tell_elsewhere(refusal: Refusal, place: Place) -> Phrase:
    """What is said about it in another place; empty where nothing is said there."""
    return fill(_words(refusal).elsewhere.get(place, ""), _known(refusal, _NO_HINTS), OTHERWISE)


def input_at_fault(refusal: Refusal) -> Input | None:
    """Which input it is about; None where it is no single one."""
    return _words(refusal).about


def _words(refusal: Refusal) -> Words:
    entry = CATALOGUE[refusal.reason]
    return entry if isinstance(entry, Words) else entry(refusal)


def _told(words: Words, refusal: Refusal, hints: Hints) -> Phrase:
    says, do = _parts(words, refusal, hints)
    return (*says, " ", *do) if do else says


def _parts(words: Words, refusal: Refusal, hints: Hints) -> tuple[Phrase, Phrase]:
    known = _known(refusal, hints)
    return fill(words.says, known, OTHERWISE), fill(words.do, known, OTHERWISE)


def _known(refusal: Refusal, hints: Hints) -> Known:
    """Each field is made once, because names are screened for secrets."""
    return cache(lambda field: FIELDS[field](refusal, hints))
