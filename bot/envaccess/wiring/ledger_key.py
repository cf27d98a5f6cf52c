"""The key that marks values for the ledger: it lies in the store, wrapped by the master keys."""

from envaccess.crypto.fingerprints import Fingerprints
from envaccess.crypto.keys import Keyring
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import Actor
from envaccess.domain.errors import SealError, SettingsError
from envaccess.store.ledger import RedisLedger
from envaccess.store.ledger_key import RedisLedgerKey, StoredLedgerKey
from envaccess.store.runner import Runner


class LedgerKey:
    """The store's key, opened when first needed, made where there is none: fits `store.ledger.MarkKeys`.

    Args:
        runner: the workspace's scripts.
        keyring: the master keys.
        workspace: the team id.
    """

    def __init__(self, runner: Runner, keyring: Keyring, workspace: str) -> None:
        self._stored, self._sealer, self._workspace = RedisLedgerKey(runner), Sealer(keyring), workspace
        self._opened: Fingerprints | None = None

    async def key(self) -> Fingerprints:
        """It. Raises `SealError` where no master key opens it, `StoreError`."""
        if self._opened is None:
            found = await self._stored.stored()
            if not found.id:
                new, secret = Fingerprints.generate()
                await self._stored.make(new.id, _sealed(self._sealer, self._workspace, new.id, secret))
                found = await self._stored.stored()
            self._opened = _opened(self._sealer, self._workspace, found)
        return self._opened

    def drop(self) -> None:
        """The store has another one: a backup was restored, or it lost its data."""
        self._opened = None


def open_ledger(runner: Runner, keyring: Keyring, workspace: str) -> RedisLedger:
    """The ledger of one workspace."""
    return RedisLedger(runner, LedgerKey(runner, keyring, workspace))


async def reseal_ledger_key(runner: Runner, keyring: Keyring, workspace: str, actor: Actor, op: str) -> int:
    """Wrap the key anew under the first master key; how many keys moved.

    Raises:
        SettingsError: no master key opens it; it stays as it is.
        StoreError: Redis did not answer; it can be run again.
    """
    stored, sealer = RedisLedgerKey(runner), Sealer(keyring)
    found = await stored.stored()
    if not found.id:
        return 0
    try:
        _opened(sealer, workspace, found)
        if Sealer.key_id_of(found.wrapped) == keyring.first.id:
            return 0
        anew = sealer.reseal(found.wrapped, workspace=workspace, name=_name(found.id), version=1)
    except SealError:
        raise SettingsError(
            "ENVACCESS_MASTER_KEYS: none of them opens the key that marks values for the ledger; put the key "
            "back that was in force when it was made; if it is lost, stop every bot, and run "
            "`envaccess secrets reseal --leaked`"
        ) from None
    return int(await stored.rewrap(f"{op}:ledger", found.id, found.wrapped, anew, actor))


async def lost_ledger_key(runner: Runner, keyring: Keyring, workspace: str, actor: Actor, op: str) -> str:
    """The id of the key where no master key opens it; else it is under the first one now, and nothing."""
    try:
        await reseal_ledger_key(runner, keyring, workspace, actor, op)
    except SettingsError:
        return (await RedisLedgerKey(runner).stored()).id
    return ""


def _opened(sealer: Sealer, workspace: str, found: StoredLedgerKey) -> Fingerprints:
    secret = sealer.open(found.wrapped, workspace=workspace, name=_name(found.id), version=1)
    key = Fingerprints(secret)
    if key.id != found.id:
        raise SealError("The key that marks values is not the one that its id names")
    return key


def _sealed(sealer: Sealer, workspace: str, key: str, secret: bytes) -> bytes:
    return sealer.seal(secret, workspace=workspace, name=_name(key), version=1)


def _name(key: str) -> str:
    """What it is wrapped as: no variable is called so."""
    return f"#ledger-key/{key}"
