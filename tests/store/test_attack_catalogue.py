"""Who writes to Redis changes what the catalogue says: it gives nothing, and harms no other variable."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.grants.reveal import claim_reveal
from envaccess.application.grants.sealed_access import why_not_sealed
from envaccess.application.requests.decide import decide
from envaccess.application.requests.filing import open_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask, parse_command
from envaccess.domain.errors import VariableRefusedError
from envaccess.domain.outcome import Claim, Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from envaccess.domain.seals.statements import CatalogueSeal
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.sealing import Sealing
from tests.fakes.context import FakeDirectory
from tests.fakes.delivery import FakeDelivery
from tests.fakes.sealing import seals_for, wall
from tests.store.harness import ALICE, BOB, CAROL, OPERATOR, StoreHarness, var
from tests.store.verbs import context_on

A, B = "default/A", "default/B"
Attack = Callable[[StoreHarness], Awaitable[None]]


async def record(harness: StoreHarness, name: str) -> dict[str, str]:
    client: Any = harness.client
    found: dict[str, str] = await client.hgetall(harness.runner.key("catalogue", name))
    return found


async def put(harness: StoreHarness, about: str, /, **fields: str) -> None:
    client: Any = harness.client
    await client.hset(harness.runner.key("catalogue", about), mapping=fields)


def changed(field: str, text: str) -> Attack:
    async def attack(harness: StoreHarness) -> None:
        await put(harness, A, **{field: text})

    return attack


def sealed_by(workspace: str, purpose: str) -> Attack:
    """A record that says what it said, sealed by somebody else."""

    async def attack(harness: StoreHarness) -> None:
        said = await record(harness, A)
        seal = CatalogueSeal(A, said["source"], said["owner"], said["incarnation"], 1)
        await put(harness, A, seal=seal.sealed(seals_for(workspace, purpose=purpose)))

    return attack


async def copied(harness: StoreHarness) -> None:
    """The record of B, seal and all, under the name of A; it says A's incarnation, as its requests do."""
    incarnation = (await record(harness, A))["incarnation"]
    await put(harness, A, **{**await record(harness, B), "name": A, "incarnation": incarnation})


async def copied_whole(harness: StoreHarness) -> None:
    await put(harness, A, **await record(harness, B))


async def no_seal(harness: StoreHarness) -> None:
    await harness.client.hdel(harness.runner.key("catalogue", A), "seal")


async def a_filing(harness: StoreHarness) -> None:
    """A true seal, of something else."""
    request = await harness.file("B", CAROL)
    await put(harness, A, seal=str(await harness.client.hget(harness.runner.key("text", request), "filing")))


ATTACKS: dict[str, Attack] = {
    "another source": changed("source", "production"),
    "another owner": changed("owner", "cli:eve"),
    "another name": changed("name", B),
    "no number": changed("version", "many"),
    "another workspace's seal": sealed_by("T0OTHER", "tests"),
    "a copied record": copied,
    "a copied record, whole": copied_whole,
    "no seal": no_seal,
    "a seal of another kind": a_filing,
}


def context_of(harness: StoreHarness) -> ServiceContext:
    """The verbs on this store."""
    directory = FakeDirectory()
    directory.join(ALICE, BOB, CAROL)
    directory.approvers = frozenset({BOB, CAROL})
    return context_on(harness, directory)


async def gives(harness: StoreHarness, request: str) -> bool:
    """Whether a claim would be handed over."""
    claim = await harness.claim(request)
    return isinstance(claim, Claim) and not why_not_sealed(claim, wall())


async def told(harness: StoreHarness) -> list[tuple[str, str]]:
    """The events of broken seals of variables, and which variables they are about."""
    return [
        (event.event, ",".join(event.variables))
        for event in await harness.events()
        if event.event.startswith("seal.") and event.variables
    ]


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_changed_record_gives_nothing_and_harms_no_other_variable(
    harness: StoreHarness, name: str
) -> None:
    held, other = await harness.grant("A"), await harness.grant("B")
    assert await gives(harness, held)
    await ATTACKS[name](harness)
    assert not await gives(harness, held)
    assert await gives(harness, other)
    assert [*await harness.catalogue.get([var("A"), var("B")])] == [var("B")]
    assert var("A") not in await harness.catalogue.names()
    assert await told(harness) == [("seal.broken", A)]


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_changed_record_is_no_variable_to_ask_for_or_to_approve(
    harness: StoreHarness, name: str
) -> None:
    context, waits = context_of(harness), await harness.file("A", CAROL)
    await ATTACKS[name](harness)
    ask = parse_command("A 1h debugging a failed refund")
    assert isinstance(ask, Ask)
    filed = await open_request(context, by_person("op-file", ALICE), ask)
    assert isinstance(filed, Refusal)
    assert (filed.reason, filed.names) == (Reason.UNKNOWN_VARIABLE, (A,))
    decided = await decide(context, by_person("op-yes", BOB), waits, Verb.APPROVE, "")
    assert isinstance(decided, Refusal)
    assert decided.reason is Reason.UNKNOWN_VARIABLE
    other = parse_command("B 1h debugging a failed refund")
    assert isinstance(other, Ask)
    assert isinstance(await open_request(context, by_person("op-other", ALICE), other), Filed)


async def test_the_use_of_a_variable_that_does_not_hold_is_given_back_and_told_once(
    harness: StoreHarness,
) -> None:
    context, held = context_of(harness), await harness.grant("A", once=True, seconds=900)
    await put(harness, A, owner="cli:eve")
    for number in range(2):
        refused = await claim_reveal(context, FakeDelivery(), by_person(f"op-{number}", ALICE), held)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.SEAL_BROKEN
    assert (await harness.get(held)).grant is GrantState.ACTIVE
    assert [tag for tag in await harness.tags() if tag.startswith("seal.")] == ["seal.broken"]


async def test_an_old_record_put_back_gives_nothing_of_what_was_made_again(harness: StoreHarness) -> None:
    """Its seal is true: what was asked for the new variable is not the one that it says."""
    old = await record(harness, A)
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await harness.add("A")
    held = await harness.grant("A")
    await put(harness, A, **old)
    assert not await gives(harness, held)
    request = harness.runner.key("request", held)
    await harness.client.hset(request, mapping={"born": old["incarnation"]})
    assert not await gives(harness, held)


async def test_a_claim_is_of_the_very_making_that_was_asked_for(harness: StoreHarness) -> None:
    held = await harness.grant("A,B")
    claim = await harness.use(held)
    assert claim.incarnations == tuple([(await record(harness, name))["incarnation"] for name in (A, B)])
    for other in (("x", claim.incarnations[1]), (), tuple(reversed(claim.incarnations))):
        fault = why_not_sealed(replace(claim, incarnations=other), wall())
        assert fault == "one of its variables is another one than was asked for"


async def test_versions_that_were_reset_open_nothing_and_a_new_value_stays_the_same_variable(
    harness: StoreHarness,
) -> None:
    held = await harness.grant("A")
    before = (await record(harness, A))["incarnation"]
    await harness.client.delete(harness.runner.key("versions"))
    await harness.add("A")
    assert (await record(harness, A))["incarnation"] == before
    assert await gives(harness, held)
    assert not await gives(harness, await harness.file("A", CAROL))


async def test_a_key_that_is_not_here_is_another_alarm_than_a_broken_seal(harness: StoreHarness) -> None:
    await sealed_by(harness.workspace, "a key of a roll-out")(harness)
    alarms = list[Any]()
    catalogue = RedisCatalogue(harness.runner, harness.sealing, alarms.append)
    for _ in range(2):
        assert await catalogue.get([var("A")]) == {}
    assert [(alarm.variable, alarm.why) for alarm in alarms] == [(A, "seal_key")]
    assert isinstance(alarms[0], VariableRefusedError)
    assert await told(harness) == [("seal.key_unknown", A)]


async def test_a_key_that_came_later_is_looked_for_before_anybody_is_alarmed(harness: StoreHarness) -> None:
    await sealed_by(harness.workspace, "a key of a roll-out")(harness)
    looks, newer = list[int](), seals_for(harness.workspace, purpose="a key of a roll-out")
    sealing = harness.sealing

    async def look_again() -> bool:
        looks.append(1)
        object.__setattr__(sealing, "seals", newer)
        return True

    sealing = Sealing(sealing.seals, sealing.clock, look_again)
    catalogue = RedisCatalogue(harness.runner, sealing)
    assert [*await catalogue.get([var("A")])] == [var("A")]
    assert looks == [1]
    assert await told(harness) == []


async def test_what_a_later_version_sealed_is_not_called_broken(harness: StoreHarness) -> None:
    said = await record(harness, A)
    facts = {"name": A, "source": said["source"], "owner": "cli:root", "incarnation": "x", "at": 1, "tier": 2}
    await put(harness, A, seal=harness.sealing.seals.mint("catalogue", facts))
    assert await harness.catalogue.get([var("A")]) == {}
    assert await told(harness) == []
    assert "record.refused" in await harness.tags()


async def test_deleted_and_set_again_it_is_a_variable_again(harness: StoreHarness) -> None:
    await put(harness, A, owner="cli:eve")
    assert var("A") not in await harness.catalogue.get([var("A")])
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    await harness.add("A")
    assert var("A") in await harness.catalogue.names()
    assert await gives(harness, await harness.grant("A"))
