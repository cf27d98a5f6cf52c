"""The folder of a report: written beside where it belongs, and moved there once it is whole."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from envaccess.audit.reports.collector import ReportCollector, tables_of
from envaccess.audit.reports.files import CsvFile, write_csv, write_workbook
from envaccess.audit.reports.page import write_page
from envaccess.audit.reports.population import (
    POPULATION,
    SAMPLE,
    GrantSample,
    GrowingTree,
    frontier,
    population_row,
)
from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.segments import PopulationSegment
from envaccess.audit.reports.summary import ReportFindings, facts_of, manifest_of, page_of
from envaccess.audit.reports.table import RowSpool
from envaccess.domain.audit import rfc3339
from envaccess.domain.audit_line import ALTERED, REMOVED
from envaccess.domain.errors import ReportError
from envaccess.domain.merkle import leaf_hash, tile_node
from envaccess.domain.policy.book import Policy
from envaccess.wiring.report_sources import NOT_HERE, ReportSource, SealedEvent

_DIGEST: Final = 12
"""Letters of a policy's digest in an event."""
_BLOCK: Final = 1 << 20
_TEXTS: Final = {
    REMOVED: "were taken away, or are not kept any longer",
    ALTERED: "are not what was said then",
    NOT_HERE: "are in no archive (write the report from the stream to have them)",
}


@dataclass(frozen=True, slots=True)
class ReportInput:
    """What a report is written from, once everything was checked.

    Attributes:
        missing: what is not proven, in sentences.
        keys: the keys that heads were checked with.
        policy: the policy's file, which may be another than the one that held; None where there is none.
    """

    query: ReportQuery
    source: ReportSource
    segments: Sequence[PopulationSegment]
    missing: Sequence[str]
    keys: Sequence[str]
    policy: Policy | None
    version: str


class ReportFolder:
    """The folder that a report becomes."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    def refuse_used(self) -> None:
        """Leave alone what is there. Raises `ReportError`."""
        path = self._path
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise ReportError(f"--out: {path} is no folder. Name one that is not there yet.")
        if path.exists() and any(path.iterdir()):
            raise ReportError(f"--out: {path} holds files already. Name a folder that is not there yet.")
        if not path.parent.is_dir():
            raise ReportError(f"--out: {path.parent} is no folder. Make it first.")

    async def write(self, found: ReportInput, now: int) -> tuple[str, Sequence[str]]:
        """Write a report; returns the SHA-256 of its manifest, and what is missing. Raises `ReportError`."""
        try:
            beside = Path(tempfile.mkdtemp(prefix=f".{self._path.name}.", dir=self._path.parent))
        except OSError as error:
            raise ReportError(f"--out: {self._path} cannot be written: {error.strerror}.") from None
        try:
            writing = _ReportWriting(beside, found)
            digest = await writing.write(now)
            self._move(beside)
        except OSError as error:
            raise ReportError(f"--out: {self._path} cannot be written: {error.strerror}.") from None
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return digest, writing.missing

    def _move(self, beside: Path) -> None:
        """The folder is there, with everything in it."""
        if self._path.exists():
            self._path.rmdir()
        beside.rename(self._path)


class _ReportWriting:
    """One report while it is written."""

    def __init__(self, folder: Path, found: ReportInput) -> None:
        self._folder, self._input = folder, found
        self._query = found.query
        self.missing = list(found.missing)
        self._spool_path = folder / ".rows"
        self._spool = RowSpool(self._spool_path)
        self._collector = ReportCollector(found.query, self._spool)
        self._by_place = {one.place: one for one in found.segments}
        self._frontiers = [
            frontier(one.begin, tile_node(found.source.tiles(one.place))) for one in found.segments
        ]
        self._trees = {
            one.place: GrowingTree(one.begin, front)
            for one, front in zip(found.segments, self._frontiers, strict=True)
        }
        root = found.segments[-1].closing[1].root if found.segments else b""
        self._sample = GrantSample(found.query.sample, root)
        self._first_at: int | None = None

    async def write(self, now: int) -> str:
        await self._read()
        notes = self._finish()
        found = ReportFindings(
            self._query, self._input.segments, self._frontiers, self.missing, notes,
            (self._spool.count(SAMPLE.name), self._sample.seen), self._input.keys,
            self._input.source.rotations, self._input.source.name, self._input.version,
        )  # fmt: skip
        tables = tables_of(self._query)
        page = page_of(found, self._collector)
        for table in tables:
            write_csv(self._folder / f"{table.name}.csv", table, self._spool.rows(table.name), self._query)
        write_page(self._folder / "report.html", page, tables, self._spool, self._query)
        write_workbook(self._folder / "report.xlsx", facts_of(page), tables, self._spool, self._query)
        self._spool.close()
        self._spool_path.unlink()
        return self._seal({**manifest_of(found, self._collector), "made": rfc3339(now)})

    async def _read(self) -> None:
        """Read every event once more, and write the population as it comes."""
        file = CsvFile(self._folder / "population.csv", POPULATION, self._query)
        with (self._folder / "population.jsonl").open("wb") as lines:
            async for one in self._input.source.events():
                if self._first_at is None:
                    self._first_at = one.at
                segment = self._by_place.get(one.place)
                within = self._query.holds(one.at)
                if segment and segment.holds(one.index):
                    leaf = leaf_hash(one.line)
                    self._trees[one.place].add(leaf)
                    file.write(population_row(one.event, segment.origin, one.index, leaf, within=within))
                    lines.write(one.line + b"\n")
                    if within:
                        self._sample.take(one.event, segment.origin, leaf)
                if one.at < self._query.end:
                    self._collector.feed(one.event, one.at)
                    self._count_texts(one, within=within)
        file.close()
        for segment in self._input.segments:
            tree = self._trees[segment.place]
            if (tree.size, tree.root) != (segment.end, segment.closing[1].root):
                raise ReportError(
                    "The events changed while they were read: no report was written. Run `envaccess "
                    "audit verify`."
                )

    def _count_texts(self, one: SealedEvent, *, within: bool) -> None:
        texts = self._collector.counts.texts
        for text in one.event.detail.values() if within else ():
            if text in _TEXTS:
                texts[text] = texts.get(text, 0) + 1

    def _finish(self) -> list[str]:
        """Write what only the end tells; what is to be known besides."""
        notes = list(self._say_first())
        for text, number in sorted(self._collector.counts.texts.items()):
            told = self.missing if text == ALTERED else notes
            told.append(f"Texts that people typed and that {_TEXTS[text]}: {number}.")
        policy, held = self._input.policy, self._collector.administrators.policy
        if policy and policy.digest[:_DIGEST] != held:
            notes.append(
                f"The policy file that was given ({policy.digest[:_DIGEST]}) is not the one that held at "
                "the end of this time "
                f"({held or 'none is known'}): whom it names is not in this report."
            )
            policy = None
        elif not policy:
            notes.append(
                "No policy file was given: whom it names in security and owners is not in this report."
            )
        self._collector.finish(policy)
        for row in self._sample.rows():
            self._spool.add(SAMPLE.name, "", row)
        return notes

    def _say_first(self) -> Iterator[str]:
        """From when on there are events, where that is not the whole time."""
        first = self._first_at
        if first is None or first > self._query.start:
            since = "there is no event yet" if first is None else f"the first is of {self._query.told(first)}"
            none = first is None or first >= self._query.end
            yield f"There are no events of {'this time' if none else 'the beginning of this time'}: {since}."

    def _seal(self, manifest: dict[str, Any]) -> str:
        """Write the manifest, last of all; returns its SHA-256."""
        files = sorted(path for path in self._folder.iterdir() if path.name != self._spool_path.name)
        manifest["files"] = {
            path.name: {"sha256": _sha256(path), "bytes": path.stat().st_size} for path in files
        }
        octets = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
        (self._folder / "manifest.json").write_bytes(octets)
        for path in (*files, self._folder / "manifest.json"):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        return hashlib.sha256(octets).hexdigest()


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
