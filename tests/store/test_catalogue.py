"""A variable exists by its catalogue record; a sealed value makes none, and a lost one ends none."""

import re
from typing import Any

import pytest

from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.catalogue import SEALED
from envaccess.domain.errors import ValueMissingError
from envaccess.domain.outcome import Claim, Written
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from tests.store.harness import ALICE, MINUTE, OPERATOR, StoreHarness, value, var

OTHER = Actor(ActorKind.CLI, "eve")


async def put(harness: StoreHarness, label: str, actor: Actor = OPERATOR) -> Written:
    version = await harness.sealed.last_version(var(label)) + 1
    written = await harness.sealed.put(harness.op(), var(label), value(version), actor, replace=True)
    assert isinstance(written, Written)
    return written


async def plant(harness: StoreHarness, label: str) -> None:
    """What whoever writes to Redis could put there: a value, its version, and its name in the index."""
    client: Any = harness.client
    name = str(var(label))
    copied = await client.hgetall(harness.runner.key("secret", "default/A"))
    await client.hset(harness.runner.key("secret", name), mapping=copied)
    await client.hset(harness.runner.key("versions"), name, copied["version"])
    await client.zadd(harness.runner.key("names"), {name: 0})


async def test_a_new_variable_is_catalogued_by_whom_and_when(harness: StoreHarness) -> None:
    began = await harness.now()
    await put(harness, "NEW")
    (entry,) = (await harness.catalogue.get([var("NEW")])).values()
    assert (entry.variable, entry.source, entry.owner, entry.version) == (var("NEW"), SEALED, "cli:root", 1)
    assert began <= entry.created_at == entry.changed_at
    assert re.fullmatch(r"[0-9a-f]{16}", entry.incarnation)


async def test_a_changed_value_leaves_owner_and_incarnation_as_they_were(harness: StoreHarness) -> None:
    """Else whoever may change a value could make themselves its owner."""
    (before,) = (await harness.catalogue.get([var("A")])).values()
    await harness.pass_time(MINUTE)
    assert await put(harness, "A", OTHER) is Written.CHANGED
    (after,) = (await harness.catalogue.get([var("A")])).values()
    assert (after.owner, after.incarnation) == (before.owner, before.incarnation)
    assert after.version == before.version + 1
    assert after.changed_at - after.created_at >= MINUTE


async def test_a_sealed_value_holds_nothing_but_what_opens_it(harness: StoreHarness) -> None:
    client: Any = harness.client
    assert (await client.hgetall(harness.runner.key("secret", "default/A"))).keys() == {
        "version",
        "sealed",
        "key",
    }


async def test_made_again_it_has_another_owner_and_another_incarnation(harness: StoreHarness) -> None:
    (before,) = (await harness.catalogue.get([var("A")])).values()
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    assert await harness.catalogue.get([var("A")]) == {}
    assert await put(harness, "A", OTHER) is Written.CREATED
    (after,) = (await harness.catalogue.get([var("A")])).values()
    assert after.owner == "cli:eve"
    assert after.incarnation != before.incarnation


async def test_a_value_that_was_put_there_without_a_catalogue_record_cannot_be_asked_for(
    harness: StoreHarness,
) -> None:
    await plant(harness, "LOOT")
    refusal = await harness.requests.open(harness.op(), harness.new("LOOT"))
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.names) == (Reason.UNKNOWN_VARIABLE, ("default/LOOT",))
    with pytest.raises(ValueMissingError):
        await harness.sealed.note_read(harness.op(), var("LOOT"), OPERATOR, "a look")
    assert await harness.sealed.delete(harness.op(), var("LOOT"), OPERATOR) is None
    assert "secret.read" not in await harness.tags()


async def test_a_request_waits_for_a_variable_whatever_becomes_of_its_value(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await harness.client.delete(harness.runner.key("secret", "default/A"))
    decided = await harness.decide(request)
    assert not isinstance(decided, Refusal)


async def test_a_use_of_a_lost_value_is_given_back_as_the_variable_exists(harness: StoreHarness) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    await harness.client.delete(harness.runner.key("secret", "default/A"))
    claim = await harness.claim(request)
    assert isinstance(claim, Claim)
    with pytest.raises(ValueMissingError):
        await harness.sealed.get(var("A"))
    assert await harness.reveals.still(claim), "whether there is a value, only the source knows"
    await harness.reveals.give_back(claim, "value_missing")
    assert (await harness.get(request)).grant is GrantState.ACTIVE


async def test_access_to_a_variable_whose_record_is_gone_reveals_nothing(harness: StoreHarness) -> None:
    """Its value is there still: whoever writes to Redis took the record away, which ends no grant."""
    request = await harness.grant("A,B")
    await harness.client.delete(harness.runner.key("catalogue", "default/B"))
    for refusal in (
        await harness.claim(request),
        await harness.reveals.claim_named(harness.op(), var("A"), ALICE),
    ):
        assert isinstance(refusal, Refusal)
        assert (refusal.reason, refusal.names) == (Reason.UNKNOWN_VARIABLE, ("default/B",))
    assert "grant.revealed" not in await harness.tags()


async def test_a_lost_value_is_not_read_on_the_host_and_no_event_says_so(
    harness: StoreHarness,
) -> None:
    await harness.client.delete(harness.runner.key("secret", "default/A"))
    with pytest.raises(ValueMissingError):
        await harness.sealed.note_read(harness.op(), var("A"), OPERATOR, "a look")
    assert "secret.read" not in await harness.tags()


async def test_a_lost_value_can_be_stored_again_for_the_same_variable(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    await harness.client.delete(harness.runner.key("secret", "default/A"))
    assert await put(harness, "A") is Written.CHANGED
    await harness.use(request)


async def test_a_variable_whose_value_is_lost_is_deleted_by_its_record(
    harness: StoreHarness,
) -> None:
    request = await harness.grant("A")
    await harness.client.delete(harness.runner.key("secret", "default/A"))
    assert await harness.sealed.delete(harness.op(), var("A"), OPERATOR) == 1
    assert await harness.left(request) == -2
    assert var("A") not in await harness.catalogue.names()


async def test_a_deleted_variable_leaves_no_value_behind(harness: StoreHarness) -> None:
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    keys = await harness.keys()
    assert not [name for name in keys if name.endswith((":secret:default/A", ":catalogue:default/A"))]


@pytest.mark.parametrize("field", ["source", "owner", "incarnation", "version", "created_at", "changed_at"])
async def test_a_record_that_lacks_something_is_no_variable(harness: StoreHarness, field: str) -> None:
    await harness.client.hdel(harness.runner.key("catalogue", "default/A"), field)
    assert list(await harness.catalogue.get([var("A"), var("B")])) == [var("B")]


async def test_what_exists_is_told_in_the_order_that_was_asked_in(harness: StoreHarness) -> None:
    asked = [var("B"), var("NOPE"), var("staging/DB"), var("A")]
    assert list(await harness.catalogue.get(asked)) == [var("B"), var("staging/DB"), var("A")]
    assert await harness.catalogue.get([]) == {}


async def test_a_catalogue_of_many_pages_is_read_whole(harness: StoreHarness) -> None:
    await harness.add(*(f"N{number}" for number in range(510)))
    names = await harness.catalogue.names()
    assert list(await harness.catalogue.get(names)) == names
    assert await harness.requests.get(await harness.file("N509", ALICE))
