"""A variable exists where `sources.yml` says that its value is kept; moved, it is another variable."""

import asyncio
from collections import Counter

from envaccess.application.place_variables import Placed, place_variables
from envaccess.domain.catalogue import SEALED
from envaccess.domain.outcome import Written
from envaccess.domain.request import GrantState
from envaccess.domain.sources.file import NO_FILE, NameRule, SourcesFile
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.variable import Variable
from tests.store.harness import OPERATOR, StoreHarness, value, var


class _Ids:
    def __init__(self, harness: StoreHarness) -> None:
        self._harness = harness

    def request(self) -> str:
        raise NotImplementedError

    def operation(self) -> str:
        return self._harness.op()


def file(*globs: str, source: str = "kv") -> SourcesFile:
    specs = {name: SourceSpec(name, SourceKind.VAULT) for name in ("kv", "other")}
    return SourcesFile(specs, [NameRule((glob,), source) for glob in globs])


async def place(harness: StoreHarness, said: SourcesFile, *also: Variable) -> Placed:
    return await place_variables(harness.catalogue, harness.sealed, _Ids(harness), OPERATOR, said, also)


async def test_a_name_that_a_rule_writes_out_exists_without_any_value_here(harness: StoreHarness) -> None:
    placed = await place(harness, file("production/STRIPE_KEY", "production/*"))
    assert placed == Placed(Counter(created=1))
    (entry,) = (await harness.catalogue.get([var("production/STRIPE_KEY")])).values()
    assert (entry.source, entry.owner, entry.version) == ("kv", str(OPERATOR), 0)
    assert (await harness.events())[-1].detail == {"source": "kv"}


async def test_the_same_file_again_changes_nothing(harness: StoreHarness) -> None:
    await place(harness, file("production/STRIPE_KEY"))
    before = await harness.catalogue.get([var("production/STRIPE_KEY")])
    assert await place(harness, file("production/STRIPE_KEY")) == Placed()
    assert await harness.catalogue.get([var("production/STRIPE_KEY")]) == before


async def test_a_variable_that_moves_is_another_one_and_its_grants_end(harness: StoreHarness) -> None:
    """Somebody agreed to the value of one place; the same name now stands for another."""
    request = await harness.grant("A")
    (before,) = (await harness.catalogue.get([var("A")])).values()
    placed = await place(harness, file("A"))
    assert placed == Placed(Counter(changed=1), ended=1)
    (after,) = (await harness.catalogue.get([var("A")])).values()
    assert (after.source, before.source) == ("kv", SEALED)
    assert after.incarnation != before.incarnation
    found = await harness.get(request)
    assert (found.grant, found.ended_why) == (GrantState.REVOKED, "moved")


async def test_a_value_is_not_stored_under_a_name_that_is_kept_elsewhere(harness: StoreHarness) -> None:
    """A host without the file would store what nobody ever reads."""
    await place(harness, file("A"))
    version = await harness.sealed.last_version(var("A")) + 1
    written = await harness.sealed.put(harness.op(), var("A"), value(version), OPERATOR, replace=True)
    assert written is Written.ELSEWHERE


async def test_a_rule_that_is_gone_leaves_what_is_sealed_and_deletes_what_is_nowhere(
    harness: StoreHarness,
) -> None:
    await place(harness, file("A", "production/STRIPE_KEY"))
    assert await place(harness, file("other/X")) == Placed(Counter(created=1, changed=1, deleted=1))
    entries = await harness.catalogue.get([var("A"), var("production/STRIPE_KEY")])
    assert {variable.label: entry.source for variable, entry in entries.items()} == {"A": SEALED}


async def test_adopted_names_exist_where_a_pattern_keeps_them(harness: StoreHarness) -> None:
    mine, theirs = Variable("production", "X"), Variable("staging", "X")
    assert await place(harness, file("production/*"), mine, theirs) == Placed(Counter(created=1))
    assert list(await harness.catalogue.get([mine, theirs])) == [mine]


async def test_two_processes_that_load_the_same_file_place_it_once(harness: StoreHarness) -> None:
    said = file("production/STRIPE_KEY", "A")
    one, other = await asyncio.gather(place(harness, said), place(harness, said))
    assert one.done + other.done == Counter(created=1, changed=1)
    assert (one.left, other.left) == ((), ())


async def test_a_record_that_does_not_hold_is_left_as_it_is(harness: StoreHarness) -> None:
    await harness.client.hset(harness.runner.key("catalogue", "default/A"), "source", "other")
    placed = await place(harness, file("A"))
    assert placed == Placed(left=(var("A"),))


async def test_without_a_file_everything_is_as_it_was(harness: StoreHarness) -> None:
    assert await place(harness, NO_FILE) == Placed()
