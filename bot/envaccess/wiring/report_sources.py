"""Where a report's events come from: the stream in Redis, or an archive; it is checked before it is told."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from envaccess.audit.reports.life import number_of
from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.segments import ForkSpan, PopulationSegment, segments_of
from envaccess.domain.audit import Event, Tag, stream_order
from envaccess.domain.audit_line import line_of, read_digests
from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.checkpoint import SignedNote, VerifierKey, read_checkpoint, read_note
from envaccess.domain.merkle import leaf_hash
from envaccess.domain.text import count
from envaccess.domain.tree_check import TreeReport
from envaccess.store.trail import RedisTrail, read_event
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import all_tiles_of
from envaccess.wiring.tree_archive import archived_lines, read_archive, read_line
from envaccess.wiring.tree_verification import Tiles, Verification

_PAGE: Final = 2_000
KnownHeads = Sequence[tuple[str, SignedNote]]
"""Heads that were kept elsewhere, each with what it is called."""
NOT_HERE: Final = "(not in an archive)"
"""In place of what somebody typed: an archive has digests only."""


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An event that is sealed.

    Attributes:
        place: its fork.
        index: its leaf's.
        at: milliseconds since the epoch, as its id says.
        line: what is hashed.
    """

    place: int
    index: int
    at: int
    event: Event
    line: bytes


class SpanFinder:
    """Finds the stretches of a report while everything is checked.

    Attributes:
        before_tree: events of this time from before there was a tree.
        not_sealed: events of this time that are not sealed, or lie between two forks.
        lost: by tree, how many events were lost before it began, where that was in this time.
    """

    def __init__(self, query: ReportQuery) -> None:
        self._query = query
        self._spans: dict[int, ForkSpan] = {}
        self.before_tree = self.not_sealed = 0
        self.lost: dict[str, int] = {}

    def take(self, place: int, index: int, fields: Mapping[str, str], origin: str) -> None:
        """The next event that is sealed; its id is among the fields."""
        at = moment_of(fields.get("id", ""))
        span = self._spans.setdefault(place, ForkSpan(self._query))
        span.take(index, at)
        tag = fields.get("event")
        if tag == Tag.AUDIT_CHECKPOINT:
            note = read_note(_detail(fields).get("signed_head", ""))
            head = read_checkpoint(note.body) if note else None
            if note and head and head.origin == origin:
                span.take_head(note, head)
        elif tag == Tag.AUDIT_GAP and place and self._query.holds(at):
            said = _detail(fields)
            lost, found = (number_of(said.get(name, "")) for name in ("lost_size", "found_size"))
            self.lost[origin] = max(0, lost - found)

    def take_unsealed(self, event: str, *, earlier: bool) -> None:
        """An event that is not sealed; `earlier`: of before there was a tree."""
        if self._query.holds(moment_of(event)):
            self.before_tree += earlier
            self.not_sealed += not earlier

    def segments(self, heads: Sequence[TreeHead]) -> list[PopulationSegment]:
        """The stretches, once everything was taken."""
        spans = []
        kept_id = heads[-1].checkpoint.kept_id if heads else ""
        for place, head in enumerate(heads):
            span = self._spans.setdefault(place, ForkSpan(self._query))
            if head.size and (note := head.signed):
                span.take_head(note, head.checkpoint)
            kept = heads[-1].checkpoint.kept if place == len(heads) - 1 else 0
            if place < len(heads) - 1 and kept_id and span.before == span.after and span.first is None:
                kept = head.size
            spans.append((head.origin, kept, span))
        return list(segments_of(spans))


class ReportSource(Protocol):
    """Events that are sealed, twice: first to be checked, then to be told."""

    @property
    def name(self) -> str:
        """`stream` or `archive`."""
        ...

    async def check(
        self, trusted: Sequence[VerifierKey], known: KnownHeads, now: int, finder: SpanFinder
    ) -> TreeReport:
        """Hash everything, compare it with heads that were kept elsewhere, and let the finder see it."""
        ...

    @property
    def heads(self) -> Sequence[TreeHead]:
        """Every fork that was checked, the first first."""
        ...

    @property
    def rotations(self) -> Sequence[SignedNote]:
        """What keys signed of the ones that followed them."""
        ...

    def tiles(self, place: int) -> Tiles:
        """The tiles of a fork that was checked."""
        ...

    def events(self) -> AsyncIterator[SealedEvent]:
        """What is sealed, in order."""
        ...


class StreamSource:
    """The stream in Redis. Fits `ReportSource`."""

    def __init__(self, tree: RedisTree, trail: RedisTrail) -> None:
        self._tree, self._trail = tree, trail
        self._check = Verification([], [])

    @property
    def name(self) -> str:
        """What a report calls it."""
        return "stream"

    @property
    def heads(self) -> Sequence[TreeHead]:
        """Every fork."""
        return self._check.heads

    @property
    def rotations(self) -> Sequence[SignedNote]:
        """What keys signed of the ones that followed them."""
        return self._check.rotations

    def tiles(self, place: int) -> Tiles:
        """The tiles of a fork."""
        return self._check.tiles(place)

    async def check(
        self, trusted: Sequence[VerifierKey], known: KnownHeads, now: int, finder: SpanFinder
    ) -> TreeReport:
        """Hash everything, compare it with heads that were kept elsewhere, and let the finder see it."""
        tree = self._tree
        heads, most = await tree.heads(), await tree.most()
        heads = [head if head.size <= most else replace(head, size=most) for head in heads]
        self._check = Verification(heads, [await all_tiles_of(tree, head) for head in heads])
        async for page in self._pages():
            for event, fields in page:
                self._check.take_stream(event, fields, leaf_hash(line_of(event, fields)))
                place = _place(heads, event)
                number = fields.get("n", "")
                if place is not None and number.isdecimal():
                    finder.take(place, number_of(number), {**fields, "id": event}, heads[place].origin)
                else:
                    finder.take_unsealed(event, earlier="n" not in fields)
        return self._check.report(trusted, known, now)

    async def events(self) -> AsyncIterator[SealedEvent]:
        """What is sealed, with what people typed."""
        heads = self.heads
        async for page in self._pages():
            kept = await self._trail.texts(page)
            for event, fields in page:
                place, number = _place(heads, event), fields.get("n", "")
                if place is not None and number.isdecimal():
                    found = read_event(event, fields, kept.get(event, ""))
                    yield SealedEvent(
                        place, number_of(number), moment_of(event), found, line_of(event, fields)
                    )

    async def _pages(self) -> AsyncIterator[Sequence[tuple[str, Mapping[str, str]]]]:
        cursor = "0-0"
        while page := await self._tree.entries(cursor, _PAGE):
            yield page
            cursor = page[-1][0]


class ArchiveSource:
    """An archive's folder. Fits `ReportSource`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._check = Verification([], [])

    @property
    def name(self) -> str:
        """What a report calls it."""
        return "archive"

    @property
    def heads(self) -> Sequence[TreeHead]:
        """Every fork."""
        return self._check.heads

    @property
    def rotations(self) -> Sequence[SignedNote]:
        """What keys signed of the ones that followed them."""
        return self._check.rotations

    def tiles(self, place: int) -> Tiles:
        """The tiles of a fork."""
        return self._check.tiles(place)

    async def check(
        self, trusted: Sequence[VerifierKey], known: KnownHeads, now: int, finder: SpanFinder
    ) -> TreeReport:
        """Hash everything, compare it with heads that were kept elsewhere, and let the finder see it."""
        self._check, problems, _ = read_archive(self._folder, finder.take)
        return self._check.report(trusted, known, now, problems)

    async def events(self) -> AsyncIterator[SealedEvent]:
        """What is sealed, without what people typed."""
        for place, head in enumerate(self.heads):
            for index, line in archived_lines(self._folder, head):
                fields = read_line(line)
                event = fields.pop("id", "")
                found = read_event(event, fields)
                absent = dict.fromkeys(read_digests(fields.get("typed", "")), NOT_HERE)
                found = replace(found, detail={**found.detail, **absent})
                yield SealedEvent(place, index, moment_of(event), found, line)


def moment_of(event: str) -> int:
    """The milliseconds in a stream's id; 0 for what is none."""
    text = event.partition("-")[0]
    return number_of(text)


def _place(heads: Sequence[TreeHead], event: str) -> int | None:
    """The fork that has sealed an event; None where none has."""
    order = stream_order(event)
    place = sum(bool(head.size) and stream_order(head.start) < order for head in heads) - 1
    return place if place >= 0 and order <= stream_order(heads[place].last) else None


def _detail(fields: Mapping[str, str]) -> Mapping[str, str]:
    try:
        found = json.loads(fields.get("detail", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def told_unsealed(finder: SpanFinder, *, over: bool) -> list[str]:
    """What a report lacks because it is not sealed, in sentences."""
    found = []
    for number, why in (
        (finder.before_tree, "they are from before there was a tree"),
        (finder.not_sealed, "they are not sealed yet, or lie between two trees"),
    ):
        if number:
            found.append(f"Not in it, because {why}: {count(number, 'event')} of this time.")
    if not over:
        found.append("This time is not over yet: more events will come.")
    for origin, lost in finder.lost.items():
        if lost:
            found.append(f"Lost before {origin} began, as its first event says: {count(lost, 'event')}.")
    return found
