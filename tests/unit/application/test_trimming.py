"""What one process does for all, every hour: what nobody waits for goes, and a lost sink is told."""

from envaccess.domain.cursors import LINES, SINK_BEHIND
from envaccess.projections.trimming import Trimming
from tests.unit.application.showing import Screen

SINK = "sink:splunk"


def trimming(screen: Screen, *, filling: bool = False) -> Trimming:
    return Trimming(screen.cursors, lambda: filling, screen.journal)


def behind(screen: Screen, by: int) -> str:
    """Let the sink's first event wait for so many milliseconds; returns that event's id."""
    taken, waits = screen.stream.add("bot.started"), screen.stream.add("bot.started")
    screen.cursors.stored.update({LINES: waits, SINK: taken})
    screen.cursors.now = int(waits.partition("-")[0]) + by
    screen.cursors.retention = 100 * SINK_BEHIND
    return waits


async def test_a_sink_at_its_limit_is_waited_for(screen: Screen) -> None:
    behind(screen, SINK_BEHIND)
    await trimming(screen).step()
    assert SINK in screen.cursors.stored
    assert (screen.journal.faults, screen.cursors.trims) == ([], 1)


async def test_a_sink_past_its_limit_is_lost_with_its_event_and_an_alarm_and_the_trim_goes_on(
    screen: Screen,
) -> None:
    behind(screen, SINK_BEHIND + 1)
    after = screen.cursors.stored[SINK]
    await trimming(screen).step()
    assert SINK not in screen.cursors.stored
    assert screen.stream.events[-1].event == "sink.lost"
    assert (screen.journal.faults, screen.cursors.trims) == ([f"sink.lost {SINK} {after}"], 1)


async def test_while_redis_fills_up_a_sink_that_holds_the_trim_is_lost(screen: Screen) -> None:
    behind(screen, 10)
    screen.cursors.stored[LINES] = screen.stream.add("bot.started")
    screen.cursors.retention = 5
    await trimming(screen).step()
    assert SINK in screen.cursors.stored
    await trimming(screen, filling=True).step()
    assert SINK not in screen.cursors.stored


async def test_a_sink_that_moves_at_the_last_moment_is_not_alarmed(screen: Screen) -> None:
    waits = behind(screen, SINK_BEHIND + 1)
    everything = screen.cursors.all

    async def then_it_moves() -> object:
        found = await everything()
        screen.cursors.stored[SINK] = waits
        return found

    screen.cursors.all = then_it_moves  # type: ignore[method-assign, assignment]
    await trimming(screen).step()
    assert screen.cursors.stored[SINK] == waits
    assert screen.journal.faults == []


async def test_a_forged_cursor_that_nobody_follows_is_alarmed_and_stays(screen: Screen) -> None:
    behind(screen, 1)
    screen.cursors.stored["seal"] = "rubbish"
    await trimming(screen).step()
    assert screen.cursors.stored["seal"] == "rubbish"
    assert screen.journal.faults == ["cursor.lost seal"]
