"""`kill -9` before or after any call of a rotation of a user's key: what is read always works.

A plain run kills at a few of the calls, `--kills=100` at each of them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationOp, Slot
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.access_keys import AccessKeys
from envaccess.sources.aws.calls import AwsCalls, AwsPlace
from envaccess.sources.aws.secrets_manager import SecretsManager
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient, SourceAnswer
from tests.fakes.moto_account import REGION, MotoAccount
from tests.unit.sources.aws.opened import KEY, now, place
from tests.unit.sources.aws.test_access_keys import Keys, no_wait
from tests.unit.sources.aws.test_secrets_manager import Secret

CALLS = 22
"""About how many a rotation makes; beyond the last one nothing is killed."""


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Process:
    """Calls AWS until it is killed: before or after the effect of one call."""

    http: HttpClient
    url: str
    at: int = 0
    before: bool = False
    made: int = 0

    def calls(self, who: AwsCredentials) -> AwsCalls:
        async def identity() -> AwsCredentials:
            return who

        return AwsCalls(AwsPlace("aws", REGION, self.url), self._post, identity, now)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> SourceAnswer:
        self.made += 1
        if self.made == self.at and self.before:
            raise KilledError
        answer = await self.http.send("aws", "POST", url, headers=headers, body=body)
        if self.made == self.at:
            raise KilledError
        return answer


@dataclass
class Rotation:
    """What is stored of a rotation, as the engine stores it: after a step has returned."""

    secret: str
    op: RotationOp
    pinned: dict[str, str] = field(default_factory=dict)
    slot: Slot | None = None

    async def drive(self, process: Process, root: AwsCredentials) -> None:
        source = SecretsManager(process.calls(root))
        rotator = AccessKeys(process.calls(root), process.calls, no_wait)
        where = place(secret=self.secret)
        if not self.pinned:
            self.pinned = dict(await rotator.plan(replace(self.op, current=await source.read(where))))
        if not self.slot:
            op = replace(self.op, current=await source.read(where), pinned=self.pinned)
            self.slot = await rotator.prepare(op)
            self.pinned = {**self.pinned, **self.slot.pinned}
        await source.put(self.op.id, where, self.slot.text, after=self.op.current.version)
        await rotator.kill_old(replace(self.op, current=await source.read(where), pinned=self.pinned))


def tried(kills: int) -> list[tuple[int, bool]]:
    every = [(at, before) for at in range(1, CALLS + 1) for before in (True, False)]
    return every if kills >= len(every) else every[3 :: len(every) // kills]


async def test_what_is_read_always_works_and_no_unknown_key_is_deleted(
    moto: MotoAccount, http: HttpClient, pytestconfig: pytest.Config
) -> None:
    for at, before in tried(pytestconfig.getoption("kills")):
        await one_rotation(moto, Process(http, moto.url, at, before))


async def one_rotation(moto: MotoAccount, process: Process) -> None:
    user, key = moto.user()
    first = json.dumps({"access_key_id": key.key_id, "secret_access_key": key.secret})
    secret, issued = Secret(moto, SecretString=first), Keys(moto, process.http, user, first, {"user": user})
    current = Value(first, secret.first)
    rotation = Rotation(secret.name, RotationOp("0rotate1", KEY, issued.options, current, "unused"))
    killed = False
    try:
        await rotation.drive(process, moto.root)
    except KilledError:
        killed = True
    where = f"killed {'before' if process.before else 'after'} call {process.at}"
    assert await issued.works(str(secret.current()[0])), where
    keys, blocked = issued.listed(), None
    try:
        await rotation.drive(Process(process.http, moto.url), moto.root)
    except RotationBlockedError as error:
        blocked = error.why
    if blocked:  # a key was made and nobody wrote down which
        assert (blocked, killed, rotation.slot) == (BlockedWhy.SLOTS_FULL, True, None), where
        assert (issued.listed(), secret.current()[0]) == (keys, first), where
    else:
        assert not await issued.works(first), where
        assert len(issued.listed()) == 1, where
    assert await issued.works(str(secret.current()[0])), where
