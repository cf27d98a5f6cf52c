"""Which sinks are waited for no longer: each limit to the millisecond."""

import pytest

from envaccess.domain.audit import NO_EVENT
from envaccess.domain.cursors import LINES, SINK_BEHIND, Cursor, lost_sinks

NOW = 1_760_000_000_000
RETENTION = 400 * 24 * 3_600_000
DAY = 24 * 3_600_000


def cursor(name: str, waiting: int | None, at: str = "1-0") -> Cursor:
    """A follower whose oldest event that it does not have is so many milliseconds old."""
    return Cursor(name, at, at, "" if waiting is None else f"{NOW - waiting}-0")


def lost(*cursors: Cursor, filling: bool = False, retention: int = RETENTION) -> list[str]:
    return [sink.name for sink in lost_sinks(cursors, NOW, retention, filling=filling)]


@pytest.mark.parametrize(
    ("waiting", "is_lost"), [(None, False), (0, False), (SINK_BEHIND, False), (SINK_BEHIND + 1, True)]
)
def test_a_sink_is_waited_for_seven_days_and_not_a_millisecond_longer(
    waiting: int | None, *, is_lost: bool
) -> None:
    assert SINK_BEHIND == 7 * DAY
    assert lost(cursor(LINES, None, f"{NOW}-0"), cursor("sink:a", waiting)) == ["sink:a"] * is_lost


def test_a_sink_that_has_everything_is_never_lost_however_long_nothing_happened() -> None:
    """Its cursor is as old as the last event; that is no fault of the sink."""
    old = f"{NOW - 300 * DAY}-0"
    assert lost(cursor(LINES, None, old), cursor("sink:a", None, old), filling=True) == []


@pytest.mark.parametrize("name", [LINES, "seal", "archive", "leases", "later", "sink", "Sink:a", ""])
@pytest.mark.parametrize("filling", [True, False])
def test_only_a_sink_is_ever_lost(name: str, *, filling: bool) -> None:
    assert lost(cursor(LINES, 1), cursor(name, 399 * DAY), filling=filling, retention=1) == []


def test_a_slow_sink_does_not_make_another_one_lost() -> None:
    cursors = [cursor(LINES, 1), cursor("sink:slow", 8 * DAY), cursor("sink:quick", DAY)]
    assert lost(*cursors) == ["sink:slow"]


@pytest.mark.parametrize(
    ("waiting", "filling", "is_lost"),
    [(DAY + 1, True, True), (DAY, True, False), (DAY - 1, True, False), (DAY + 1, False, False)],
)
def test_while_redis_fills_up_a_sink_keeps_nothing_that_would_be_dropped_without_it(
    waiting: int, *, filling: bool, is_lost: bool
) -> None:
    told = cursor(LINES, None, f"{NOW}-0")
    assert lost(told, cursor("sink:a", waiting), filling=filling, retention=DAY) == ["sink:a"] * is_lost


def test_while_redis_fills_up_a_sink_that_is_not_the_slowest_is_not_lost() -> None:
    """What it holds back is held back by the lines too: dropping it would free nothing."""
    told = cursor(LINES, 3 * DAY, f"{NOW - 3 * DAY}-0")
    assert lost(told, cursor("sink:a", 2 * DAY), filling=True, retention=DAY) == []
    assert (
        lost(cursor(LINES, 5 * DAY, NO_EVENT), cursor("sink:a", 2 * DAY), filling=True, retention=DAY) == []
    )


@pytest.mark.parametrize("at", ["", NO_EVENT])
def test_a_forged_cursor_of_another_follower_makes_no_sink_lost(at: str) -> None:
    assert lost(cursor("seal", 3 * DAY, at), cursor("sink:a", 2 * DAY), filling=True, retention=DAY) == []


@pytest.mark.parametrize(("waiting", "is_lost"), [(DAY, False), (8 * DAY, True)])
def test_a_sink_whose_cursor_is_forged_has_the_limits_of_one_that_has_nothing(
    waiting: int, *, is_lost: bool
) -> None:
    forged = Cursor("sink:a", "rubbish", "", f"{NOW - waiting}-0")
    assert lost(cursor(LINES, 1), forged) == ["sink:a"] * is_lost
