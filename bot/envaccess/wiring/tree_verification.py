"""One verification of a tree, wherever its lines, tiles and heads come from."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from envaccess.crypto.log_keys import is_signed
from envaccess.domain.audit import Tag, stream_order
from envaccess.domain.audit_tree import TreeHead, log_of
from envaccess.domain.checkpoint import (
    Checkpoint,
    SignedNote,
    VerifierKey,
    read_checkpoint,
    read_note,
    read_verifier_key,
)
from envaccess.domain.merkle import EMPTY, Place
from envaccess.domain.text import count
from envaccess.domain.tree_check import ForkCheck, Outcome, TreeProblem, TreeReport
from envaccess.wiring.cosigned import find_cosigned

_NO_KEY: Final = (
    "no key is here to check signatures with: give the verifier key that you noted, as --key, "
    "or the master keys"
)

_DIGITS: Final = 19

Tiles = Mapping[Place, Sequence[bytes]]


@dataclass(slots=True)
class _Read:
    """What the lines said besides being leaves.

    Attributes:
        before: events of an earlier version.
        waiting: events that are not sealed yet.
        between: events between what a fork has sealed and the next one.
        notes: heads, each with what it is called.
        rotations: what the keys of two numbers signed.
        lost: by fork, how many events its lost head says, and how many were found.
    """

    before: int = 0
    waiting: int = 0
    between: int = 0
    notes: list[tuple[str, SignedNote]] = field(default_factory=list)
    rotations: list[SignedNote] = field(default_factory=list)
    lost: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Between:
    """Events between what a fork has sealed and the next one, as they are read."""

    count: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, leaf: bytes) -> None:
        self.count += 1
        self.digest.update(leaf)

    @property
    def said(self) -> tuple[str, str]:
        """As the first event of the next fork has it."""
        return str(self.count), self.digest.hexdigest()


class Verification:
    """Takes every line in order, and says what does not hold.

    Args:
        heads: every fork, the first first.
        tiles: of each.
    """

    def __init__(self, heads: Sequence[TreeHead], tiles: Sequence[Tiles]) -> None:
        self._heads = heads
        self._checks = [
            ForkCheck(head.origin, head.size, found, _first(head, heads[-1]))
            for head, found in zip(heads, tiles, strict=True)
        ]
        self._read = _Read()
        self._streamed = False
        self._between: dict[int, _Between] = {}
        self._said: dict[int, tuple[str, str]] = {}

    def take_stream(self, event: str, fields: Mapping[str, str], leaf: bytes) -> None:
        """The next event of the stream, of whatever fork."""
        order = stream_order(event)
        place = sum(bool(head.size) and stream_order(head.start) < order for head in self._heads) - 1
        read = self._read
        if place < 0:
            sealed_later = "n" in fields and not any(head.size for head in self._heads)
            read.waiting, read.before = read.waiting + sealed_later, read.before + (not sealed_later)
        elif order <= stream_order(self._heads[place].last):
            self.take(place, event, fields, leaf)
            return
        elif place == max(at for at, head in enumerate(self._heads) if head.size):
            read.waiting += 1
        else:
            read.between += 1
            self._between.setdefault(place, _Between()).add(leaf)
        self._streamed = True
        self._note(event, fields)

    def take(
        self, place: int, event: str, fields: Mapping[str, str], leaf: bytes, *, whole: bool = True
    ) -> None:
        """The next line that is kept of what a fork has sealed; not `whole`: it was too long to be kept."""
        self._checks[place].feed(event, fields.get("n", "") if whole else None, leaf)
        detail = self._note(event, fields)
        lost = _number(detail.get("lost_size", ""))
        if fields.get("event") == Tag.AUDIT_GAP and place and lost is not None:  # the first of a tree counts
            self._said.setdefault(place - 1, (detail.get("between", ""), detail.get("between_digest", "")))
            self._read.lost.setdefault(place - 1, (lost, _number(detail.get("found_size", "")) or 0))

    def _note(self, event: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Keep what was signed, also in an event that is not sealed itself; returns the event's details."""
        detail, tag = _read_detail(fields), fields.get("event")
        note = read_note(detail.get("signed_rotation", "") or detail.get("signed_head", ""))
        if note and tag == Tag.AUDIT_CHECKPOINT:
            self._read.notes.append((f"the head in event {event}", note))
        elif note and tag == Tag.AUDIT_KEY_ROTATED:
            self._read.rotations.append(note)
        return detail

    def absent(self, place: int) -> set[int]:
        """The indexes of a fork whose files are missing, to be added to."""
        return self._checks[place].absent

    def report(
        self,
        trusted: Sequence[VerifierKey],
        known: Sequence[tuple[str, SignedNote]],
        now: int,
        broken: Sequence[TreeProblem] = (),
        witness: VerifierKey | None = None,
        more: Sequence[str] = (),
    ) -> TreeReport:
        """What was found.

        Args:
            trusted: the keys that count.
            known: heads that were kept elsewhere, each with what it is called.
            now: milliseconds since the epoch.
            broken: what did not hold where all of this comes from.
            witness: whose cosignature one of the heads must have; None for nobody's.
            more: what else is to be said.
        """
        for fork, (lost, _) in self._read.lost.items():
            self._checks[fork].lost = lost
        keys = _with_rotated(trusted, self._read.rotations)
        problems = [*broken, *(problem for check in self._checks for problem in check.problems())]
        problems += self._fork_problems()
        problems += self._between_problems()
        if keys:
            problems += self._stored_head_problems(keys)
            problems += _head_problems(self._checks, [*self._read.notes, *known], keys)
        else:
            problems.append(TreeProblem(Outcome.INCOMPLETE, _NO_KEY))
        facts = [*_facts(self._heads, self._read, keys, now), *more]
        if witness and keys:
            told, wrong = find_cosigned(self._all_heads(known), witness)
            facts, problems = [*facts, *told], [*problems, *wrong]
        return TreeReport(tuple(facts), tuple(dict.fromkeys(problems)))

    @property
    def heads(self) -> Sequence[TreeHead]:
        """Every fork, the first first."""
        return self._heads

    @property
    def rotations(self) -> Sequence[SignedNote]:
        """What keys signed of the ones that followed them."""
        return self._read.rotations

    def tiles(self, place: int) -> Tiles:
        """The tiles of a fork."""
        return self._checks[place].tiles

    def _between_problems(self) -> Iterator[TreeProblem]:
        """What no tree has sealed is as the first event of the next tree says, until it goes by its age."""
        kept = self._heads[-1].checkpoint.kept_id if self._heads else ""
        for place, said in self._said.items():
            head, found = self._heads[place], self._between.get(place, _Between())
            dropped = bool(kept) and stream_order(head.last) < stream_order(kept)
            if self._streamed and said[0] and not dropped and said != found.said:
                told = f"what came after its last head is not what {self._heads[place + 1].origin} names"
                yield TreeProblem(Outcome.ALTERED, f"{head.origin}: {told}")

    @property
    def newest(self) -> TreeHead | None:
        """The head of the last fork; None where nothing is sealed."""
        return self._heads[-1] if self._heads and self._heads[-1].size else None

    def _all_heads(self, known: Sequence[tuple[str, SignedNote]]) -> Iterator[tuple[str, SignedNote]]:
        """Every head of one of these trees."""
        origins = {head.origin for head in self._heads if head.size}
        stored = [("the stored head", head.signed) for head in self._heads]
        for what, note in (*stored, *self._read.notes, *known):
            head = read_checkpoint(note.body) if note else None
            if note and head and head.origin in origins:
                yield what, note

    def _stored_head_problems(self, keys: Sequence[VerifierKey]) -> Iterator[TreeProblem]:
        """Tiles that hash to no signed head were altered; then other heads say nothing of forks."""
        for head, check in zip(self._heads, self._checks, strict=True):
            note = head.signed if head.size else None
            root = check.root_at(head.size) if note else None
            if note:
                yield from _head_problems([check], [("the stored head", note)], keys, roots=False)
            if root is not None and root != head.root:
                check.spoiled = True
                yield TreeProblem(Outcome.ALTERED, f"{head.origin}: the tiles do not hash to the signed head")

    def _fork_problems(self) -> Iterator[TreeProblem]:
        for place, head in enumerate(self._heads):
            note = head.signed
            said = read_checkpoint(note.body) if note else None
            if head.size and said is None:
                yield TreeProblem(Outcome.ALTERED, f"{head.origin}: the stored head is no signed note")
            elif head.size and said and (said.size, said.origin) != (head.size, head.origin):
                told = (
                    f"{said.size} events of {said.origin} are signed, and {head.size} are said to be sealed"
                )
                yield TreeProblem(Outcome.ALTERED, f"{head.origin}: {told}")
            if place and head.size and place - 1 not in self._read.lost:
                yield TreeProblem(Outcome.FORKED, f"{head.origin}: its first event names no lost head")


def _first(head: TreeHead, newest: TreeHead) -> int:
    """Below which index lines may be gone: as its own head and the newest say.

    The head of a fork that has sealed nothing excuses nothing: nobody looks at who signed it.
    """
    kept = newest.checkpoint if newest.size else Checkpoint("", 0, EMPTY)
    if head.fork != newest.fork and kept.kept and stream_order(head.last) < stream_order(kept.kept_id):
        return head.size
    return head.checkpoint.kept if head.size else 0


def _read_detail(fields: Mapping[str, str]) -> Mapping[str, str]:
    try:
        found = json.loads(fields.get("detail", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < _DIGITS else None


def _with_rotated(trusted: Sequence[VerifierKey], rotations: Sequence[SignedNote]) -> list[VerifierKey]:
    """The keys that count, and those that followed them: each was signed by the one before and by itself."""
    keys = list(trusted)
    for note in rotations:
        old, new = (read_verifier_key(line) for line in (*note.body.split("\n")[1:3], "", "")[:2])
        if (
            old
            and new
            and old in keys
            and new not in keys
            and all(is_signed(note, [key]) for key in (old, new))
        ):
            keys.append(new)
    return keys


def _head_problems(
    checks: Sequence[ForkCheck],
    notes: Sequence[tuple[str, SignedNote]],
    keys: Sequence[VerifierKey],
    *,
    roots: bool = True,
) -> Iterator[TreeProblem]:
    by_origin = {check.origin: check for check in checks}

    def signed_by(note: SignedNote, origin: str) -> bool:
        return is_signed(
            note, [VerifierKey(origin, key.public) for key in keys if log_of(origin) == key.name]
        )

    for what, note in notes:
        head = read_checkpoint(note.body)
        check = by_origin.get(head.origin) if head else None
        if check:
            yield from check.head_problems(note, signed_by, what, roots=roots)
        elif head and signed_by(note, head.origin):
            yield TreeProblem(
                Outcome.FORKED, f"{what} is of {head.origin}, of which nothing is here any more"
            )
        else:
            yield TreeProblem(Outcome.ALTERED, f"{what} is signed by no key that counts")


def _facts(heads: Sequence[TreeHead], read: _Read, keys: Sequence[VerifierKey], now: int) -> Iterator[str]:
    for head in heads:
        if head.size:
            last = stream_order(head.last)[0]
            told = f"{count(head.size, 'event')} sealed, 0 to {head.size - 1}, up to {head.last}"
            yield f"{head.origin}: {told}"
            yield f"  its last event is {max(0, now - last) // 1000} seconds old"
    if heads and heads[-1].size and (kept := heads[-1].checkpoint).kept:
        yield f"events below {kept.kept} may have been dropped by their age, as the signed head says"
    for (fork, (lost, found)), (before, after) in zip(
        sorted(read.lost.items()), pairwise(heads), strict=False
    ):
        told = f"{count(max(0, lost - found), 'event')} lost"
        yield f"declared fork {fork + 1}: {after.origin} follows {before.origin}, {told}"
    if read.before:
        yield f"{count(read.before, 'event')} of before the tree, not sealed"
    if read.between:
        yield f"{count(read.between, 'event')} between two forks, not sealed"
    yield f"{count(read.waiting, 'event')} not sealed yet"
    yield from (f"checked with {key}" for key in keys)
