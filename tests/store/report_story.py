"""Events of a company as the scripts write them, sealed, for reports about them."""

import csv
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envaccess.audit.reports.query import ReportKind, ReportQuery
from envaccess.crypto.log_keys import LogKey
from envaccess.domain.audit import Tag
from envaccess.domain.audit_line import day_of, digest_of
from envaccess.domain.checkpoint import SignedNote, VerifierKey
from envaccess.domain.policy.book import Policy
from envaccess.store.trail import RedisTrail
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import all_entries, all_tiles_of
from envaccess.wiring.report_folder import ReportFolder
from envaccess.wiring.report_sources import ArchiveSource, ReportSource, StreamSource
from envaccess.wiring.reports import ReportMade, write_checked
from envaccess.wiring.tree_archive import write_archive
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, SEED, Sealed

KEY = LogKey(SEED, LOG).verifier
NOON = 1_900_000_000_000
"""2030-03-17T17:46:40Z, later than the clock of whoever tests: what scripts add comes after it."""
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FREE = ("reason", "note", "text")
"""Details that people type."""


class ReportStory:
    """A stream in which somebody's access goes its way, and what a report says of it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.sealed = Sealed(StoreHarness(client))
        self.at = NOON
        self._count = 0

    async def begin(self) -> "ReportStory":
        await self.sealed.harness.outbox.lead()
        return self

    async def add(self, tag: str, actor: str, said: Mapping[str, str], *, after: int = 1_000) -> str:
        """An event so many milliseconds later; `detail_x` is its detail x. What people type lies apart."""
        self.at += after
        number = int(await self.client.get(self.sealed.harness.runner.key("event_number")) or 0)
        detail = {name[7:]: text for name, text in said.items() if name.startswith("detail_")}
        fields = {name: text for name, text in said.items() if not name.startswith("detail_")}
        fields |= {"event": str(tag), "at": str(self.at), "actor": actor, "n": str(number)}
        kept = {name: (secrets.token_hex(16), detail.pop(name)) for name in FREE if name in detail}
        if kept:
            fields["typed"] = ",".join(f"{name}:{digest_of(*told)}" for name, told in kept.items())
        if detail:
            fields["detail"] = json.dumps(detail)
        event = f"{self.at}-{number}"
        salt = hashlib.sha256(event.encode()).hexdigest()[:32]
        await self.client.xadd(self.sealed.stream, {**fields, "s": salt}, id=event)
        await self.client.set(self.sealed.harness.runner.key("event_number"), number + 1)
        if kept:
            day = self.sealed.harness.runner.key("typed", str(day_of(event)))
            await self.client.hset(day, event, json.dumps(kept))
        return event

    async def asks(self, who: str, variables: str = "production/STRIPE_KEY", **said: str) -> str:
        """A request is filed; returns its id."""
        self._count += 1
        request = f"r{self._count:07}"
        actor = who if ":" in who else f"person:{who}"
        about = {"request": request, "requester": who, "variables": variables}
        said = {"detail_reason": "a failed refund", "detail_duration": "1h", **said}
        await self.add(Tag.REQUEST_CREATED, actor, {**about, **said})
        return request

    async def told(
        self, tag: str, request: str, actor: str, who: str, *, after: int = 1_000, **said: str
    ) -> str:
        """An event of a request."""
        grant = {"grant": request} if tag.startswith("grant.") else {}
        variables = said.pop("variables", "production/STRIPE_KEY")
        about = {"request": request, "requester": who, "variables": variables, **grant, **said}
        return await self.add(tag, actor, about, after=after)

    async def granted(self, who: str, by: str, *, after: int = MINUTE, uses: int = 1, **said: str) -> str:
        """A request is filed, approved, used and runs out; returns its id."""
        request = await self.asks(who, **said)
        actor = who if ":" in who else f"person:{who}"
        behind = {name: said[name] for name in ("detail_behind", "variables") if name in said}
        await self.told(
            Tag.REQUEST_APPROVED, request, f"person:{by}", who, after=after, detail_step="1", **behind
        )
        ends = {"detail_seconds": "3600", "detail_expires_at": str(self.at + HOUR)}
        await self.told(Tag.GRANT_ACTIVATED, request, f"person:{by}", who, after=0, **ends, **behind)
        for _ in range(uses):
            await self.told(Tag.GRANT_REVEALED, request, actor, who, after=MINUTE, **behind)
        await self.told(Tag.GRANT_EXPIRED, request, "time", who, after=HOUR, **behind)
        return request

    async def seal(self) -> None:
        """Seal what there is, and let the head's own event come at the story's time."""
        await self.sealed.seal()

    async def go_back(self, before: Mapping[str, bytes]) -> None:
        """Redis is as it was when this was dumped, and its bots notice."""
        await self.client.flushall()
        for name, blob in before.items():
            await self.client.restore(name, 0, blob)
        await self.sealed.harness.outbox.lead()
        await self.sealed.seal()

    async def stream(self) -> StreamSource:
        return StreamSource(RedisTree(self.sealed.harness.runner), RedisTrail(self.sealed.harness.runner))

    async def archive(self, folder: Path) -> ArchiveSource:
        heads = await self.sealed.tree.heads()
        tiles = [await all_tiles_of(self.sealed.tree, head) for head in heads]
        await write_archive(folder, heads, tiles, all_entries(self.sealed.tree), [KEY], 0)
        return ArchiveSource(folder)

    def query(self, **said: Any) -> ReportQuery:
        return ReportQuery(**{"kind": ReportKind.EVIDENCE, "start": NOON, "end": self.at + 1, **said})

    async def report(
        self,
        out: Path,
        query: ReportQuery | None = None,
        source: ReportSource | None = None,
        *,
        keys: tuple[VerifierKey, ...] = (KEY,),
        known: Sequence[SignedNote] = (),
        policy: Policy | None = None,
        now: int | None = None,
    ) -> ReportMade:
        query = query or self.query()
        found = source or await self.stream()
        heads = [("a head that was kept", note) for note in known]
        now = max(query.end, self.at) if now is None else now
        return await write_checked(query, found, keys, heads, ReportFolder(out), policy, now)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """A table of a report."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
