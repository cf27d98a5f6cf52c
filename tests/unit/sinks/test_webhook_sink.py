"""A webhook: signed as its specification says, sent where it was declared to and nowhere else."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from envaccess import log
from envaccess.domain.audit import Event, person
from envaccess.domain.sinks import SinkKind, SinkSpec
from envaccess.projections.sinks.ports import EncodedEvent, SinkError, SinkRefusedError
from envaccess.sinks.webhook import WebhookSink
from envaccess.wiring.parts import WallClock
from tests.fakes.http_service import HttpService, ReceivedRequest, http_service

SECRET = "whsec_dmFsdWUtZm9yLXRlc3Rz"
NOON = 1_760_011_200_123


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    async with http_service() as found:
        yield found


def hook(url: str, *, private: bool = True) -> WebhookSink:
    return WebhookSink(SinkSpec("hook", SinkKind.WEBHOOK, url, "jsonl", private, SECRET), WallClock())


def batch(sink: WebhookSink, count: int = 2) -> list[EncodedEvent]:
    events = [Event(f"{NOON + n}-0", "grant.revealed", NOON, person("U1")) for n in range(count)]
    return [EncodedEvent(event.id, event.event, event.at, sink.encode(event)) for event in events]


def answer(status: str, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()


def verify(received: ReceivedRequest, secret: str = SECRET) -> None:
    Webhook(secret).verify(received.body, dict(received.headers), json_parse=False)


async def test_the_specification_s_own_library_verifies_what_is_sent(service: HttpService) -> None:
    sink = hook(f"{service.base}/siem")
    await sink.send(batch(sink))
    (received,) = service.requests
    assert received.line.startswith("POST /siem ")
    assert [json.loads(line)["id"] for line in received.body.splitlines()] == [f"{NOON}-0", f"{NOON + 1}-0"]
    verify(received)
    with pytest.raises(WebhookVerificationError):
        verify(received, "whsec_b3RoZXItZm9yLXRlc3Rz")
    forged = ReceivedRequest(received.line, received.headers, received.body.replace(b"U1", b"U2"))
    with pytest.raises(WebhookVerificationError):
        verify(forged)


async def test_a_batch_that_is_sent_again_has_the_same_id(service: HttpService) -> None:
    sink = hook(service.base)
    for _ in range(2):
        await sink.send(batch(sink))
    assert len({received.every("webhook-id")[0] for received in service.requests}) == 1


@pytest.mark.parametrize("status", ["400 Bad Request", "413 Too Large", "422 No"])
async def test_what_is_refused_for_good_may_be_an_event_s_fault(service: HttpService, status: str) -> None:
    service.answer_with(answer(status))
    sink = hook(service.base)
    with pytest.raises(SinkRefusedError):
        await sink.send(batch(sink))


@pytest.mark.parametrize("status", ["401 No", "403 No", "404 No", "410 No", "429 No", "500 No", "503 No"])
async def test_what_is_no_event_s_fault_is_tried_again(service: HttpService, status: str) -> None:
    service.answer_with(answer(status, "Retry-After: 17\r\n"))
    sink = hook(service.base)
    with pytest.raises(SinkError) as raised:
        await sink.send(batch(sink))
    assert not isinstance(raised.value, SinkRefusedError)
    assert raised.value.seconds == 17


async def test_a_redirect_is_not_followed(service: HttpService) -> None:
    """Whoever answers in its place would be sent the whole audit."""
    async with http_service() as elsewhere:
        service.answer_with(answer("307 Elsewhere", f"Location: {elsewhere.base}/\r\n"))
        sink = hook(service.base)
        with pytest.raises(SinkError, match="307"):
            await sink.send(batch(sink))
        assert elsewhere.requests == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.5", "[::1]", "169.254.169.254"])
async def test_a_private_address_is_called_only_where_it_is_declared(service: HttpService, host: str) -> None:
    sink = hook(f"https://{host}:{service.base.rpartition(':')[2]}/", private=False)
    with pytest.raises(SinkError):
        await sink.send(batch(sink))
    assert service.requests == []


async def test_the_address_of_a_cloud_s_secrets_is_never_called() -> None:
    with pytest.raises(SinkError, match="never called"):
        await hook("https://169.254.169.254/").send(batch(hook("https://x.test")))


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", b"\x00\xff rubbish\r\n\r\n"])
async def test_an_answer_that_is_none_is_no_yes(service: HttpService, said: bytes) -> None:
    service.answer_with(said)
    sink = hook(service.base)
    with pytest.raises(SinkError):
        await sink.send(batch(sink))


async def test_an_endless_answer_is_not_read_to_its_end(service: HttpService) -> None:
    async def endless(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    service.answer_with(endless)
    sink = hook(service.base)
    await sink.send(batch(sink))


async def test_neither_an_error_nor_the_declaration_shows_the_secret() -> None:
    sink = hook("http://127.0.0.1:1/")
    with pytest.raises(SinkError) as raised:
        await sink.send(batch(sink))
    spec = SinkSpec("hook", SinkKind.WEBHOOK, "https://x.test", "jsonl", secret=SECRET)
    assert SECRET[6:] not in f"{raised.value!r}{spec!r}"


async def test_a_secret_that_changes_in_its_file_counts_from_the_next_batch_on(
    service: HttpService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever rotates it restarts nothing; a file that is away or half written changes nothing."""
    file, new = tmp_path / "secret", "whsec_b3RoZXItZm9yLXRlc3Rz"
    file.write_text(SECRET)
    spec = SinkSpec("hook", SinkKind.WEBHOOK, service.base, "jsonl", True, SECRET, str(file))
    sink = WebhookSink(spec, WallClock())
    log.configure("json")
    for written, counts in ((SECRET, SECRET), ("whsec_", SECRET), (f"{new}\n", new), ("", new), (None, new)):
        file.unlink(missing_ok=True)
        if written is not None:
            file.write_text(written)
        await sink.send(batch(sink))
        verify(service.requests[-1], counts)
    log.note("told", what=f"it is {new}")
    log.flush()
    assert new not in capsys.readouterr().err
