"""Whose a call is: a stolen token, a replayed proof, another address; and how often one may be wrong."""

import secrets
from collections import Counter
from typing import Any

import pytest

from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind, make_token
from envaccess.http.api.authentication import FAILURES_PER_MINUTE, MinuteCount
from tests.fakes.api import ApiHarness

WHO = "/v1/whoami"


async def test_a_session_says_who_it_is(api: ApiHarness) -> None:
    answer = await api.client().get(WHO)
    assert answer.status == 200
    assert answer.json["principal"] == "person:U0ALICE"
    assert answer.json["session"]["host"] == "lenovo-7"
    assert answer.json["workspace_name"] == "Acme"


async def test_a_token_without_its_key_is_worth_nothing(api: ApiHarness) -> None:
    alice = api.client()
    alice.key = ProofKey.generate()
    answer = await alice.get(WHO)
    assert (answer.status, answer.reason) == (401, "bad_proof")
    assert answer.headers["WWW-Authenticate"] == 'DPoP algs="EdDSA", error="invalid_dpop_proof"'


async def test_a_proof_is_used_once(api: ApiHarness) -> None:
    alice = api.client()
    headers = alice.headers("GET", WHO)
    assert (await alice.send("GET", WHO, headers)).status == 200
    answer = await alice.send("GET", WHO, headers)
    assert (answer.status, answer.reason) == (401, "proof_used")


@pytest.mark.parametrize(
    "about", [("POST", WHO, {}), ("GET", "/v1/variables", {}), ("GET", WHO, {"token": ""})]
)
async def test_a_proof_of_another_call_does_not_count(api: ApiHarness, about: tuple[str, str, Any]) -> None:
    alice = api.client()
    method, path, more = about
    headers = {**alice.headers("GET", WHO), "DPoP": alice.proof(method, path, **more)}
    assert (await alice.send("GET", WHO, headers)).reason == "bad_proof"


async def test_a_client_without_our_nonce_is_told_the_nonce(api: ApiHarness) -> None:
    alice = api.client()
    alice.nonce = ""
    answer = await alice.get(WHO)
    assert (answer.status, answer.reason) == (401, "use_nonce")
    assert answer.headers["WWW-Authenticate"] == 'DPoP algs="EdDSA", error="use_dpop_nonce"'
    alice.nonce = answer.headers["DPoP-Nonce"]
    assert (await alice.get(WHO)).status == 200


@pytest.mark.parametrize("missing", ["Authorization", "DPoP"])
async def test_who_brings_nothing_is_told_how_to_sign_in_and_asks_nobody(
    api: ApiHarness, missing: str
) -> None:
    alice = api.client()
    headers = alice.headers("GET", WHO)
    del headers[missing]
    answer = await alice.send("GET", WHO, headers)
    assert (answer.status, answer.reason) == (401, "not_signed_in")
    assert "envaccess login" in answer.json["hint"]
    assert api.sessions.asked == 0


async def test_two_proofs_are_none(api: ApiHarness) -> None:
    alice = api.client()
    headers = [*alice.headers("GET", WHO).items(), ("DPoP", alice.proof("GET", WHO))]
    assert (await alice.send("GET", WHO, headers)).reason == "not_signed_in"


async def test_failures_from_one_address_end_before_anybody_is_asked_and_lock_out_no_session(
    api: ApiHarness,
) -> None:
    alice, mallory = api.client(), api.client()
    assert (await alice.get(WHO)).status == 200
    for _ in range(FAILURES_PER_MINUTE):
        mallory.token = make_token(TokenKind.PERSON)
        assert (await mallory.get(WHO)).status == 401
    before = api.sessions.asked
    mallory.token = make_token(TokenKind.PERSON)
    answer = await mallory.get(WHO)
    assert (answer.status, answer.reason, answer.headers["Retry-After"]) == (429, "too_many_failures", "60")
    assert api.sessions.asked == before
    assert (await alice.get(WHO)).status == 200


async def test_no_token_is_in_any_answer(api: ApiHarness) -> None:
    alice = api.client()
    for path in (WHO, "/v1/requests", "/v1/variables", f"/v1/requests/{secrets.token_hex(4)}"):
        answer = await alice.get(path)
        assert alice.token not in answer.text
        assert alice.token not in str(answer.headers)


async def test_whoever_has_a_session_tries_codes_no_more_often_than_a_stranger(api: ApiHarness) -> None:
    alice = api.client()
    assert (await alice.get(WHO)).status == 200
    tried: Counter[str] = Counter()
    for _ in range(FAILURES_PER_MINUTE + 1):
        login = f"/v1/logins/se_{secrets.token_hex(4)}"
        answer = await alice.send("GET", login, alice.headers("GET", login))
        tried[answer.reason] += 1
    assert tried == {"login_unknown": FAILURES_PER_MINUTE, "too_many_failures": 1}


async def test_calls_beyond_the_rate_cost_the_store_nothing(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them would leave a proof and an operation there, for minutes (law 16)."""
    monkeypatch.setattr(api.api, "_rates", MinuteCount(3, lambda: 0.0))
    alice, bob = api.client(), api.client("U0BOB")
    assert [(await alice.get(WHO)).status for _ in range(4)] == [200, 200, 200, 429]
    before = api.sessions.asked
    answer = await alice.get(WHO)
    assert (answer.status, answer.reason, answer.headers["Retry-After"]) == (429, "too_many_calls", "60")
    assert api.sessions.asked == before
    assert (await bob.get(WHO)).status == 200


async def test_polls_of_a_login_are_counted_by_their_key(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.api, "_key_rates", MinuteCount(2, lambda: 0.0))
    alice, login = api.client(), "/v1/logins/se_00000000"
    asked = [await alice.send("GET", login, alice.headers("GET", login)) for _ in range(3)]
    assert [answer.reason for answer in asked] == ["login_unknown", "login_unknown", "too_many_calls"]
