"""A sink that is waited for no longer goes on from the archive, and what is not there is declared lost."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.domain.cursors import LINES, SINK, SINK_BEHIND
from envaccess.domain.sinks import SinkKind, SinkSpec
from envaccess.projections.sinks.loop import SinkLoop
from envaccess.projections.sinks.ports import SinkError
from envaccess.projections.trimming import Trimming
from envaccess.wiring.parts import WallClock
from envaccess.wiring.sink_backlog import BacklogLoop, SinkBacklog
from envaccess.wiring.tree_archive import tile_path
from tests.fakes.sinks import FakeSink
from tests.independent.test_archive import archived
from tests.store.harness import StoreHarness
from tests.store.sealed_store import Sealed
from tests.unit.application.showing import FakeJournal

EVENTS, HAS = 300, 10
"""Two bundles; the sink has the first ten events."""
NAME = f"{SINK}siem"


class Behind:
    """A sink whose next event has waited for over a week."""

    def __init__(self, sealed: Sealed, folder: Path) -> None:
        self.harness, self.folder = sealed.harness, folder
        self.ids: list[str] = []
        self.journal, self.sink = FakeJournal(), FakeSink()
        self.backlog = self.found_backlog()

    def found_backlog(self) -> SinkBacklog:
        """What a process that has just started finds."""
        spec = SinkSpec("siem", SinkKind.FOLDER, "/", "jsonl", archive=str(self.folder))
        return SinkBacklog(spec, self.harness.trail.read)

    async def trim(self) -> None:
        trimming = Trimming(self.harness.cursors, lambda: False, self.journal, [NAME], {NAME: self.backlog})
        await trimming.step()

    async def feed(self, steps: int = 100) -> None:
        """A process feeds what was put off, until it would wait."""
        harness, clock = self.harness, WallClock()
        loop = BacklogLoop(self.sink, harness.outbox, self.found_backlog(), self.journal, clock)
        for _ in range(steps):
            if await loop.step():
                return

    async def tags(self) -> list[str]:
        return [event.event for event in await self.harness.events()]


@pytest.fixture
async def behind(tmp_path: Path) -> AsyncIterator[Behind]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    sealed = Sealed(StoreHarness(client))
    await sealed.harness.outbox.lead()
    await sealed.add_plainly(EVENTS, age=SINK_BEHIND + 60_000)
    await sealed.seal()
    await archived(sealed, tmp_path)
    found = Behind(sealed, tmp_path)
    found.ids = [event.id for event in await sealed.harness.events()][:EVENTS]
    await sealed.harness.cursors.move(NAME, found.ids[HAS - 1])
    await sealed.harness.cursors.move(LINES, found.ids[-1])
    yield found
    await client.aclose()


async def test_a_sink_that_is_a_week_behind_goes_on_from_the_archive_and_misses_nothing(
    behind: Behind,
) -> None:
    """Also where the process dies in between: the next one goes on where the first was."""
    await behind.trim()
    assert await behind.harness.cursors.at(NAME) == behind.ids[-1], "the stream waits no longer"
    assert "sink.lost" not in await behind.tags()
    assert behind.journal.faults == [f"sink.from_archive {NAME} {behind.ids[HAS - 1]} {behind.ids[-1]}"]
    await behind.feed(steps=1)
    assert 0 < len(behind.sink.taken) < EVENTS - HAS
    assert behind.backlog.after_now == behind.sink.taken[-1]
    await behind.feed()
    assert behind.sink.taken == behind.ids[HAS:]
    await behind.feed()
    assert len(behind.sink.taken) == EVENTS - HAS


async def test_what_happens_now_goes_on_beside_it(behind: Behind) -> None:
    """The loop of the stream takes the new place for what it is, and not for somebody's hand in Redis."""
    harness, live = behind.harness, FakeSink()
    loop = SinkLoop(
        live, harness.outbox, harness.cursors, harness.trail, behind.journal, WallClock(), 1.0, behind.backlog
    )
    live.away = SinkError("it answered 503")
    await loop.step()
    await behind.trim()
    live.away = None
    while not await loop.step():
        pass
    newest = [event.id for event in await harness.events()]
    assert live.taken == newest[EVENTS:]
    assert not [fault for fault in behind.journal.faults if fault.startswith("cursor.moved")]


def _alter(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"policy.loaded", b"policy.forged"))


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "altered": _alter,
    "gone": Path.unlink,
    "cut off": _cut_off,
}


@pytest.mark.parametrize("bundle", [0, 1])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_sink_goes_on_from_no_archive_that_does_not_have_what_it_misses(
    behind: Behind, damage: Callable[[Path], None], bundle: int
) -> None:
    damage(behind.folder / "fork-0" / tile_path("entries", bundle, 44 if bundle else 256))
    await behind.trim()
    assert (await behind.tags())[-1] == "sink.lost"
    assert behind.journal.faults == [f"sink.lost {NAME} {behind.ids[HAS - 1]}"]
    await behind.feed()
    assert behind.sink.taken == []
