"""Owners set values, and nobody else: not who may ask, not who approves (law 9)."""

from dataclasses import replace

import pytest

from envaccess.application.rulebook import Rulebook
from envaccess.application.set_value import set_value
from envaccess.domain.call import Call, by_person
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Written
from envaccess.domain.phrase import plain
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Owners
from envaccess.domain.principal import read_principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.words import tell
from envaccess.domain.value import VALUE_BYTES
from envaccess.domain.variable import Variable
from tests.fakes.context import FakeSource
from tests.unit.application.stage import ALICE, BOB, CAROL, DB, INELIGIBLE, STRIPE, Stage

NEW = Variable("staging", "NEW_URL")
TEXT = "something new"


@pytest.fixture
def stage() -> Stage:
    """Carol owns what is of staging."""
    stage = Stage()
    owners = (Owners(match=("staging/*",), who=PrincipalSet.of([CAROL])),)
    policy = replace(stage.context.rulebook.current, owners=owners)
    stage.context = replace(stage.context, rulebook=Rulebook(policy))
    return stage


async def tried(
    stage: Stage, who: str, variable: Variable = DB, value: str = TEXT, *, again: bool = True
) -> Reason | Written:
    outcome = await set_value(stage.context, by_person(stage.op(), who), variable, value, replace=again)
    return outcome.reason if isinstance(outcome, Refusal) else outcome


async def test_an_owner_makes_and_replaces_values(stage: Stage) -> None:
    assert await tried(stage, CAROL, NEW) is Written.CREATED
    assert await tried(stage, CAROL) is Written.CHANGED
    assert (stage.books.values[NEW], stage.books.values[DB]) == (TEXT, TEXT)


async def test_what_exists_is_replaced_only_where_that_is_said(stage: Stage) -> None:
    before = stage.books.values[DB]
    assert await tried(stage, CAROL, again=False) is Reason.VALUE_EXISTS
    assert stage.books.values[DB] == before


async def test_what_is_kept_elsewhere_is_changed_there(stage: Stage) -> None:
    """A value that is stored here would be read by nobody, and taken for the one that counts."""
    before = stage.books.values[DB]
    assert isinstance(stage.context.values, FakeSource)
    stage.context.values.elsewhere[DB] = "vault"
    outcome = await set_value(stage.context, by_person(stage.op(), CAROL), DB, TEXT, replace=True)
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, stage.books.values[DB]) == (Reason.KEPT_ELSEWHERE, before)
    assert "is kept in vault, not in envaccess's own store" in plain(tell(outcome))


@pytest.mark.parametrize(("who", "variable"), [(ALICE, DB), (BOB, DB), (CAROL, STRIPE), (BOB, NEW)])
async def test_nobody_else_sets_a_value_and_the_attempt_is_audited(
    stage: Stage, who: str, variable: Variable
) -> None:
    assert await tried(stage, who, variable) is Reason.NOT_OWNER
    assert stage.refusals() == [Reason.NOT_OWNER]
    assert NEW not in stage.books.values


async def test_where_no_owner_is_named_nobody_sets_anything() -> None:
    stage = Stage()
    assert [await tried(stage, who) for who in (ALICE, BOB, CAROL)] == [Reason.NOT_OWNER] * 3


@pytest.mark.parametrize("reason", list(INELIGIBLE))
async def test_an_owner_who_is_no_full_member_any_more_sets_nothing(stage: Stage, reason: Reason) -> None:
    stage.turn_into(CAROL, reason)
    assert await tried(stage, CAROL) is reason


async def test_no_program_sets_a_value_for_the_owner_behind_it(stage: Stage) -> None:
    who = read_principal("agent:ag_7k2p", CAROL)
    refused = await set_value(stage.context, Call(stage.op(), who), DB, TEXT, replace=True)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.PERSONS_ONLY


@pytest.mark.parametrize("target", [Target(CAROL), Target(variable=DB)])
async def test_a_lock_lets_no_owner_set_a_value(stage: Stage, target: Target) -> None:
    await stage.context.locks.lock(stage.op(), target, by_person("", BOB).principal.actor, "a look")
    assert await tried(stage, CAROL) is Reason.LOCKED


@pytest.mark.parametrize("value", ["", "a\0b", "x" * (VALUE_BYTES + 1), "\ud800", "\u00e9" * VALUE_BYTES])
async def test_what_no_environment_variable_can_be_is_no_value(stage: Stage, value: str) -> None:
    assert await tried(stage, CAROL, value=value) is Reason.NO_VALUE


@pytest.mark.parametrize("value", ["x", "x" * VALUE_BYTES, "a\nb\n", "\u00e9", " "])
async def test_what_an_environment_variable_can_be_is_a_value(stage: Stage, value: str) -> None:
    assert await tried(stage, CAROL, value=value) is Written.CHANGED


async def test_a_pasted_key_is_no_name(stage: Stage) -> None:
    name = Variable("staging", "AKIA" + "ABCDEFGHIJ234567")
    outcome = await set_value(stage.context, by_person(stage.op(), CAROL), name, TEXT, replace=True)
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.names) == (Reason.NOT_OWNER, ())
    assert name not in stage.books.values


async def test_the_same_operation_sets_a_value_once(stage: Stage) -> None:
    call = by_person("op-same", CAROL)
    first = await set_value(stage.context, call, NEW, TEXT, replace=False)
    assert first is await set_value(stage.context, call, NEW, TEXT, replace=False) is Written.CREATED
