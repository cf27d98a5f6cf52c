"""The key that seals: it lies in the store, wrapped by the master keys."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, Self

from envaccess.crypto.keys import Keyring
from envaccess.crypto.sealing import Sealer
from envaccess.crypto.seals import SealKey, Seals
from envaccess.domain.audit import Actor
from envaccess.domain.errors import SealError, SealKeyUnknownError, SettingsError, StoreError
from envaccess.store.client import Client
from envaccess.store.ledger_key import RedisLedgerKey
from envaccess.store.log_keys import RedisLogKeys
from envaccess.store.runner import Runner
from envaccess.store.seal_keys import RedisSealKeys
from envaccess.store.sealed import value_keys
from envaccess.wiring.ledger_key import reseal_ledger_key

_LOOKS: Final = 10.0
"""Seconds between two looks at the store's keys, however many unknown ones are met."""
_STEP: Final = 5.0
"""Seconds between two looks whether the store still has its key."""


async def open_seals(client: Client, workspace: str, app: str | None, keyring: Keyring) -> Seals:
    """What seals and opens seals, with the key that the store has; it is made where there is none.

    Args:
        client: the connections.
        workspace: the team id.
        app: the bot's user id; None for who does not know it, and seals nothing.
        keyring: the master keys.

    Raises:
        SettingsError: the key that seals is there, but no master key opens it.
    """
    keys = await _keys(client, workspace, keyring)
    if not keys:
        key, secret = SealKey.generate()
        blob = Sealer(keyring).seal(secret, workspace=workspace, name=_name(key.id), version=1)
        await RedisSealKeys(Runner(client, workspace)).make(key.id, blob)
        keys = await _keys(client, workspace, keyring)
    return _with(workspace, app, keys)


async def find_seals(client: Client, workspace: str, keyring: Keyring) -> Seals | None:
    """What opens the seals of any app, and makes none; None where the store has no key.

    Raises:
        SettingsError: the key is there, but no master key opens it.
    """
    keys = await _keys(client, workspace, keyring)
    return _with(workspace, None, keys) if keys else None


def _with(workspace: str, app: str | None, keys: Mapping[str, SealKey]) -> Seals:
    return Seals(workspace, app, keys[max(keys)], keys)


class OperatorSeals:
    """What a command opens and makes seals with: most make none, and need no master key for that.

    So the key that seals is made, or missed, only where something is sealed.

    Args:
        seals: opens with the keys that the store has; None where it has none, or no master key opens them.
        make: makes what seals. Raises `SettingsError`.
    """

    def __init__(self, seals: Seals | None, make: Callable[[], Awaitable[Seals]]) -> None:
        self._seals = seals
        self._make = make

    @classmethod
    async def look(cls, client: Client, workspace: str, app: str | None, keyring: Keyring) -> Self:
        """With the keys that the store has; arguments as those of `open_seals`."""
        try:
            keys = await _keys(client, workspace, keyring)
        except SettingsError:
            keys = {}
        seals = _with(workspace, app, keys) if keys else None
        return cls(seals, partial(open_seals, client, workspace, app, keyring))

    async def ready(self) -> None:
        """Have a key that seals: before anything is sealed.

        Raises:
            SettingsError: no master key opens the one that is there.
        """
        self._seals = self._seals or await self._make()

    def mint(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Seal these facts, once it is `ready`."""
        assert self._seals
        return self._seals.mint(kind, facts)

    def open(self, kind: str, seal: str) -> dict[str, Any]:
        """The facts. Raises `SealKeyUnknownError`, `SealBrokenError`."""
        if self._seals is None:
            raise SealKeyUnknownError("sealed with a key that is not here")
        return self._seals.open(kind, seal)


async def needed_keys(client: Client, workspace: str) -> frozenset[str]:
    """The ids of the master keys that stored values need, and keys that seal, sign the tree or mark values.

    Raises:
        StoreError: Redis did not answer.
    """
    runner = Runner(client, workspace)
    wrapped = await RedisSealKeys(runner).wrapped()
    signing = (await RedisLogKeys(runner).stored()).wrapped
    marking = await RedisLedgerKey(runner).stored()
    blobs = (*wrapped.values(), *signing.values(), *((marking.wrapped,) if marking.id else ()))
    return await value_keys(runner) | {_master_of(blob) for blob in blobs}


async def reseal_keys(client: Client, workspace: str, keyring: Keyring, actor: Actor, op: str) -> int:
    """Wrap what seals anew under the first master key, once it was opened; returns how many keys moved.

    Args:
        client: the connections.
        workspace: the team id.
        keyring: the master keys, the one that shall wrap first.
        actor: who does it, for the audit.
        op: the operation's id.

    Raises:
        SettingsError: a key that seals is there, but no master key opens it; it stays as it is.
        StoreError: Redis did not answer; it can be run again.
    """
    runner, sealer = Runner(client, workspace), Sealer(keyring)
    stored, signing = RedisSealKeys(runner), RedisLogKeys(runner)
    moved = await reseal_ledger_key(runner, keyring, workspace, actor, op)
    for number, blob in (await signing.stored()).wrapped.items():
        if _master_of(blob) != keyring.first.id:
            anew = _reseal(sealer, workspace, number, blob)
            moved += await signing.rewrap(f"{op}:log:{number}", number, blob, anew, actor)
    for key, blob in (await stored.wrapped()).items():
        _unwrap(sealer, workspace, key, blob)
        if _master_of(blob) != keyring.first.id:
            anew = sealer.reseal(blob, workspace=workspace, name=_name(key), version=1)
            moved += await stored.rewrap(f"{op}:{key}", key, blob, anew, actor)
    return moved


class SealKeyRefresh:
    """Keeps the keys of a running process and those of its store the same.

    A store that lost all its data gets the key back that this process seals with: else the next start would
    make another one, and each would refuse what the other sealed.

    Args:
        client: the connections.
        workspace: the team id.
        keyring: the master keys.
        seals: what this process seals and opens with.
        monotonic: seconds.
    """

    def __init__(
        self, client: Client, workspace: str, keyring: Keyring, seals: Seals, monotonic: Callable[[], float]
    ) -> None:
        self._stored = RedisSealKeys(Runner(client, workspace))
        self._workspace, self._sealer, self._seals = workspace, Sealer(keyring), seals
        self._monotonic, self._next_look = monotonic, monotonic()
        self._seen: Mapping[str, bytes] = {}

    async def look_again(self) -> bool:
        """Look for keys that the store has got since, once in a while; whether there were some."""
        if self._monotonic() < self._next_look:
            return False
        self._next_look = self._monotonic() + _LOOKS
        try:
            return await self._refresh()
        except StoreError:
            return False

    async def step(self) -> float:
        """Look whether the store still has its key; seconds until the next time.

        Raises:
            StoreError: Redis did not answer.
        """
        await self._refresh()
        return _STEP

    async def _refresh(self) -> bool:
        wrapped = await self._stored.wrapped()
        if not wrapped and self._seals.current in self._seen:
            await self._stored.put_back(self._seals.current, self._seen[self._seals.current])
            return False
        try:
            new = self._seals.learn(_unwrapped(self._sealer, self._workspace, wrapped))
        except SettingsError:
            return False
        self._seen = wrapped
        return new


async def _keys(client: Client, workspace: str, keyring: Keyring) -> Mapping[str, SealKey]:
    wrapped = await RedisSealKeys(Runner(client, workspace)).wrapped()
    return _unwrapped(Sealer(keyring), workspace, wrapped)


def _unwrapped(sealer: Sealer, workspace: str, wrapped: Mapping[str, bytes]) -> Mapping[str, SealKey]:
    return {key: _unwrap(sealer, workspace, key, blob) for key, blob in wrapped.items()}


def _unwrap(sealer: Sealer, workspace: str, key: str, blob: bytes) -> SealKey:
    try:
        found = SealKey(sealer.open(blob, workspace=workspace, name=_name(key), version=1))
    except SealError:
        found = None
    if found is None or found.id != key:
        raise SettingsError(
            "ENVACCESS_MASTER_KEYS: none of them opens the key that seals what people do in this store; "
            "put the key back that was in force when it was made; if it is lost, delete the values that only "
            "it opens, stop every bot, and run `envaccess secrets reseal --leaked`"
        )
    return found


def _master_of(blob: bytes) -> str:
    """The master key that a wrapped key names; what is no wrapped key names none that anybody has."""
    try:
        return Sealer.key_id_of(blob)
    except SealError:
        return "unreadable"


def _reseal(sealer: Sealer, workspace: str, number: int, blob: bytes) -> bytes:
    try:
        return sealer.reseal(blob, workspace=workspace, name=seed_name(number), version=1)
    except SealError:
        raise SettingsError(
            "ENVACCESS_MASTER_KEYS: none of them opens a key that signs the audit tree; put the key back "
            "that was in force when it was made"
        ) from None


def seed_name(number: int) -> str:
    """What a key that signs the tree is wrapped as: no variable is called so."""
    return f"#log-key/{number}"


def _name(key: str) -> str:
    """What a seal key is wrapped as: no variable is called so."""
    return f"#seal-key/{key}"
