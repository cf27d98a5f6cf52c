"""Splunk, Datadog and syslog against stand-ins that do what the vendors' pages say, the bad days included."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from envaccess.domain.audit import Event, person
from envaccess.domain.sinks import SinkKind, SinkSpec
from envaccess.projections.sinks.loop import SinkLoop
from envaccess.projections.sinks.ports import (
    EncodedEvent,
    Sink,
    SinkError,
    SinkPendingError,
    SinkRefusedError,
)
from envaccess.sinks import open_sink
from envaccess.sinks.datadog import DatadogSink
from tests.fakes.datadog import KEY, DatadogStandIn
from tests.fakes.http_service import HttpService, http_service
from tests.fakes.splunk import TOKEN, SplunkStandIn
from tests.fakes.syslog import SyslogStandIn, syslog_service
from tests.fakes.tls import local_certificate, server_context
from tests.unit.application.showing import Screen

NOON = 1_760_011_200_123
HOUR = 3_600 * 1_000


@dataclass
class Clock:
    """Fits `ports.process.Clock`."""

    milliseconds: int = NOON

    def now(self) -> int:
        return self.milliseconds


def happened(number: int = 0, tag: str = "grant.revealed", **detail: str) -> Event:
    return Event(f"{NOON + number}-0", tag, NOON + number, person("U1"), request="k3x9m2aq", detail=detail)


def batch(sink: Sink, *events: Event) -> list[EncodedEvent]:
    return [EncodedEvent(one.id, one.event, one.at, sink.encode(one)) for one in events]


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    async with http_service() as found:
        yield found


@pytest.fixture
async def splunk(service: HttpService) -> SplunkStandIn:
    service.answer_with(stand_in := SplunkStandIn())
    return stand_in


@pytest.fixture
async def datadog(service: HttpService) -> DatadogStandIn:
    service.answer_with(stand_in := DatadogStandIn(NOON))
    return stand_in


def hec(service: HttpService, *, token: str = TOKEN, form: str = "jsonl", **further: str) -> Sink:
    spec = SinkSpec("splunk", SinkKind.SPLUNK, service.base, form, True, token, further=further)
    return open_sink(spec, Clock())


def intake(service: HttpService, clock: Clock | None = None, key: str = KEY) -> DatadogSink:
    url = f"{service.base}/api/v2/logs"
    spec = SinkSpec("dd", SinkKind.DATADOG, url, "jsonl", True, key, further={"tags": "env:test"})
    return DatadogSink(spec, clock or Clock())


@pytest.mark.parametrize("form", ["jsonl", "ocsf", "cef"])
async def test_splunk_takes_each_event_at_its_own_time(
    service: HttpService, splunk: SplunkStandIn, form: str
) -> None:
    sink = hec(service, form=form, index="security")
    await sink.send(batch(sink, happened(), happened(1, "another.version")))
    assert [event["time"] for event in splunk.indexed] == ["1760011200.123", "1760011200.124"]
    assert {(event["index"], event["sourcetype"]) for event in splunk.indexed} == {
        ("security", "envaccess:audit")
    }
    ids = [json.dumps(event["event"]).count(f"{NOON + n}-0") for n, event in enumerate(splunk.indexed)]
    assert min(ids) >= 1


@pytest.mark.parametrize(
    ("token", "index", "said"), [("wrong", "main", "403"), (TOKEN, "private", "400 with code 7")]
)
async def test_what_is_wrong_with_splunk_s_token_or_index_is_no_event_s_fault(
    service: HttpService, splunk: SplunkStandIn, token: str, index: str, said: str
) -> None:
    """Halving would find a culprit in every event, and cut them all."""
    sink = hec(service, token=token, index=index)
    with pytest.raises(SinkError, match=said) as raised:
        await sink.send(batch(sink, happened()))
    assert not isinstance(raised.value, SinkRefusedError)
    assert splunk.indexed == []


async def test_splunk_that_is_busy_is_tried_again(service: HttpService, splunk: SplunkStandIn) -> None:
    splunk.busy = True
    sink = hec(service)
    with pytest.raises(SinkError, match="503") as raised:
        await sink.send(batch(sink, happened()))
    assert not isinstance(raised.value, SinkRefusedError)


async def test_an_event_that_splunk_cannot_read_is_found_by_halving(
    service: HttpService, splunk: SplunkStandIn
) -> None:
    sink = hec(service)
    rubbish = EncodedEvent("1-0", "x", NOON, b"{rubbish")
    with pytest.raises(SinkRefusedError, match="code 6"):
        await sink.send([*batch(sink, happened()), rubbish])
    splunk.most = 10
    with pytest.raises(SinkRefusedError, match="413"):
        await sink.send(batch(sink, happened()))


def acknowledged(service: HttpService, splunk: SplunkStandIn, clock: Clock) -> Sink:
    splunk.acknowledges = True
    spec = SinkSpec("s", SinkKind.SPLUNK, service.base, "jsonl", True, TOKEN, further={"acknowledge": "true"})
    return open_sink(spec, clock)


async def test_splunk_has_events_when_it_says_that_they_are_indexed(
    service: HttpService, splunk: SplunkStandIn
) -> None:
    """Until then they are asked about and not sent again, also where more have come meanwhile."""
    sink = acknowledged(service, splunk, Clock())
    splunk.indexing = False
    for _ in range(3):
        with pytest.raises(SinkPendingError):
            await sink.send(batch(sink, happened()))
    assert splunk.told == 1
    splunk.indexing = True
    await sink.send(batch(sink, happened(), happened(1), happened(2)))
    assert [event["event"]["id"] for event in splunk.indexed] == [f"{NOON + n}-0" for n in range(3)]


async def test_what_splunk_took_and_lost_is_sent_again_after_five_minutes(
    service: HttpService, splunk: SplunkStandIn
) -> None:
    """A Splunk that dies before it indexes knows nothing of the number that it gave."""
    clock = Clock()
    sink = acknowledged(service, splunk, clock)
    splunk.indexing = False
    with pytest.raises(SinkPendingError):
        await sink.send(batch(sink, happened()))
    splunk.held.clear()
    splunk.indexing = True
    with pytest.raises(SinkPendingError):
        await sink.send(batch(sink, happened()))
    clock.milliseconds += 300_000
    with pytest.raises(SinkError, match="five minutes"):
        await sink.send(batch(sink, happened()))
    await sink.send(batch(sink, happened()))
    assert [event["event"]["id"] for event in splunk.indexed] == [f"{NOON}-0"]


async def test_a_token_without_acknowledgements_does_not_pass_for_one_with_them(
    service: HttpService, splunk: SplunkStandIn
) -> None:
    sink = acknowledged(service, splunk, Clock())
    splunk.acknowledges = False
    with pytest.raises(SinkError, match="has them off"):
        await sink.send(batch(sink, happened()))
    splunk.acknowledges = True
    without = hec(service)
    with pytest.raises(SinkError, match="400 with code 10"):
        await without.send(batch(without, happened()))


async def test_a_pending_batch_moves_no_cursor_and_is_no_failure(
    service: HttpService, splunk: SplunkStandIn
) -> None:
    screen, clock = Screen(), Clock(1_760_000_000_000)
    sink = acknowledged(service, splunk, clock)
    loop = SinkLoop(sink, screen.outbox, screen.cursors, screen.stream, screen.journal, clock)
    screen.stream.add("bot.started")
    await loop.step()
    begun, new = await screen.cursors.at("sink:s"), screen.stream.add("grant.revealed")
    splunk.indexing = False
    assert await loop.step() == 1.0
    assert (await screen.cursors.at("sink:s"), screen.journal.faults) == (begun, [])
    splunk.indexing = True
    await loop.step()
    assert await screen.cursors.at("sink:s") == new
    assert len(splunk.indexed) == 1


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b'{"code": "0"}', b'{"text": "Success"}'])
async def test_a_page_of_somebody_s_proxy_is_no_event_collector(service: HttpService, body: bytes) -> None:
    """A captive portal answers 200 to everything: the events would be gone."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    service.answer_with(head.encode() + body)
    sink = hec(service)
    with pytest.raises(SinkError, match="no event collector"):
        await sink.send(batch(sink, happened()))


async def test_datadog_keeps_each_event_whole(service: HttpService, datadog: DatadogStandIn) -> None:
    sink = intake(service)
    await sink.send(batch(sink, happened(why="x"), happened(1, "another.version")))
    assert [json.loads(log["message"])["id"] for log in datadog.kept] == [f"{NOON}-0", f"{NOON + 1}-0"]
    assert [log["timestamp"] for log in datadog.kept] == [NOON, NOON + 1]
    assert datadog.kept[0]["ddtags"] == "env:test,event:grant.revealed"


async def test_an_event_that_is_too_old_for_datadog_is_kept_all_the_same(
    service: HttpService, datadog: DatadogStandIn
) -> None:
    """After a day of an outage everything would be dropped with 202."""
    clock = Clock(NOON + 19 * HOUR)
    datadog.now = clock.milliseconds
    sink = intake(service, clock)
    await sink.send(batch(sink, happened()))
    (log,) = datadog.kept
    assert (datadog.dropped, "late:true" in log["ddtags"]) == (0, True)
    assert json.loads(log["message"])["at"] == "2025-10-09T12:00:00.123Z"


async def test_datadog_is_never_given_what_it_would_cut_in_silence(
    service: HttpService, datadog: DatadogStandIn
) -> None:
    screen, sink = Screen(), intake(service)
    loop = SinkLoop(
        sink, screen.outbox, screen.cursors, screen.stream, screen.journal, Clock(1_760_000_000_000)
    )
    screen.stream.add("bot.started")
    await loop.step()
    big = screen.stream.add("request.created")
    screen.stream.events[-1] = replace(screen.stream.events[-1], at=NOON, detail={"reason": "x" * 1_200_000})
    assert await loop.step() == 0
    (log,) = datadog.kept
    assert (datadog.cut, json.loads(log["message"])["id"]) == (0, big)
    assert screen.journal.faults == [f"sink.truncated dd {big}"]


async def test_datadog_with_a_wrong_key_loses_nothing(service: HttpService, datadog: DatadogStandIn) -> None:
    sink = intake(service, key="wrong")
    with pytest.raises(SinkError, match="403") as raised:
        await sink.send(batch(sink, happened()))
    assert not isinstance(raised.value, SinkRefusedError)
    assert datadog.kept == []


async def test_no_secret_is_in_the_body_or_the_address(service: HttpService, splunk: SplunkStandIn) -> None:
    sink = hec(service)
    await sink.send(batch(sink, happened()))
    service.answer_with(DatadogStandIn(NOON))
    sink = intake(service)
    await sink.send(batch(sink, happened()))
    assert len(splunk.indexed) == 1
    for received in service.requests:
        assert not [secret for secret in (TOKEN, KEY) if secret in received.line + received.body.decode()]


@pytest.fixture
async def syslog() -> AsyncIterator[SyslogStandIn]:
    async with syslog_service(server_context("localhost")) as found:
        yield found


def over_tls(port: int, *, form: str = "jsonl", authority: str | None = None, private: bool = True) -> Sink:
    trusted = local_certificate("localhost")[1] if authority is None else authority
    place = f"localhost:{port}"
    spec = SinkSpec("sys", SinkKind.SYSLOG, place, form, private, authority=trusted)
    return open_sink(spec, Clock())


@pytest.mark.parametrize("form", ["jsonl", "ocsf", "cef"])
async def test_a_strict_receiver_of_syslog_reads_every_message(syslog: SyslogStandIn, form: str) -> None:
    sink = over_tls(syslog.port, form=form)
    odd = happened(2, "odd tag\n" * 9, reason='line\nbreak [x] \\ " é')
    await sink.send(batch(sink, happened(), happened(1, "emergency.used"), odd))
    assert syslog.broken == 0
    assert [message[0] for message in syslog.messages] == [b"109", b"106", b"110"]
    assert syslog.messages[0][1] == b"2025-10-09T12:00:00.123Z"
    assert [message[5] for message in syslog.messages][:2] == [b"grant.revealed", b"emergency.used"]
    assert all(f"{NOON + n}-0".encode() in message[6] for n, message in enumerate(syslog.messages))


async def test_a_receiver_without_a_certificate_that_counts_gets_nothing(syslog: SyslogStandIn) -> None:
    for authority in ("", local_certificate("elsewhere")[1]):
        sink = over_tls(syslog.port, authority=authority)
        with pytest.raises(SinkError, match="SSL"):
            await sink.send(batch(sink, happened()))
    assert syslog.messages == []


async def test_a_certificate_of_another_name_does_not_count() -> None:
    async with syslog_service(server_context("elsewhere")) as other:
        sink = over_tls(other.port, authority=local_certificate("elsewhere")[1])
        with pytest.raises(SinkError, match="SSL"):
            await sink.send(batch(sink, happened()))
        assert other.messages == []


async def test_a_receiver_that_breaks_off_has_not_accepted(syslog: SyslogStandIn) -> None:
    syslog.hangs_up_after = 10
    sink = over_tls(syslog.port)
    many = batch(sink, *(happened(n, reason="x" * 5_000) for n in range(90)))
    with pytest.raises(SinkError):
        await sink.send(many)


async def test_syslog_goes_to_no_private_address_that_is_not_declared(syslog: SyslogStandIn) -> None:
    sink = over_tls(syslog.port, private=False)
    with pytest.raises(SinkError, match="private"):
        await sink.send(batch(sink, happened()))
