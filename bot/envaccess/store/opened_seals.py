"""What seals say, kept by the process that made or opened them: under the same keys a text means the same."""

from functools import lru_cache
from typing import Final, TypeVar

from envaccess.domain.seals.statements import SealMaker, Statement

_REMEMBERED: Final = 2_048
"""Seals of which is kept what they say, some kilobytes each."""
_S = TypeVar("_S", bound=Statement)


def sealed(said: Statement, seals: SealMaker) -> str:
    """The seal that says this, which need not be opened again here."""
    seal = said.sealed(seals)
    _kept(said.KIND, seals, seal)[:] = [said]
    return seal


def opened(kind: type[_S], seals: SealMaker, seal: str) -> _S:
    """What a seal of this kind says.

    Raises:
        SealBrokenError: it is none of ours, or is of another kind.
        SealUnreadableError: it says what this version does not understand.
    """
    kept = _kept(kind.KIND, seals, seal)
    if not kept:
        kept.append(kind.opened(seals, seal))
    (said,) = kept
    assert isinstance(said, kind)
    return said


@lru_cache(maxsize=_REMEMBERED)
def _kept(kind: str, seals: SealMaker, seal: str) -> list[Statement]:
    """The place for what a seal says; empty until that is known."""
    del kind, seals, seal
    return []
