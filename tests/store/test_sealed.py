"""Sealed values on both kinds of server: versions that never come twice, deletion that ends grants."""

import asyncio
import secrets
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.errors import SealError, ValueMissingError
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from envaccess.sources.sealed import SealedSource
from envaccess.store.sealed import value_keys
from tests.store.harness import ALICE, BLOB, CAROL, OPERATOR, StoreHarness, value, var

VALUE = "value-for-tests"


def source(harness: StoreHarness, key: bytes | None = None) -> SealedSource:
    keyring = Keyring((MasterKey(key or secrets.token_bytes(32)),))
    return SealedSource(harness.sealed, Sealer(keyring), harness.workspace)


async def put(
    harness: StoreHarness, label: str, version: int, *, replace: bool = True, op: str = ""
) -> Written:
    op = op or harness.op()
    written = await harness.sealed.put(op, var(label), value(version), OPERATOR, replace=replace)
    assert isinstance(written, Written)
    return written


async def test_names_are_sorted_and_exact(harness: StoreHarness) -> None:
    await harness.add("b", "_x", "a-1.x/Z")
    labels = [str(name) for name in await harness.catalogue.names()]
    assert labels == sorted(["a-1.x/Z", "default/A", "default/B", "default/_x", "default/b", "staging/DB"])


async def test_a_value_reads_back_under_its_version(harness: StoreHarness) -> None:
    kept = await harness.sealed.get(var("A"))
    assert (kept.version, kept.sealed) == (1, BLOB)
    with pytest.raises(ValueMissingError):
        await harness.sealed.get(var("NOPE"))


async def test_a_value_is_created_then_changed_with_one_event_each(harness: StoreHarness) -> None:
    assert await put(harness, "NEW", 1) is Written.CREATED
    assert await put(harness, "NEW", 2) is Written.CHANGED
    events = (await harness.events())[-2:]
    assert [(event.event, event.detail) for event in events] == [
        ("secret.created", {"version": "1"}),
        ("secret.changed", {"version": "2"}),
    ]
    assert all(BLOB.decode() not in repr(event) for event in events)


async def test_what_exists_is_replaced_only_where_that_is_asked(harness: StoreHarness) -> None:
    before = await harness.state()
    assert await put(harness, "A", 2, replace=False) is Written.EXISTS
    assert await harness.state() == before


@pytest.mark.parametrize("version", [0, 1, 3, 2**40])
async def test_only_the_next_version_is_taken(harness: StoreHarness, version: int) -> None:
    """Two writers that sealed for the same version: the second seals again, or nobody could open it."""
    before = await harness.state()
    assert await put(harness, "A", version) is Written.BEHIND
    assert await harness.state() == before


async def test_a_write_that_was_behind_may_be_tried_again_under_its_operation(harness: StoreHarness) -> None:
    assert await put(harness, "A", 1, op="op-write") is Written.BEHIND
    assert await put(harness, "A", 2, op="op-write") is Written.CHANGED
    assert await put(harness, "A", 3, op="op-write") is Written.CHANGED
    assert await harness.sealed.last_version(var("A")) == 2


async def test_writers_at_once_all_land_one_after_another(harness: StoreHarness) -> None:
    values = source(harness)
    texts = [f"value-{number}" for number in range(8)]
    await asyncio.gather(
        *(values.write(f"op-{text}", var("W"), text, OPERATOR, replace=True) for text in texts)
    )
    assert (await values.read(var("W"))).text in texts
    assert await harness.sealed.last_version(var("W")) == 8
    assert (await harness.tags()).count("secret.changed") == 7


async def test_no_version_comes_twice_even_after_deletion(harness: StoreHarness) -> None:
    for version in (2, 3):
        await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
        assert await harness.sealed.last_version(var("A")) == version - 1
        assert await put(harness, "A", version) is Written.CREATED


async def test_a_copied_old_ciphertext_opens_nowhere_after_delete_and_recreate(harness: StoreHarness) -> None:
    """Whoever can write to Redis must not be able to bring back an old value that they copied."""
    values = source(harness)
    await values.write(harness.op(), var("KEY"), "old-for-tests", OPERATOR, replace=False)
    old = await harness.client.hget(harness.runner.key("secret", "default/KEY"), "sealed")
    await values.delete(harness.op(), var("KEY"), OPERATOR)
    await values.write(harness.op(), var("KEY"), VALUE, OPERATOR, replace=False)
    assert (await values.read(var("KEY"))).text == VALUE
    await harness.client.hset(harness.runner.key("secret", "default/KEY"), "sealed", old)
    with pytest.raises(SealError):
        await values.read(var("KEY"))


async def test_a_ciphertext_copied_to_another_name_or_workspace_opens_nowhere(harness: StoreHarness) -> None:
    key = secrets.token_bytes(32)
    values, there = source(harness, key), StoreHarness(harness.client, "T0OTHER")
    await values.write(harness.op(), var("KEY"), VALUE, OPERATOR, replace=False)
    await values.write(harness.op(), var("LOOT"), "loot", OPERATOR, replace=False)
    client: Any = harness.client
    copied = await client.hgetall(harness.runner.key("secret", "default/KEY"))
    for target in (harness.runner.key("secret", "default/LOOT"), there.runner.key("secret", "default/KEY")):
        await client.hset(target, mapping=copied)
    for thief in (values.read(var("LOOT")), source(there, key).read(var("KEY"))):
        with pytest.raises(SealError):
            await thief


async def test_at_rest_a_value_is_found_in_no_key(harness: StoreHarness) -> None:
    await source(harness).write(harness.op(), var("KEY"), VALUE, OPERATOR, replace=False)
    assert VALUE not in repr(await harness.dump())


async def test_deleting_ends_every_grant_over_it_in_the_same_step(harness: StoreHarness) -> None:
    mine, both, other = await harness.grant("A"), await harness.grant("A,B", CAROL), await harness.grant("B")
    used = await harness.grant("A", once=True, seconds=900)
    await harness.use(used)
    last = await harness.trail.last()
    assert await harness.sealed.delete(harness.op(), var("A"), OPERATOR) == 2
    assert sorted(await harness.tags(last)) == ["grant.revoked", "grant.revoked", "secret.deleted"]
    assert [await harness.left(request) for request in (mine, both)] == [-2, -2]
    assert await harness.left(other) > 0
    found = await harness.get(mine)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, "cli:root")
    for request, who in ((mine, ALICE), (both, CAROL)):
        refusal = await harness.claim(request, who)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.ENDED


async def test_a_grant_made_before_a_deletion_never_shows_what_is_stored_after(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await harness.add("A")
    assert isinstance(await harness.claim(request), Refusal)
    assert isinstance(await harness.reveals.claim_named(harness.op(), var("A"), ALICE), Refusal)


async def test_deleting_writes_down_what_had_expired_already_as_expired(harness: StoreHarness) -> None:
    request = await harness.grant("A", seconds=60)
    await harness.pass_time(61_000)
    assert await harness.sealed.delete(harness.op(), var("A"), OPERATOR) == 0
    assert (await harness.get(request)).grant is GrantState.EXPIRED


async def test_a_deleted_name_is_listed_no_more(harness: StoreHarness) -> None:
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    assert [name.label for name in await harness.catalogue.names()] == ["B", "staging/DB"]
    with pytest.raises(ValueMissingError):
        await harness.sealed.get(var("A"))


async def test_deleting_what_is_not_there_says_so_and_changes_nothing(harness: StoreHarness) -> None:
    before = await harness.state()
    assert await harness.sealed.delete(harness.op(), var("NOPE"), OPERATOR) is None
    assert await harness.state() == before


async def test_the_keys_that_values_need_are_known(harness: StoreHarness) -> None:
    await harness.sealed.put(harness.op(), var("C"), value(1, key="key-2"), OPERATOR, replace=False)
    assert await value_keys(harness.runner) == {"key-1", "key-2"}
    await harness.sealed.delete(harness.op(), var("C"), OPERATOR)
    assert await value_keys(harness.runner) == {"key-1"}


async def test_a_list_of_values_names_versions_and_never_values(harness: StoreHarness) -> None:
    await harness.client.flushall()
    values = source(harness)
    for label in ("staging/DB", "A"):
        await values.write(harness.op(), var(label), VALUE, OPERATOR, replace=False)
    listed = await harness.catalogue.get(await harness.catalogue.names())
    assert [(str(each.variable), each.version) for each in listed.values()] == [
        ("default/A", 1),
        ("staging/DB", 1),
    ]
    assert VALUE not in repr(listed)
