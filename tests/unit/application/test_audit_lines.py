"""The audit channel: every event is told, in order, and a crowd of them hides no decision."""

import asyncio

import pytest

from envaccess.domain.audit import Tag
from envaccess.domain.cursors import LINES
from envaccess.projections.audit_lines import ALONE, DIGEST_ABOVE, LINES_AT_ONCE, NEVER_FOLDED
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from tests.unit.application.showing import AUDIT, Screen

ONE = "7k2m9xq4"


def told(screen: Screen) -> list[str]:
    """Ids of the events told, a digest by its first and last."""
    found: list[str] = []
    for name, *rest in screen.slack.calls:
        found += ["..".join(rest[:2])] if name == "post_digest" else rest[1:]
    return found


async def tell_all(screen: Screen) -> None:
    """Tell with time passing, until all is told."""
    for _ in range(400):
        await screen.tell()
        if screen.told == await screen.stream.last():
            return
        screen.now += 0.25


async def test_as_many_as_ordinary_work_makes_are_told_one_by_one_in_stream_order(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(ALONE)]
    await tell_all(screen)
    assert [call[2:] for call in screen.slack.calls] == [(event,) for event in ids]
    assert screen.told == ids[-1]
    assert await screen.tell() > 0
    assert len(screen.slack.calls) == ALONE


async def test_three_requests_at_once_from_filing_to_end_stand_in_their_threads(screen: Screen) -> None:
    """Each line at its time, and none of them is packed."""
    requests = ("7k2m9xq4", "8k2m9xq4", "9k2m9xq4")
    screen.file(*requests)
    for tag in ("request.created", "request.approved", "grant.activated", "grant.revealed", "grant.revoked"):
        for request in requests:
            screen.stream.add(tag, request)
        await tell_all(screen)
        screen.now += 1
    assert len(screen.slack.calls) == 15
    threads = [screen.outbox.requests[request].surfaces.thread for request in requests]
    assert [call[1] for call in screen.slack.calls] == ["", "", "", *threads * 4]
    assert len(set(threads)) == 3


async def test_lines_that_wait_for_the_channel_are_told_alone_when_few_and_packed_when_many(
    screen: Screen,
) -> None:
    while not screen.rate_gate.claim("audit", AUDIT):
        pass
    few = [screen.stream.add("bot.started") for _ in range(3)]
    await tell_all(screen)
    assert len(screen.slack.calls) == 3
    screen.slack.calls.clear()
    while not screen.rate_gate.claim("audit", AUDIT):
        pass
    many = [screen.stream.add("bot.started") for _ in range(ALONE + 1)]
    await tell_all(screen)
    assert len(screen.slack.calls) == 1
    assert told(screen) == many
    assert few < many


@pytest.mark.parametrize("many", [ALONE + 1, 39, 40, 120, DIGEST_ABOVE])
async def test_under_load_every_event_has_its_own_line_in_its_order(screen: Screen, many: int) -> None:
    """Forty requests at once used to leave one line and a digest without a name."""
    ids = [screen.stream.add("request.created", f"{number:08}") for number in range(many)]
    began = screen.now
    await tell_all(screen)
    assert told(screen) == ids
    assert screen.slack.count("post_digest") == 0
    assert len(screen.slack.calls) == -(-many // LINES_AT_ONCE)
    assert screen.now - began <= 1.5 * len(screen.slack.calls)


async def test_lines_of_one_request_stand_in_its_thread_mixed_ones_in_the_channel(
    screen: Screen,
) -> None:
    screen.file(ONE)
    for _ in range(12):
        screen.stream.add("grant.revealed", ONE)
    await tell_all(screen)
    thread = screen.outbox.requests[ONE].surfaces.thread
    screen.now += 60
    for number in range(12):
        screen.stream.add("grant.revealed", ONE if number < 8 else "")
    await tell_all(screen)
    screen.now += 60
    screen.stream.add("grant.revealed", ONE)
    await tell_all(screen)
    assert [call[1] for call in screen.slack.calls] == ["", "", thread]
    assert [len(call) - 2 for call in screen.slack.calls] == [12, 12, 1]
    assert thread


async def test_what_one_message_does_not_hold_goes_into_the_next(screen: Screen) -> None:
    screen.slack.holds = 7
    ids = [screen.stream.add("bot.started") for _ in range(31)]
    await tell_all(screen)
    assert told(screen) == ids
    assert [len(call) - 2 for call in screen.slack.calls] == [7, 7, 7, *[1] * 10], "ten stand alone"


async def test_a_pack_that_slack_refuses_is_told_line_by_line(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(15)]
    screen.slack.fail("post_lines", MessageRefusedError("invalid_blocks"))
    await tell_all(screen)
    assert told(screen) == [*ids, *ids]
    assert len(screen.slack.calls[1]) == 3, "one line alone"


async def test_a_crash_between_post_and_cursor_repeats_only_the_last_message(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(60)]
    await screen.tell()
    posted = told(screen)
    screen.cursors.stored[LINES] = ids[LINES_AT_ONCE - 1]
    screen.slack.calls.clear()
    screen.lines = screen.make_lines()
    screen.now += 60
    await tell_all(screen)
    assert posted == ids
    assert told(screen) == ids[LINES_AT_ONCE:]


async def test_a_requests_events_are_told_in_its_thread(screen: Screen) -> None:
    screen.file(ONE)
    for tag in ("request.created", "request.approved", "grant.activated"):
        screen.stream.add(tag, ONE)
    await screen.tell()
    screen.now += 60
    screen.stream.add("bot.stopped")
    await screen.tell()
    first, *others, last = [call[1] for call in screen.slack.calls]
    thread = screen.outbox.requests[ONE].surfaces.thread
    assert (first, others, last) == ("", [thread, thread], "")
    assert thread


async def test_an_event_of_a_request_that_is_gone_is_told_without_a_thread(screen: Screen) -> None:
    event = screen.stream.add("request.created", "zzzzzzzz")
    await screen.tell()
    assert screen.slack.calls == [("post_lines", "", event)]


async def test_far_above_that_a_digest_stands_for_the_frequent(screen: Screen) -> None:
    ids = [screen.stream.add("grant.revealed") for _ in range(DIGEST_ABOVE + 1)]
    await screen.tell()
    assert screen.slack.calls == [("post_digest", ids[0], ids[-1], str(DIGEST_ABOVE + 1))]
    assert screen.told == ids[-1]


async def test_nobody_can_push_a_decision_into_a_digest(screen: Screen) -> None:
    """Whoever presses a button five hundred times hides no approval among the refusals."""
    noise = [screen.stream.add("access.refused") for _ in range(300)]
    decision = screen.stream.add("request.approved")
    more = [screen.stream.add("access.refused") for _ in range(300)]
    await tell_all(screen)
    said = told(screen)
    assert said[0] == f"{noise[0]}..{noise[-1]}"
    assert said[1] == decision
    assert said[-1].endswith(more[-1])


async def test_a_flood_of_decisions_is_told_in_full(screen: Screen) -> None:
    ids = [screen.stream.add("request.approved") for _ in range(DIGEST_ABOVE + 100)]
    await tell_all(screen)
    assert told(screen) == ids
    assert len(screen.slack.calls) == 30


def test_every_kind_that_is_never_folded_is_a_tag() -> None:
    assert set(Tag) >= NEVER_FOLDED
    assert {Tag.REQUEST_APPROVED, Tag.GRANT_REVOKED, Tag.SECRET_DELETED, Tag.AUDIT_GAP} <= NEVER_FOLDED
    assert {Tag.REVIEW_OPENED, Tag.REVIEW_REMINDED, Tag.REVIEW_CLOSED} <= NEVER_FOLDED  # they call reviewers


async def test_pages_follow_one_another(screen: Screen) -> None:
    ids = [screen.stream.add("grant.revealed") for _ in range(2500)]
    await tell_all(screen)
    assert told(screen) == [f"{ids[0]}..{ids[999]}", f"{ids[1000]}..{ids[1999]}", *ids[2000:]]


async def test_429_waits_as_long_as_slack_says_and_tells_on(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(3)]
    screen.slack.fail("post_lines", MessageDelayedError(30))
    assert await screen.tell() == 30
    screen.now += 10
    assert await screen.tell() == 20
    screen.now += 20
    await screen.tell()
    assert told(screen) == [ids[0], *ids]
    assert screen.journal.faults == []


@pytest.mark.parametrize("error", [MessageUncertainError("500"), MessageRefusedError("internal_error")])
async def test_a_fault_backs_off_whatever_events_come_and_is_told_of_once(
    screen: Screen, error: Exception
) -> None:
    screen.stream.add("bot.started")
    screen.slack.fail("post_lines", *[error] * 4)
    for expected in (0.5, 1.0, 2.0, 4.0):
        assert await screen.tell() == expected
        screen.stream.add("bot.started")
        assert await screen.tell() == expected
        screen.now += expected
    await screen.tell()
    assert screen.told == await screen.stream.last()
    assert len(screen.journal.faults) == 1
    assert [call[2] for call in screen.slack.calls[:5]] == [screen.stream.events[0].id] * 5


async def test_a_lost_audit_channel_alarms_until_it_is_back(screen: Screen) -> None:
    screen.stream.add("bot.started")
    screen.slack.fail("post_lines", MessageRefusedError("channel_not_found"))
    await screen.tell()
    assert screen.alarms == [(AUDIT, "channel_not_found")]
    screen.now += 1
    await screen.tell()
    assert screen.rate_gate.lost == {}


async def test_a_line_that_breaks_in_the_middle_is_told_again_from_there(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(3)]

    async def fail_third(_: str) -> None:
        if len(screen.slack.calls) == 3:
            raise MessageUncertainError("no answer")

    screen.slack.hook = fail_third
    await screen.tell()
    assert screen.told == ids[1]
    screen.now += 2
    await screen.tell()
    assert told(screen) == [*ids[:3], *ids[2:]]


async def test_who_does_not_lead_tells_nothing(screen: Screen) -> None:
    screen.stream.add("bot.started")
    screen.outbox.leads = False
    assert await screen.tell() == 1.0
    assert screen.slack.calls == []
    screen.lines.follow()


async def test_a_cursor_that_redis_did_not_take_is_not_told_again(screen: Screen) -> None:
    """A full or blinking Redis must not make the channel hear one line every half second."""
    event = screen.stream.add("bot.started")
    move = screen.cursors.move

    async def refuse(name: str, event: str) -> bool:
        screen.cursors.away = True
        return await move(name, event)

    screen.cursors.move = refuse  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Redis"):
        await screen.tell()
    screen.cursors.away, screen.cursors.move = False, move  # type: ignore[method-assign]
    assert await screen.tell() == 1.0
    assert told(screen) == [event]
    assert screen.told == event


async def test_being_stopped_cuts_no_line_off_from_its_cursor(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(3)]
    gate = asyncio.Event()

    async def wait(_: str) -> None:
        await gate.wait()

    screen.slack.hook = wait
    telling = asyncio.create_task(screen.tell())
    await screen.idle()
    telling.cancel()
    screen.lines.stop()
    gate.set()
    await screen.lines.drain()
    assert told(screen) == ids[:1]
    assert screen.told == ids[0]
    with pytest.raises(asyncio.CancelledError):
        await telling


@pytest.mark.parametrize("text", ["rubbish", "", "9999999999999-0"])
async def test_a_forged_cursor_is_alarmed_and_repeats_and_skips_nothing_that_this_process_told(
    screen: Screen, text: str
) -> None:
    """Far ahead it would silence the channel for ever; rubbish would stop the loop."""
    first = [screen.stream.add("bot.started") for _ in range(3)]
    await tell_all(screen)
    screen.cursors.stored[LINES] = text
    second = [screen.stream.add("bot.started") for _ in range(2)]
    await tell_all(screen)
    assert [told(screen)[:5], len(told(screen))] == [[*first, *second], 6]
    assert screen.stream.events[-1].event == "audit.gap"
    assert screen.journal.faults == ["cursor.lost lines"]


async def test_a_process_that_starts_on_a_forged_cursor_tells_of_the_gap_and_not_the_whole_stream_anew(
    screen: Screen,
) -> None:
    for _ in range(50):
        screen.stream.add("bot.started")
    screen.cursors.stored[LINES] = "rubbish"
    await tell_all(screen)
    assert told(screen) == [screen.stream.events[-1].id]
    assert screen.stream.events[-1].event == "audit.gap"


async def test_a_cursor_that_somebody_moved_backwards_repeats_no_line(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(3)]
    await tell_all(screen)
    screen.cursors.stored[LINES] = ids[0]
    assert await screen.tell() == 1.0
    assert told(screen) == ids
    assert screen.told == ids[-1]
