"""Access keys of an IAM user, rotated: a user has two at most, and no unknown one is ever deleted.

Sources: IAM API reference, CreateAccessKey, DeleteAccessKey, ListAccessKeys; IAM User Guide, *Manage access
keys*. A new key takes some seconds until it works everywhere, and a deleted one until it is refused. Whether
a key works is asked of STS, by GetCallerIdentity, which needs no permission: AWS says of a key that does not
count that it does not know it, and of one that does that a wrong signature is wrong.
"""

import asyncio
import contextlib
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationError, RotationOp, Slot
from envaccess.domain.sources.aws_policies import ACTIONS
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources.aws.adapter import AwsAdapter
from envaccess.sources.aws.answers import AwsFaultError, malformed
from envaccess.sources.aws.calls import AwsCalls
from envaccess.sources.aws.errors import SKEWED
from envaccess.sources.aws.key_pairs import KeyPair, key_pair
from envaccess.sources.aws.places import arn_of, tried
from envaccess.sources.aws.signing import AwsCredentials

WAITS: Final = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look whether a change is everywhere."""
SLOTS: Final = 2
"""Keys that a user of AWS can have."""
SECONDS: Final = 3.0
"""For each call: a rotation as a whole waits longer than other calls of sources may."""
LOOKS: Final = 2
"""Looks in a row that have to agree: servers of AWS learn of a change one after the other (vault#3115)."""
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

    async def check_rotation(self, rule: RotationRule) -> Sequence[SourceFinding]:
        """Whether the user's keys can be listed, and have room for one more. Raises `SourceFaultError`."""
        _, account = await self._identity()
        resource = arn_of("iam", self._calls.region, account, f"user/{rule.user}")
        listed = self._keys(rule.user)
        found = await tried(
            listed, f"the keys of {rule.user} can be listed", ACTIONS[self.kind]["rotate"], resource
        )
        if not found[0].ok or len(keys := await self._keys(rule.user)) < SLOTS:
            return found
        said = f"the user {rule.user} has {len(keys)} access keys, which leaves no room for a rotation"
        return [
            *found,
            SourceFinding(ok=False, said=said, mend="delete the one that nothing uses", grave=False),
        ]

    async def plan(self, op: RotationOp) -> Mapping[str, str]:
        """Name the key that is live, which is to be ended.

        The user's other place has to be free, or to have a key that this operation made and did not publish.
        """
        user, pair = op.options["user"], key_pair(op.current.text)
        if not pair.key.key_id and _FIELD not in op.options:
            raise RotationBlockedError(BlockedWhy.UNREADABLE, _no_pair(op))
        keys = await self._keys(user)
        live = await self._live(pair, keys)
        if live not in keys:
            told = f"The value of {op.variable.label} is no access key of the IAM user {user}."
            raise RotationBlockedError(BlockedWhy.UNREADABLE, told)
        made = op.pinned.get("made", "")
        made = made if made != live else ""
        _refuse_others(user, keys, live, made)
        return {"user": user, "old": live, "made": made}

    async def prepare(self, op: RotationOp) -> Slot:
        """Make a key, and wait until it works.

        One that this operation made before, whose secret may be lost, makes room; no other does.
        """
        user, old, made = op.pinned["user"], op.pinned["old"], op.pinned.get("made", "")
        keys, pair = await self._keys(user), key_pair(op.current.text)
        if await self._live(pair, keys) != old:
            told = f"The value of {op.variable.label} has changed since this was planned. Rotate it again."
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, told)
        if made in keys and made != old:
            await self._delete(user, made)
            keys.remove(made)
        _refuse_others(user, keys, old)
        key = await self._create(user)
        try:
            works = await self._comes_true(key, works=True)
        except BaseException:  # the bot stops: a key that nobody wrote down would be in every later one's way
            await self._delete(user, key.key_id)
            raise
        if not works:
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
        live = await self._live(key_pair(op.current.text), keys)
        if live == old:
            told = f"The access key {old} is what {op.variable.label} shows now, so it was not deleted."
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, told)
        if live not in keys:
            told = f"{op.variable.label} shows no access key of the IAM user {user}: {old} was not deleted."
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, told)
        await self._delete(user, old)
        if not await self._comes_true(AwsCredentials(old, "none"), works=False):
            raise RotationError(f"The access key {old} is deleted, but AWS does not refuse it yet.")

    async def discard(self, op: RotationOp) -> None:
        """Delete the key that was made, so that the owner has room for another."""
        user, old, made = (op.pinned.get(name, "") for name in ("user", "old", "made"))
        keys = await self._keys(user)
        if made in keys and made not in {old, await self._live(key_pair(op.current.text), keys)}:
            await self._delete(user, made)

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
        agreed = 0
        for seconds in WAITS:
            await self._wait(seconds)
            with contextlib.suppress(SourceFaultError):  # one that does not answer says nothing
                agreed = agreed + 1 if await self._works(key) is (True if works else None) else 0
            if agreed == LOOKS:
                return True
        return False

    async def _works(self, key: AwsCredentials) -> bool | None:
        """Whether AWS takes it; None where it does not know the key at all. Raises `SourceFaultError`."""
        try:
            await self._ask(self._as_key(key), "sts", "GetCallerIdentity")
        except AwsFaultError as error:
            if error.code in _UNKNOWN:
                return None
            if error.code in SKEWED:
                return False
            raise
        return True

    async def _ask(self, calls: AwsCalls, service: str, operation: str, **said: str) -> ET.Element:
        try:
            async with asyncio.timeout(SECONDS):
                return await calls.query(service, operation, **said)
        except TimeoutError:
            told = f"The source {self._calls.source} did not answer {service}:{operation} in time"
            raise SourceFaultError(SourceFault.SLOW, self._calls.source, told) from None

    async def _keys(self, user: str) -> list[str]:
        tree = await self._ask(self._calls, "iam", "ListAccessKeys", UserName=user)
        return [one.text for one in tree.iter("AccessKeyId") if one.text]

    async def _create(self, user: str) -> AwsCredentials:
        tree = await self._ask(self._calls, "iam", "CreateAccessKey", UserName=user)
        key, secret = (
            next((one.text for one in tree.iter(name)), None) or ""
            for name in ("AccessKeyId", "SecretAccessKey")
        )
        if not key or not secret:
            raise malformed(self._calls.source, "iam:CreateAccessKey")
        return AwsCredentials(key, secret)

    async def _delete(self, user: str, key: str) -> None:
        try:
            await self._ask(self._calls, "iam", "DeleteAccessKey", UserName=user, AccessKeyId=key)
        except AwsFaultError as error:
            if error.fault is not SourceFault.MISSING:
                raise


def _refuse_others(user: str, keys: list[str], *ours: str) -> None:
    if others := [key for key in keys if key not in ours]:
        raise RotationBlockedError(
            BlockedWhy.SLOTS_FULL,
            f"The IAM user {user} has a second access key, {others[0]}, that this rotation did not make. "
            "Delete it if nothing uses it, then rotate again.",
        )


def _no_pair(op: RotationOp) -> str:
    return (
        f"The value of {op.variable.label} does not say which access key it is. Keep it as a JSON object "
        "with access_key_id and secret_access_key, or name the field of the same secret that holds the id: "
        "key_id_field."
    )
