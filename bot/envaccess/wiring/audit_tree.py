"""What operators do with the tree over the audit stream: verify it, and look at its keys."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from envaccess.crypto.log_keys import is_signed
from envaccess.domain.audit import NO_EVENT, Tag, stream_order
from envaccess.domain.audit_line import line_of
from envaccess.domain.audit_tree import TreeHead, log_of
from envaccess.domain.checkpoint import (
    SignedNote,
    VerifierKey,
    read_checkpoint,
    read_heads,
    read_note,
    read_verifier_key,
)
from envaccess.domain.errors import EnvaccessError, SettingsError
from envaccess.domain.merkle import Place, all_tiles, leaf_hash
from envaccess.domain.text import count
from envaccess.domain.tree_check import ForkCheck, Outcome, TreeProblem, TreeReport
from envaccess.settings import Settings
from envaccess.store import health
from envaccess.store.client import Client
from envaccess.store.log_keys import RedisLogKeys
from envaccess.store.runner import Runner
from envaccess.store.tree import RedisTree
from envaccess.wiring.log_keys import LogKeys, head_file, open_log_keys, opened, rotate_log_key
from envaccess.wiring.operator import choose_workspace, open_host, operator_actor
from envaccess.wiring.parts import RandomIds, WallClock, open_keyring, refuse_later

_PAGE: Final = 2_000
_TILES: Final = 64
_NO_KEY: Final = (
    "no key is here to check signatures with: give the verifier key that you noted, as --key, "
    "or the master keys"
)


@dataclass(slots=True)
class _Read:
    """What one pass over the stream found besides leaves."""

    before: int = 0
    waiting: int = 0
    between: int = 0
    notes: list[tuple[str, SignedNote]] = field(default_factory=list)
    rotations: list[SignedNote] = field(default_factory=list)
    lost: dict[int, tuple[int, int]] = field(default_factory=dict)


class AuditTreeTools:
    """The operators' commands about the tree."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def keys(self, workspace: str, *, rotate: bool) -> tuple[str, ...]:
        """The verifier keys of a log, the one that signs last; with `rotate`, after another one was made.

        Raises:
            SettingsError: no master key opens the one that signs, or a setting is wrong.
        """
        async with open_host(self._settings, workspace) as (client, told, _):
            found = choose_workspace(told, await health.workspaces(client))
            await refuse_later(Runner(client, found))
            keyring, op = await open_keyring(self._settings, client), RandomIds().operation()
            if rotate:
                keys = await rotate_log_key(client, found, keyring, operator_actor(self._settings), op)
            else:
                keys = await open_log_keys(client, found, keyring, op)
        return tuple(map(str, keys.verifiers))

    async def verify(self, workspace: str, key: str, heads: Path | None) -> TreeReport:
        """Hash every line anew, and compare with tiles, heads, and what else is known of heads.

        Args:
            workspace: its id, or empty.
            key: the verifier key that counts; empty for those that the master keys open.
            heads: a file of signed heads that were kept elsewhere.

        Raises:
            SettingsError: a setting or an argument is wrong.
            StoreError: Redis did not answer.
        """
        pinned = read_verifier_key(key) if key else None
        if key and pinned is None:
            raise SettingsError("--key is no verifier key: it looks like envaccess/T0ACME/0a1b2c3d+HASH+KEY")
        kept = _read_heads(heads) if heads else ()
        async with open_host(self._settings, workspace, keys=False) as (client, told, _):
            found = choose_workspace(told, await health.workspaces(client))
            await refuse_later(Runner(client, found))
            trusted = [pinned] if pinned else await self._opened(client, found)
            seen = head_file(self._settings.home, found).last()
            notes = [("a head given with --heads", note) for note in kept]
            if seen and (signed := seen.signed):
                notes.append(("the newest head that this host has seen", signed))
            return await verify_store(RedisTree(Runner(client, found)), trusted, notes, WallClock().now())

    async def _opened(self, client: Client, workspace: str) -> list[VerifierKey]:
        """The keys that the master keys open: whoever writes to Redis can make none of them."""
        try:
            stored = await RedisLogKeys(Runner(client, workspace)).stored()
            if not stored.wrapped:
                return []
            keys: LogKeys = opened(stored, workspace, await open_keyring(self._settings, client))
        except EnvaccessError:
            return []
        return list(keys.verifiers)


def _read_heads(path: Path) -> Sequence[SignedNote]:
    try:
        found = read_heads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--heads: {path} cannot be read: {type(error).__name__}") from None
    if found is None:
        raise SettingsError(f"--heads: {path} holds no signed heads, or one that is cut off")
    return found


async def verify_store(
    tree: RedisTree, trusted: Sequence[VerifierKey], known: Sequence[tuple[str, SignedNote]], now: int
) -> TreeReport:
    """Verify what lies in Redis.

    Args:
        tree: the store.
        trusted: the keys that count.
        known: heads that were kept elsewhere, each with what it is called.
        now: milliseconds since the epoch.
    """
    heads = await tree.heads()
    checks = [ForkCheck(head.origin, head.size, await _all_tiles(tree, head)) for head in heads]
    read = _Read()
    async for event, fields in _entries(tree):
        _take(read, heads, checks, event, fields)
    for fork, (lost, _) in read.lost.items():
        checks[fork].lost = lost
    keys = _with_rotated(trusted, read.rotations)
    problems = [problem for check in checks for problem in check.problems()]
    if not keys:
        problems.append(TreeProblem(Outcome.INCOMPLETE, _NO_KEY))
    else:
        stored = [("the head in Redis", note) for head in heads if head.size and (note := head.signed)]
        if len(stored) < sum(bool(head.size) for head in heads):
            problems.append(TreeProblem(Outcome.ALTERED, "a head in Redis is no signed note"))
        every = [*stored, *read.notes, *known]
        problems += _head_problems(checks, every, keys)
    return TreeReport(tuple(_facts(heads, read, keys, now)), tuple(dict.fromkeys(problems)))


async def _all_tiles(tree: RedisTree, head: TreeHead) -> Mapping[Place, list[bytes]]:
    places = list(all_tiles(head.size))
    found: dict[Place, list[bytes]] = {}
    for at in range(0, len(places), _TILES):
        found |= await tree.tiles(head.fork, places[at : at + _TILES])
    return found


async def _entries(tree: RedisTree) -> AsyncIterator[tuple[str, Mapping[str, str]]]:
    cursor = NO_EVENT
    while page := await tree.entries(cursor, _PAGE):
        for event, fields in page:
            yield event, fields
        cursor = page[-1][0]


def _take(
    read: _Read,
    heads: Sequence[TreeHead],
    checks: Sequence[ForkCheck],
    event: str,
    fields: Mapping[str, str],
) -> None:
    """One event of the stream."""
    order = stream_order(event)
    place = sum(bool(head.size) and stream_order(head.start) < order for head in heads) - 1
    if place < 0:
        sealed_later = "n" in fields and not any(head.size for head in heads)
        read.waiting, read.before = read.waiting + sealed_later, read.before + (not sealed_later)
        return
    detail = _read_detail(fields)
    if fields.get("event") == Tag.AUDIT_GAP and "lost_size" in detail and place:
        read.lost[place - 1] = int(detail["lost_size"]), int(detail.get("found_size", "0"))
    if order <= stream_order(heads[place].last):
        checks[place].feed(event, fields.get("n", ""), leaf_hash(line_of(event, fields)))
    elif place == len(heads) - 1:
        read.waiting += 1
    else:
        read.between += 1
    note = read_note(detail.get("signed_rotation", "") or detail.get("signed_head", ""))
    if note and fields.get("event") == Tag.AUDIT_CHECKPOINT:
        read.notes.append((f"the head in event {event}", note))
    elif note and fields.get("event") == Tag.AUDIT_KEY_ROTATED:
        read.rotations.append(note)


def _read_detail(fields: Mapping[str, str]) -> Mapping[str, str]:
    try:
        found = json.loads(fields.get("detail", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _with_rotated(trusted: Sequence[VerifierKey], rotations: Sequence[SignedNote]) -> list[VerifierKey]:
    """The keys that count, and those that followed them: each was signed by the one before and by itself."""
    keys = list(trusted)
    for note in rotations:
        old, new = (read_verifier_key(line) for line in (*note.body.split("\n")[1:3], "", "")[:2])
        if (
            old
            and new
            and old in keys
            and new not in keys
            and all(is_signed(note, [key]) for key in (old, new))
        ):
            keys.append(new)
    return keys


def _head_problems(
    checks: Sequence[ForkCheck], notes: Sequence[tuple[str, SignedNote]], keys: Sequence[VerifierKey]
) -> Iterator[TreeProblem]:
    by_origin = {check.origin: check for check in checks}

    def signed_by(note: SignedNote, origin: str) -> bool:
        return is_signed(
            note, [VerifierKey(origin, key.public) for key in keys if log_of(origin) == key.name]
        )

    for what, note in notes:
        head = read_checkpoint(note.body)
        check = by_origin.get(head.origin) if head else None
        if check:
            yield from check.head_problems(note, signed_by, what)
        elif head and signed_by(note, head.origin):
            yield TreeProblem(
                Outcome.FORKED, f"{what} is of {head.origin}, of which nothing is here any more"
            )
        else:
            yield TreeProblem(Outcome.ALTERED, f"{what} is signed by no key that counts")


def _facts(heads: Sequence[TreeHead], read: _Read, keys: Sequence[VerifierKey], now: int) -> Iterator[str]:
    for head in heads:
        if head.size:
            last = stream_order(head.last)[0]
            told = f"{count(head.size, 'event')} sealed, 0 to {head.size - 1}, up to {head.last}"
            yield f"{head.origin}: {told}"
            yield f"  its last event is {max(0, now - last) // 1000} seconds old"
    for (fork, (lost, found)), (before, after) in zip(
        sorted(read.lost.items()), pairwise(heads), strict=False
    ):
        told = f"{count(max(0, lost - found), 'event')} lost"
        yield f"declared fork {fork + 1}: {after.origin} follows {before.origin}, {told}"
    if read.before:
        yield f"{count(read.before, 'event')} of before the tree, not sealed"
    if read.between:
        yield f"{count(read.between, 'event')} between two forks, not sealed"
    yield f"{count(read.waiting, 'event')} not sealed yet"
    yield from (f"checked with {key}" for key in keys)
