"""Read a workspace's keys for a backup, page by page, while others go on writing.

What a request is made of is read in one step, so each request is as it was at one moment. The audit stream
comes last: every change that a backup holds is told in it. Values, their versions and their names are in
several keys, so a backup during which one was changed begins anew.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import starmap
from typing import Any, Final

from envaccess.domain.audit import NO_EVENT, stream_order
from envaccess.domain.backup import KeyPart
from envaccess.domain.errors import StoreUnavailableError
from envaccess.store.backup_file import kind_of
from envaccess.store.client import PAGE_SECONDS, name_pages, ours
from envaccess.store.keys import KINDS, LEFT_OUT, NAMES
from envaccess.store.records import read_time
from envaccess.store.runner import Runner

_KEYS: Final = 100
"""Keys that are read at once."""
_ITEMS: Final = 500
"""Items of one key that are read at once, about."""
_GONE, _ENDLESS = -2, -1
_OF_VALUES: Final = "secret."
"""How the tags of events begin that tell of a changed value."""


class ValuesChangedError(Exception):
    """A value was changed while its keys were read."""


class BackupReader:
    """Every key of one workspace that a backup holds."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._client: Any = runner.client

    async def stands(self) -> tuple[int, int]:
        """Redis' time in milliseconds, and the store's epoch."""
        async with ours():
            time = await self._client.time()
            epoch = await self._client.get(self._runner.key("epoch"))
        return read_time(time), int(epoch or 0)

    async def parts(self) -> AsyncIterator[KeyPart]:
        """Every key in parts, the audit stream last.

        Raises:
            ValuesChangedError: begin anew.
            StoreError: Redis does not answer, or holds what cannot be written down.
        """
        start = await self._last()
        async for names in self._names():
            for first, cursor in await self._page(names):
                yield first
                async for part in self._rest(first, cursor):
                    yield part
        async for part in self._stream(NAMES["audit"], KeyPart(NAMES["audit"], "stream", -1, []), NO_EVENT):
            if any(_tells_of_value(entry, start) for entry in part.holds):
                raise ValuesChangedError
            yield part

    async def _last(self) -> str:
        async with ours():
            found = await self._client.xrevrange(self._runner.key("audit"), count=1)
        return str(found[0][0]) if found else NO_EVENT

    async def _names(self) -> AsyncIterator[list[str]]:
        """Names behind the prefix, by page; the audit stream and what no backup holds are left out."""
        prefix = self._runner.prefix
        async for page in name_pages(self._client, f"{prefix}*", PAGE_SECONDS):
            found = [name.removeprefix(prefix) for name in page]
            wanted = [name for name in found if kind_of(name) not in {"audit", *LEFT_OUT}]
            for start in range(0, len(wanted), _KEYS):
                yield wanted[start : start + _KEYS]

    async def _page(self, names: Sequence[str]) -> list[tuple[KeyPart, Any]]:
        """The first part of each key, and from where on to read the rest; in one step."""
        types = await self._types(await self._together(names))
        pipe = self._client.pipeline(transaction=True)
        pipe.time()
        for name, kind in types.items():
            pipe.pttl(self._runner.prefix + name)
            _FIRST[kind](pipe, self._runner.prefix + name)
        async with ours(PAGE_SECONDS):
            time, *answers = await pipe.execute()
        now, found = read_time(time), zip(types.items(), answers[::2], answers[1::2], strict=True)
        return [
            _first(name, kind, left if left < 0 else now + left, answer)
            for (name, kind), left, answer in found
            if left != _GONE
        ]

    async def _together(self, names: Sequence[str]) -> list[str]:
        """The same, with the text behind each request, and without a text whose request is there."""
        alone = [name for name in names if kind_of(name) == "text"]
        pipe = self._client.pipeline(transaction=False)
        for name in alone:
            pipe.exists(self._runner.key("request", name.removeprefix(KINDS["text"])))
        async with ours(PAGE_SECONDS):
            owned = {name for name, there in zip(alone, await pipe.execute(), strict=True) if there}
        found = []
        for name in names:
            found += [] if name in owned else [name]
            if kind_of(name) == "request":
                found.append(KINDS["text"] + name.removeprefix(KINDS["request"]))
        return found

    async def _types(self, names: Sequence[str]) -> Mapping[str, str]:
        """The type of each key that is still there."""
        pipe = self._client.pipeline(transaction=False)
        for name in names:
            pipe.type(self._runner.prefix + name)
        async with ours(PAGE_SECONDS):
            answers = await pipe.execute()
        found = {name: str(kind) for name, kind in zip(names, answers, strict=True) if kind != "none"}
        for name, kind in found.items():
            if kind not in _FIRST:
                raise StoreUnavailableError(f"The key {name} is a {kind}, which no backup takes")
        return found

    async def _rest(self, first: KeyPart, cursor: Any) -> AsyncIterator[KeyPart]:  # noqa: ANN401 - by type
        """The further parts of a key that holds much."""
        name, place = self._runner.prefix + first.key, first.part
        if first.type == "stream":
            async for part in self._stream(first.key, first, cursor):
                yield part
        while cursor and first.type != "stream":
            async with ours(PAGE_SECONDS):
                answer = await _NEXT[first.type](self._client, name, cursor)
            cursor, held = _read(first.type, answer, cursor)
            if held:
                place += 1
                yield KeyPart(first.key, first.type, place, held)

    async def _stream(self, name: str, before: KeyPart, after: str) -> AsyncIterator[KeyPart]:
        """The parts of a stream behind one that was read."""
        place = before.part
        while after:
            async with ours(PAGE_SECONDS):
                page = await self._client.xrange(self._runner.prefix + name, f"({after}", "+", count=_ITEMS)
            after, held = _read("stream", page, after)
            if held:
                place += 1
                yield KeyPart(name, "stream", place, held)


def _tells_of_value(entry: Sequence[Any], start: str) -> bool:
    fields = entry[1]
    return str(fields.get("event", "")).startswith(_OF_VALUES) and stream_order(entry[0]) > stream_order(
        start
    )


def _first(name: str, kind: str, ends: int, answer: Any) -> tuple[KeyPart, Any]:  # noqa: ANN401 - by type
    cursor, held = _read(kind, answer, 0)
    return KeyPart(name, kind, 0, held, 0 if ends == _ENDLESS else ends), cursor


def _read(kind: str, answer: Any, cursor: Any) -> tuple[Any, Any]:  # noqa: ANN401 - by type
    """From where on to read the rest (nothing: this is all), and what was read."""
    match kind:
        case "string":
            return 0, answer
        case "list":
            more = cursor + len(answer) if len(answer) == _ITEMS else 0
            return more, list(answer)
        case "stream":
            more = str(answer[-1][0]) if len(answer) == _ITEMS else ""
            return more, [[entry, dict(fields)] for entry, fields in answer]
        case "hash":
            return int(answer[0]), dict(answer[1])
        case "zset":
            return int(answer[0]), list(starmap(_scored, answer[1]))
        case _:
            return int(answer[0]), list(answer[1])


def _scored(member: str, score: float) -> list[str | float]:
    return [member, int(score) if score.is_integer() else score]


_FIRST: Final[Mapping[str, Any]] = {
    "string": lambda pipe, name: pipe.get(name),
    "hash": lambda pipe, name: pipe.hscan(name, 0, count=_ITEMS),
    "zset": lambda pipe, name: pipe.zscan(name, 0, count=_ITEMS),
    "set": lambda pipe, name: pipe.sscan(name, 0, count=_ITEMS),
    "list": lambda pipe, name: pipe.lrange(name, 0, _ITEMS - 1),
    "stream": lambda pipe, name: pipe.xrange(name, count=_ITEMS),
}
_NEXT: Final[Mapping[str, Any]] = {
    "hash": lambda client, name, cursor: client.hscan(name, cursor, count=_ITEMS),
    "zset": lambda client, name, cursor: client.zscan(name, cursor, count=_ITEMS),
    "set": lambda client, name, cursor: client.sscan(name, cursor, count=_ITEMS),
    "list": lambda client, name, cursor: client.lrange(name, cursor, cursor + _ITEMS - 1),
}
"""How more of a key is read, by its type."""
