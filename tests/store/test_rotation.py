"""Master keys are rotated: the new one first, reseal, the old one away."""

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import Actor, ActorKind, Tag
from envaccess.domain.errors import SealError
from envaccess.domain.outcome import Written
from envaccess.domain.sealed_value import SealedValue
from envaccess.domain.variable import Variable
from envaccess.sources.sealed import SealedSource
from envaccess.store.client import Client
from envaccess.store.runner import Runner
from envaccess.store.sealed import SealedStore, value_keys
from envaccess.store.trail import RedisTrail
from tests.fakes.sealing import sealing_for

OLD, NEW = MasterKey(b"o" * 32), MasterKey(b"n" * 32)
NAME = Variable("default", "A")
OPERATOR = Actor(ActorKind.CLI, "operator")


def source(redis: Client, *keys: MasterKey) -> SealedSource:
    return SealedSource(SealedStore(Runner(redis, "T1"), sealing_for("T1")), Sealer(Keyring(keys)), "T1")


async def test_a_resealed_value_opens_with_the_new_key_alone(redis: Client) -> None:
    await source(redis, OLD).write("set", NAME, "value-for-tests", OPERATOR, replace=False)
    assert await source(redis, NEW, OLD).reseal("op", NAME, OPERATOR)
    assert (await source(redis, NEW).read(NAME)).text == "value-for-tests"
    assert await value_keys(Runner(redis, "T1")) == {NEW.id}
    with pytest.raises(SealError):
        await source(redis, OLD).read(NAME)
    assert [e.event for e in await RedisTrail(Runner(redis, "T1")).after("0", 9)] == [
        Tag.SECRET_CREATED,
        Tag.SECRET_RESEALED,
    ]


async def test_resealing_again_changes_nothing_and_writes_no_event(redis: Client) -> None:
    await source(redis, NEW).write("set", NAME, "value-for-tests", OPERATOR, replace=False)
    before = await redis.hgetall("envaccess:{T1}:secret:default/A")
    assert not await source(redis, NEW, OLD).reseal("op", NAME, OPERATOR)
    assert await redis.hgetall("envaccess:{T1}:secret:default/A") == before
    assert len(await RedisTrail(Runner(redis, "T1")).after("0", 9)) == 1


async def test_a_value_that_changed_meanwhile_is_not_overwritten_with_the_old_one(redis: Client) -> None:
    await source(redis, OLD).write("set", NAME, "first-value", OPERATOR, replace=False)
    shelf = SealedStore(Runner(redis, "T1"), sealing_for("T1"))
    kept = await shelf.get(NAME)
    await source(redis, NEW).write("again", NAME, "second-value", OPERATOR, replace=True)
    assert (
        await shelf.reseal("op", NAME, SealedValue(kept.version, b"stale", "k"), OPERATOR) is Written.BEHIND
    )
    assert (await source(redis, NEW).read(NAME)).text == "second-value"


async def test_a_value_that_is_no_text_is_in_no_exception(redis: Client) -> None:
    """Python's own error would carry the bytes, and the use of it would be lost (laws 2 and 7)."""
    sealed = Sealer(Keyring((NEW,))).seal(b"value \xff", workspace="T1", name=str(NAME), version=1)
    shelf = SealedStore(Runner(redis, "T1"), sealing_for("T1"))
    await shelf.put("set", NAME, SealedValue(1, sealed, NEW.id), OPERATOR, replace=False)
    with pytest.raises(SealError) as raised:
        await source(redis, NEW).read(NAME)
    assert raised.value.__context__ is None
