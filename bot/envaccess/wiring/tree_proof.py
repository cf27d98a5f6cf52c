"""Check the proof of one event, with nothing but its file and keys."""

from collections.abc import Iterator, Sequence
from typing import Final

from envaccess.crypto.log_keys import is_signed
from envaccess.domain.audit_tree import log_of
from envaccess.domain.checkpoint import SignedNote, VerifierKey
from envaccess.domain.text import clean
from envaccess.domain.tree_check import Outcome, TreeProblem, TreeReport
from envaccess.domain.tree_proof import EventProof, read_proof
from envaccess.wiring.cosigned import find_cosigned

_NO_PROOF: Final = (
    "this is no proof that `envaccess audit prove` printed, or it is cut off: nothing could be checked"
)
_UNPINNED: Final = (
    "no key was given, so nobody knows who signed the head: give the verifier key that you noted, as --key"
)


def check_proof(
    text: str, key: VerifierKey | None, heads: Sequence[SignedNote], witness: VerifierKey | None
) -> TreeReport:
    """Whether an event is as it was sealed.

    Args:
        text: the proof.
        key: the log's verifier key; None where none was noted, and then nothing is called valid.
        heads: heads that were kept elsewhere, which may be this one with a cosignature.
        witness: whose cosignature its head must have; None for nobody's.
    """
    proof = read_proof(text)
    if proof is None:
        return TreeReport((), (TreeProblem(Outcome.INCOMPLETE, _NO_PROOF),))
    problems, facts = list(_problems(proof, key)), list(_facts(proof, key))
    if witness and key:
        same = [note for note in heads if note.body == proof.note.body]
        notes = [("the head of the proof", proof.note), *(("a head of --heads", one) for one in same)]
        told, wrong = find_cosigned(notes, witness)
        facts, problems = [*facts, *told], [*problems, *wrong]
    return TreeReport(tuple(facts), tuple(problems))


def signed_by_log(note: SignedNote, origin: str, *keys: VerifierKey) -> bool:
    """Whether one of a log's keys signed a head of that origin, which is the log's or one of its forks'."""
    return is_signed(note, [VerifierKey(origin, key.public) for key in keys if log_of(origin) == key.name])


def _problems(proof: EventProof, key: VerifierKey | None) -> Iterator[TreeProblem]:
    if not proof.leads_to_head:
        told = "the event does not lead to the head: its line, its place or a hash is not what was sealed"
        yield TreeProblem(Outcome.ALTERED, told)
    if key is None:
        yield TreeProblem(Outcome.INCOMPLETE, _UNPINNED)
    elif not signed_by_log(proof.note, proof.head.origin, key):
        told = f"the head of {clean(proof.head.origin)} is not signed by the key that was given"
        yield TreeProblem(Outcome.ALTERED, told)


def _facts(proof: EventProof, key: VerifierKey | None) -> Iterator[str]:
    head = proof.head
    yield f"{clean(head.origin)}: event {proof.index} of {head.size}"
    yield clean(proof.line.decode("utf-8", "replace"))
    if key:
        yield f"checked with {key}"
