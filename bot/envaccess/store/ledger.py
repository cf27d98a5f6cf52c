"""The exposure ledger: fits `ports.ledger.Ledger`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.exposure import (
    UNKNOWN,
    CurrentValue,
    Seen,
    SeenCount,
    SeenPage,
    read_seer,
    seer_of,
    version_of,
)
from envaccess.domain.leases import LeaseId
from envaccess.domain.outcome import Claim
from envaccess.domain.principal import read_principal
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.store.runner import Runner

_TRIES: Final = 3
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
    ) -> None:
        """Write down who sees these, before they are shown."""
        behind = claim.request.behind if claim.request else ""
        seer, how = seer_of(read_principal(claim.requester, behind), claim.origin)
        ids = {one: leased.get(one, value.version) for one, value in values.items()}

        async def see(key: MarkKey) -> bool:
            marks = {str(one): key.mark(str(one), value.text) for one, value in values.items()}
            versions = [version_of(ids[one], marks[str(one)]) for one in values]
            outcome = await self._runner.outcome(
                "see",
                op=seen_op(claim.op),
                actor=claim.requester,
                id=claim.id,
                name=",".join(marks),
                marks=marks,
                ids={str(one): version for one, version in ids.items()},
                versions=",".join(versions),
                leased=",".join(map(str, leased)),
                read_at=read_at,
                seer=str(seer),
                how=how,
                key=key.id,
            )
            refused = outcome.get("refused")
            if refused and refused != _OTHER_KEY:
                raise StoreUnavailableError(f"Who sees it could not be written down: {refused}")
            return not refused

        await self._with_key(see)

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

    async def seen(self, variable: Variable, start: int = 0, count: int = 20) -> SeenPage:
        """Who has seen the current value, the last ones first."""
        fields: Mapping[str, str] = await self._runner.read(
            "HGETALL", self._runner.key("current", str(variable))
        )
        counts, listed = SeenCount(), list[Seen]()
        for mark in fields:
            more, people = await self._of_value(f"{variable}~{mark}", start + count + 1)
            counts = _sum(counts, more)
            listed += people
        listed.sort(key=lambda one: (-one.last, one.seer))
        current = tuple(_read_current(mark, text) for mark, text in sorted(fields.items()))
        page = tuple(listed[start : start + count])
        return SeenPage(variable, current, counts, page, more=len(listed) > start + count)

    async def _of_value(self, value: str, most: int) -> tuple[SeenCount, Sequence[Seen]]:
        """How many have seen one value, and the last ones."""
        lists = [self._runner.key(kind, value) for kind in ("seen_people", "seen_processes")]
        answers = await self._runner.read_all(
            [
                *(("ZCARD", one) for one in lists),
                ("ZSCORE", lists[0], str(UNKNOWN)),
                *(("ZREVRANGE", one, 0, most - 1) for one in lists),
            ]
        )
        people, processes, unknown, *seers = answers
        known = unknown is not None
        count = SeenCount(int(people) - known, int(processes), known)
        names = [name for found in seers for name in found]
        if not names:
            return count, ()
        texts = await self._runner.read("HMGET", self._runner.key("seen", value), *names)
        return count, [read_seen(name, text) for name, text in zip(names, texts, strict=True) if text]


def seen_op(op: str) -> str:
    """Under which operation id a claim's values are seen."""
    return f"{op}:seen"


def read_seen(seer: str, text: str) -> Seen:
    """One who has seen a value, as the scripts write it."""
    first, last, *ways = text.split(";")
    how = {way: int(times) for way, _, times in (one.partition("=") for one in ways)}
    return Seen(read_seer(seer), int(first), int(last), how)


def _read_current(mark: str, text: str) -> CurrentValue:
    at, kind, version = text.split(";", 2)
    return CurrentValue(version_of(version, mark), int(at), leased=kind == "leased")


def _sum(one: SeenCount, other: SeenCount) -> SeenCount:
    return SeenCount(one.people + other.people, one.processes + other.processes, one.unknown or other.unknown)
