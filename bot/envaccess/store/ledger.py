"""The exposure ledger: fits `ports.ledger.Ledger`."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.exposure import (
    HOST,
    IMPORTED,
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
    read_seer,
    seer_of,
    seers_of,
    version_of,
)
from envaccess.domain.leases import LeaseId
from envaccess.domain.outcome import Claim
from envaccess.domain.principal import read_principal
from envaccess.domain.sources.value import Value
from envaccess.domain.text import whole_number
from envaccess.domain.variable import Variable, parse_variable
from envaccess.store.records import read_time
from envaccess.store.runner import Runner
from envaccess.store.script_arguments import Argument

_TRIES: Final = 3
_APART: Final = 3_600_000
"""Milliseconds between two times that somebody is asked about, or a value that is kept elsewhere is read."""
_AT_ONCE: Final = 1_000
"""Variables, or people, that one command names."""
_OTHER_KEY: Final = "ledger_key"


class MarkKey(Protocol):
    """Makes marks of one key."""

    @property
    def id(self) -> str:
        """What names it."""
        ...

    def mark(self, variable: str, text: str) -> str:
        """What is the same for the same value of the same variable."""
        ...


class MarkKeys(Protocol):
    """The key of the store, opened."""

    async def key(self) -> MarkKey:
        """It; made where there is none. Raises `SealError`, `StoreError`."""
        ...

    def drop(self) -> None:
        """The store has another one now."""
        ...


class RedisLedger:
    """One workspace's ledger."""

    def __init__(self, runner: Runner, keys: MarkKeys) -> None:
        self._runner = runner
        self._keys = keys

    async def mark(self, variable: Variable, text: str) -> tuple[str, str]:
        """The mark of a value, and the id of the key that made it."""
        key = await self._keys.key()
        return key.mark(str(variable), text), key.id

    async def key(self) -> str:
        """What names the key that makes marks."""
        return (await self._keys.key()).id

    async def version(self, variable: Variable, value: Value) -> str:
        """Which value this is."""
        return version_of(value.version, (await self._keys.key()).mark(str(variable), value.text))

    async def see(
        self,
        claim: Claim,
        values: Mapping[Variable, Value],
        read_at: int,
        leased: Mapping[Variable, LeaseId] = MappingProxyType({}),
    ) -> bool:
        """Write down who sees these, before they are shown; False where the access has ended."""
        living = True

        async def see(key: MarkKey) -> bool:
            nonlocal living
            told = _told_of(claim, values, leased, key)
            outcome = await self._runner.outcome("see", read_at=read_at, **told)
            refused = outcome.get("refused", "")
            living = not (refused or outcome.get("back"))
            return bool(refused != _OTHER_KEY)

        await self._with_key(see)
        return living

    async def note_current(self, variable: Variable, value: Value, read_at: int) -> str:
        """Remember which value a source has now."""
        version = ""

        async def note(key: MarkKey) -> bool:
            nonlocal version
            mark = key.mark(str(variable), value.text)
            version = version_of(value.version, mark)
            given = {"name": str(variable), "mark": mark, "version": value.version, "key": key.id}
            return await self._runner.run("note_current", read_at=read_at, **given) == 1

        await self._with_key(note)
        return version

    async def _with_key(self, write: Callable[[MarkKey], Awaitable[bool]]) -> None:
        """Write with the key that the store has: a restore may have brought another one."""
        for _ in range(_TRIES):
            if await write(await self._keys.key()):
                return
            self._keys.drop()
        raise StoreUnavailableError("The key that marks values changes all the time")

    async def see_on_host(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        """Write down that an operator sees a value."""
        await self._see_outside(op, variable, value, actor, Seer(SeerKind.PERSON, str(actor)), HOST)

    async def unknown(self, op: str, variable: Variable, value: Value, actor: Actor) -> None:
        """Write down that nobody knows who has seen a value."""
        await self._see_outside(op, variable, value, actor, UNKNOWN, IMPORTED)

    async def _see_outside(
        self, op: str, variable: Variable, value: Value, actor: Actor, seer: Seer, how: str
    ) -> None:
        async def see(key: MarkKey) -> bool:
            given = {"op": seen_op(op), "actor": str(actor), "name": str(variable), "how": how}
            given |= {"mark": key.mark(str(variable), value.text), "version": value.version}
            now = await self._now()
            outcome = await self._runner.outcome(
                "see_on_host", read_at=now, seer=str(seer), key=key.id, **given
            )
            return "refused" not in outcome

        await self._with_key(see)

    async def _now(self) -> int:
        return read_time(await self._runner.read("TIME"))

    async def note_leaver(self, person: str) -> bool:
        """Somebody left: where they have seen what is current, their list is to be told, once."""
        for seer in seers_of(person):
            since = 1
            while since:
                since = int(await self._runner.run("mark_left", person=person, seer=str(seer), since=since))
        return await self._runner.run("note_leaver", person=person) == 1

    async def ask_about(self, count: int) -> Sequence[str]:
        """Some of the people who have seen what is current, to be asked about."""
        found = str(await self._runner.run("ask_about", most=count, apart=_APART))
        return [person for person in found.split(",") if person]

    async def to_read(self, count: int) -> Sequence[Variable]:
        """Some of what is kept elsewhere and somebody has seen, to be read again."""
        found = str(await self._runner.run("to_read", most=count, apart=_APART))
        return [variable for name in found.split(",") if (variable := parse_variable(name))]

    async def leaver_lists(self) -> Sequence[str]:
        """Leavers whose lists are to be told, the first first."""
        found: Sequence[str] = await self._runner.read("ZRANGE", self._runner.key("leaver_lists"), 0, 9)
        return found

    async def told_at(self, person: str) -> Collection[str]:
        """Where a leaver's list was posted already."""
        found: Collection[str] = await self._runner.read("HKEYS", self._runner.key("leaver_told", person))
        return found

    async def told(self, person: str, place: str = "") -> None:
        """It was posted at one place; without one, at all of them."""
        await self._runner.run("told_leaver", person=person, **({"place": place} if place else {}))

    async def relist(self, most: int = 20) -> bool:
        """Write the rest of lists of very many people; whether more are left."""
        return int(await self._runner.run("relist_seen", most=most)) > 0

    async def seen(self, variable: Variable, start: int = 0, count: int = 20) -> SeenPage:
        """Who has seen the current value, the last ones first."""
        fields: Mapping[str, str] = await self._runner.read(
            "HGETALL", self._runner.key("current", str(variable))
        )
        listed = list[Seen]()
        for mark in fields:
            listed += await self._last_of(f"{variable}~{mark}", start + count + 1)
        listed.sort(key=lambda one: (-one.last, one.seer))
        current = tuple(_read_current(mark, text) for mark, text in sorted(fields.items()))
        page, counts = tuple(listed[start : start + count]), await self.counts([variable])
        return SeenPage(variable, current, counts[variable], page, more=len(listed) > start + count)

    async def _last_of(self, value: str, most: int) -> Sequence[Seen]:
        """The last ones who have seen one value."""
        lists = [self._runner.key(kind, value) for kind in ("seen_people", "seen_processes")]
        seers = await self._runner.read_all([("ZREVRANGE", one, 0, most - 1) for one in lists])
        names = [name for found in seers for name in found]
        if not names:
            return ()
        texts = await self._runner.read("HMGET", self._runner.key("seen", value), *names)
        return [read_seen(name, text) for name, text in zip(names, texts, strict=True) if text is not None]

    async def counts(self, variables: Sequence[Variable]) -> Mapping[Variable, SeenCount]:
        """How many have seen the current value of each of these; in two packets."""
        key = self._runner.key
        if not variables:
            return {}
        kept = await self._runner.read_all([("HKEYS", key("current", str(one))) for one in variables])
        values = [
            (variable, f"{variable}~{mark}")
            for variable, marks in zip(variables, kept, strict=True)
            for mark in marks
        ]
        asked: list[tuple[str | int, ...]] = []
        for _, value in values:
            people = key("seen_people", value)
            asked += [("ZCARD", people), ("ZSCORE", people, str(UNKNOWN))]
            asked.append(("ZCARD", key("seen_processes", value)))
        answers = await self._runner.read_all(asked) if asked else ()
        counts = dict.fromkeys(variables, SeenCount())
        for place, (variable, _) in enumerate(values):
            people, unknown, processes = answers[3 * place : 3 * place + 3]
            known = unknown is not None
            one = SeenCount(int(people) - known, int(processes), known)
            counts[variable] = _sum(counts[variable], one)
        return counts

    async def exposed(self, seer: Seer, start: int = 0, count: int = 100) -> ExposurePage:
        """What is current and this one has seen, what they know for the longest time first."""
        key = self._runner.key
        mine = key("exposed", str(seer))
        total, values = await self._runner.read_all(
            [("ZCARD", mine), ("ZRANGE", mine, start, start + count - 1)]
        )
        read = [(value, *value.rpartition("~")[::2]) for value in values]
        asked: list[tuple[str | int, ...]] = []
        for value, name, mark in read:
            asked += [("HGET", key("seen", value), str(seer)), ("HGET", key("current", name), mark)]
        answers = await self._runner.read_all(asked) if asked else ()
        found = []
        for place, (_, name, mark) in enumerate(read):
            text, current = answers[2 * place : 2 * place + 2]
            variable = parse_variable(name)
            if text is not None and current is not None and variable:
                seen = read_seen(str(seer), text)
                found.append(Exposure(variable, _read_current(mark, current), seen))
        return ExposurePage(tuple(found), int(total), start + len(values))

    async def known_to(self, variable: Variable, seers: Collection[Seer]) -> str:
        """The version of what is current and one of these has seen, however many others have."""
        key, who = self._runner.key, sorted(map(str, seers))
        current: Mapping[str, str] = await self._runner.read("HGETALL", key("current", str(variable)))
        asked = [("HMGET", key("seen", f"{variable}~{mark}"), *who) for mark in current]
        found = await self._runner.read_all(asked) if asked and who else ()
        known = [_read_current(*one) for one, seen in zip(current.items(), found, strict=True) if any(seen)]
        return max(known, key=lambda one: one.as_of).version if known else ""

    async def worst(self, start: int = 0, count: int = 100) -> Sequence[Variable | None]:
        """Variables whose current value somebody has seen: what leavers know first, then what most do."""
        names = await self._runner.read("ZREVRANGE", self._runner.key("exposures"), start, start + count - 1)
        return [parse_variable(name) for name in names]

    async def worst_of(self, variables: Sequence[Variable], count: int = 5) -> KnownVariables:
        """The same among these, with how many of who has seen each have left."""
        key, ranked = self._runner.key("exposures"), list[tuple[float, Variable]]()
        for start in range(0, len(variables), _AT_ONCE):
            some = variables[start : start + _AT_ONCE]
            ranks = await self._runner.read("ZMSCORE", key, *map(str, some))
            ranked += [(-float(rank), one) for one, rank in zip(some, ranks, strict=True) if rank is not None]
        worst = [variable for _, variable in sorted(ranked)[:count]]
        counts = await self.counts(worst)
        found = tuple([KnownVariable(one, counts[one], await self._left_of(one)) for one in worst])
        return KnownVariables(found, len(ranked))

    async def _left_of(self, variable: Variable) -> int:
        """How many who know what is current of it have left."""
        key, first, after = self._runner.key, f"[{variable}~", f"({variable}\x7f"
        found = await self._runner.read(
            "ZRANGEBYLEX", key("left_exposed"), first, after, "LIMIT", 0, _AT_ONCE
        )
        people = sorted({member.rpartition("~")[2] for member in found})
        there = await self._runner.read("HMGET", key("leavers"), *people) if people else ()
        return sum(since is not None for since in there)


def _told_of(
    claim: Claim, values: Mapping[Variable, Value], leased: Mapping[Variable, LeaseId], key: MarkKey
) -> Mapping[str, Argument]:
    """What a step is told of who sees what."""
    behind = claim.request.behind if claim.request else ""
    seer, how = seer_of(read_principal(claim.requester, behind), claim.origin)
    ids = {one: leased.get(one, value.version) for one, value in values.items()}
    marks = {one: key.mark(str(one), value.text) for one, value in values.items()}
    session: dict[str, Argument] = {"session": claim.origin.session} if claim.origin.session else {}
    return {
        "op": seen_op(claim.op),
        "actor": claim.requester,
        "id": claim.id,
        "name": ",".join(map(str, values)),
        "marks": {str(one): mark for one, mark in marks.items()},
        "ids": {str(one): version for one, version in ids.items()},
        "versions": ",".join(version_of(ids[one], marks[one]) for one in values),
        "leased": ",".join(map(str, leased)),
        "seer": str(seer),
        "how": how,
        "key": key.id,
        "once": "1" if claim.once else "0",
        **session,
    }


def seen_op(op: str) -> str:
    """Under which operation id a claim's values are seen."""
    return f"{op}:seen"


def read_seen(seer: str, text: str) -> Seen:
    """One who has seen a value, as the scripts write it; what somebody spoiled hides nobody."""
    first, _, rest = text.partition(";")
    last, _, ways = rest.partition(";")
    told = (one.partition("=")[::2] for one in ways.split(";"))
    how = {way: number for way, times in told if (number := whole_number(times))}
    return Seen(read_seer(seer), whole_number(first) or 0, whole_number(last) or 0, how)


def _read_current(mark: str, text: str) -> CurrentValue:
    at, _, rest = text.partition(";")
    kind, _, version = rest.partition(";")
    return CurrentValue(version_of(version, mark), whole_number(at) or 0, leased=kind == "leased")


def _sum(one: SeenCount, other: SeenCount) -> SeenCount:
    return SeenCount(one.people + other.people, one.processes + other.processes, one.unknown or other.unknown)
