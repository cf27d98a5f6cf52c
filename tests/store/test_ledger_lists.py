"""The ledger's lists: what is worst, what leavers know, and what is to be read again."""

import asyncio
from typing import Any

import pytest

from envaccess.application.service_context import ServiceContext
from envaccess.domain.exposure import SeenCount
from envaccess.domain.sources.faults import SourceFault
from envaccess.domain.sources.value import Value
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import Client
from envaccess.store.keys import RELISTED_AT_ONCE
from tests.store.harness import ALICE, OPERATOR, StoreHarness, var
from tests.store.leasing import Leasing
from tests.store.test_ledger import PERSON, PROCESS, A, B, context, shown, stored

__all__ = ["context"]


async def test_most_seen_is_worst_and_what_somebody_knows_for_longest_is_first(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context, "B")
    await harness.pass_time(1_000)
    await shown(harness, context, "A")
    await harness.ledger.unknown("import", A, Value("value-for-tests-A", "2"), OPERATOR)
    assert await harness.ledger.worst() == [A, B]
    page = await harness.ledger.exposed(PERSON)
    assert ([one.variable for one in page.found], page.total) == ([B, A], 2)
    assert [one.variable for one in (await harness.ledger.exposed(PERSON, 1, 1)).found] == [A]
    assert await harness.ledger.counts([A, B, var("staging/DB")]) == {
        A: SeenCount(1, 0, unknown=True), B: SeenCount(1), var("staging/DB"): SeenCount(),
    }  # fmt: skip


async def test_names_that_somebody_spoiled_in_the_store_hide_no_value_from_the_list(
    harness: StoreHarness, context: ServiceContext
) -> None:
    """A page of them, each worse than the true one, once ended it."""
    await shown(harness, context, "A")
    spoiled = {f"no name {number}": 1_000 + number for number in range(5)}
    await harness.client.zadd(harness.runner.key("exposures"), spoiled)
    pages = [await harness.ledger.worst(start, 2) for start in range(0, 8, 2)]
    assert pages == [[None, None], [None, None], [None, A], []]


async def test_a_leaver_is_told_of_once_however_many_notice(
    harness: StoreHarness, context: ServiceContext
) -> None:
    assert not await harness.ledger.note_leaver(ALICE)
    await shown(harness, context)
    assert await harness.ledger.ask_about(5) == [ALICE]
    assert await harness.ledger.ask_about(5) == []
    noticed = await asyncio.gather(*(harness.ledger.note_leaver(ALICE) for _ in range(5)))
    assert sum(noticed) == 1
    assert await harness.ledger.leaver_lists() == [ALICE]
    await harness.ledger.told(ALICE, "C0APPROVE")
    assert await harness.ledger.told_at(ALICE) == ["C0APPROVE"]
    await harness.ledger.told(ALICE)
    assert (await harness.ledger.leaver_lists(), await harness.ledger.told_at(ALICE)) == ([], [])
    assert not await harness.ledger.note_leaver(ALICE)


async def test_of_some_variables_the_worst_come_first_what_a_leaver_knows_before_all(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context, "A,B")
    await harness.ledger.unknown("import", A, Value("value-for-tests-A", "2"), OPERATOR)
    known = await harness.ledger.worst_of([B, A, var("staging/DB")], 1)
    assert (known.total, [(one.variable, one.left) for one in known.found]) == (2, [(A, 0)])
    await stored(harness, A, "value-for-tests-new")
    await harness.ledger.note_leaver(ALICE)
    await harness.ledger.unknown("import-2", A, Value("value-for-tests-new", "3"), OPERATOR)
    known = await harness.ledger.worst_of([A, B])
    assert [(one.variable, one.left) for one in known.found] == [(B, 1), (A, 0)]
    assert await harness.ledger.worst() == [B, A]
    await stored(harness, B, "value-for-tests-new")
    assert [one.variable for one in (await harness.ledger.worst_of([A, B])).found] == [A]


async def test_who_comes_back_is_no_leaver_and_is_told_of_anew_when_they_leave_again(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context)
    assert await harness.ledger.note_leaver(ALICE)
    await harness.ledger.told(ALICE)
    await shown(harness, context, "B")
    assert [one.left for one in (await harness.ledger.worst_of([A, B])).found] == [0, 0]
    assert ALICE in await harness.ledger.ask_about(5)
    assert await harness.ledger.note_leaver(ALICE)
    assert [one.left for one in (await harness.ledger.worst_of([A, B])).found] == [1, 1]


async def test_all_that_a_leaver_knows_is_marked_however_much_it_is(
    harness: StoreHarness, context: ServiceContext, client: Client
) -> None:
    await shown(harness, context)
    many = {f"default/N{number}~00": 1_000 + number // 70 for number in range(1_500)}
    await client.zadd(harness.runner.key("exposed", f"process:{ALICE}"), many)
    await harness.ledger.note_leaver(ALICE)
    assert await client.zcard(harness.runner.key("left_exposed")) == 1_501


async def test_what_is_kept_elsewhere_is_read_again_in_turns_and_no_sooner_than_after_an_hour(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context)
    for variable in (kept := [var("staging/K1"), var("staging/K2")]):
        await RedisCatalogue(harness.runner, harness.sealing).place(harness.op(), variable, "vault", OPERATOR)
        await harness.ledger.see_on_host(harness.op(), variable, Value("value-for-tests", ""), OPERATOR)
    assert await harness.ledger.to_read(5) == []
    await harness.pass_time(3_600_001)
    assert await harness.ledger.to_read(1) == kept[:1]
    await harness.ledger.note_current(kept[1], Value("value-for-tests-new", ""), await harness.now())
    assert await harness.ledger.to_read(5) == []
    await harness.pass_time(3_600_001)
    assert await harness.ledger.to_read(5) == kept[:1], "nobody has seen the other's new value"


async def test_whether_somebody_knows_a_value_is_found_among_however_many(
    harness: StoreHarness, context: ServiceContext, client: Client
) -> None:
    await shown(harness, context)
    (current,) = (await harness.ledger.seen(A)).current
    value = f"{A}~{current.version.partition('~')[2]}"
    many = {f"person:U{number}": 2**42 + number for number in range(12_000)}
    await client.zadd(harness.runner.key("seen_people", value), many)
    await client.hset(harness.runner.key("seen", value), mapping=dict.fromkeys(many, "1;1;slack=1"))
    assert await harness.ledger.known_to(A, {PERSON, PROCESS}) == current.version
    assert await harness.ledger.known_to(A, {PROCESS}) == ""
    assert await harness.ledger.known_to(B, {PERSON}) == ""


async def test_a_login_is_known_as_long_as_it_works_and_then_forgotten(
    harness: StoreHarness, client: Client
) -> None:
    """Each use has one of its own; nobody can be told to change what is not there."""
    leasing = Leasing(harness)
    request, _ = await leasing.granted()
    await leasing.shown(request)
    page = await harness.ledger.seen(A)
    assert ([one.leased for one in page.current], page.count.people) == ([True, True], 2)
    assert (await harness.ledger.exposed(PERSON)).total == 2
    await harness.revoke(request)
    await leasing.work()
    assert await leasing.kept() == []
    assert (await harness.ledger.seen(A)).current == ()
    assert (await harness.ledger.exposed(PERSON)).total == 0
    assert await harness.ledger.worst() == []
    assert await client.keys(harness.runner.key("seen", "") + "*") == []


async def test_a_login_that_does_not_end_is_known_until_its_source_says_so(harness: StoreHarness) -> None:
    leasing = Leasing(harness)
    request, _ = await leasing.granted()
    leasing.server.fault = SourceFault.DOWN
    await harness.revoke(request)
    await leasing.work()
    assert (await harness.ledger.seen(A)).count.people == 1, "it may still work"
    leasing.server.fault = None
    await leasing.pass_time(60)
    assert not (await harness.ledger.seen(A)).count.any


SPOILED = (
    "",
    "x",
    ";;",
    "1",
    "1;2;slack",
    "9" * 5_000,
    "1;2;slack=-1",
    "1;2;slack=" + "9" * 5_000,
    "\x00;\x1b[2J",
)


async def test_who_spoils_an_entry_hides_nobody_and_stops_no_list(
    harness: StoreHarness, context: ServiceContext, client: Client
) -> None:
    """Else one wrong text in Redis would keep every list of leavers back, for good."""
    await shown(harness, context, "A,B")
    (current,) = (await harness.ledger.seen(A)).current
    value = f"{A}~{current.version.partition('~')[2]}"
    for text in SPOILED:
        await client.hset(harness.runner.key("seen", value), str(PERSON), text)
        assert [one.seer for one in (await harness.ledger.seen(A)).seen] == [PERSON]
        assert {one.variable for one in (await harness.ledger.exposed(PERSON)).found} == {A, B}
    for text in SPOILED:
        await client.hset(harness.runner.key("current", str(A)), value.partition("~")[2], text)
        assert len((await harness.ledger.seen(A)).current) == 1
        assert {one.variable for one in (await harness.ledger.exposed(PERSON)).found} == {A, B}
    assert await shown(harness, context) is None, "and it is shown again, and written down"


@pytest.mark.parametrize("score", ["+inf", "9999999999999"])
async def test_no_made_up_moment_keeps_the_sweep_at_one_leaver_for_ever(
    harness: StoreHarness, score: str
) -> None:
    client: Any = harness.client
    listed = harness.runner.key("exposed", f"person:{ALICE}")
    members = [word for number in range(RELISTED_AT_ONCE + 1) for word in (score, f"default/A~{number}")]
    await client.execute_command("ZADD", listed, *members)
    async with asyncio.timeout(20):
        assert await harness.ledger.note_leaver(ALICE)
