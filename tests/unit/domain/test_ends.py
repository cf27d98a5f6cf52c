"""What a process saw end does not live again while anything agreed could be valid; memory is bounded."""

import itertools

import pytest

from envaccess.domain.audit import Tag
from envaccess.domain.ends import (
    ENDS,
    GIVEN_BACK,
    REMEMBERED_MOST,
    REMEMBERED_SECONDS,
    EndEvent,
    SeenEnds,
)
from envaccess.domain.policy.rules import LONGEST

ONE, TWO = "7k2m9xq4", "8k2m9xq4"


def valid(request: str, seal: str) -> bool:
    return seal.startswith(f"returned.{request}.")


def seal(request: str = ONE, op: int = 1) -> str:
    return f"returned.{request}.{op}"


def note(seen: SeenEnds, *events: EndEvent, now: float = 0) -> str | None:
    """Take these in; what is known of the first request then."""
    for event in events:
        seen.note(event, now)
    return seen.of(ONE, now)


@pytest.mark.parametrize("tag", sorted(ENDS))
def test_every_end_is_remembered_as_what_it_was(tag: Tag) -> None:
    seen = SeenEnds(valid)
    assert note(seen, EndEvent(tag, ONE)) == tag
    assert seen.of(TWO, 0) is None


@pytest.mark.parametrize("tag", sorted({*Tag, "later.tag", ""} - ENDS))
def test_nothing_else_ends_a_request_or_revives_one(tag: str) -> None:
    """Whoever writes to Redis can append any event: activated again, extended, decided anew."""
    seen = SeenEnds(valid)
    assert note(seen, EndEvent(tag, ONE)) is None
    assert note(seen, EndEvent(Tag.GRANT_REVOKED, ONE), EndEvent(tag, ONE, seal())) == Tag.GRANT_REVOKED


def test_a_use_that_was_given_back_lives_again_by_its_seal_alone() -> None:
    seen = SeenEnds(valid)
    used_up = EndEvent(Tag.GRANT_USED_UP, ONE)
    for forged in ("", "rubbish", seal(TWO)):
        assert note(seen, used_up, EndEvent(GIVEN_BACK, ONE, forged)) == Tag.GRANT_USED_UP
    assert note(seen, EndEvent(GIVEN_BACK, ONE, seal())) is None


@pytest.mark.parametrize("tag", sorted({*Tag} - ENDS - {GIVEN_BACK}))
def test_a_seal_in_another_event_gives_nothing_back(tag: Tag) -> None:
    used_up = EndEvent(Tag.GRANT_USED_UP, ONE)
    assert note(SeenEnds(valid), used_up, EndEvent(tag, ONE, seal())) == Tag.GRANT_USED_UP


def test_no_seal_at_all_gives_nothing_back_whoever_is_asked() -> None:
    used_up = EndEvent(Tag.GRANT_USED_UP, ONE)
    assert note(SeenEnds(lambda *_: True), used_up, EndEvent(GIVEN_BACK, ONE)) == Tag.GRANT_USED_UP


def test_a_seal_gives_back_one_use_and_its_copy_none() -> None:
    """Else one failed reveal would make a `once` grant one that never ends."""
    seen = SeenEnds(valid)
    used_up, back = EndEvent(Tag.GRANT_USED_UP, ONE), EndEvent(GIVEN_BACK, ONE, seal())
    assert note(seen, used_up, back) is None
    assert note(seen, used_up, back, back) == Tag.GRANT_USED_UP
    assert note(seen, EndEvent(GIVEN_BACK, ONE, seal(op=2))) is None


@pytest.mark.parametrize("tag", sorted(ENDS - {Tag.GRANT_USED_UP}))
def test_no_seal_of_a_use_given_back_revives_what_ended_otherwise(tag: Tag) -> None:
    assert note(SeenEnds(valid), EndEvent(tag, ONE), EndEvent(GIVEN_BACK, ONE, seal())) == tag


def test_what_ended_after_its_use_was_given_back_stays_ended() -> None:
    """A lock that fell in between: given back, and revoked in the same step."""
    events = (Tag.GRANT_USED_UP, GIVEN_BACK, Tag.GRANT_REVOKED)
    assert note(SeenEnds(valid), *(EndEvent(tag, ONE, seal()) for tag in events)) == Tag.GRANT_REVOKED


def test_an_end_is_remembered_as_long_as_a_grant_can_last_to_the_second() -> None:
    assert REMEMBERED_SECONDS == LONGEST
    seen = SeenEnds(valid)
    note(seen, EndEvent(Tag.REQUEST_DENIED, ONE), now=5)
    assert seen.of(ONE, 5 + LONGEST - 1) == Tag.REQUEST_DENIED
    assert seen.of(ONE, 5 + LONGEST) is None


def test_at_the_most_the_oldest_is_forgotten_first_and_that_is_told() -> None:
    assert REMEMBERED_MOST == 100_000
    seen = SeenEnds(valid, most=3)
    names = [f"{number:08}" for number in range(5)]
    assert [seen.note(EndEvent(Tag.GRANT_EXPIRED, name), 0) for name in names] == [True] * 3 + [False] * 2
    assert [seen.of(name, 0) is None for name in names] == [True, True, False, False, False]


def test_an_end_that_is_seen_again_is_no_longer_the_oldest() -> None:
    seen = SeenEnds(valid, most=2)
    for name in (ONE, TWO, ONE, "9k2m9xq4"):
        seen.note(EndEvent(Tag.GRANT_EXPIRED, name), 0)
    assert (seen.of(ONE, 0), seen.of(TWO, 0)) == (Tag.GRANT_EXPIRED, None)


def test_what_is_over_makes_room_before_anything_is_forgotten_early() -> None:
    seen = SeenEnds(valid, seconds=10, most=2)
    events = [EndEvent(Tag.GRANT_EXPIRED, f"{number:08}") for number in range(6)]
    assert all(seen.note(event, now) for event, now in zip(events, itertools.count(0, 6), strict=False))


def test_a_crowd_of_ends_leaves_as_many_as_may_be() -> None:
    seen = SeenEnds(valid, most=100)
    for number in range(1_000):
        seen.note(EndEvent(Tag.GRANT_USED_UP, f"{number:08}"), number)
    assert sum(seen.of(f"{number:08}", 1_000) is not None for number in range(1_000)) == 100
