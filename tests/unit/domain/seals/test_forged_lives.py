"""Whoever writes to Redis has every seal that was ever made, and may arrange them as they like."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.seals.access import Access, SealedRequest, access_of
from envaccess.domain.seals.walk import ALLOWANCE
from tests.unit.domain.seals.lives import Life, ends_with
from tests.unit.domain.seals.strategies import families

ATTACKS = st.data()
Family = tuple[Life, list[Life], Life]


@st.composite
def arranged(draw: st.DrawFn, lives: Sequence[Life], of: Life) -> SealedRequest:
    """A record of one of these requests with seals of any."""
    mine = [*of.made] if draw(st.integers(0, 3)) else [mac for life in lives for mac in life.made]
    made = {mac: one for life in lives for mac, one in life.made.items()}
    order = draw(st.permutations(mine))[: draw(st.integers(0, len(mine)))]
    order = [mac for mac in mine if mac in order] if draw(st.booleans()) else order
    passed = of.passed if draw(st.integers(0, 3)) else [one for life in lives for one in life.passed]
    kept = draw(st.integers(0, 2 ** len(passed) - 1))
    automatic = draw(st.sampled_from([None, *(life.automatic for life in lives)]))
    return SealedRequest(
        of.filing,
        of.mac,
        {mac: made[mac] for mac in order},
        tuple(one for place, one in enumerate(passed) if kept >> place & 1),
        automatic,
    )


def is_within(found: Access, life: Life, ends_at: int) -> bool:
    """Whether access is no more than what honest people gave."""
    gave = life.gives
    return (
        gave is not None
        and set(found.variables) <= set(gave.variables)
        and found.seconds <= gave.seconds
        and found.begins_at >= gave.begins_at
        and found.ends_at <= ends_at
    )


@given(families(), ATTACKS)
@settings(max_examples=150)
def test_no_arrangement_of_seals_gives_more_than_people_did(family: Family, attack: st.DataObject) -> None:
    base, more, other = family
    lives = [base, *more, other]
    for life in lives:
        found = access_of(attack.draw(arranged(lives, life)))
        assert isinstance(found, str) or is_within(found, life, life.gives.ends_at if life.gives else 0)


@given(families(), ATTACKS)
@settings(max_examples=150)
def test_no_arrangement_of_extensions_lasts_longer_than_people_agreed(
    family: Family, attack: st.DataObject
) -> None:
    base, more, other = family
    lives = [base, *more, other]
    chosen = attack.draw(st.lists(st.sampled_from(lives), max_size=4))
    extensions = [attack.draw(arranged(lives, life) | st.just(life.sealed)) for life in chosen]
    honest = base.sealed
    found = access_of(
        SealedRequest(
            base.filing, base.mac, honest.approvals, honest.passed, honest.automatic, tuple(extensions)
        )
    )
    if not isinstance(found, str):
        assert is_within(found, base, ends_with(base, more, ALLOWANCE))


@given(families())
@settings(max_examples=100)
def test_honest_extensions_last_as_long_as_the_scripts_let_them(family: Family) -> None:
    base, more, _ = family
    if not base.gives or any(life.passed_twice for life in (base, *more)):
        return
    ends, used = base.gives.ends_at, []
    for one in sorted(more, key=lambda life: life.decided_at):
        if one.gives and one.decided_at <= ends and one.variables == base.variables:
            used.append(one)
            ends = ends_with(base, used)
    honest = base.sealed
    found = access_of(
        SealedRequest(
            base.filing,
            base.mac,
            honest.approvals,
            honest.passed,
            honest.automatic,
            tuple(one.sealed for one in reversed(used)),
        )
    )
    assert isinstance(found, Access), found
    assert (found.begins_at, found.ends_at) == (base.gives.begins_at, ends)
