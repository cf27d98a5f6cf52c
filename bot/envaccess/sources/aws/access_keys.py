"""Access keys of an IAM user, rotated: a user has two at most, and no unknown one is ever deleted.

Sources: IAM API reference, CreateAccessKey, DeleteAccessKey, ListAccessKeys; IAM User Guide, *Manage access
keys*. A new key takes some seconds until it works everywhere, and a deleted one until it is refused. Whether
a key works is asked of STS, by GetCallerIdentity, which needs no permission: AWS says of a key that does not
count that it does not know it, and of one that does that a wrong signature is wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationError, RotationOp, Slot
from envaccess.domain.sources.faults import SourceFault
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.answers import AwsFaultError, malformed
from envaccess.sources.aws.calls import AwsCalls
from envaccess.sources.aws.errors import SKEWED
from envaccess.sources.aws.key_pairs import KeyPair, key_pair
from envaccess.sources.aws.signing import AwsCredentials

WAITS: Final = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look whether a change is everywhere."""
_UNKNOWN: Final = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
_FIELD: Final = "key_id_field"
"""The option that names the field of the key's id, where the value is the secret part alone."""


class AccessKeys(AwsAdapter):
    """Rotates the keys of users.

    Args:
        calls: signed by whoever may make and delete keys of these users.
        as_key: the same AWS, called with a key that is tried.
        wait: sleeps for so many seconds.
    """

    kind = SourceKind.AWS_IAM

    def __init__(
        self,
        calls: AwsCalls,
        as_key: Callable[[AwsCredentials], AwsCalls],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(calls)
        self._as_key, self._wait = as_key, wait

    async def plan(self, op: RotationOp) -> Mapping[str, str]:
        """Name the key that is live, which is to be ended; the user's other place has to be free."""
        user, pair = op.options["user"], key_pair(op.current.text)
        if not pair.key.key_id and _FIELD not in op.options:
            raise RotationBlockedError(BlockedWhy.UNREADABLE, _no_pair(op))
        keys = await self._keys(user)
        live = await self._live(pair, keys)
        if live not in keys:
            told = f"The value of {op.variable.label} is no access key of the IAM user {user}."
            raise RotationBlockedError(BlockedWhy.UNREADABLE, told)
        _refuse_others(user, keys, live)
        return {"user": user, "old": live}

    async def prepare(self, op: RotationOp) -> Slot:
        """Make a key, and wait until it works.

        One that this operation made before, whose secret may be lost, makes room; no other does.
        """
        user, old, made = op.pinned["user"], op.pinned["old"], op.pinned.get("made", "")
        keys, pair = await self._keys(user), key_pair(op.current.text)
        if await self._live(pair, keys) != old:
            told = f"The value of {op.variable.label} has changed since this was planned. Rotate it again."
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, told)
        if made in keys:
            await self._delete(user, made)
            keys.remove(made)
        _refuse_others(user, keys, old)
        key = await self._create(user)
        if not await self._comes_true(key, works=True):
            await self._delete(user, key.key_id)
            raise RotationError(
                f"The new access key of the IAM user {user} did not work in time. It was deleted."
            )
        fields = {} if pair.key.key_id else {op.options[_FIELD]: key.key_id}
        return Slot(pair.with_key(key), fields, {"made": key.key_id})

    async def kill_old(self, op: RotationOp) -> None:
        """Delete the planned key, and wait until AWS refuses it."""
        user, old = op.pinned["user"], op.pinned["old"]
        keys = await self._keys(user)
        if await self._live(key_pair(op.current.text), keys) == old:
            told = f"The access key {old} is what {op.variable.label} shows now, so it was not deleted."
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, told)
        await self._delete(user, old)
        if not await self._comes_true(AwsCredentials(old, "none"), works=False):
            raise RotationError(f"The access key {old} is deleted, but AWS does not refuse it yet.")

    async def _live(self, pair: KeyPair, keys: list[str]) -> str:
        """The id of the key that a value is; empty where none of these goes with its secret part."""
        if pair.key.key_id:
            return pair.key.key_id
        for key in keys:
            if await self._works(AwsCredentials(key, pair.key.secret)) is True:
                return key
        return ""

    async def _comes_true(self, key: AwsCredentials, *, works: bool) -> bool:
        """Whether a key works, or is not known any more, within some seconds."""
        for seconds in WAITS:
            await self._wait(seconds)
            if await self._works(key) is (True if works else None):
                return True
        return False

    async def _works(self, key: AwsCredentials) -> bool | None:
        """Whether AWS takes it; None where it does not know the key at all. Raises `SourceFaultError`."""
        try:
            await self._as_key(key).query("sts", "GetCallerIdentity")
        except AwsFaultError as error:
            if error.code in _UNKNOWN:
                return None
            if error.code in SKEWED:
                return False
            raise
        return True

    async def _keys(self, user: str) -> list[str]:
        tree = await self._calls.query("iam", "ListAccessKeys", UserName=user)
        return [one.text for one in tree.iter("AccessKeyId") if one.text]

    async def _create(self, user: str) -> AwsCredentials:
        tree = await self._calls.query("iam", "CreateAccessKey", UserName=user)
        key, secret = (
            next((one.text for one in tree.iter(name)), None) or ""
            for name in ("AccessKeyId", "SecretAccessKey")
        )
        if not key or not secret:
            raise malformed(self._calls.source, "iam:CreateAccessKey")
        return AwsCredentials(key, secret)

    async def _delete(self, user: str, key: str) -> None:
        try:
            await self._calls.query("iam", "DeleteAccessKey", UserName=user, AccessKeyId=key)
        except AwsFaultError as error:
            if error.fault is not SourceFault.MISSING:
                raise


def _refuse_others(user: str, keys: list[str], live: str) -> None:
    if others := [key for key in keys if key != live]:
        raise RotationBlockedError(
            BlockedWhy.SLOTS_FULL,
            f"The IAM user {user} has a second access key, {others[0]}, that envaccess did not make. "
            "Delete it if nothing uses it, then rotate again.",
        )


def _no_pair(op: RotationOp) -> str:
    return (
        f"The value of {op.variable.label} does not say which access key it is. Keep it as a JSON object "
        "with access_key_id and secret_access_key, or name the field of the same secret that holds the id: "
        "key_id_field."
    )
