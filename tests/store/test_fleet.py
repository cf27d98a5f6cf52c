"""The processes that serve a workspace, on both kinds of server."""

from dataclasses import replace
from typing import Any

from envaccess.domain.fleet import Fleet, Layout, Replica
from envaccess.store.fleet import RedisFleet
from envaccess.store.keys import TTLS
from tests.store.harness import StoreHarness

LAYOUT = Layout(1, 2)


def process(id_: str, started_at: int) -> Replica:
    return Replica(id_, "0.1.0", LAYOUT, f"pod-{id_}", 7, "http", started_at)


async def test_each_process_is_known_to_all_and_one_of_them_leads(harness: StoreHarness) -> None:
    fleet = RedisFleet(harness.runner)
    await fleet.beat(process("b", 2))
    await fleet.beat(process("a", 1))
    await harness.runner.run("lead", token="b")
    found = await fleet.look()
    assert [(one.id, one.leads, one.place) for one in found.replicas] == [
        ("a", False, "pod-a, process 7"),
        ("b", True, "pod-b, process 7"),
    ]
    assert {one.layout for one in found.replicas} == {LAYOUT}
    assert all(abs(one.seen_at - found.now) < 60_000 for one in found.replicas)
    await fleet.leave("b")
    assert [one.id for one in (await fleet.look()).replicas] == ["a"]


async def test_a_process_that_fell_silent_is_forgotten_by_the_next_word(harness: StoreHarness) -> None:
    fleet, key = RedisFleet(harness.runner), harness.runner.key("replicas")
    await fleet.beat(process("dead", 1))
    told = str(await harness.client.hget(key, "dead")).partition(" ")[2]
    old = (await fleet.look()).now - TTLS["replicas"] - 1
    await harness.client.hset(key, "dead", f"{old} {told}")
    await fleet.beat(process("alive", 2))
    assert [one.id for one in (await fleet.look()).replicas] == ["alive"]
    assert 0 < await harness.client.pttl(key) <= TTLS["replicas"]


async def test_what_no_process_wrote_is_none(harness: StoreHarness) -> None:
    key = harness.runner.key("replicas")
    whole = '{"version":"1","epoch":1e999,"schema":2,"host":"h","pid":1,"mode":"http","started_at":1}'
    for text in ("", "12", "12 {}", "x {}", "12 []", "12 7", f"12 {whole}", f"{'9' * 5_000} {whole}"):
        await harness.client.hset(key, "odd", text)
        assert (await RedisFleet(harness.runner).look()).replicas == []
        await RedisFleet(harness.runner).beat(process("a", 1))
        await RedisFleet(harness.runner).leave("a")


async def test_whatever_somebody_writes_keeps_no_operator_from_seeing_the_others(
    harness: StoreHarness,
) -> None:
    fleet, key = RedisFleet(harness.runner), harness.runner.key
    client: Any = harness.client
    await fleet.beat(process("a", 1))
    odd = (
        r'{"version":"1","epoch":1,"schema":2,"host":"h\ud800\u009b2J","pid":1,"mode":"http","started_at":2}'
    )
    await harness.client.hset(key("replicas"), "nested", "12 " + "[" * 200_000)
    await harness.client.hset(key("replicas"), "odd\x9b", f"12 {odd}")
    for score in ("-inf", "inf", "-1e300", "1e300"):
        for kind in ("undecided", "deadlines"):
            await client.execute_command("ZADD", key(kind), score, "x")
        found = await fleet.look()
        assert (found.oldest, found.overdue) == (0, 0)
        assert [(one.id, one.host) for one in found.replicas] == [("a", "pod-a"), ("odd", "h2J")]


async def test_who_says_to_have_been_heard_tomorrow_is_forgotten_as_well(harness: StoreHarness) -> None:
    """It would keep processes of another version from starting for ever."""
    fleet, key = RedisFleet(harness.runner), harness.runner.key("replicas")
    await fleet.beat(process("a", 1))
    told = str(await harness.client.hget(key, "a")).partition(" ")[2]
    await harness.client.hset(key, "forged", f"9999999999999 {told}")
    await fleet.beat(process("a", 1))
    assert [one.id for one in (await fleet.look()).replicas] == ["a"]


async def test_what_waits_is_counted(harness: StoreHarness) -> None:
    fleet = RedisFleet(harness.runner)
    assert replace(await fleet.look(), now=0) == Fleet(0, [])
    await harness.add("A", "B")
    await harness.file("A")
    await harness.file("B")
    found = await fleet.look()
    assert (found.pending, found.undrawn, found.overdue) == (2, 2, 0)
    assert found.now - 60_000 < found.oldest <= found.now
    await harness.client.zadd(harness.runner.key("deadlines"), {"time_out:nobody": found.now - 9_000})
    assert found.now - 9_000 == (await fleet.look()).overdue
