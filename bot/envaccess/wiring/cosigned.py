"""Whether the witness that is asked for has cosigned one of the heads that are here."""

from collections.abc import Iterable
from typing import Final

from envaccess.crypto.witness_keys import cosignature_times
from envaccess.domain.audit import rfc3339
from envaccess.domain.checkpoint import (
    COSIGNER,
    Checkpoint,
    SignedNote,
    VerifierKey,
    read_checkpoint,
    read_verifier_key,
)
from envaccess.domain.errors import SettingsError
from envaccess.domain.text import count
from envaccess.domain.tree_check import Outcome, TreeProblem

_FAR: Final = 253_402_300_799
"""The last second of the year 9999: what is later is not told as a date."""


def read_witness(text: str) -> VerifierKey | None:
    """The key of `--witness`; None where none is asked for. Raises `SettingsError` for what is none."""
    key = read_verifier_key(text, COSIGNER) if text else None
    if text and key is None:
        raise SettingsError("--witness is no witness's key: `envaccess audit witness --begin` prints one")
    return key


def find_cosigned(
    notes: Iterable[tuple[str, SignedNote]], witness: VerifierKey
) -> tuple[list[str], list[TreeProblem]]:
    """What to tell of the furthest head that the witness has cosigned, and what does not hold.

    Args:
        notes: heads of the tree in question, each with what it is called.
        witness: whose cosignature is needed.
    """
    problems, found = list[TreeProblem](), list[tuple[int, int, Checkpoint]]()
    for what, note in notes:
        head = read_checkpoint(note.body)
        for time in cosignature_times(note, witness) if head else ():
            if time is None:
                told = f"{what} has a signature in the name of the witness {witness.name} that is wrong"
                problems.append(TreeProblem(Outcome.ALTERED, told))
            elif head:
                found.append((head.size, time, head))
    if not found:
        told = f"no head here is cosigned by {witness.name}: give what it printed, with --heads"
        return [], [*problems, TreeProblem(Outcome.INCOMPLETE, told)]
    size, time, head = max(found, key=lambda one: one[:2])
    when = rfc3339(time * 1000) if time <= _FAR else f"second {time}"
    told = f"{witness.name} cosigned the first {count(size, 'event')} of {head.origin} at {when}"
    return [told], problems
