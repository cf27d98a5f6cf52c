"""All changes to a moment of a life: single ones, those with a forged index besides, snapshots put back."""

import random  # noqa: TID251 - a seeded sample, the same in every run
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakeredis import FakeRedis

from tests.attack import changes
from tests.attack.acts import Asked
from tests.attack.changes import Change
from tests.attack.clock import MovedClock
from tests.attack.lives import Life, live
from tests.attack.oracle import Found, Oracle, Seen
from tests.attack.workspace import Moment, Workspace


@dataclass(frozen=True)
class Beyond:
    """Something that was had only because of a change, within what people agreed to.

    Attributes:
        agreed: whether somebody approved the request after the change.
    """

    change: str
    asked: Asked
    seen: Seen
    agreed: bool


@dataclass
class Report:
    """What came of many changes.

    Attributes:
        opened: by change: must be empty.
        beyond: what was within what people agreed to, but would not have been had without the change.
    """

    tried: int = 0
    opened: list[str] = field(default_factory=list)
    beyond: list[Beyond] = field(default_factory=list)


class LivedStore:
    """One life, and the store that it left at each moment."""

    def __init__(self, work: Workspace) -> None:
        self.work = work
        self.client: Any = FakeRedis(server=work.server, decode_responses=True)
        self.stores = [self._read(moment) for moment in work.moments]

    @classmethod
    async def of(cls, clock: MovedClock, life: Life) -> "LivedStore":
        """Live it."""
        work = Workspace(clock)
        await live(work, life)
        return cls(work)

    def _read(self, moment: Moment) -> dict[str, Any]:
        self.work.restore(moment.store, moment.ms)
        return changes.read(self.client)

    def all_changes(self, number: int) -> list[Change]:
        """Every change to the store of that moment, by somebody who watched until then."""
        moment, store, before = self.work.moments[number], self.stores[number], self.stores[:number]
        ids = tuple(moment.acts.asked)
        single = [
            *changes.whole_keys(store),
            *changes.fields(store),
            *changes.members(store, ids),
            *changes.duties_again(moment.heard, moment.ms),
            *changes.own_earlier(store, before),
            *changes.heard_seals(store, ids, moment.heard),
        ]
        sealed = [one for one in single if one.about in ids and one.key.startswith("request-text:")]
        forged = [
            changes.with_index(one, moment.acts.asked[one.about].who, moment.ms, lives=lives)
            for one in sealed
            for lives in (True, False)
        ]
        return [*single, *forged, *self._put_back(number, ids)]

    def some_changes(self, number: int, most: int) -> list[Change]:
        """So many of them, the same in every run; all where that is none, or fewer than none."""
        todo = self.all_changes(number)
        if not 0 < most < len(todo):
            return todo
        return random.Random(f"{number}:{len(todo)}").sample(todo, most)  # noqa: S311 - which ones matters to nobody

    def _put_back(self, number: int, ids: Sequence[str]) -> Iterator[Change]:
        """Whole snapshots of earlier moments."""
        for earlier in range(number):
            old = self.work.moments[earlier].store
            for name, keys in changes.parts_of(old, ids):

                def write(_: object, earlier: int = earlier, keys: frozenset[bytes] = keys) -> None:
                    self.work.put_back(self.work.moments[earlier].store, keys)

                yield Change(f"PUT BACK {name} as of {earlier}", f"request:{name}", write)

    async def try_some(self, number: int, report: Report, most: int = 0) -> None:
        """Try the changes of one moment: all, or so many of them."""
        oracle = Oracle(self.work, self.work.moments[number])
        oracle.reset()
        for change in self.some_changes(number, most):
            found = await self.try_one(oracle, change)
            report.tried += 1
            report.opened += (f"{change.name[:400]} -> {fault}" for fault in found.opened)
            acts = oracle.moment.acts
            report.beyond += (
                Beyond(change.name, acts.asked[request], (who, request, name, at), request in found.agreed)
                for who, request, name, at in sorted(found.seen)
                if not acts.has_anyway(who, name, at)
            )

    async def try_one(self, oracle: Oracle, change: Change) -> Found:
        """What comes of one change."""
        oracle.reset()
        change.write(self.client)
        return await oracle.look([change.about] if change.about in oracle.ids else ())
