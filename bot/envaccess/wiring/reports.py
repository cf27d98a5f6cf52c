"""`envaccess report`: check everything, then read it once more and write the folder."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from envaccess import __version__
from envaccess.audit.reports.query import ReportQuery
from envaccess.audit.reports.segments import PopulationSegment
from envaccess.domain.checkpoint import VerifierKey, read_verifier_key
from envaccess.domain.errors import SettingsError
from envaccess.domain.policy.book import Policy
from envaccess.domain.tree_check import Outcome, TreeReport
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import AuditTreeTools, read_head_file
from envaccess.wiring.log_keys import head_file
from envaccess.wiring.parts import WallClock
from envaccess.wiring.policy_tools import load_policy
from envaccess.wiring.report_folder import ReportFolder, ReportInput
from envaccess.wiring.report_sources import (
    ArchiveSource,
    KnownHeads,
    ReportSource,
    SpanFinder,
    StreamSource,
    told_unsealed,
)

_GRAVE: Final = frozenset({Outcome.ALTERED, Outcome.FORKED})


@dataclass(frozen=True, slots=True)
class ReportMade:
    """A report that was asked for.

    Attributes:
        manifest: the SHA-256 of its manifest, hexadecimal; empty where no report was written.
        missing: what is not proven, in sentences.
        checked: what the verification found.
    """

    manifest: str
    missing: tuple[str, ...]
    checked: TreeReport


class ReportTools(AuditTreeTools):
    """Writes reports."""

    async def write_report(
        self,
        query: ReportQuery,
        out: Path,
        workspace: str,
        key: str,
        heads: Path | None,
        archive: Path | None,
        policy: Path | None,
    ) -> ReportMade:
        """Write a report.

        Args:
            query: what is asked for.
            out: the folder that it becomes; it must not be there, or be empty.
            workspace: its id, or empty.
            key: the verifier key that counts; empty for those that the master keys open.
            heads: a file of signed heads that were kept elsewhere.
            archive: a folder that is looked at in place of the store; None for the store.
            policy: the policy's file; None for the one of the settings.

        Raises:
            ReportError: the folder holds something, or cannot be written.
            SettingsError: a setting or an argument is wrong.
            StoreError: Redis did not answer.
        """
        folder = ReportFolder(out)
        folder.refuse_used()
        pinned = read_verifier_key(key) if key else None
        if key and pinned is None:
            raise SettingsError("--key is no verifier key: it looks like envaccess/T0ACME/0a1b2c3d+HASH+KEY")
        read = self._policy(policy)
        notes = [("a head given with --heads", note) for note in (read_head_file(heads) if heads else ())]
        async with self._source(workspace, archive, pinned) as (source, trusted, seen):
            return await write_checked(
                query, source, trusted, [*notes, *seen], folder, read, WallClock().now()
            )

    @contextlib.asynccontextmanager
    async def _source(
        self, workspace: str, archive: Path | None, pinned: VerifierKey | None
    ) -> AsyncIterator[tuple[ReportSource, Sequence[VerifierKey], KnownHeads]]:
        """Where the events are, the keys that count, and what this host has seen of heads."""
        if archive:
            yield ArchiveSource(archive), [pinned] if pinned else [], []
            return
        async with self._open(workspace) as (client, found):
            trusted = [pinned] if pinned else await self._opened(client, found)
            runner = Runner(client, found)
            last = head_file(self._settings.home, found).last()
            signed = last.signed if last else None
            seen = [("the newest head that this host has seen", signed)] if signed else []
            yield StreamSource(RedisTree(runner), RedisTrail(runner)), trusted, seen

    def _policy(self, path: Path | None) -> Policy | None:
        """The policy's file; None where there is none. Raises `SettingsError` for one that is wrong."""
        path = path or self._settings.policy_file
        if path is None:
            return None
        channel = self._settings.approvers_channel or "approvers"
        found = load_policy(path, channel, push=False, guarded=False)
        if isinstance(found, Policy):
            return found
        raise SettingsError(f"{path} is no policy without faults: {found[0]}")


async def write_checked(
    query: ReportQuery,
    source: ReportSource,
    trusted: Sequence[VerifierKey],
    known: KnownHeads,
    folder: ReportFolder,
    policy: Policy | None,
    now: int,
) -> ReportMade:
    """Check a source, and write a report from it unless something was altered. Raises `ReportError`."""
    finder = SpanFinder(query)
    checked = await source.check(trusted, known, now, finder)
    if checked.outcome in _GRAVE:
        return ReportMade("", (), checked)
    segments = finder.segments(source.heads)
    missing = (*_missing(checked), *told_unsealed(finder, over=now >= query.end), *_trimmed(segments))
    found = ReportInput(
        replace(query, made=now), source, segments, missing, _keys(checked), policy, __version__
    )
    manifest, lacking = await folder.write(found, now)
    return ReportMade(manifest, tuple(lacking), checked)


def _missing(checked: TreeReport) -> list[str]:
    return [f"{problem.told[:1].upper()}{problem.told[1:]}." for problem in checked.problems]


def _keys(checked: TreeReport) -> tuple[str, ...]:
    words = "checked with "
    return tuple(fact.removeprefix(words) for fact in checked.facts if fact.startswith(words))


def _trimmed(segments: Sequence[PopulationSegment]) -> list[str]:
    """What is missing because it went by its age."""
    return [
        f"Events of {one.origin} below {one.begin} were dropped by their age, as the signed head says: "
        "what lies before is not in it."
        for one in segments
        if one.begin and not one.opening
    ]
