"""What an answer of a source means, or that there is none; nothing of it is in what is raised or written."""

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.domain.variable import Variable
from envaccess.sources.adapter import NotConnectedError
from envaccess.sources.http_client import BODY_MOST
from envaccess.sources.limits import SourceLimits
from tests.fakes.http_service import HttpService, ReceivedRequest
from tests.fakes.kept_over_http import KeptAdapter, KeptSpec
from tests.fakes.sources import Ticks, surroundings

PLACE = ReadPlace(Variable("production", "A"), "kv", {"path": "kv/a"})
SECRET = "value-for-tests"
TOKEN = "token-for-tests"


def answer(status: str, body: str = "{}", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more, "", body]
    return "\r\n".join(lines).encode()


@contextlib.asynccontextmanager
async def kept(service: HttpService, base: str = "") -> AsyncIterator[KeptAdapter]:
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = surroundings()
    spec = KeptSpec("kv", SourceKind.VAULT, base or f"http://127.0.0.1:{port}", Credential(TOKEN))
    try:
        yield KeptAdapter(spec, parts)
    finally:
        await parts.http.close()
        server.close()
        await service.stop()


async def fault_of(service: HttpService, base: str = "") -> SourceFaultError:
    async with kept(service, base) as adapter:
        with pytest.raises(SourceFaultError) as raised:
            await adapter.read(PLACE)
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value.__dict__) + repr(adapter)
    assert SECRET not in told
    assert TOKEN not in told
    return raised.value


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("401 Unauthorized", SourceFault.DENIED),
        ("403 Forbidden", SourceFault.DENIED),
        ("404 Not Found", SourceFault.MISSING),
        ("410 Gone", SourceFault.DELETED),
        ("408 Request Timeout", SourceFault.SLOW),
        ("429 Too Many Requests", SourceFault.DOWN),
        ("500 Internal Server Error", SourceFault.DOWN),
        ("503 Service Unavailable", SourceFault.DOWN),
        ("400 Bad Request", SourceFault.MALFORMED),
        ("302 Found", SourceFault.MALFORMED),
        ("299 Whatever", SourceFault.MALFORMED),
    ],
)
async def test_each_status_is_its_own_fault_and_its_body_is_told_to_nobody(
    status: str, fault: SourceFault
) -> None:
    service = HttpService()
    service.answer_with(answer(status, f'{{"errors": ["{SECRET}"]}}'))
    assert (await fault_of(service)).fault is fault


@pytest.mark.parametrize(
    "body",
    [f"<html>{SECRET}", f'"{SECRET}"', f'{{"value": ["{SECRET}"]}}', "[" * 100_000, f'{{"{SECRET}": 1}}', ""],
)
async def test_an_answer_that_is_none_is_malformed(body: str) -> None:
    service = HttpService()
    service.answer_with(answer("200 OK", body))
    assert (await fault_of(service)).fault is SourceFault.MALFORMED


async def test_a_redirect_takes_the_token_nowhere() -> None:
    """A source that is taken over could send us, with what proves who we are, to anybody."""
    there, service = HttpService(), HttpService()
    async with kept(there):
        service.answer_with(answer("307 Temporary Redirect", "", "Location: http://127.0.0.1:9/elsewhere"))
        assert (await fault_of(service)).fault is SourceFault.MALFORMED
    assert there.requests == []


async def test_an_answer_without_an_end_is_not_read_for_ever() -> None:
    service = HttpService()
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    service.answer_with(head + b" " * (BODY_MOST + 70_000))
    assert (await fault_of(service)).fault is SourceFault.MALFORMED


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"SSH-2.0-x\r\n"])
async def test_one_that_breaks_off_is_down_and_not_asked_again(sent: bytes) -> None:
    """It may have done what it was asked; only where no connection was made is it certain that it has not."""
    service = HttpService()
    service.answer_with(sent)
    error = await fault_of(service)
    assert error.fault is SourceFault.DOWN
    assert not isinstance(error, NotConnectedError)


@pytest.mark.parametrize("base", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
async def test_one_that_is_not_there_is_down_and_may_be_asked_again(base: str) -> None:
    error = await fault_of(HttpService(), base)
    assert isinstance(error, NotConnectedError)
    assert error.fault is SourceFault.DOWN


async def test_one_that_hangs_is_slow() -> None:
    service, hung = HttpService(), asyncio.Event()

    async def hang(_: ReceivedRequest, __: asyncio.StreamWriter) -> None:
        await hung.wait()

    service.answer_with(hang)
    async with kept(service) as adapter:
        with pytest.raises(SourceFaultError) as raised:
            await SourceLimits("kv", Ticks(), 0.05).call(lambda: adapter.read(PLACE))
    assert raised.value.fault is SourceFault.SLOW
    assert len(service.requests) == 1


async def test_a_path_is_sent_as_it_stands_and_never_up_the_tree() -> None:
    service = HttpService()
    service.answer_with(answer("200 OK", f'{{"value": "{SECRET}", "version": 4}}'))
    async with kept(service) as adapter:
        found = await adapter.read(PLACE)
    assert (found.text, found.version) == (SECRET, "4")
    assert SECRET not in repr(found)
    assert service.requests[0].line == "GET /kv/a HTTP/1.1"
