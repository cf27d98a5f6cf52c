"""The audit channel: every event is told, in order, and a crowd of them hides no decision."""

import asyncio

import pytest

from bot.domain.audit import Tag
from bot.domain.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from bot.services.audit_lines import LINES_MAX, NEVER_FOLDED
from tests.unit.services.showing import AUDIT, Screen

ONE = "7k2m9xq4"


@pytest.fixture
def screen() -> Screen:
    return Screen()


def told(screen: Screen) -> list[str]:
    """Ids of the events told, a digest by its first and last."""
    return ["..".join(call[1:3]) if call[0] == "post_digest" else call[1] for call in screen.slack.calls]


async def test_events_are_told_one_by_one_in_stream_order(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(LINES_MAX)]
    await screen.tell()
    assert told(screen) == ids
    assert screen.outbox.told == ids[-1]
    assert await screen.tell() == 1.0
    assert len(screen.slack.calls) == LINES_MAX


async def test_a_requests_events_are_told_in_its_thread(screen: Screen) -> None:
    screen.file(ONE)
    for tag in ("request.created", "request.approved", "grant.activated"):
        screen.stream.add(tag, ONE)
    screen.stream.add("bot.stopped")
    await screen.tell()
    first, *others, last = [call[2] for call in screen.slack.calls]
    thread = screen.outbox.requests[ONE].surfaces.thread
    assert (first, others, last) == ("", [thread, thread], "")
    assert thread


async def test_an_event_of_a_request_that_is_gone_is_told_without_a_thread(screen: Screen) -> None:
    event = screen.stream.add("request.created", "zzzzzzzz")
    await screen.tell()
    assert screen.slack.calls == [("post_line", event, "")]


async def test_above_thirty_waiting_one_digest_stands_for_the_frequent(screen: Screen) -> None:
    ids = [screen.stream.add("grant.revealed") for _ in range(LINES_MAX + 1)]
    await screen.tell()
    assert screen.slack.calls == [("post_digest", ids[0], ids[-1], str(LINES_MAX + 1))]
    assert screen.outbox.told == ids[-1]


async def test_nobody_can_push_a_decision_into_a_digest(screen: Screen) -> None:
    """Whoever presses a button fifty times hides no approval among the refusals."""
    noise = [screen.stream.add("access.refused") for _ in range(25)]
    decision = screen.stream.add("request.approved")
    more = [screen.stream.add("access.refused") for _ in range(25)]
    await screen.tell()
    assert told(screen) == [f"{noise[0]}..{noise[-1]}", decision, f"{more[0]}..{more[-1]}"]


async def test_a_single_frequent_event_between_decisions_is_told_as_itself(screen: Screen) -> None:
    ids = [screen.stream.add("grant.revealed") for _ in range(30)]
    ids += [screen.stream.add("request.denied"), screen.stream.add("grant.revealed")]
    await screen.tell()
    assert told(screen) == [f"{ids[0]}..{ids[29]}", ids[30], ids[31]]


async def test_a_flood_of_decisions_is_folded_after_all(screen: Screen) -> None:
    """Slack takes one line a second: a thousand decisions told singly would be told half an hour late."""
    ids = [screen.stream.add("request.approved") for _ in range(LINES_MAX + 1)]
    await screen.tell()
    assert told(screen) == [f"{ids[0]}..{ids[-1]}"]


def test_every_kind_that_is_never_folded_is_a_tag() -> None:
    assert set(Tag) >= NEVER_FOLDED
    assert {Tag.REQUEST_APPROVED, Tag.GRANT_REVOKED, Tag.SECRET_DELETED, Tag.AUDIT_GAP} <= NEVER_FOLDED


async def test_pages_follow_one_another(screen: Screen) -> None:
    ids = [screen.stream.add("grant.revealed") for _ in range(2500)]
    await screen.tell(turns=3)
    assert told(screen) == [f"{ids[0]}..{ids[999]}", f"{ids[1000]}..{ids[1999]}", f"{ids[2000]}..{ids[2499]}"]


async def test_429_waits_as_long_as_slack_says_and_tells_on(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(3)]
    screen.slack.fail("post_line", MessageDelayedError(30))
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
    screen.slack.fail("post_line", *[error] * 4)
    for expected in (0.5, 1.0, 2.0, 4.0):
        assert await screen.tell() == expected
        screen.stream.add("bot.started")
        assert await screen.tell() == expected
        screen.now += expected
    await screen.tell()
    assert screen.outbox.told == await screen.stream.last()
    assert len(screen.journal.faults) == 1
    assert screen.slack.count("post_line") == 9


async def test_a_lost_audit_channel_alarms_until_it_is_back(screen: Screen) -> None:
    screen.stream.add("bot.started")
    screen.slack.fail("post_line", MessageRefusedError("channel_not_found"))
    await screen.tell()
    assert screen.alarms == [(AUDIT, "channel_not_found")]
    screen.now += 1
    await screen.tell()
    assert screen.pace.lost == {}


async def test_a_line_that_breaks_in_the_middle_is_told_again_from_there(screen: Screen) -> None:
    ids = [screen.stream.add("bot.started") for _ in range(4)]

    async def fail_third(_: str) -> None:
        if len(screen.slack.calls) == 3:
            raise MessageUncertainError("no answer")

    screen.slack.hook = fail_third
    await screen.tell()
    assert screen.outbox.told == ids[1]
    screen.now += 1
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
    move = screen.outbox.move_cursor

    async def refuse(event: str) -> None:
        screen.outbox.away = True
        await move(event)

    screen.outbox.move_cursor = refuse  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Redis"):
        await screen.tell()
    screen.outbox.away, screen.outbox.move_cursor = False, move  # type: ignore[method-assign]
    assert await screen.tell() == 1.0
    assert told(screen) == [event]
    assert screen.outbox.told == event


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
    assert screen.outbox.told == ids[0]
    with pytest.raises(asyncio.CancelledError):
        await telling
