"""What operators do with the tree over the audit stream: verify it, and look at its keys."""

import base64
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from envaccess.domain.audit import NO_EVENT, Actor, Tag, stream_order
from envaccess.domain.audit_line import day_of, line_of, read_digests
from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.checkpoint import SignedNote, VerifierKey, read_heads, read_verifier_key
from envaccess.domain.errors import EnvaccessError, SettingsError
from envaccess.domain.merkle import WIDTH, Place, all_tiles, inclusion_proof, leaf_hash, tile_node
from envaccess.domain.seals.statements import SealMaker
from envaccess.domain.tree_check import TreeReport
from envaccess.settings import Settings
from envaccess.store import health
from envaccess.store.client import Client
from envaccess.store.log_keys import RedisLogKeys
from envaccess.store.request_reader import Archived
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.trail import read_event
from envaccess.store.tree import Entry, RedisTree
from envaccess.wiring.archive import open_archive
from envaccess.wiring.cosigned import read_witness
from envaccess.wiring.event_checks import EventChecks
from envaccess.wiring.log_keys import LogKeys, head_file, open_log_keys, opened, rotate_log_key
from envaccess.wiring.operator import choose_workspace, open_host, operator_actor
from envaccess.wiring.parts import RandomIds, WallClock, open_keyring, refuse_later
from envaccess.wiring.seal_keys import find_seals
from envaccess.wiring.tree_archive import read_archive, write_archive
from envaccess.wiring.tree_proof import check_proof
from envaccess.wiring.tree_verification import Verification
from envaccess.wiring.tree_witness import begin_witness, cosign_newest

_PAGE: Final = 2_000
_TILES: Final = 64


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

    async def verify(
        self, workspace: str, key: str, heads: Path | None, archive: Path | None, witness: str
    ) -> TreeReport:
        """Hash every line anew, and compare with tiles, heads, and what else is known of heads.

        Args:
            workspace: its id, or empty.
            key: the verifier keys that count, spaces between; empty for those that the master keys open.
            heads: a file of signed heads that were kept elsewhere.
            archive: a folder that is looked at in place of the store; None for the store.
            witness: the key of a witness that must have cosigned a head; empty for none.

        Raises:
            SettingsError: a setting or an argument is wrong.
            StoreError: Redis did not answer.
        """
        pinned, cosigner = _read_pinned(key), read_witness(witness)
        notes = [("a head given with --heads", note) for note in (read_head_file(heads) if heads else ())]
        if archive:
            check, problems, _ = read_archive(archive)
            return check.report(pinned, notes, WallClock().now(), problems, cosigner)
        async with self._open(workspace) as (client, found):
            trusted = pinned or await self._opened(client, found)
            seen = head_file(self._settings.home, found).last()
            if seen and (signed := seen.signed):
                notes.append(("the newest head that this host has seen", signed))
            tree = RedisTree(Runner(client, found))
            seals = await self._seals(client, found)
            closed = self._closed(client, found, seals)
            return await verify_store(tree, trusted, notes, WallClock().now(), cosigner, seals, closed)

    def _closed(self, client: Client, workspace: str, seals: SealMaker | None) -> Archived | None:
        """Where records are that left Redis, for who can open their seals."""
        runner = Runner(client, workspace)
        return open_archive(self._settings, runner, Sealing(seals, WallClock().now)) if seals else None

    def check_proof(self, proof: Path, key: str, heads: Path | None, witness: str) -> TreeReport:
        """Check the proof of one event, with nothing but its file; arguments as those of `verify`.

        Raises:
            SettingsError: an argument is wrong, or a file of them cannot be read.
        """
        pinned, cosigner = _read_pinned(key), read_witness(witness)
        try:
            text = proof.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        notes = read_head_file(heads) if heads else ()
        keys: list[VerifierKey | None] = [*pinned] or [None]
        reports = [check_proof(text, one, notes, cosigner) for one in keys]
        return min(reports, key=lambda report: bool(report.problems))

    def begin_witness(self, folder: Path, name: str, key: str) -> str:
        """Make a witness of a log; returns its key. Raises `SettingsError`."""
        return str(begin_witness(folder, name, key))

    def cosign(self, folder: Path, source: Path | str, *, accept_fork: bool) -> tuple[str, TreeReport]:
        """The newest head of a source with the witness's cosignature, or empty; and what was found."""
        return cosign_newest(folder, source, WallClock().now(), accept_fork=accept_fork)

    async def archive(self, workspace: str, folder: Path) -> int:
        """Write what is sealed to a folder; returns how many events that are.

        Raises:
            BackupFileError: an event is not as it was sealed, or the folder cannot be written.
        """
        async with self._open(workspace) as (client, found):
            tree = RedisTree(Runner(client, found))
            heads = await tree.heads()
            tiles = [await all_tiles_of(tree, head) for head in heads]
            public = (await RedisLogKeys(Runner(client, found)).stored()).public
            keys = [public[number] for number in sorted(public)]
            return await write_archive(folder, heads, tiles, all_entries(tree), keys, WallClock().now())

    async def prove(self, workspace: str, event: str) -> str:
        """A proof of one event that can be checked without Redis, in C2SP's tlog-proof; it shows no other.

        Raises:
            SettingsError: there is no such event, or it is not sealed.
        """
        async with self._open(workspace) as (client, found):
            return await prove_event(RedisTree(Runner(client, found)), event)

    async def lines(self, workspace: str, after: str) -> AsyncIterator[bytes]:
        """The line of each event, which is what is hashed of it."""
        async with self._open(workspace) as (client, found):
            async for event, fields in all_entries(RedisTree(Runner(client, found)), after):
                yield line_of(event, fields)

    async def redact(self, workspace: str, event: str, why: str) -> int:
        """Take away what somebody typed in an event, and wherever else we keep it; how many events had it.

        Raises:
            SettingsError: there is no such event, it has no text, or its request is not over.
        """
        actor, op = operator_actor(self._settings), RandomIds().operation()
        async with self._open(workspace) as (client, found):
            return await redact_event(RedisTree(Runner(client, found)), op, actor, event, why)

    @contextlib.asynccontextmanager
    async def _open(self, workspace: str) -> AsyncIterator[tuple[Client, str]]:
        """The store, which no key is needed to read, and the workspace that is meant."""
        async with open_host(self._settings, workspace, keys=False) as (client, told, _):
            found = choose_workspace(told, await health.workspaces(client))
            await refuse_later(Runner(client, found))
            yield client, found

    async def _seals(self, client: Client, workspace: str) -> SealMaker | None:
        """What opens seals, where a master key is here that opens the key for it."""
        try:
            return await find_seals(client, workspace, await open_keyring(self._settings, client))
        except EnvaccessError:
            return None

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


def _before(event: str) -> str:
    """The id right before: an event is read by it alone."""
    milliseconds, sequence = stream_order(event)
    return f"{milliseconds}-{sequence - 1}" if sequence else f"{milliseconds - 1}-{2**64 - 1}"


def _read_pinned(key: str) -> list[VerifierKey]:
    pinned = [found for one in key.split() if (found := read_verifier_key(one))]
    if len(pinned) < len(key.split()):
        raise SettingsError("--key is no verifier key: it looks like envaccess/T0ACME/0a1b2c3d+HASH+KEY")
    return pinned


def read_head_file(path: Path) -> Sequence[SignedNote]:
    """The signed heads in a file of `--heads`. Raises `SettingsError` where there are none."""
    try:
        found = read_heads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--heads: {path} cannot be read: {type(error).__name__}") from None
    if found is None:
        raise SettingsError(f"--heads: {path} holds no signed heads, or one that is cut off")
    return found


async def verify_store(
    tree: RedisTree,
    trusted: Sequence[VerifierKey],
    known: Sequence[tuple[str, SignedNote]],
    now: int,
    witness: VerifierKey | None = None,
    seals: SealMaker | None = None,
    archive: Archived | None = None,
) -> TreeReport:
    """Verify what lies in Redis.

    Args:
        tree: the store.
        trusted: the keys that count.
        known: heads that were kept elsewhere, each with what it is called.
        now: milliseconds since the epoch.
        witness: whose cosignature one of the heads must have; None for nobody's.
        seals: opens the seals of approvals; None where no key for them is here.
        archive: where records are that left Redis; None where there is none.
    """
    heads, most = await tree.heads(), await tree.most()
    # Whoever writes to Redis can say any size: no more is looked for than there can be.
    heads = [head if head.size <= most else replace(head, size=most) for head in heads]
    check = Verification(heads, [await all_tiles_of(tree, head) for head in heads])
    apart = EventChecks(seals, now, archive)
    async for page in _pages(tree):
        for event, fields in page:
            check.take_stream(event, fields, leaf_hash(line_of(event, fields)))
        await apart.take(tree, page)
    facts, problems = await apart.finish(tree)
    return check.report(trusted, known, now, problems, witness, facts)


async def all_tiles_of(tree: RedisTree, head: TreeHead) -> dict[Place, list[bytes]]:
    """Every tile of a fork that is there."""
    places = list(all_tiles(head.size))
    found: dict[Place, list[bytes]] = {}
    for at in range(0, len(places), _TILES):
        found |= await tree.tiles(head.fork, places[at : at + _TILES])
    return found


async def redact_event(tree: RedisTree, op: str, actor: Actor, event: str, why: str) -> int:
    """Take away what somebody typed. Raises `SettingsError` where there is nothing to take."""
    entry = next(iter(await tree.entries(_before(event), 1)), None)
    if entry is None or entry[0] != event:
        raise SettingsError(f"There is no event {event}")
    fields = entry[1]
    digests = set(read_digests(fields.get("typed", "")).values())
    if not digests:
        raise SettingsError(f"Nobody typed anything in event {event}")
    having = [
        (other, said)
        async for other, said in all_entries(tree)
        if digests & set(read_digests(said.get("typed", "")).values())
    ]
    texts = {other: str(day_of(other)) for other, _ in having}
    judgements = dict(pair for other, said in having if (pair := _judgement(other, said)))
    about = fields.get("request", ""), _locked(fields), _judged(*entry)
    done = await tree.redact(op, actor, event, why, texts, about, judgements)
    if done is None:
        told = "is not over: let it end, or end it, and run this again"
        raise SettingsError(f"The request of event {event} {told}")
    return done


def _judgement(event: str, fields: Mapping[str, str]) -> tuple[str, str] | None:
    """The item of an access review that an event tells of, and the review; None for other events."""
    told = read_event(event, fields)
    if told.event != Tag.REVIEW_ITEM_JUDGED:
        return None
    review = told.detail.get("review", "")
    return f"{review}:{told.detail.get('item', '')}", review


def _judged(event: str, fields: Mapping[str, str]) -> str:
    """The alert of which an event says what was found; empty for other events."""
    said = read_event(event, fields)
    return said.detail.get("alert", "") if said.event == Tag.SIGNAL_JUDGED else ""


def _locked(fields: Mapping[str, str]) -> str:
    """The target of a lock, of which an event tells; empty for other events."""
    if not fields.get("event", "").startswith("principal."):
        return ""
    who = fields.get("requester", "")
    return f"variable:{fields.get('variables', '')}" if not who else who if ":" in who else f"person:{who}"


async def prove_event(tree: RedisTree, event: str) -> str:
    """The proof of one event. Raises `SettingsError` where there is none."""
    for head in reversed(await tree.heads()):
        if not head.size or not stream_order(head.start) < stream_order(event) <= stream_order(head.last):
            continue
        entry = next(iter(await tree.entries(_before(event), 1)), None)
        if entry is None or entry[0] != event:
            raise SettingsError(f"There is no event {event}")
        line = line_of(*entry)
        tiles = await all_tiles_of(tree, head)
        leaves = (leaf for at in range(-(-head.size // WIDTH)) for leaf in tiles.get((0, at), ()))
        index = next((at for at, leaf in enumerate(leaves) if leaf == leaf_hash(line)), None)
        if index is None:
            raise SettingsError(f"Event {event} is not as it was sealed: run `envaccess audit verify`")
        path = inclusion_proof(index, head.size, tile_node(tiles))
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in path)
        extra = base64.b64encode(line).decode()
        return f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{hashes}\n{head.note}"
    raise SettingsError(f"No event {event} is sealed: what is new is sealed within a minute")


async def all_entries(
    tree: RedisTree, cursor: str = NO_EVENT
) -> AsyncIterator[tuple[str, Mapping[str, str]]]:
    """Every event that the stream has after one of them."""
    async for page in _pages(tree, cursor):
        for event, fields in page:
            yield event, fields


async def _pages(tree: RedisTree, cursor: str = NO_EVENT) -> AsyncIterator[Sequence[Entry]]:
    while page := await tree.entries(cursor, _PAGE):
        yield page
        cursor = page[-1][0]
