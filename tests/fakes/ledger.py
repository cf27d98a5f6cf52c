"""The exposure ledger in memory: the port's second implementation, with the rules of the store's scripts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from envaccess.crypto.fingerprints import Fingerprints
from envaccess.domain.audit import Actor
from envaccess.domain.exposure import (
    UNKNOWN,
    CurrentValue,
    Exposure,
    ExposurePage,
    KnownVariable,
    KnownVariables,
    Seen,
    SeenCount,
    SeenPage,
    Seer,
    SeerKind,
    mark_of,
    seer_of,
    seers_of,
    version_of,
)
from envaccess.domain.leases import LeaseId
from envaccess.domain.outcome import Claim
from envaccess.domain.principal import read_principal
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from tests.fakes.books import Books
from tests.fakes.reveals import FakeReveals

_KEY = Fingerprints(b"k" * 32)


@dataclass
class FakeLedger:
    """Fits `ports.ledger.Ledger`.

    Attributes:
        fault: raised instead of an answer while set.
        asks: whether the books know of grants.
    """

    books: Books
    fault: Exception | None = None
    asks: bool = True
    entries: dict[tuple[Variable, str], dict[Seer, Seen]] = field(default_factory=dict)
    current: dict[Variable, dict[str, CurrentValue]] = field(default_factory=dict)
    leavers: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    claimed: dict[str, tuple[Claim, tuple[tuple[Variable, str], ...]]] = field(default_factory=dict)
    """What a claim wrote down, by its operation."""

    async def key(self) -> str:
        return "first"

    async def version(self, variable: Variable, value: Value) -> str:
        return version_of(value.version, _KEY.mark(str(variable), value.text))

    async def see(
        self,
        claim: Claim,
        values: Mapping[Variable, Value],
        read_at: int,
        leased: Mapping[Variable, LeaseId] = MappingProxyType({}),
    ) -> bool:
        if self.fault:
            raise self.fault
        if self.asks and not await FakeReveals(self.books).still(claim):
            return False
        if claim.op in self.claimed:
            return True
        wrote = []
        for variable, value in values.items():
            version = await self.version(variable, value)
            if variable in leased:
                kept = self.current.setdefault(variable, {})
                kept[mark_of(version)] = CurrentValue(version, self.books.now, leased=True)
            else:
                await self.note_current(variable, value, read_at)
            wrote.append((variable, mark_of(version)))
        behind = claim.request.behind if claim.request else ""
        seer, how = seer_of(read_principal(claim.requester, behind), claim.origin)
        for key in wrote:
            self._enter(key, seer, how)
        self.claimed[claim.op] = claim, tuple(wrote)
        return True

    def take_back(self, claim: Claim) -> None:
        """A use was given back: what it wrote down goes with it."""
        behind = claim.request.behind if claim.request else ""
        seer, how = seer_of(read_principal(claim.requester, behind), claim.origin)
        _, wrote = self.claimed.pop(claim.op, (claim, ()))
        for key in wrote:
            known = self.entries[key]
            left = {way: times - (way == how) for way, times in known[seer].how.items()}
            left = {way: times for way, times in left.items() if times}
            if left:
                known[seer] = replace(known[seer], how=left)
            else:
                del known[seer]

    def _enter(self, key: tuple[Variable, str], seer: Seer, how: str) -> None:
        known = self.entries.setdefault(key, {})
        before = known.get(seer) or Seen(seer, self.books.now, self.books.now)
        times = {**before.how, how: before.how.get(how, 0) + 1}
        known[seer] = Seen(seer, before.first, self.books.now, times)

    async def note_current(self, variable: Variable, value: Value, read_at: int) -> str:
        version = await self.version(variable, value)
        kept = self.current.setdefault(variable, {})
        if all(one.leased or one.as_of <= read_at for one in kept.values()):
            for mark in [mark for mark, one in kept.items() if not one.leased]:
                del kept[mark]
            kept[mark_of(version)] = CurrentValue(version, read_at)
        return version

    async def see_on_host(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        await self._outside(op, variable, value, Seer(SeerKind.PERSON, str(actor)), "host")

    async def unknown(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        del actor
        await self._outside(op, variable, value, UNKNOWN, "imported")

    async def _outside(self, op: str, variable: Variable, value: Value, seer: Seer, how: str) -> None:
        if op not in self.outside:
            self.outside.add(op)
            version = await self.note_current(variable, value, self.books.now)
            self._enter((variable, mark_of(version)), seer, how)

    async def exposed(self, seer: Seer, start: int = 0, count: int = 100) -> ExposurePage:
        found = [
            Exposure(variable, self.current[variable][mark], known[seer])
            for (variable, mark), known in self.entries.items()
            if seer in known and mark in self.current.get(variable, {})
        ]
        found.sort(key=lambda one: (one.seen.first, one.variable))
        page = tuple(found[start : start + count])
        return ExposurePage(page, len(found), start + len(page))

    async def known_to(self, variable: Variable, seers: Collection[Seer]) -> str:
        for mark, current in self.current.get(variable, {}).items():
            if {*seers} & self.entries.get((variable, mark), {}).keys():
                return current.version
        return ""

    async def worst(self, start: int = 0, count: int = 100) -> Sequence[Variable | None]:
        counts = await self.counts(list(self.current))
        known = [variable for variable, one in counts.items() if one.any]
        known.sort(key=lambda one: (-counts[one].people - counts[one].unknown, one))
        return known[start : start + count]

    async def worst_of(self, variables: Sequence[Variable], count: int = 5) -> KnownVariables:
        known = [await self._known(one) for one in variables]
        known = [one for one in known if one.count.any]
        known.sort(key=lambda one: (-one.left, -one.count.people - one.count.unknown, one.variable))
        return KnownVariables(tuple(known[:count]), len(known))

    async def _known(self, variable: Variable) -> KnownVariable:
        page = await self.seen(variable, 0, 1_000)
        left = {one.seer.id for one in page.seen} & {*self.leavers}
        return KnownVariable(variable, page.count, len(left))

    async def counts(self, variables: Sequence[Variable]) -> Mapping[Variable, SeenCount]:
        return {variable: (await self.seen(variable)).count for variable in variables}

    async def note_leaver(self, person: str) -> bool:
        known = [seer for seer in seers_of(person) if (await self.exposed(seer)).total]
        if not known or person in self.leavers:
            return False
        self.leavers.append(person)
        return True

    async def ask_about(self, count: int) -> Sequence[str]:
        people = {seer.id for known in self.entries.values() for seer in known}
        return sorted(person for person in people if person and ":" not in person)[:count]

    async def to_read(self, count: int) -> Sequence[Variable]:
        return [one for one in await self.worst() if one][:count]

    async def seen(self, variable: Variable, start: int = 0, count: int = 20) -> SeenPage:
        self.books.check()
        kept = self.current.get(variable, {})
        listed = [one for mark in kept for one in self.entries.get((variable, mark), {}).values()]
        listed.sort(key=lambda one: (-one.last, one.seer))
        page = tuple(listed[start : start + count])
        return SeenPage(variable, tuple(kept.values()), _count(listed), page, len(listed) > start + count)


def _count(listed: Collection[Seen]) -> SeenCount:
    kinds = [one.seer.kind for one in listed]
    unknown = UNKNOWN in {one.seer for one in listed}
    return SeenCount(kinds.count(SeerKind.PERSON), kinds.count(SeerKind.PROCESS), unknown)
