"""`kill -9` before or after any call of a rotation of a user's key: what is read always works.

A plain run kills at a few of the calls, `--kills=200` at each of them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.sources.aws.access_keys import AccessKeys
from envaccess.sources.aws.calls import AwsCalls, AwsPlace
from envaccess.sources.aws.secrets_manager import SecretsManager
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient, SourceAnswer
from envaccess.store.client import Client
from tests.fakes.moto_account import REGION, MotoAccount
from tests.store.harness import StoreHarness
from tests.store.whole_rotations import Process, WholeRotations, kills
from tests.unit.sources.aws.opened import KEY, now, place
from tests.unit.sources.aws.test_access_keys import Keys, no_wait
from tests.unit.sources.aws.test_secrets_manager import Secret

CALLS = 60
"""More than a rotation makes; beyond the last one nothing is killed."""


@dataclass
class Account:
    """The account, as a process calls it."""

    http: HttpClient
    moto: MotoAccount
    secret: str

    def calls(self, process: Process, who: AwsCredentials) -> AwsCalls:
        async def post(url: str, body: bytes, headers: Mapping[str, str]) -> SourceAnswer:
            return await process.call(lambda: self.http.send("aws", "POST", url, headers=headers, body=body))

        async def identity() -> AwsCredentials:
            return who

        return AwsCalls(AwsPlace("aws", REGION, self.moto.url), post, identity, now)

    def rotator(self, process: Process) -> AccessKeys:
        return AccessKeys(self.calls(process, self.moto.root), lambda key: self.calls(process, key), no_wait)

    def place(self, process: Process) -> "KeptSecret":
        return KeptSecret(SecretsManager(self.calls(process, self.moto.root)), self.secret)


@dataclass
class KeptSecret:
    """Where the value is."""

    manager: SecretsManager
    secret: str

    async def read(self, variable: Variable) -> Value:
        del variable
        return await self.manager.read(place(secret=self.secret))

    async def put(
        self,
        op: str,
        variable: Variable,
        text: str,
        *,
        after: str,
        fields: Mapping[str, str] | None = None,
    ) -> str:
        del variable
        return await self.manager.put(op, place(secret=self.secret), text, after=after, fields=fields)


async def test_what_is_read_always_works_and_no_unknown_key_is_deleted(
    moto: MotoAccount, http: HttpClient, redis: Client, pytestconfig: pytest.Config
) -> None:
    harness = StoreHarness(redis)
    await harness.add(str(KEY))
    user, key = moto.user()
    first = json.dumps({"access_key_id": key.key_id, "secret_access_key": key.secret})
    secret, issued = Secret(moto, SecretString=first), Keys(moto, http, user, first, {"user": user})
    account = Account(http, moto, secret.name)
    rule = RotationRule(RotatorKind.AWS_IAM, user=user, source="aws")
    whole = WholeRotations(harness, KEY, rule, account.place, account.rotator)
    killed = 0
    for process in kills(CALLS, pytestconfig.getoption("kills")):
        where = f"killed {'before' if process.before else 'after'} call {process.at}"
        seen, known = await whole.shown(), issued.listed()
        await whole.due()
        killed += await whole.killed(process)
        assert await issued.works(await whole.shown()), where
        await whole.run(whole.driver(Process()))
        for one in await whole.open():  # a key was made and nobody wrote down which
            assert one.state.blocked == "slots_full", where
            assert await whole.shown() == seen, where
            (unknown,) = set(issued.listed()) - set(known)
            moto.boto("iam").delete_access_key(UserName=user, AccessKeyId=unknown)
            await whole.press(one)
            await whole.run(whole.driver(Process()))
        assert await issued.works(await whole.shown()), where
        assert not await issued.works(seen), where
        assert len(issued.listed()) == 1, where
    assert killed
    tags = [event.event for event in await harness.events()]
    assert tags.count("rotation.done") == tags.count("rotation.due")
