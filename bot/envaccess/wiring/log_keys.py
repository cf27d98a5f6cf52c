"""The keys that sign the heads of the audit tree, and the newest head that this host has seen."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envaccess import log
from envaccess.crypto.keys import Keyring
from envaccess.crypto.log_keys import LogKey, is_signed
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import BOT, Actor
from envaccess.domain.audit_tree import TreeHead, read_head
from envaccess.domain.checkpoint import SignedNote, VerifierKey, read_checkpoint
from envaccess.domain.errors import SealError, SettingsError
from envaccess.store.client import Client
from envaccess.store.log_keys import RedisLogKeys, StoredLogKeys
from envaccess.store.runner import Runner
from envaccess.wiring.seal_keys import seed_name

_UNOPENED: Final = (
    "ENVACCESS_MASTER_KEYS: none of them opens the key that signs the audit tree; put the key back that was "
    "in force when it was made"
)


@dataclass(frozen=True, slots=True, repr=False)
class LogKeys:
    """A log's keys, opened: fits `projections.checkpoints.Signer`.

    Attributes:
        log: the log's name.
        seeds: by their numbers; the last signs.
    """

    log: str
    seeds: Mapping[int, bytes]

    def sign(self, origin: str, body: str) -> SignedNote:
        """A note of a head of that origin."""
        return LogKey(self.seeds[max(self.seeds)], origin).sign(body)

    @property
    def verifier(self) -> VerifierKey:
        """What heads are checked with now."""
        return LogKey(self.seeds[max(self.seeds)], self.log).verifier

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """What any head was ever checked with, the first first."""
        return tuple(LogKey(seed, self.log).verifier for _, seed in sorted(self.seeds.items()))


async def open_log_keys(client: Client, workspace: str, keyring: Keyring, op: str) -> LogKeys:
    """The keys that the store has; the first is made where there is none.

    Raises:
        SettingsError: one is there, but no master key opens it.
        StoreError: Redis did not answer.
    """
    stored = RedisLogKeys(Runner(client, workspace))
    found = await stored.stored()
    if not found.wrapped:
        key, seed = LogKey.generate(f"envaccess/{workspace}/{secrets.token_hex(4)}")
        blob = Sealer(keyring).seal(seed, workspace=workspace, name=seed_name(1), version=1)
        await stored.put(op, 1, blob, key.verifier, BOT)
        found = await stored.stored()
    return opened(found, workspace, keyring)


def opened(found: StoredLogKeys, workspace: str, keyring: Keyring) -> LogKeys:
    """Those that are there. Raises `SettingsError` where no master key opens one."""
    sealer = Sealer(keyring)
    try:
        seeds = {
            number: sealer.open(blob, workspace=workspace, name=seed_name(number), version=1)
            for number, blob in found.wrapped.items()
        }
    except SealError:
        seeds = {}
    if not seeds:
        raise SettingsError(_UNOPENED)
    return LogKeys(found.name, seeds)


class CurrentLogKeys:
    """Signs with the key that signs now, whoever made it: fits `projections.checkpoints.Signer`.

    Args:
        client: the connections.
        workspace: the team id.
        keyring: the master keys.
        keys: those of the start.
    """

    def __init__(self, client: Client, workspace: str, keyring: Keyring, keys: LogKeys) -> None:
        self._stored = RedisLogKeys(Runner(client, workspace))
        self._workspace, self._keyring, self._keys = workspace, keyring, keys
        self._unopened = 0
        self._number = max(keys.seeds)

    @property
    def log(self) -> str:
        """The log's name."""
        return self._keys.log

    def sign(self, origin: str, body: str) -> SignedNote:
        """A note of a head of that origin."""
        return LogKey(self._keys.seeds[self._number], origin).sign(body)

    def choose(self, before: SignedNote | None, unsealed: Sequence[str]) -> None:
        """Sign with the newest key whose rotation is sealed: only then an archive has what vouches for it.

        Args:
            before: the head before; with an older key than that nothing is signed.
            unsealed: the keys whose rotation comes after what is about to be sealed.
        """
        numbers = sorted(self._keys.seeds)
        head = read_checkpoint(before.body) if before else None
        signed = [
            number
            for number in numbers
            if before and head and is_signed(before, [LogKey(self._keys.seeds[number], head.origin).verifier])
        ]
        names = {number: str(LogKey(self._keys.seeds[number], self.log).verifier) for number in numbers}
        sealed = [number for number in numbers if names[number] not in unsealed]
        self._number = max([*sealed, *signed, numbers[0]])

    async def refresh(self) -> None:
        """Take a key that was made since; one that no master key opens is told, and none is gone back to.

        Raises:
            StoreError: Redis did not answer.
        """
        found = await self._stored.stored()
        newest = max(found.wrapped, default=0)
        if newest <= max(self._keys.seeds) or found.name != self._keys.log:
            return
        try:
            self._keys = opened(found, self._workspace, self._keyring)
        except SettingsError:
            if self._unopened != newest:
                log.warn("audit_key_unopened", number=newest)
            self._unopened = newest
            return
        log.note("audit_key", key=str(self._keys.verifier))


class HeadFile:
    """The newest head that processes of this host have seen: fits `projections.checkpoints.HeadMemory`.

    Attributes:
        path: where it is kept; another process writes it too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: TreeHead | None = None
        self._unwritable = False

    def last(self) -> TreeHead | None:
        """That head: the one in memory, or the one in the file where that is further."""
        kept = self._read() if self._last is None else None
        self._last = self._last or kept
        return self._last

    def keep(self, head: TreeHead) -> None:
        """Keep a head that was seen, and write it down."""
        if self._last and (self._last.fork, self._last.size) == (head.fork, head.size):
            return
        self._last = head
        text = json.dumps({"fork": head.fork, "head": head.written()})
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())  # a power cut that takes Redis' last second must not take this, too
            beside.replace(self.path)
        except OSError as error:
            if not self._unwritable:
                log.warn("audit_head_not_kept", why=type(error).__name__)
            self._unwritable = True

    def _read(self) -> TreeHead | None:
        try:
            found = json.loads(self.path.read_text("utf-8"))
            return read_head(int(found["fork"]), str(found["head"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None


def head_file(home: Path, workspace: str) -> HeadFile:
    """The newest head of a workspace that this host has seen."""
    return HeadFile(home / "audit" / f"{workspace}.head")


async def rotate_log_key(client: Client, workspace: str, keyring: Keyring, actor: Actor, op: str) -> LogKeys:
    """Make another key, which signs from now on; an event names it, signed by both.

    Raises:
        SettingsError: no master key opens the one that signs.
    """
    stored = RedisLogKeys(Runner(client, workspace))
    keys = await open_log_keys(client, workspace, keyring, f"{op}:first")
    number = max(keys.seeds) + 1
    new, seed = LogKey.generate(keys.log)
    body = f"envaccess audit key rotation\n{keys.verifier}\n{new.verifier}\n"
    old = LogKey(keys.seeds[number - 1], keys.log)
    note = SignedNote(body, (*old.sign(body).signatures, *new.sign(body).signatures))
    blob = Sealer(keyring).seal(seed, workspace=workspace, name=seed_name(number), version=1)
    await stored.put(op, number, blob, new.verifier, actor, note.text)
    return opened(await stored.stored(), workspace, keyring)
