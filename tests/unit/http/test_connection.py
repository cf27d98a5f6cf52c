"""Deadlines of one connection, by a clock that a test moves: no trickle wins time, nothing is left behind."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from envaccess.http.connection import BODY_SECONDS, HEAD_SECONDS, IDLE_SECONDS, WRITE_SECONDS, TimedConnection
from envaccess.http.limits import Limits


@dataclass
class Alarm:
    when: float
    call: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class FakeClock:
    now: float = 1_000.0
    alarms: list[Alarm] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: str) -> Alarm:
        self.alarms.append(Alarm(when, lambda: callback(*args)))
        return self.alarms[-1]

    def go(self, seconds: float) -> None:
        self.now += seconds
        for alarm in [alarm for alarm in self.live if alarm.when <= self.now]:
            alarm.cancel()
            alarm.call()

    @property
    def live(self) -> list[Alarm]:
        return [alarm for alarm in self.alarms if not alarm.cancelled]


class Wire(asyncio.Transport):
    """A transport that only notes that it was cut."""

    def __init__(self, peer: str = "203.0.113.7") -> None:
        super().__init__({"peername": (peer, 5555)})
        self.cut = False

    def abort(self) -> None:
        self.cut = True


class Http(asyncio.Protocol):
    """What would speak HTTP."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.heard.append(transport)

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.append(exc)

    def pause_writing(self) -> None:
        self.heard.append("pause")

    def resume_writing(self) -> None:
        self.heard.append("resume")


class Line:
    """One connection with its clock and its wire."""

    def __init__(
        self, limits: Limits | None = None, clock: FakeClock | None = None, peer: str = "::1"
    ) -> None:
        self.clock, self.wire, self.http = clock or FakeClock(), Wire(peer), Http()
        self.connection = TimedConnection(lambda: self.http, limits or Limits(100), self.clock)
        self.connection.connection_made(self.wire)

    def body(self) -> StreamReader:
        loop = asyncio.get_running_loop()
        return StreamReader(BaseProtocol(loop), 2**16, loop=loop)

    def get(self) -> None:
        """A request without a body, answered."""
        self.connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
        body = self.body()
        body.feed_eof()
        self.connection.request_begins(body)
        self.connection.request_ends()

    def trickle(self, seconds: int) -> None:
        """One byte a second, as long as it is let."""
        for _ in range(seconds):
            if not self.wire.cut:
                self.connection.data_received(b"x")
            self.clock.go(1)


async def test_headers_that_trickle_end_ten_seconds_after_they_began() -> None:
    line = Line()
    line.trickle(int(HEAD_SECONDS) - 1)
    assert not line.wire.cut
    line.trickle(1)
    assert line.wire.cut


async def test_a_client_that_says_nothing_is_cut_off_as_soon() -> None:
    line = Line()
    line.clock.go(HEAD_SECONDS)
    assert line.wire.cut


async def test_a_body_that_trickles_ends_fifteen_seconds_after_the_first_byte_of_the_request() -> None:
    line = Line()
    line.trickle(5)
    line.connection.request_begins(line.body())
    line.trickle(int(BODY_SECONDS) - 6)
    assert not line.wire.cut
    line.trickle(1)
    assert line.wire.cut


async def test_the_second_request_has_the_same_deadlines_as_the_first() -> None:
    line = Line()
    line.get()
    line.clock.go(IDLE_SECONDS - 1)
    line.trickle(int(HEAD_SECONDS) - 1)
    assert not line.wire.cut
    line.trickle(1)
    assert line.wire.cut


async def test_the_second_body_counts_from_its_own_first_byte() -> None:
    line = Line()
    line.get()
    line.clock.go(60)
    line.trickle(5)
    line.connection.request_begins(line.body())
    line.clock.go(BODY_SECONDS - 6)
    assert not line.wire.cut
    line.clock.go(1)
    assert line.wire.cut


async def test_an_idle_connection_is_kept_as_long_as_a_proxy_keeps_it_and_then_closed() -> None:
    line = Line()
    line.get()
    line.clock.go(60)
    assert not line.wire.cut
    line.clock.go(IDLE_SECONDS - 60)
    assert line.wire.cut


async def test_a_handler_may_take_its_time_once_the_request_is_there() -> None:
    line = Line()
    body = line.body()
    line.connection.data_received(b"x")
    line.connection.request_begins(body)
    body.feed_eof()
    line.clock.go(1_000)
    assert not line.wire.cut


async def test_a_body_that_ends_after_its_answer_moves_no_deadline() -> None:
    line = Line()
    body = line.body()
    line.connection.data_received(b"x")
    line.connection.request_begins(body)
    line.connection.request_ends()
    body.feed_eof()
    line.clock.go(IDLE_SECONDS)
    assert line.wire.cut


async def test_a_client_that_does_not_read_its_answer_is_cut_off() -> None:
    line = Line()
    line.connection.pause_writing()
    line.clock.go(WRITE_SECONDS - 8)
    line.connection.resume_writing()
    line.get()
    line.clock.go(8)
    assert not line.wire.cut
    line.connection.pause_writing()
    line.clock.go(WRITE_SECONDS)
    assert line.wire.cut
    assert line.http.heard.count("pause") == 2


async def test_bytes_that_came_during_an_answer_leave_no_second_timer() -> None:
    """A pipelined request once replaced a server's keep-alive timer, and the lost one cut its connection."""
    line = Line()
    body = line.body()
    body.feed_eof()
    line.connection.data_received(b"x")
    line.connection.request_begins(body)
    line.connection.data_received(b"next")
    line.connection.request_ends()
    line.connection.request_begins(body)
    line.connection.request_ends()
    assert len(line.clock.live) == 1


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
async def test_a_lost_connection_leaves_no_timer_and_no_count(error: Exception | None) -> None:
    limits = Limits(1)
    line = Line(limits)
    line.connection.pause_writing()
    line.connection.connection_lost(error)
    assert line.clock.live == []
    assert line.http.heard[-1] is error
    assert not Line(limits).wire.cut
    assert line.clock.now == 1_000.0


async def test_at_the_limit_the_one_that_waited_longest_goes_and_the_newcomer_stays() -> None:
    limits, clock = Limits(3), FakeClock()
    lines = [Line(limits, clock) for _ in range(5)]
    assert [line.wire.cut for line in lines] == [True, True, False, False, False]
    lines[2].get()
    Line(limits, clock)
    assert [line.wire.cut for line in lines[2:]] == [False, True, False]


async def test_a_request_that_is_being_answered_is_never_closed_for_another() -> None:
    limits, clock = Limits(2), FakeClock()
    busy = [Line(limits, clock) for _ in range(2)]
    for line in busy:
        body = line.body()
        body.feed_eof()
        line.connection.data_received(b"x")
        line.connection.request_begins(body)
    late = Line(limits, clock)
    assert [line.wire.cut for line in (*busy, late)] == [False, False, True]
    assert late.http.heard == []
    late.connection.data_received(b"x")
    late.connection.connection_lost(None)
    busy[0].connection.request_ends()
    assert not Line(limits, clock).wire.cut


async def test_slacks_own_idle_connection_outlives_a_flood() -> None:
    limits, clock = Limits(4), FakeClock()
    slack = Line(limits, clock)
    slack.connection.request_was_signed()
    slack.get()
    flood = [Line(limits, clock) for _ in range(50)]
    for line in flood:
        line.get()
    assert not slack.wire.cut
    assert sum(not line.wire.cut for line in flood) == 3
