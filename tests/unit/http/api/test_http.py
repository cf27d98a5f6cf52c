"""What is no call of ours, or not for us: each is a problem in words, before anybody is asked anything."""

import json
from typing import Any

import pytest

from tests.fakes.api import ApiHarness

FILING = {"variables": ["STRIPE_KEY"], "duration": "1h", "reason": "debugging a failed refund"}


async def test_every_answer_says_no_store_and_brings_the_nonce_and_no_server(api: ApiHarness) -> None:
    alice = api.client()
    for answer in (
        await alice.get("/v1/whoami"),
        await alice.send("GET", "/v1/openapi.json"),
        await alice.send("GET", "/v1/nothing"),
        await alice.send("GET", "/v1/whoami"),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["DPoP-Nonce"]
        assert "Server" not in answer.headers
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1@evil.example"])
async def test_a_request_for_another_host_is_421_and_asks_nobody(api: ApiHarness, host: str) -> None:
    alice = api.client()
    answer = await alice.send("GET", "/v1/whoami", {**alice.headers("GET", "/v1/whoami"), "Host": host})
    assert (answer.status, answer.reason) == (421, "wrong_host")
    assert "ENVACCESS_" not in answer.text, "whoever reads it has no settings of the server"
    assert api.sessions.asked == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_page_of_any_origin_is_refused(api: ApiHarness, origin: str) -> None:
    alice = api.client()
    headers = {**alice.headers("POST", "/v1/requests"), "Origin": origin}
    answer = await alice.send("POST", "/v1/requests", headers, json=FILING)
    assert (answer.status, answer.reason) == (403, "foreign_origin")
    assert not api.books.requests


async def test_another_method_is_405_and_named_in_allow(api: ApiHarness) -> None:
    answer = await api.client().send("DELETE", "/v1/requests")
    assert (answer.status, answer.reason) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_options_says_what_there_is_and_invites_no_page(api: ApiHarness) -> None:
    answer = await api.client().send("OPTIONS", "/v1/grants/7k2m9xq4/end")
    assert (answer.status, answer.headers["Allow"], answer.text) == (204, "OPTIONS, POST", "")


async def test_head_is_get_without_a_body(api: ApiHarness) -> None:
    alice = api.client()
    answer = await alice.send("HEAD", "/v1/whoami", alice.headers("HEAD", "/v1/whoami"))
    assert (answer.status, answer.text) == (200, "")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/",
        "/v1/nothing",
        "/v1/requests/",
        "/v1/requests/a/b",
        "/v1/requests/%00",
        "/v1/requests/%0A",
    ],
)
async def test_an_address_that_is_none_is_404_in_words(api: ApiHarness, path: str) -> None:
    answer = await api.client().get(path)
    assert (answer.status, answer.reason) == (404, "no_such_path")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""]
)
async def test_what_is_not_json_is_415(api: ApiHarness, kind: str) -> None:
    alice = api.client()
    headers = {**alice.headers("POST", "/v1/requests"), "Content-Type": kind}
    answer = await alice.send("POST", "/v1/requests", headers, data=json.dumps(FILING))
    assert (answer.status, answer.reason) == (415, "unsupported_media_type")


async def test_a_compressed_body_is_not_unpacked(api: ApiHarness) -> None:
    alice = api.client()
    headers = {
        **alice.headers("POST", "/v1/requests"),
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    answer = await alice.send("POST", "/v1/requests", headers, data=b"\x1f\x8b")
    assert answer.status == 415


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_64_kb_is_413_however_it_is_sent(api: ApiHarness, *, chunked: bool) -> None:
    alice = api.client()
    body = json.dumps({**FILING, "reason": "x" * 65_536}).encode()

    async def parts() -> Any:
        for start in range(0, len(body), 8_192):
            yield body[start : start + 8_192]

    headers = {**alice.headers("POST", "/v1/requests"), "Content-Type": "application/json"}
    answer = await alice.send("POST", "/v1/requests", headers, data=parts() if chunked else body)
    assert (answer.status, answer.reason) == (413, "body_too_large")
    assert api.sessions.asked == 0


async def test_headers_over_16_kb_are_431(api: ApiHarness) -> None:
    alice = api.client()
    more = {f"X-{number}": "x" * 4_000 for number in range(5)}
    answer = await alice.send("GET", "/v1/whoami", {**alice.headers("GET", "/v1/whoami"), **more})
    assert (answer.status, answer.reason) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"1", b"null", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff", b'{"a": "\\ud800"}',
        b'{"a":' * 40 + b"1" + b"}" * 40, b'{"a":' * 9_000,
    ],
)  # fmt: skip
async def test_what_is_no_json_object_is_400(api: ApiHarness, body: bytes) -> None:
    alice = api.client()
    headers = {**alice.headers("POST", "/v1/requests"), "Content-Type": "application/json"}
    answer = await alice.send("POST", "/v1/requests", headers, data=body)
    assert (answer.status, answer.reason) == (400, "body_unreadable")


async def test_wrong_input_is_told_by_field_and_never_repeated(api: ApiHarness) -> None:
    body = {"variables": ["no name!"], "duration": 5, "reason": ["typed-by-somebody"], "sent-by-somebody": 1}
    answer = await api.client().post("/v1/requests", body)
    assert (answer.status, answer.reason) == (422, "input_invalid")
    assert {error["field"] for error in answer.json["errors"]} == {"duration", "reason", "(unknown)"}
    assert "somebody" not in answer.text


@pytest.mark.parametrize("query", ["wait=26", "wait=-1", "wait=x", "wait=1&wait=2", "other=1", "version=-1"])
async def test_a_parameter_that_is_none_of_ours_is_422(api: ApiHarness, query: str) -> None:
    answer = await api.client().get(f"/v1/requests/7k2m9xq4?{query}")
    assert (answer.status, answer.reason) == (422, "input_invalid")


async def test_a_change_without_an_idempotency_key_is_400(api: ApiHarness) -> None:
    answer = await api.client().post("/v1/requests", FILING, key=None)
    assert (answer.status, answer.reason) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("key", ["x" * 65, "with blank", "\N{SNOWMAN}"])
async def test_a_key_that_is_none_is_400(api: ApiHarness, key: str) -> None:
    answer = await api.client().post("/v1/requests", FILING, key=key)
    assert (answer.status, answer.reason) == (400, "idempotency_key_invalid")
    assert not api.books.requests


async def test_a_fault_that_nobody_foresaw_is_a_problem_with_an_id_and_no_word_more(api: ApiHarness) -> None:
    api.books.fault = RuntimeError("what-the-store-said")
    answer = await api.client().get("/v1/requests")
    assert (answer.status, answer.reason) == (500, "unexpected")
    assert "what-the-store-said" not in answer.text
    assert "Traceback" not in answer.text
