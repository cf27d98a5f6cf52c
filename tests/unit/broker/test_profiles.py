"""Each profile that is shipped, against a service that answers as its vendor does."""

import json
from collections.abc import Mapping

import pytest

from envaccess.policy_file.services import profiles
from tests.fakes.http_service import HttpService
from tests.unit.broker.brokered import Answered, broker

_KEY = "key-for-tests-of-profiles"
_ANSWERS: Mapping[str, tuple[str, str, dict[str, object]]] = {
    "github": (
        "GET",
        "/repos/acme/shop/issues?state=open&per_page=100",
        {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"},
    ),
    "openai": (
        "POST",
        "/v1/chat/completions",
        {"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"message": {"content": "Hello"}}]},
    ),
    "anthropic": (
        "POST",
        "/v1/messages",
        {"id": "msg_1", "type": "message", "content": [{"type": "text", "text": "Hello"}]},
    ),
    "stripe": (
        "GET",
        "/v1/charges?limit=3&created%5Bgte%5D=1",
        {"object": "list", "data": [], "has_more": False, "url": "/v1/charges"},
    ),
    "slack": ("POST", "/api/chat.postMessage", {"ok": True, "channel": "C1", "ts": "1503435956.000247"}),
}
_HEADERS = {
    "github": ("authorization", f"Bearer {_KEY}"),
    "openai": ("authorization", f"Bearer {_KEY}"),
    "anthropic": ("x-api-key", _KEY),
    "stripe": ("authorization", f"Bearer {_KEY}"),
    "slack": ("authorization", f"Bearer {_KEY}"),
}
_DENIED = {
    "github": (
        ("DELETE", "/repos/acme/shop"),
        ("GET", "/orgs/acme/credential-authorizations"),
        ("GET", "/orgs/acme/hooks"),
    ),
    "openai": (("GET", "/v1/organization/admin_api_keys"), ("POST", "/v1/files")),
    "anthropic": (("GET", "/v1/organizations/api_keys"), ("POST", "/v1/files")),
    "stripe": (
        ("POST", "/v1/refunds"),
        ("GET", "/v1/apps/secrets/find?name=db&scope%5Btype%5D=account&expand%5B%5D=payload"),
        ("GET", "/v1/issuing/cards/ic_1?expand%5B%5D=number"),
    ),
    "slack": (("POST", "/api/admin.users.remove"), ("GET", "/api/conversations.list/x")),
}
"""What is left out: what changes much, and what returns another credential."""
_STREAMS = {
    "openai": b'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\ndata: [DONE]\n\n',
    "anthropic": b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hel"}}\n\n',
}


async def _call(name: str, service: HttpService, method: str, path: str) -> Answered:
    profile = profiles()[name]
    async with broker() as caller:
        allow = tuple(map(str, profile.allow))
        caller.services.add(name, service.base, profile.header, profile.format, _KEY, allow)
        body = b"{}" if method == "POST" else b""
        return await caller.call(method, f"/{name}{path}", "Content-Type: application/json", body=body)


def test_every_profile_has_a_test() -> None:
    assert profiles().keys() == _ANSWERS.keys() == _HEADERS.keys() == _DENIED.keys()
    assert all(profile.base.startswith("https://") for profile in profiles().values())


@pytest.mark.parametrize("name", _ANSWERS)
async def test_a_call_is_made_as_the_vendor_says(service: HttpService, name: str) -> None:
    method, path, told = _ANSWERS[name]
    body = json.dumps(told).encode()
    service.answer_with(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )
    found = await _call(name, service, method, path)
    assert (found.status, json.loads(found.text())) == (200, told)
    header, value = _HEADERS[name]
    assert service.requests[0].line == f"{method} {path} HTTP/1.1"
    assert service.requests[0].every(header) == [value]


@pytest.mark.parametrize("name", _DENIED)
async def test_what_costs_or_rules_is_not_among_the_defaults(service: HttpService, name: str) -> None:
    for method, path in _DENIED[name]:
        assert (await _call(name, service, method, path)).reason == "not_allowed", path
    assert service.requests == []


@pytest.mark.parametrize("name", _STREAMS)
async def test_a_model_s_stream_passes(service: HttpService, name: str) -> None:
    told = _STREAMS[name]
    service.answer_with(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(told), told)
    )
    assert (await _call(name, service, *_ANSWERS[name][:2])).text() == told
