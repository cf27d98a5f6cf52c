"""A whole store as text, and the text as a store: every key with its type, its content and its end.

Every moment is written as its distance from the dump, `{now-3600000}` for an hour before it in milliseconds,
so that a store that is restored is as old as it was when it was dumped. Nothing here knows the product, which
changes, while what it released does not: a moment is any number of thirteen digits, within two years of the
dump, that stands for itself in a text. Names of keys stay as they are.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

STORES = Path(__file__).parent / "stores"
"""A folder for each version that was released, with its dumps and what each of them holds."""
SUMS = "SHA256SUMS"
"""The file in each of these folders that says what the others must be, as `sha256sum` writes it."""

Key = dict[str, Any]
"""`kind` as Redis calls the type, `holds` its content, and `ends` where it has a TTL."""
Dump = dict[str, Key]
"""The keys of a store, by name."""

_MOMENT = re.compile(r"(?<![\w.+-])\d{13}(?![\w.])")
_WRITTEN = re.compile(r"\{now([+-]\d+)\}")
_NEAR = 2 * 366 * 24 * 3_600_000

Change = Callable[[str], str]


async def dump(client: Any) -> Dump:
    """Everything in a server, read in one step.

    Args:
        client: a client of redis-py that decodes answers.
    """
    names = sorted([name async for name in client.scan_iter(count=1000)])
    kinds = {name: kind for name in names if (kind := await client.type(name)) != "none"}
    pipe = client.pipeline(transaction=True)
    pipe.time()
    for name, kind in kinds.items():
        pipe.pexpiretime(name)
        _READERS[kind](pipe, name)
    (seconds, micros), *answers = await pipe.execute()
    now = int(seconds) * 1000 + int(micros) // 1000
    found = zip(kinds.items(), answers[::2], answers[1::2], strict=True)
    return {
        name: _written(kind, int(ends), held, now) for (name, kind), ends, held in found if int(ends) != _GONE
    }


_GONE = -2
"""What PEXPIRETIME answers of a key that has ended since its name was read."""
_READERS: Mapping[str, Callable[[Any, str], object]] = {
    "string": lambda pipe, name: pipe.get(name),
    "hash": lambda pipe, name: pipe.hgetall(name),
    "zset": lambda pipe, name: pipe.zrange(name, 0, -1, withscores=True),
    "stream": lambda pipe, name: pipe.xrange(name),
}


def _written(kind: str, ends: int, held: Any, now: int) -> Key:
    found: Key = {"kind": kind, "holds": _changed(_plain(kind, held), lambda text: _apart(text, now))}
    if ends >= 0:
        found["ends"] = _apart(str(ends), now)
    return found


def _plain(kind: str, held: Any) -> Any:
    """The content of one key in lists, dicts and texts, always in the same order."""
    if kind == "zset":
        return [[name, _score(score)] for name, score in sorted(map(tuple, held))]
    if kind == "hash":
        return dict(sorted(held.items()))
    return [[entry, dict(fields)] for entry, fields in held] if kind == "stream" else held


def _score(score: float) -> str:
    return str(int(score)) if score == int(score) else repr(score)


def _changed(held: Any, change: Change) -> Any:
    """The same with every text in it changed."""
    if isinstance(held, list):
        return [_changed(part, change) for part in held]
    if isinstance(held, dict):
        return {name: _changed(part, change) for name, part in held.items()}
    return change(held)


def _apart(text: str, now: int) -> str:
    """A text with each moment in it written as its distance from now."""

    def written(found: re.Match[str]) -> str:
        apart = int(found.group()) - now
        return f"{{now{apart:+d}}}" if abs(apart) < _NEAR else found.group()

    assert not _WRITTEN.search(text), text
    return _MOMENT.sub(written, text)


def _moment(text: str, now: int) -> str:
    """The inverse."""
    return _WRITTEN.sub(lambda found: str(now + int(found[1])), text)


async def restore(client: Any, store: Dump, *, later: int = 0) -> None:
    """Put a store into a server that is empty, in one step.

    Args:
        client: a client of redis-py that decodes answers.
        store: what `dump` returned.
        later: milliseconds that have passed since it was dumped; what ended in that time is not there.
    """
    seconds, micros = await client.time()
    now = int(seconds) * 1000 + int(micros) // 1000
    pipe = client.pipeline(transaction=True)
    for name, key in store.items():
        ends = int(_moment(key["ends"], now - later)) if "ends" in key else None
        if ends is not None and ends <= now:
            continue
        held = _changed(key["holds"], lambda text: _moment(text, now - later))
        _WRITERS[key["kind"]](pipe, name, held)
        if ends is not None:
            pipe.pexpireat(name, ends)
    await pipe.execute()


def _add_events(pipe: Any, name: str, held: list[Any]) -> None:
    for entry, fields in held:
        pipe.xadd(name, fields, id=entry)


_WRITERS: Mapping[str, Callable[[Any, str, Any], object]] = {
    "string": lambda pipe, name, held: pipe.set(name, held),
    "hash": lambda pipe, name, held: pipe.hset(name, mapping=held),
    "zset": lambda pipe, name, held: pipe.zadd(name, {member: float(score) for member, score in held}),
    "stream": _add_events,
}


def write(file: Path, store: Dump) -> None:
    """Write a dump, one key a line."""
    lines = [f"{json.dumps(name)}: {_line(key)}" for name, key in sorted(store.items())]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _line(key: Key) -> str:
    return json.dumps(key, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(file: Path) -> Dump:
    """Read a dump."""
    found: Dump = json.loads(file.read_text("utf-8"))
    return found
