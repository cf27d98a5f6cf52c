"""Keys of an IAM user, on moto with signatures on: what was seen is refused, and no other key is touched."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationError, RotationOp
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.value import Value
from envaccess.sources.aws.access_keys import WAITS, AccessKeys
from envaccess.sources.aws.calls import AwsCalls, AwsPlace
from envaccess.sources.aws.key_pairs import key_pair
from envaccess.sources.aws.signing import AwsCredentials
from envaccess.sources.http_client import HttpClient, SourceAnswer
from tests.fakes.moto_account import MotoAccount
from tests.fakes.rotator_contract import RotatorContract
from tests.unit.sources.aws.opened import calls


@dataclass
class Keys:
    """A user with one key, and what its value is."""

    moto: MotoAccount
    http: HttpClient
    user: str
    first: str
    options: Mapping[str, str]
    ids: list[str] = field(default_factory=list)

    async def works(self, text: str) -> bool:
        pair = key_pair(text).key
        tried = [pair] if pair.key_id else [AwsCredentials(one, pair.secret) for one in self.listed()]
        return any([await self._works(one) for one in tried])

    async def _works(self, key: AwsCredentials) -> bool:
        """By our own call, which test_signing compares with boto's: a client for each key takes long."""
        try:
            await calls(self.http, self.moto.url, key).query("sts", "GetCallerIdentity")
        except SourceFaultError:
            return False
        return True

    def listed(self) -> list[str]:
        found = self.moto.boto("iam").list_access_keys(UserName=self.user)["AccessKeyMetadata"]
        return [one["AccessKeyId"] for one in found]


async def no_wait(_seconds: float) -> None:
    return None


@pytest.fixture
def rotator(moto: MotoAccount, http: HttpClient) -> AccessKeys:
    return AccessKeys(calls(http, moto.url, moto.root), lambda key: calls(http, moto.url, key), no_wait)


class TestPairs(RotatorContract):
    """The promises, of a value that holds both parts."""

    @pytest.fixture
    def rotator(self, moto: MotoAccount, http: HttpClient) -> AccessKeys:
        return AccessKeys(calls(http, moto.url, moto.root), lambda key: calls(http, moto.url, key), no_wait)

    @pytest.fixture
    def issued(self, moto: MotoAccount, http: HttpClient) -> Keys:
        user, key = moto.user()
        held = {"region": "eu-central-1", "AccessKeyId": key.key_id, "SecretAccessKey": key.secret}
        return Keys(moto, http, user, json.dumps(held), {"user": user})


class TestSecretParts(TestPairs):
    """The promises, of a value that is the secret part alone: each key of the user is tried with it."""

    @pytest.fixture
    def issued(self, moto: MotoAccount, http: HttpClient) -> Keys:
        user, key = moto.user()
        return Keys(moto, http, user, key.secret, {"user": user, "key_id_field": "access_key_id"})


@pytest.fixture
def issued(moto: MotoAccount, http: HttpClient) -> Keys:
    user, key = moto.user()
    held = {"access_key_id": key.key_id, "secret_access_key": key.secret, "note": "stays"}
    return Keys(moto, http, user, json.dumps(held), {"user": user})


async def planned(rotator: AccessKeys, issued: Keys) -> RotationOp:
    op = RotatorContract.op(issued)
    return replace(op, pinned=dict(await rotator.plan(op)))


async def test_only_the_pair_is_changed_in_the_value(rotator: AccessKeys, issued: Keys) -> None:
    slot = await rotator.prepare(await planned(rotator, issued))
    held = json.loads(slot.text)
    assert held["note"] == "stays"
    assert held["access_key_id"] == slot.pinned["made"] in issued.listed()
    assert slot.fields == {}


async def test_the_id_goes_to_the_field_that_the_file_names(
    rotator: AccessKeys, moto: MotoAccount, http: HttpClient
) -> None:
    user, key = moto.user()
    issued = Keys(moto, http, user, key.secret, {"user": user, "key_id_field": "id"})
    slot = await rotator.prepare(await planned(rotator, issued))
    assert slot.fields == {"id": slot.pinned["made"]}


async def test_a_second_key_that_nobody_knows_blocks_and_stays(rotator: AccessKeys, issued: Keys) -> None:
    issued.moto.boto("iam").create_access_key(UserName=issued.user)
    before = issued.listed()
    with pytest.raises(RotationBlockedError) as blocked:
        await rotator.plan(RotatorContract.op(issued))
    assert blocked.value.why is BlockedWhy.SLOTS_FULL
    assert before[1] in str(blocked.value)
    assert issued.listed() == before


async def test_a_key_made_by_somebody_after_the_plan_stays(rotator: AccessKeys, issued: Keys) -> None:
    """So does the one of a process that was killed before it could write down what it made."""
    op = await planned(rotator, issued)
    issued.moto.boto("iam").create_access_key(UserName=issued.user)
    before = issued.listed()
    with pytest.raises(RotationBlockedError):
        await rotator.prepare(op)
    assert issued.listed() == before


@pytest.mark.parametrize(
    "held", ["value-for-tests", "{}", '{"access_key_id": "AKIAOFSOMEBODYELSE01", "secret_access_key": "x"}']
)
async def test_a_value_that_is_no_key_of_the_user_blocks(
    rotator: AccessKeys, issued: Keys, held: str
) -> None:
    with pytest.raises(RotationBlockedError) as blocked:
        await rotator.plan(RotatorContract.op(issued, held))
    assert blocked.value.why is BlockedWhy.UNREADABLE
    assert "for-tests" not in str(blocked.value)
    assert len(issued.listed()) == 1


async def test_a_new_key_that_does_not_come_to_work_is_deleted_again(
    moto: MotoAccount, http: HttpClient, issued: Keys
) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    unknown = calls(http, moto.url, AwsCredentials("AKIAUNKNOWN000000001", "none"))
    rotator = AccessKeys(calls(http, moto.url, moto.root), lambda _: unknown, wait)
    with pytest.raises(RotationError):
        await rotator.prepare(await planned(rotator, issued))
    assert tuple(waited) == WAITS
    assert await issued.works(issued.first)
    assert len(issued.listed()) == 1


async def test_a_deleted_key_that_still_works_is_not_said_to_be_refused(
    moto: MotoAccount, http: HttpClient, issued: Keys
) -> None:
    """AWS takes some seconds: until then the rotation is not over."""
    rotator = AccessKeys(
        calls(http, moto.url, moto.root), lambda _: calls(http, moto.url, moto.root), no_wait
    )
    op = await planned(rotator, issued)
    slot = await rotator.prepare(op)
    with pytest.raises(RotationError, match="does not refuse it yet"):
        await rotator.kill_old(replace(op, current=Value(slot.text, "2")))


async def test_an_aws_that_hangs_holds_up_no_rotation_for_long(
    issued: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> SourceAnswer:
        await asyncio.Event().wait()
        raise AssertionError

    async def identity() -> AwsCredentials:
        return AwsCredentials("AKIDEXAMPLE", "secret-for-tests")

    monkeypatch.setattr("envaccess.sources.aws.access_keys.SECONDS", 0.01)
    hung = AwsCalls(AwsPlace("iam", "eu-central-1"), hang, identity, lambda: 0)
    with pytest.raises(SourceFaultError) as failed:
        await AccessKeys(hung, lambda _: hung, no_wait).plan(RotatorContract.op(issued))
    assert failed.value.fault is SourceFault.SLOW


async def test_a_bot_that_stops_while_a_key_comes_to_work_leaves_none_behind(
    moto: MotoAccount, http: HttpClient, issued: Keys
) -> None:
    waiting = asyncio.Event()

    async def wait(_seconds: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    rotator = AccessKeys(calls(http, moto.url, moto.root), lambda key: calls(http, moto.url, key), wait)
    preparing = asyncio.create_task(rotator.prepare(await planned(rotator, issued)))
    await waiting.wait()
    assert len(issued.listed()) == 2
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing
    assert len(issued.listed()) == 1
    assert await issued.works(issued.first)


async def test_an_answer_that_is_lost_while_a_key_comes_to_work_is_asked_for_again(
    moto: MotoAccount, http: HttpClient, issued: Keys
) -> None:
    lost = [True, False, True]

    def as_key(key: AwsCredentials) -> AwsCalls:
        url = "http://127.0.0.1:1" if lost and lost.pop(0) else moto.url
        return calls(http, url, key)

    rotator = AccessKeys(calls(http, moto.url, moto.root), as_key, no_wait)
    slot = await rotator.prepare(await planned(rotator, issued))
    assert await issued.works(slot.text)


async def test_a_key_that_the_operation_made_before_does_not_block_a_new_plan(
    rotator: AccessKeys, issued: Keys
) -> None:
    """It could not be published, and somebody has mended why: the key that nobody holds makes room."""
    op = await planned(rotator, issued)
    made = await rotator.prepare(op)
    again = replace(op, pinned={**op.pinned, **made.pinned})
    again = replace(again, pinned={**again.pinned, **await rotator.plan(again)})
    slot = await rotator.prepare(again)
    assert await issued.works(slot.text)
    assert await issued.works(issued.first)
    assert made.pinned["made"] not in issued.listed()


async def test_a_key_that_is_live_by_now_is_not_deleted_as_one_that_was_made(
    rotator: AccessKeys, issued: Keys
) -> None:
    """It was published before the process died, and nobody knows: the key of the marks was lost as well."""
    op = await planned(rotator, issued)
    slot = await rotator.prepare(op)
    issued.moto.boto("iam").delete_access_key(UserName=issued.user, AccessKeyId=op.pinned["old"])
    again = replace(op, current=Value(slot.text, "2"), pinned={**op.pinned, **slot.pinned})
    again = replace(again, pinned={**again.pinned, **await rotator.plan(again)})
    fresh = await rotator.prepare(again)
    assert await issued.works(slot.text), "it is what everybody uses"
    assert await issued.works(fresh.text)


async def test_a_key_that_was_made_in_vain_is_deleted_and_none_that_is_used_or_unknown(
    rotator: AccessKeys, issued: Keys
) -> None:
    """The owner makes the new one by hand, for which AWS has to have room."""
    op = await planned(rotator, issued)
    made = await rotator.prepare(op)
    given_up = replace(op, pinned={**op.pinned, **made.pinned})
    for _ in range(2):
        await rotator.discard(given_up)
    assert not await issued.works(made.text)
    assert await issued.works(issued.first)
    await rotator.discard(replace(op, pinned={**op.pinned, "made": op.pinned["old"]}))
    assert await issued.works(issued.first), "it is what everybody uses, whatever a record says"
    other = issued.moto.boto("iam").create_access_key(UserName=issued.user)["AccessKey"]["AccessKeyId"]
    await rotator.discard(given_up)
    assert other in issued.listed()
