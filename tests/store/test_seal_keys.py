"""The key that seals is put under another master key, and a process learns of one that came later."""

import base64
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.crypto.seals import SealKey
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.errors import SealKeyUnknownError, SettingsError
from envaccess.store.client import Client
from envaccess.store.runner import Runner
from envaccess.store.seal_keys import RedisSealKeys
from envaccess.store.trail import RedisTrail
from envaccess.wiring.seal_keys import OperatorSeals, SealKeyRefresh, needed_keys, open_seals, reseal_keys

OLD, NEW = MasterKey(b"o" * 32), MasterKey(b"n" * 32)
OPERATOR = Actor(ActorKind.CLI, "operator")
FACTS = {"name": "default/A"}


def ring(*keys: MasterKey) -> Keyring:
    return Keyring(keys)


async def moved(redis: Client, *keys: MasterKey) -> int:
    return await reseal_keys(redis, "T1", ring(*keys), OPERATOR, "op-1")


async def test_put_under_the_new_master_key_it_opens_what_it_sealed_without_the_old(redis: Client) -> None:
    before = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    assert await needed_keys(redis, "T1") == {OLD.id}
    assert await moved(redis, NEW, OLD) == 1
    assert await needed_keys(redis, "T1") == {NEW.id}
    after = await open_seals(redis, "T1", "U0BOT", ring(NEW))
    assert after.open("catalogue", before.mint("catalogue", FACTS)) == FACTS
    (told,) = await RedisTrail(Runner(redis, "T1")).after("0", 9)
    assert (told.event, str(told.actor)) == ("seal.key_resealed", "cli:operator")
    with pytest.raises(SettingsError):
        await open_seals(redis, "T1", "U0BOT", ring(OLD))


async def test_where_it_is_already_nothing_is_written(redis: Client) -> None:
    await open_seals(redis, "T1", "U0BOT", ring(NEW))
    assert await moved(redis, NEW, OLD) == 0
    assert not await RedisTrail(Runner(redis, "T1")).after("0", 9)


async def test_what_does_not_open_or_is_another_key_is_left_as_it_is(redis: Client) -> None:
    """Who writes to Redis could put a key of their own there; it is not taken over."""
    client: Any = redis
    name = Runner(redis, "T1").key("seal_keys")
    await open_seals(redis, "T1", "U0BOT", ring(OLD))
    before = await client.hgetall(name)
    with pytest.raises(SettingsError):
        await moved(redis, NEW)
    (key,) = before
    await client.hset(name, mapping={key: "bm9uZQ=="})
    with pytest.raises(SettingsError):
        await moved(redis, NEW, OLD)
    assert await client.hgetall(name) == {key: "bm9uZQ=="}


async def test_a_key_that_came_later_is_learnt_and_the_store_is_asked_seldom(redis: Client) -> None:
    seals, now = await open_seals(redis, "T1", "U0BOT", ring(OLD)), [100.0]
    look = SealKeyRefresh(redis, "T1", ring(OLD), seals, lambda: now[0]).look_again
    assert not await look()
    later, secret = SealKey.generate()
    blob = Sealer(ring(OLD)).seal(secret, workspace="T1", name=f"#seal-key/{later.id}", version=1)
    client: Any = redis
    await client.hset(Runner(redis, "T1").key("seal_keys"), mapping={later.id: _text(blob)})
    other = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    assert not await look(), "it was asked a moment ago"
    now[0] += 11
    assert await look()
    for key in (seals, other):
        assert key.open("catalogue", other.mint("catalogue", FACTS)) == FACTS
    now[0] += 11
    assert not await look()


async def test_a_store_that_lost_its_data_gets_the_key_back_that_a_running_process_seals_with(
    redis: Client,
) -> None:
    """Else the next start makes another one, and each refuses what the other sealed."""
    client: Any = redis
    running = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    refresh = SealKeyRefresh(redis, "T1", ring(OLD), running, lambda: 100.0)
    await refresh.step()
    await client.flushall()
    await refresh.step()
    started = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    assert started.open("catalogue", running.mint("catalogue", FACTS)) == FACTS
    assert running.open("catalogue", started.mint("catalogue", FACTS)) == FACTS


async def test_where_a_start_came_first_a_running_process_seals_with_its_key(redis: Client) -> None:
    client: Any = redis
    running = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    refresh = SealKeyRefresh(redis, "T1", ring(OLD), running, lambda: 100.0)
    await refresh.step()
    before = running.mint("catalogue", FACTS)
    await client.flushall()
    started = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    await refresh.step()
    assert started.open("catalogue", running.mint("catalogue", FACTS)) == FACTS
    assert running.open("catalogue", before) == FACTS


async def test_a_key_that_was_dropped_after_a_leak_is_put_back_by_nobody(redis: Client) -> None:
    """A process that was paused all the while comes back before the next start."""
    client: Any = redis
    runner = Runner(redis, "T1")
    paused = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    refresh = SealKeyRefresh(redis, "T1", ring(OLD), paused, lambda: 100.0)
    await refresh.step()
    await client.hset(runner.key("versions"), "default/A", "1")
    assert await RedisSealKeys(runner).drop("op-1", OPERATOR)
    await refresh.step()
    assert not await RedisSealKeys(runner).wrapped()


async def test_while_a_restore_is_under_way_no_key_is_put_back(redis: Client) -> None:
    """The backup has the key of its own seals."""
    client: Any = redis
    runner = Runner(redis, "T1")
    refresh = SealKeyRefresh(
        redis, "T1", ring(OLD), await open_seals(redis, "T1", "U0BOT", ring(OLD)), lambda: 100.0
    )
    await refresh.step()
    await client.flushall()
    await client.set(runner.key("restoring"), "token")
    await refresh.step()
    assert not await RedisSealKeys(runner).wrapped()


async def test_who_does_not_know_the_app_opens_every_apps_seals_and_mints_none(redis: Client) -> None:
    mine = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    host = await open_seals(redis, "T1", None, ring(OLD))
    assert host.open("catalogue", mine.mint("catalogue", FACTS)) == FACTS
    with pytest.raises(Exception, match="seals nothing"):
        host.mint("catalogue", FACTS)
    other = await open_seals(redis, "T2", None, ring(OLD))
    with pytest.raises(SealKeyUnknownError):
        other.open("catalogue", mine.mint("catalogue", FACTS))


async def test_a_command_that_seals_nothing_makes_no_key(redis: Client) -> None:
    """With a wrong master key it would leave one that the bot cannot open: the bot would not start."""
    command = await OperatorSeals.look(redis, "T1", "U0BOT", ring(NEW))
    assert not await needed_keys(redis, "T1")
    bot = await open_seals(redis, "T1", "U0BOT", ring(OLD))
    with pytest.raises(SettingsError):
        await command.ready()
    with pytest.raises(SealKeyUnknownError):
        command.open("catalogue", bot.mint("catalogue", FACTS))


async def test_a_command_makes_the_key_where_it_seals_first(redis: Client) -> None:
    command = await OperatorSeals.look(redis, "T1", "U0BOT", ring(OLD))
    await command.ready()
    seal = command.mint("catalogue", FACTS)
    later = await OperatorSeals.look(redis, "T1", "U0BOT", ring(OLD))
    assert later.open("catalogue", seal) == command.open("catalogue", seal) == FACTS


def _text(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
