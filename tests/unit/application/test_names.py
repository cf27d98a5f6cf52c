"""A set's name stands for its variables, all of them or none, as the policy has them when it is asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.application.requests.filing import open_request
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed
from envaccess.domain.phrase import plain
from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.policy.resolving import resolve_names
from envaccess.domain.policy.variable_sets import SET_MAX, VariableSet, nearest_set, parse_set, set_label
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.words import tell
from envaccess.domain.variable import Variable
from tests.unit.application.stage import ALICE, DB, STRIPE, WHY, Stage

GONE = Variable("production", "GONE")


def with_sets(*sets: VariableSet) -> Policy:
    """The built-in policy with sets."""
    return replace(built_in("C0APPROVE"), variable_sets=sets)


def let(stage: Stage, *sets: VariableSet) -> None:
    """These sets hold now."""
    stage.context.rulebook.current = with_sets(*sets)


async def file(
    stage: Stage, *sets: str, variables: tuple[Variable, ...] = (), who: str = ALICE
) -> Filed | Refusal:
    """Ask for sets, and for variables by their own names."""
    ask = Ask(variables, Duration(3600), WHY, sets=sets)
    return await open_request(stage.context, by_person(stage.op(), who), ask)


VARIABLES = st.builds(Variable, st.sampled_from(["default", "production"]), st.sampled_from("ABCDEFGH"))
SETS = st.dictionaries(
    st.sampled_from(["shop", "pay", "db"]), st.lists(VARIABLES, min_size=1, unique=True).map(tuple)
)


@given(SETS, st.lists(st.sampled_from(["shop", "pay", "db"])), st.lists(VARIABLES))
def test_what_is_named_is_the_union_of_what_is_named_each_once(
    sets: dict[str, tuple[Variable, ...]], named: list[str], typed: list[Variable]
) -> None:
    found = resolve_names(with_sets(*(VariableSet(*one) for one in sets.items())), typed, named)
    if isinstance(found, Refusal):
        assert (found.reason, not set(named) <= set(sets)) == (Reason.UNKNOWN_SET, True)
        return
    assert len(found) == len(set(found))
    assert set(found) == {*typed, *(variable for name in named for variable in sets[name])}


@pytest.mark.parametrize("more", [0, 1])
def test_a_request_by_sets_has_as_many_variables_as_a_message_lists(more: int) -> None:
    many = tuple(Variable("default", f"V{number}") for number in range(SET_MAX))
    typed = [Variable("default", f"W{number}") for number in range(more)]
    found = resolve_names(with_sets(VariableSet("shop", many)), typed, ["shop"])
    assert isinstance(found, Refusal) == bool(more)


@given(st.text(max_size=30))
def test_a_name_that_is_read_is_written_as_it_is_typed(text: str) -> None:
    name = parse_set(text)
    assert name is None or parse_set(set_label(name)) == name


def test_the_nearest_set_is_suggested_and_none_that_is_not_alike() -> None:
    assert nearest_set("shpo", ["shop", "pay"]) == "shop"
    assert nearest_set("zebra", ["shop", "pay"]) == ""


async def test_a_set_is_filed_as_its_variables_and_says_its_name() -> None:
    stage = Stage()
    let(stage, VariableSet("shop", (STRIPE, DB)))
    filed = await file(stage, "shop")
    assert isinstance(filed, Filed)
    assert filed.variables == (STRIPE, DB)


async def test_a_set_that_is_changed_later_changes_nothing_that_was_filed() -> None:
    stage = Stage()
    let(stage, VariableSet("shop", (STRIPE,)))
    filed = await file(stage, "shop")
    let(stage, VariableSet("shop", (STRIPE, DB)))
    assert isinstance(filed, Filed)
    assert stage.books.requests[filed.id].variables == (STRIPE,)
    other = await file(stage, "shop")
    assert isinstance(other, Filed)
    assert (other.variables, other.id != filed.id) == ((STRIPE, DB), True)


async def test_an_unknown_set_is_refused_audited_and_the_nearest_one_named() -> None:
    stage = Stage()
    let(stage, VariableSet("shop", (STRIPE,)))
    refusal = await file(stage, "shpo", variables=(STRIPE,))
    assert refusal == Refusal(Reason.UNKNOWN_SET, names=("@shpo",), hint="shop")
    assert "Did you mean @shop?" in plain(tell(refusal))
    assert stage.refusals() == [Reason.UNKNOWN_SET]


@pytest.mark.parametrize("reason", [Reason.GUEST, Reason.DEACTIVATED, Reason.OTHER_WORKSPACE])
async def test_no_guest_learns_what_sets_there_are(reason: Reason) -> None:
    stage = Stage()
    let(stage, VariableSet("shop", (STRIPE,)))
    stage.turn_into(ALICE, reason)
    for name in ("shop", "shpo"):
        assert await file(stage, name) == Refusal(reason)


async def test_a_set_with_a_variable_that_is_not_there_is_refused_whole_and_says_which() -> None:
    stage = Stage()
    let(stage, VariableSet("shop", (STRIPE, GONE)))
    refusal = await file(stage, "shop")
    assert refusal == Refusal(Reason.UNKNOWN_VARIABLE, names=(str(GONE),), target="@shop")
    assert plain(tell(refusal)).startswith("@shop names production/GONE, and there is no such variable")
    assert not stage.books.requests


async def test_a_typed_name_that_is_not_there_is_not_the_set_s_fault() -> None:
    stage = Stage()
    let(stage, VariableSet("shop", (STRIPE,)))
    refusal = await file(stage, "shop", variables=(GONE,))
    assert refusal == Refusal(Reason.UNKNOWN_VARIABLE, names=(str(GONE),))


async def test_a_name_that_looks_like_a_value_is_not_written_down_beside_a_set() -> None:
    """The event and the seal say what was named; a variable may be called as its value is (law 7)."""
    stage = Stage()
    odd = Variable("default", "sk_live_" + "x9Q" * 8)
    stage.books.values[odd] = "value-for-tests"
    let(stage, VariableSet("shop", (STRIPE,)))
    filed = await file(stage, "shop", variables=(odd,))
    assert isinstance(filed, Filed)
    assert odd.name not in "".join(filed.named)
    assert "@shop" in filed.named
