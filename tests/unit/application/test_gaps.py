"""The stream lost events, and what comes now has lower ids: every follower goes on from what is there."""

from dataclasses import replace

import pytest

from envaccess.domain.audit import NO_EVENT, Actor, ActorKind, Event
from envaccess.domain.cursors import LINES
from envaccess.projections.audit_lines import REPEATED, AuditLines
from envaccess.projections.gaps import Gaps
from envaccess.projections.home_tabs import HomeTabs
from envaccess.projections.lost_requests import LostRequests
from envaccess.projections.shown import Shown
from tests.unit.application.showing import FakeOutbox, Screen
from tests.unit.application.test_attack_homes import PEOPLE, Crowd, nobody_owns, nobody_watches
from tests.unit.application.test_audit_lines import tell_all, told
from tests.unit.sinks.test_sink_loop import Feeding

ONE, TWO = "7k2m9xq4", "8k2m9xq4"


def fail_over(screen: Screen, kept: int, *came: str, cursor: int) -> list[str]:
    """Only the first events are left, and the others come after these; returns their ids.

    The new primary's clock is behind: its ids are those of a moment long ago.
    """
    screen.stream.events = screen.stream.events[:kept]
    milliseconds, _, _ = screen.stream.events[-1].id.partition("-")
    new = [
        Event(f"{milliseconds}-{number + 1}", tag, 0, Actor(ActorKind.BOT)) for number, tag in enumerate(came)
    ]
    screen.stream.events += new
    screen.cursors.stored[LINES] = screen.stream.events[cursor].id
    return [event.id for event in new]


async def test_no_line_is_left_out_and_none_is_repeated_by_who_posted_it() -> None:
    screen = Screen()
    ids = [screen.stream.add("bot.started") for _ in range(8)]
    await tell_all(screen)
    new = fail_over(screen, 5, "grant.revealed", "grant.revoked", cursor=2)
    await tell_all(screen)
    gap = screen.stream.events[-1]
    assert gap.event == "audit.gap"
    assert told(screen) == [*ids, *new, gap.id]


async def test_an_event_with_the_id_of_one_that_was_lost_is_another_one() -> None:
    """Within one millisecond a new primary may give it again."""
    screen = Screen()
    ids = [screen.stream.add("bot.started") for _ in range(3)]
    await tell_all(screen)
    screen.stream.events[2] = replace(screen.stream.events[2], event="grant.revoked")
    screen.cursors.stored[LINES] = ids[0]
    screen.lines._told = NO_EVENT
    await tell_all(screen)
    assert told(screen) == [*ids, ids[2]]


async def test_a_process_that_takes_over_marks_what_was_perhaps_told() -> None:
    """It saw the events, and posted none of their lines: only who did knows which."""
    first, other = Screen(), Screen()
    ids = [first.stream.add("bot.started") for _ in range(4)]
    await tell_all(first)
    other.stream, other.cursors = first.stream, first.cursors
    other.gaps = Gaps(other.stream, other.cursors, other.journal)
    await other.gaps.begin()
    (new,) = fail_over(first, 3, "grant.revealed", cursor=0)
    assert await other.gaps.check()
    assert not await other.gaps.check()
    assert ids[3] in " ".join(other.journal.faults)
    lines = AuditLines(
        *(other.outbox, other.cursors, other.stream, other.slack, other.journal, other.rate_gate),
        *("C0AUDIT", other.days, other.gaps),
    )
    events = await lines._read()
    gap = other.stream.events[-1]
    assert [event.id for event in events] == [*ids[1:3], new, gap.id]
    assert [event.detail.get(REPEATED) for event in events] == ["perhaps"] * 3 + [None]


async def test_a_sink_gets_what_came_in_the_place_of_what_it_has() -> None:
    feeding = Feeding()
    await feeding.begin(3)
    await feeding.run()
    new = fail_over(feeding.screen, 2, "grant.revoked", "grant.revealed", cursor=0)
    feeding.cursors.stored["sink:siem"] = feeding.stream.events[1].id
    await feeding.run()
    assert feeding.sink.taken[-2:] == new


async def test_every_home_tab_is_drawn_again() -> None:
    crowd = Crowd()
    tabs = HomeTabs(
        crowd, crowd, crowd, FakeOutbox(lambda: 0.0), Screen().journal, nobody_watches, nobody_owns
    )
    await tabs.step()
    crowd.happens()
    tabs._seen = "00009-0"  # as it was before the failover
    crowd.events.append(Event("00002-0", "grant.expired", 0, Actor(ActorKind.BOT)))
    await tabs.step()
    assert len(crowd.drawn) > 0
    assert set(crowd.drawn) <= set(PEOPLE)


@pytest.mark.parametrize("known", [True, False], ids=["stored without its messages", "gone"])
async def test_messages_are_found_again_and_those_of_nothing_say_so(*, known: bool) -> None:
    screen = Screen()
    screen.file(ONE, TWO)
    await screen.draw(4)
    drawn = {one: screen.outbox.requests[one].surfaces for one in (ONE, TWO)}
    lost = screen.outbox.requests.pop(ONE)
    if known:
        screen.outbox.requests[ONE] = replace(lost, surfaces=replace(lost.surfaces, message="", card=""))
    await screen.relay.lost.look()
    while screen.relay.lost.waits:
        screen.now += await screen.relay.lost.tell()
    calls = [call for call in screen.slack.calls if call[0] == "update_lost"]
    if known:
        found = screen.outbox.requests[ONE].surfaces
        assert (found.message, found.card) == (drawn[ONE].message, drawn[ONE].card)
        assert (found.message_shown, found.card_shown) == (0, 0)
        assert calls == []
    else:
        assert calls == [("update_lost", ONE, "message"), ("update_lost", ONE, "card")]
    assert screen.outbox.requests[TWO].surfaces.message == drawn[TWO].message


async def test_what_was_drawn_a_quarter_of_an_hour_ago_is_not_taken_for_lost() -> None:
    """A record that was redacted since is no loss."""
    screen = Screen()
    screen.file(ONE)
    await screen.draw(4)
    del screen.outbox.requests[ONE]
    screen.now += 901
    await screen.relay.lost.look()
    assert not screen.relay.lost.waits


async def test_a_message_that_the_store_forgot_is_redrawn_and_not_posted_again() -> None:
    screen = Screen()
    shown = Shown(screen.outbox, lambda: screen.now)
    lost = LostRequests(screen.outbox, shown, screen.slack, screen.rate_gate, screen.journal)
    screen.file(ONE)
    stored = screen.outbox.requests[ONE]
    shown.begin(stored)
    await shown.store(ONE, message="1.1", message_shown=1)
    assert shown.known(stored).surfaces.message == "1.1"
    assert not lost.waits
