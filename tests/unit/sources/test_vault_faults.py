"""What our adapter makes of a Vault that cannot answer now, which a real one is not easily brought to."""

import json
from collections.abc import AsyncIterator

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.vault import VaultSpec, VaultTokenLogin
from envaccess.domain.sources.specs import Credential, SourceKind
from tests.fakes.http_service import HttpService, http_service
from tests.fakes.vault import place, vault_of

BODY = b'{"errors":["value-for-tests in a body"],"data":{"keys":["value-for-tests"]}}'
GOOD = json.dumps({"data": {"data": {"STRIPE_KEY": "x"}, "metadata": {"version": 1}}}).encode()


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    async with http_service() as running:
        yield running


def answer(status: int, body: bytes = BODY, *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body)}", "Connection: close"))
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


def spec(service: HttpService, *also: str) -> VaultSpec:
    token = VaultTokenLogin(Credential("token-for-tests"))
    return VaultSpec("vault", SourceKind.VAULT, service.base, token, also=also)


async def failure(service: HttpService, *also: str) -> SourceFaultError:
    async with vault_of(spec(service, *also)) as seat:
        with pytest.raises(SourceFaultError) as failed:
            await seat.adapter.read(place())
    assert "value-for-tests" not in f"{failed.value!r} {failed.value}"
    assert "token-for-tests" not in f"{failed.value!r} {failed.value}"
    return failed.value


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (412, "newest data"),
        (429, "so many calls"),
        (472, "disaster recovery"),
        (473, "performance standby"),
        (500, "answered 500"),
        (501, "not initialised"),
        (502, "answered 502"),
        (503, "sealed"),
        (301, "answered 301"),
    ],
)
async def test_a_server_that_cannot_answer_now_says_which_way(
    service: HttpService, status: int, said: str
) -> None:
    service.answer_with(answer(status, BODY, "Location: http://127.0.0.1:1/v1/kv"))
    failed = await failure(service)
    assert failed.fault is SourceFault.DOWN
    assert said in str(failed)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"x", b'{"data":{}}', b'{"data":{"data":[],"metadata":{}}}', b"\xff"]
)
async def test_an_answer_that_is_no_secret_is_malformed(service: HttpService, body: bytes) -> None:
    service.answer_with(answer(200, body))
    assert (await failure(service)).fault is SourceFault.MALFORMED


async def test_a_standby_gets_our_token_to_no_host_that_the_file_does_not_name(service: HttpService) -> None:
    """A standby answers 307 with the active node's address; whoever can answer so would get the token."""
    async with http_service() as stranger:
        service.answer_with(answer(307, b"", f"Location: {stranger.base}/v1/kv/data/prod/stripe"))
        failed = await failure(service)
        assert (failed.fault, "which `also` does not name" in str(failed)) == (SourceFault.DOWN, True)
        assert stranger.requests == []


@pytest.mark.parametrize(
    "location",
    ["", "//127.0.0.1:1/v1", "javascript:x", "http://[", "http://127.0.0.1:99999/", "http://x@127.0.0.1:1/"],
)
async def test_a_standby_that_sends_us_nowhere_is_down(service: HttpService, location: str) -> None:
    service.answer_with(answer(307, b"", f"Location: {location}"))
    assert (await failure(service)).fault is SourceFault.DOWN


async def test_a_standby_sends_us_to_the_active_node_that_the_file_names(service: HttpService) -> None:
    async with http_service() as active:
        active.answer_with(answer(200, GOOD))
        service.answer_with(answer(307, b"", f"Location: {active.base}/v1/sys/another/path?x=1"))
        async with vault_of(spec(service, active.base)) as seat:
            assert (await seat.adapter.read(place())).text == "x"
        lines = [one.line for one in active.requests]
    assert lines[-1] == "GET /v1/kv/data/prod/stripe HTTP/1.1"  # the host is believed, the path is ours
    assert active.requests[-1].every("X-Vault-Token") == ["token-for-tests"]


async def test_two_standbys_that_send_us_round_are_down(service: HttpService) -> None:
    service.answer_with(answer(307, b"", f"Location: {service.base}/v1/x"))
    failed = await failure(service)
    assert failed.fault is SourceFault.DOWN
    assert len(service.requests) <= 4


async def test_every_call_says_that_it_is_no_pages(service: HttpService) -> None:
    service.answer_with(answer(200, GOOD))
    async with vault_of(spec(service)) as seat:
        await seat.adapter.read(place())
    assert all(one.every("X-Vault-Request") == ["true"] for one in service.requests)
