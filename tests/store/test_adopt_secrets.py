"""Values of a version that had no catalogue get their records once, and stay what they were."""

from typing import Any

import pytest

from envaccess.domain.outcome import Decided
from envaccess.domain.refusal import Reason, Refusal
from envaccess.store import adopt_secrets as adoption
from envaccess.store.adopt_secrets import adopt_secrets
from tests.store.harness import OPERATOR, StoreHarness, var

NAMES = ("default/A", "default/B", "staging/DB")


async def put_back(harness: StoreHarness, name: str, **old: str) -> None:
    """A value as the version before kept it: all in one hash, and no catalogue record."""
    client: Any = harness.client
    await client.delete(harness.runner.key("catalogue", name))
    fields = {"created_at": "1700000000000", "changed_at": "1700000000001", "born": "1", **old}
    await client.hset(harness.runner.key("secret", name), mapping=fields)


@pytest.fixture
async def old(harness: StoreHarness) -> StoreHarness:
    """A workspace whose values were stored by the version before."""
    for name in NAMES:
        await put_back(harness, name)
    return harness


async def test_each_value_gets_its_record_with_its_own_times_and_mark(old: StoreHarness) -> None:
    assert await adopt_secrets(old.runner, old.sealing) == len(NAMES)
    found = await old.catalogue.get(await old.catalogue.names())
    assert [str(variable) for variable in found] == list(NAMES)
    for entry in found.values():
        assert (entry.source, entry.owner, entry.incarnation, entry.version) == ("sealed", "bot", "1", 1)
        assert (entry.created_at, entry.changed_at) == (1_700_000_000_000, 1_700_000_000_001)


async def test_what_is_left_in_the_value_is_its_ciphertext(old: StoreHarness) -> None:
    client: Any = old.client
    await adopt_secrets(old.runner, old.sealing)
    for name in NAMES:
        fields = await client.hgetall(old.runner.key("secret", name))
        assert fields.keys() == {"version", "sealed", "key"}


async def test_run_again_it_changes_nothing(old: StoreHarness) -> None:
    await adopt_secrets(old.runner, old.sealing)
    before = await old.dump()
    assert await adopt_secrets(old.runner, old.sealing) == 0
    assert await old.dump() == before


async def test_stopped_between_two_pages_it_is_finished_by_the_next_run(
    old: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adoption, "_PAGE", 1)
    run, left = old.runner.run, [2]

    async def stop(name: str, /, **arguments: Any) -> str | int:
        if not left[0]:
            raise ConnectionAbortedError
        left[0] -= 1
        return await run(name, **arguments)

    monkeypatch.setattr(old.runner, "run", stop)
    with pytest.raises(ConnectionAbortedError):
        await adopt_secrets(old.runner, old.sealing)
    assert len(await old.catalogue.get(await old.catalogue.names())) == 2
    left[0] = 9
    assert await adopt_secrets(old.runner, old.sealing) == 1
    assert len(await old.catalogue.get(await old.catalogue.names())) == len(NAMES)


async def test_a_variable_that_is_catalogued_already_keeps_its_record(harness: StoreHarness) -> None:
    """A value beside it that says otherwise was not written by us."""
    await harness.client.hset(harness.runner.key("secret", "default/A"), "born", "9")
    before = await harness.catalogue.get([var("A")])
    assert await adopt_secrets(harness.runner, harness.sealing) == 0
    assert await harness.catalogue.get([var("A")]) == before


async def test_a_value_without_a_mark_gets_a_random_one(old: StoreHarness) -> None:
    for name in NAMES:
        await old.client.hdel(old.runner.key("secret", name), "born")
    await adopt_secrets(old.runner, old.sealing)
    found = await old.catalogue.get(await old.catalogue.names())
    incarnations = {entry.incarnation for entry in found.values()}
    assert {len(incarnation) for incarnation in incarnations} == {16}
    assert len(incarnations) == len(NAMES)


async def test_a_name_without_a_value_is_no_variable(old: StoreHarness) -> None:
    await old.client.delete(old.runner.key("secret", "default/A"))
    assert await adopt_secrets(old.runner, old.sealing) == len(NAMES) - 1
    assert await old.catalogue.get([var("A")]) == {}


async def test_an_old_request_is_for_the_variable_of_its_time_and_for_no_later_one(
    old: StoreHarness,
) -> None:
    await adopt_secrets(old.runner, old.sealing)
    first, second = await old.file("A"), await old.file("A,B")
    assert isinstance(await old.decide(first), Decided)
    await old.sealed.delete(old.op(), var("A"), OPERATOR)
    await old.client.delete(old.runner.key("versions"))
    await old.add("A")
    refused = await old.decide(second)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.REMADE
