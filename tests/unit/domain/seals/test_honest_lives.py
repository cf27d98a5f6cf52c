"""Whatever honest people do, their seals give just what the scripts gave them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.seals.access import Access, access_of, progress_fault
from envaccess.domain.seals.walk import ALLOWANCE
from tests.unit.domain.seals.lives import Life
from tests.unit.domain.seals.made import MINUTE, NOON
from tests.unit.domain.seals.strategies import ACTS, RULINGS, SKEW, lived

STARTS = st.sampled_from([0, 0, NOON + 5 * MINUTE, NOON + 120 * MINUTE])


def agrees(life: Life) -> None:
    """The record is believed as long as it waits, and gives what the scripts gave."""
    if life.state == "pending":
        fault = progress_fault(life.sealed, life.now, life.step, escalated=life.escalated)
        assert not fault or life.passed_twice
        assert isinstance(access_of(life.sealed), str)
    elif life.state == "approved":
        found = access_of(life.sealed)
        assert found == life.gives or (life.passed_twice and isinstance(found, str))
    else:
        assert isinstance(access_of(life.sealed), str)


@given(RULINGS, ACTS, STARTS)
@settings(max_examples=150)
def test_seals_give_what_the_scripts_gave(code: bytes, acts: bytes, starts_at: int) -> None:
    lived(code, acts, starts_at=starts_at, look=agrees)


def nearly(life: Life) -> None:
    """The same where every process has a clock of its own."""
    if life.state == "pending":
        for now in (life.now - SKEW, life.now + SKEW):
            fault = progress_fault(life.sealed, now, life.step, escalated=life.escalated)
            assert not fault or life.passed_twice
    elif life.gives:
        found = access_of(life.sealed)
        if life.passed_twice and isinstance(found, str):
            return
        assert isinstance(found, Access), found
        assert (found.variables, found.seconds) == (life.gives.variables, life.gives.seconds)
        assert abs(found.begins_at - life.gives.begins_at) <= ALLOWANCE
        assert abs(found.ends_at - life.gives.ends_at) <= ALLOWANCE


@given(RULINGS, ACTS)
@settings(max_examples=150)
def test_clocks_that_differ_a_little_refuse_nobody(code: bytes, acts: bytes) -> None:
    lived(code, acts, skewed=True, look=nearly)
