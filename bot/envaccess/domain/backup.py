"""A backup as text: a header, a line for each key or part of a key, and a last line with counts and SHA-256.

Every line is one JSON object. What a line may hold is checked when it is read: a backup comes from outside.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

FORMAT: Final = 1
"""How these lines are written; a greater one is a later version's."""
LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes of one line, which is held in memory."""

_MARK: Final = "envaccess.backup"
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_EVENT: Final = re.compile(r"[0-9]{1,19}-[0-9]{1,19}", re.ASCII)
_MOST: Final = 2**53
"""No number of a store is greater, but those of events' ids."""


class BadLineError(ValueError):
    """A line of a backup that cannot be one; its text is the rest of a sentence that begins with the file."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What a backup says of itself before anything else.

    Attributes:
        epoch: that of the store it was made of.
        at: when its making began, milliseconds since the epoch, Redis time.
        version: of the product that made it.
    """

    workspace: str
    epoch: int
    at: int
    version: str


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A key, or a part of one that holds much.

    Attributes:
        key: its name behind the workspace's prefix.
        type: what Redis calls its type.
        part: 0 begins the key anew; each other one is added to what is there.
        holds: a text; names and texts of a hash; `[member, score]` of a zset; texts of a list or a set;
            `[id, fields]` of a stream.
        ends: when it ends, milliseconds since the epoch; 0 for never.
    """

    key: str
    type: str
    part: int
    holds: Any
    ends: int = 0


@dataclass(frozen=True, slots=True)
class BackupCounts:
    """How much a backup holds."""

    requests: int = 0
    values: int = 0
    events: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class BackupEnd:
    """The last line: counts, and the SHA-256 of all lines before it, in hexadecimal."""

    counts: BackupCounts
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that lies in its file.

    Attributes:
        path: absolute.
    """

    workspace: str
    path: str
    counts: BackupCounts
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupRestored:
    """What a restore came to.

    Attributes:
        at: when the backup was made, milliseconds since the epoch.
        grants: live grants that it ended.
        requests: pending requests that it ended.
        keys: ids of the master keys that its values are sealed under and that are not held here.
    """

    workspace: str
    counts: BackupCounts
    at: int
    grants: int
    requests: int
    keys: tuple[str, ...] = ()


def write_header(header: BackupHeader) -> bytes:
    """The first line."""
    return _line({_MARK: FORMAT, **asdict(header)})


def write_part(part: KeyPart) -> bytes:
    """The line of a key, or of a part of one."""
    return _line({name: value for name, value in asdict(part).items() if name != "ends" or value})


def write_end(end: BackupEnd) -> bytes:
    """The last line."""
    return _line({"end": asdict(end)})


def _line(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_header(line: bytes) -> BackupHeader:
    """The first line.

    Raises:
        BadLineError: it is not the first line of a backup, or of a later version's.
    """
    try:
        content = _object(line)
    except BadLineError:
        content = {}
    written = content.get(_MARK)
    if not isinstance(written, int):
        raise BadLineError("is no backup of envaccess")
    if written > FORMAT:
        raise BadLineError("was made by a later version of envaccess: restore it with that one")
    texts, numbers = _take(content, str, "workspace", "version"), _take(content, int, "epoch", "at")
    if texts is None or numbers is None:
        raise BadLineError("is no backup of envaccess")
    return BackupHeader(texts[0], numbers[0], numbers[1], texts[1])


def read_line(line: bytes) -> KeyPart | BackupEnd:
    """Any other line.

    Raises:
        BadLineError: it is none.
    """
    content = _object(line)
    found = _end(content["end"]) if set(content) == {"end"} else _part(content)
    if found is None:
        raise BadLineError("is damaged")
    return found


def _object(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise BadLineError("is cut off")
    try:
        content = json.loads(line)
        if b"\\u" in line:
            json.dumps(content, ensure_ascii=False).encode()  # half a character cannot be stored
    except (ValueError, RecursionError):
        raise BadLineError("is damaged") from None
    if not isinstance(content, dict):
        raise BadLineError("is damaged")
    return content


def _take(content: Mapping[str, Any], kind: type, *names: str) -> list[Any] | None:
    """What is under these names, all of one type; None where any is not."""
    found = [content.get(name) for name in names]
    return found if all(type(value) is kind for value in found) else None


def _end(content: Any) -> BackupEnd | None:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(content, dict) or set(content) != {"counts", "sha256"}:
        return None
    names = ("requests", "values", "events", "lines")
    numbers = _take(content["counts"], int, *names) if isinstance(content["counts"], dict) else None
    sha256 = content["sha256"]
    if numbers is None or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        return None
    return BackupEnd(BackupCounts(*numbers), sha256)


def _part(content: Mapping[str, Any]) -> KeyPart | None:
    if set(content) - {"ends"} != {"key", "type", "part", "holds"}:
        return None
    texts, numbers = _take(content, str, "key", "type"), _take({"ends": 0, **content}, int, "part", "ends")
    if texts is None or numbers is None or not texts[0] or not 0 <= min(numbers) <= max(numbers) <= _MOST:
        return None
    check = _SHAPES.get(texts[1])
    fits = check is not None and check(content["holds"])
    return KeyPart(texts[0], texts[1], numbers[0], content["holds"], numbers[1]) if fits else None


def _is_text(held: object) -> bool:
    return isinstance(held, str)


def _are_texts(held: object) -> bool:
    return isinstance(held, list) and all(isinstance(text, str) for text in held)


def _are_fields(held: object) -> bool:
    return isinstance(held, dict) and all(isinstance(text, str) for text in held.values())


def _are_scored(held: object) -> bool:
    return _are_pairs(held) and all(
        isinstance(member, str) and _is_score(score) for member, score in _pairs(held)
    )


def _is_score(score: object) -> bool:
    """Whether it is a number; a great one is none of ours, but may be another version's infinity."""
    if isinstance(score, float):
        return not math.isnan(score)
    return type(score) is int and abs(score) <= _MOST


def _are_entries(held: object) -> bool:
    return _are_pairs(held) and all(
        isinstance(entry, str) and _EVENT.fullmatch(entry) and _are_fields(fields) and fields
        for entry, fields in _pairs(held)
    )


def _are_pairs(held: object) -> bool:
    return isinstance(held, list) and all(isinstance(pair, list) and len(pair) == _TWO for pair in held)


def _pairs(held: Any) -> list[list[Any]]:  # noqa: ANN401 - looked at by whoever calls
    found: list[list[Any]] = held
    return found


_TWO: Final = 2
_SHAPES: Final = {
    "string": _is_text,
    "list": _are_texts,
    "set": _are_texts,
    "hash": _are_fields,
    "zset": _are_scored,
    "stream": _are_entries,
}
"""What a key of each type may hold."""
