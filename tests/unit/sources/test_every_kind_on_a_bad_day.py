"""Each fault of each kind that keeps values, through the router: told apart, without a word of the answer."""

import gzip
import json
import traceback
from collections.abc import AsyncIterator

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.variable import Variable
from envaccess.sources.router import SourceRouter
from envaccess.sources.sealed import SealedSource
from envaccess.sources_file.reading import read_sources
from tests.fakes.http_service import HttpService, http_service
from tests.fakes.sources import lookup, surroundings

VALUE = "value-for-tests"
KINDS = ("vault", "kubernetes", "gcp", "manager", "parameters")
GOOGLE = "Metadata-Flavor: Google\r\n"
TOKEN = {"access_token": "token-for-tests", "expires_in": 3600}
DELETED = {"data": {"data": None, "metadata": {"deletion_time": "2026-01-01T00:00:00Z", "version": 1}}}
UNREADABLE = {
    "no JSON": VALUE.encode(),
    "no object": json.dumps([VALUE]).encode(),
    "nothing": b"",
    "another shape": json.dumps({"data": VALUE, "payload": VALUE, "Parameter": VALUE}).encode(),
    "lists": json.dumps({"data": [VALUE], "payload": [VALUE], "Parameter": [VALUE]}).encode(),
    "bytes": b"\xff\xfe" + VALUE.encode(),
    "nested": b"[" * 100_000,
    "a long number": b'{"data": ' + b"9" * 5_000 + b"}",
    "compressed": gzip.compress(VALUE.encode() * 1_000),
    "too long": b'{"data": "' + VALUE.encode() * 150_000 + b'"}',
}
BREAKS_OFF = {
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
    "no HTTP": b"hello\r\n\r\n",
    "silence": b"",
}


def answer(status: int, said: object = None, kind: str = "application/json") -> bytes:
    body = (
        said
        if isinstance(said, bytes)
        else json.dumps(said or {"errors": [VALUE], "message": VALUE}).encode()
    )
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{GOOGLE}Content-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def of_aws(name: str) -> bytes:
    return answer(400, {"__type": f"com.amazonaws#{name}", "message": VALUE})


FAULTS = {
    SourceFault.DENIED: dict.fromkeys(KINDS, answer(403)) | {"parameters": of_aws("AccessDeniedException")},
    SourceFault.DOWN: dict.fromkeys(KINDS, answer(503)),
    SourceFault.MISSING: dict.fromkeys(KINDS, answer(404))
    | {"manager": of_aws("ResourceNotFoundException"), "parameters": of_aws("ParameterNotFound")},
    SourceFault.DELETED: {
        "vault": answer(404, DELETED),
        "gcp": answer(400, {"error": {"status": "FAILED_PRECONDITION", "message": VALUE}}),
        "manager": of_aws("InvalidRequestException"),
    },
}


class _Sealed(SealedSource):
    def __init__(self) -> None:
        """It needs no store."""


class Seat:
    """A router on one service, which answers for every kind."""

    def __init__(self, service: HttpService) -> None:
        self.service = service
        key = "access_key_id: 'env:TOKEN', secret_access_key: 'env:TOKEN'"
        aws = f"region: eu-central-1, endpoint: '{service.base}', {key}"
        text = f"""version: 1
sources:
  vault: {{kind: vault, address: '{service.base}', auth: {{token: 'env:TOKEN'}}}}
  kubernetes: {{kind: kubernetes, address: '{service.base}', token: 'env:TOKEN'}}
  gcp: {{kind: gcp, project: p, endpoint: '{service.base}', auth: {{metadata_server: '{service.base}'}}}}
  manager: {{kind: aws-secrets-manager, {aws}}}
  parameters: {{kind: aws-ssm, {aws}}}
names:
  - {{match: vault/A, read: {{source: vault, path: kv/a}}}}
  - {{match: kubernetes/A, read: {{source: kubernetes, secret: a}}}}
  - {{match: gcp/A, read: {{source: gcp, secret: a}}}}
  - {{match: manager/A, read: {{source: manager, secret: a}}}}
  - {{match: parameters/A, read: {{source: parameters, parameter: /a}}}}
"""
        file = read_sources(text, lookup(TOKEN="token-for-tests"))
        assert isinstance(file, SourcesFile), file
        self.router = SourceRouter(_Sealed(), surroundings(), file)

    async def fault(self, kind: str, told: bytes) -> SourceFault:
        """What a reading comes to where the source answers so; nothing of the answer is in the exception."""
        if kind == "gcp":
            self.service.answer_with(answer(200, TOKEN))
            with pytest.raises(SourceFaultError):
                await self.router.read(Variable("gcp", "A"))
        self.service.answer_with(told)
        with pytest.raises(SourceFaultError) as failed:
            await self.router.read(Variable(kind, "A"))
        shown = "".join(traceback.format_exception(failed.value)) + repr(failed.value)
        assert VALUE not in shown
        assert "token-for-tests" not in shown
        assert failed.value.source == kind
        return failed.value.fault


@pytest.fixture
async def seat() -> AsyncIterator[Seat]:
    async with http_service() as service:
        found = Seat(service)
        yield found
        await found.router.close()


@pytest.mark.parametrize(
    ("fault", "kind"), [(fault, kind) for fault, answers in FAULTS.items() for kind in answers]
)
async def test_each_no_is_its_own_fault(seat: Seat, fault: SourceFault, kind: str) -> None:
    assert await seat.fault(kind, FAULTS[fault][kind]) is fault


@pytest.mark.parametrize("kind", KINDS)
async def test_a_yes_that_cannot_be_read_is_malformed_and_never_a_value(seat: Seat, kind: str) -> None:
    for what, body in UNREADABLE.items():
        assert await seat.fault(kind, answer(200, body)) is SourceFault.MALFORMED, what


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_breaks_off_is_down_and_the_others_are_asked_all_the_same(
    seat: Seat, kind: str
) -> None:
    for what, told in BREAKS_OFF.items():
        assert await seat.fault(kind, told) is SourceFault.DOWN, what
    other = KINDS[KINDS.index(kind) - 1]
    assert await seat.fault(other, FAULTS[SourceFault.MISSING][other]) is SourceFault.MISSING


@pytest.mark.parametrize("kind", KINDS)
async def test_no_redirect_is_followed(seat: Seat, kind: str) -> None:
    """It could lead to the machine's own metadata server, with our token in the request."""
    told = b"HTTP/1.1 302 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    await seat.fault(kind, told)
    assert not any("/elsewhere" in request.line for request in seat.service.requests)
