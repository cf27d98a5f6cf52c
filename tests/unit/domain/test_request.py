"""The state tables are the law: every (state, verb) pair is in one of them or refused."""

from dataclasses import replace
from itertools import product

import pytest

from envaccess.domain.request import GRANT_TABLE, REQUEST_TABLE, GrantState, Request, State, Verb
from envaccess.store.keys import lua_tables
from tests.unit.slack.samples import APPROVED, DENIED, EXPIRED, NOON, PENDING, REVOKED, USED_UP

HOUR = 3_600_000


def test_only_a_pending_request_goes_anywhere() -> None:
    """Law 5: whatever is decided stays decided."""
    for state, verb in product(State, Verb):
        allowed = state is State.PENDING and verb in {Verb.APPROVE, Verb.DENY, Verb.CANCEL, Verb.TIME_OUT}
        assert ((state, verb) in REQUEST_TABLE) is allowed
    assert len(set(REQUEST_TABLE.values())) == len(REQUEST_TABLE)
    assert State.PENDING not in REQUEST_TABLE.values()


GRANT_VERBS = {
    GrantState.WAITING: {Verb.BEGIN, Verb.REVOKE, Verb.LAPSE},
    GrantState.ACTIVE: {
        Verb.REVEAL, Verb.USE_UP, Verb.REVOKE, Verb.EXPIRE, Verb.GIVE_BACK, Verb.EXTEND, Verb.LAPSE
    },
    GrantState.USED_UP: {Verb.GIVE_BACK},
}  # fmt: skip
"""All that can happen to a grant; to one that is over, nothing but that its use comes back."""


def test_only_an_active_grant_reveals_and_only_a_used_one_comes_back() -> None:
    for state, verb in product(GrantState, Verb):
        assert ((state, verb) in GRANT_TABLE) is (verb in GRANT_VERBS.get(state, set()))
    assert {pair for pair in GRANT_TABLE if pair[1] is Verb.REVEAL} == {(GrantState.ACTIVE, Verb.REVEAL)}


def test_what_is_over_never_becomes_active_but_by_giving_back() -> None:
    revived = {pair for pair, to in GRANT_TABLE.items() if to is GrantState.ACTIVE and pair[0] is not to}
    assert revived == {(GrantState.USED_UP, Verb.GIVE_BACK), (GrantState.WAITING, Verb.BEGIN)}


def test_the_scripts_are_given_the_same_tables() -> None:
    """Two copies of the law would be two laws."""
    requests = {f"{state}:{verb}": str(to) for (state, verb), to in REQUEST_TABLE.items()}
    grants = {f"{state}:{verb}": str(to) for (state, verb), to in GRANT_TABLE.items()}
    assert (lua_tables()["REQUEST_NEXT"], lua_tables()["GRANT_NEXT"]) == (requests, grants)


@pytest.mark.parametrize(
    ("after", "state"),
    [(-1, State.PENDING), (0, State.PENDING), (1, State.TIMED_OUT), (HOUR, State.TIMED_OUT)],
)
def test_a_request_is_timed_out_after_its_deadline_whoever_looks(after: int, state: State) -> None:
    seen = PENDING.as_of(PENDING.deadline_at + after, key_lives=False)
    assert seen.state is state
    assert seen.decided_at == (PENDING.deadline_at if state is State.TIMED_OUT else 0)


def test_a_grant_is_over_when_its_key_is_gone_whatever_the_record_says() -> None:
    seen = APPROVED.as_of(APPROVED.expires_at + HOUR, key_lives=False)
    assert (seen.grant, seen.ended_at, seen.live) == (GrantState.EXPIRED, APPROVED.expires_at, False)


def test_a_key_that_vanished_early_ended_the_grant_then_not_in_the_future() -> None:
    seen = APPROVED.as_of(NOON + 70_000, key_lives=False)
    assert (seen.grant, seen.ended_at) == (GrantState.EXPIRED, NOON + 70_000)


def test_at_its_last_millisecond_a_grant_lives_as_long_as_its_key() -> None:
    assert APPROVED.as_of(APPROVED.expires_at, key_lives=True).live


@pytest.mark.parametrize(
    "request_", [DENIED, EXPIRED, REVOKED, USED_UP], ids=lambda r: str(r.grant or r.state)
)
@pytest.mark.parametrize("key_lives", [True, False])
def test_what_is_over_is_left_as_it_is(request_: Request, key_lives: bool) -> None:
    assert request_.as_of(NOON + 100 * HOUR, key_lives=key_lives) == request_
    assert not request_.live


def test_a_pending_request_with_time_left_is_left_as_it_is() -> None:
    assert PENDING.as_of(NOON, key_lives=False) is PENDING
    assert replace(APPROVED, grant=None).as_of(NOON, key_lives=False).live is False
