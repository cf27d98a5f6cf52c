"""What a lease is called, and how long it may live."""

import pytest

from envaccess.domain.errors import SourceError
from envaccess.domain.leases import (
    LeaseParts,
    LeaseTooShortError,
    TimeLeft,
    lease_id,
    lease_parts,
    lease_prefix,
)


def test_an_id_says_whose_it_is() -> None:
    made = lease_id("T0ACME", "abcd1234", 2, 7)
    assert made == "ev_T0ACME_abcd1234_2_7"
    assert lease_parts(made) == LeaseParts("T0ACME", "abcd1234", 2, 7)


def test_no_id_is_longer_than_a_name_at_a_source() -> None:
    """PostgreSQL cuts names of over 63 bytes silently: two leases would be one role."""
    assert len(lease_id("T" * 32, "abcd1234", 999, 999_999)) <= 63
    with pytest.raises(SourceError):
        lease_id("T" * 33, "abcd1234", 0, 1)
    with pytest.raises(SourceError):
        lease_id("T0ACME", "abcd1234", 0, 1_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "postgres",
        "ev_T0ACME_abcd1234_0",
        "ev_T0ACME_abcd1234_0_1\n",
        'ev_T0ACME_abcd1234_0_1"; DROP ROLE app',
        "ev_T0_ACME_abcd1234_0_1",
        "ev_T0ACME_abcd1234_\u0660_1",
        "EV_T0ACME_abcd1234_0_1",
    ],
)
def test_nothing_else_is_taken_for_a_lease(text: str) -> None:
    """Who writes to Redis could else have us drop any role of the server."""
    assert lease_parts(text) is None


def test_no_workspace_finds_those_of_another() -> None:
    assert not lease_id("T0ACME2", "abcd1234", 0, 1).startswith(lease_prefix("T0ACME"))


def test_a_lease_lives_for_what_is_left_when_it_is_made() -> None:
    clock = [100.0]
    left = TimeLeft(60_000, lambda: clock[0])
    assert left.seconds() == 59
    clock[0] += 4.5
    assert left.seconds() == 54


def test_nothing_is_made_in_the_last_seconds() -> None:
    clock = [0.0]
    left = TimeLeft(4_000, lambda: clock[0])
    assert left.seconds() == 3
    clock[0] += 0.1
    with pytest.raises(LeaseTooShortError):
        left.seconds()
