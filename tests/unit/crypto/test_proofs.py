"""A proof holds for the key, method and URL that it was made for, and only in the one form that ours have."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.crypto.encoding import from_text, to_text
from envaccess.crypto.proofs import Proof, ProofKey, make_proof, read_proof, sign_compact
from envaccess.crypto.tokens import token_hash
from envaccess.domain.errors import ProofError

KEY = ProofKey.from_bytes(bytes(range(32)))
URL = "https://access.example.com/v1/requests"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": KEY.public}
HEADER = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": JWK}
PRIME = 2**255 - 19
EIGHTH = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
CLAIMS = {"jti": "id-1", "htm": "POST", "htu": URL, "iat": 1_700_000_000}


def signed(header: dict[str, Any] | None = None, claims: object = None) -> str:
    return sign_compact(KEY, header or HEADER, json.dumps(CLAIMS if claims is None else claims).encode())


def test_a_key_and_a_signature_are_those_of_rfc_8037() -> None:
    """RFC 8037, A.1, A.2 and A.4."""
    secret = from_text("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
    assert secret is not None
    key = ProofKey.from_bytes(secret)
    assert key.public == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert sign_compact(key, {"alg": "EdDSA"}, b"Example of Ed25519 signing") == (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_a_proof_says_all_that_it_was_made_of() -> None:
    text = make_proof(
        KEY, "POST", URL + "?wait=25#x", now=7, jti="id-1", nonce="n-1", token="token-for-tests"
    )
    assert read_proof(text) == Proof(KEY.public, "id-1", "POST", URL, 7, "n-1", token_hash("token-for-tests"))


def test_a_first_proof_has_neither_nonce_nor_token() -> None:
    proof = read_proof(make_proof(KEY, "GET", URL, now=7, jti="id-1"))
    assert (proof.nonce, proof.token_hash) == ("", "")


def test_a_proof_with_any_changed_character_proves_nothing() -> None:
    text = signed()
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(ProofError):
            read_proof(changed)


@pytest.mark.parametrize(
    "header",
    [
        {**HEADER, "alg": "none"},
        {**HEADER, "alg": "HS256"},
        {**HEADER, "alg": "ES256"},
        {**HEADER, "typ": "JWT"},
        {**HEADER, "crit": ["exp"]},
        {**HEADER, "kid": "1"},
        {**HEADER, "jku": "https://example.com/keys"},
        {**HEADER, "jwk": {**JWK, "d": to_text(KEY.to_bytes())}},
        {**HEADER, "jwk": {**JWK, "crv": "X25519"}},
        {**HEADER, "jwk": {**JWK, "kty": "oct"}},
        {**HEADER, "jwk": {**JWK, "x": JWK["x"][:-1]}},
        {**HEADER, "jwk": {**JWK, "x": JWK["x"] + "="}},
        {**HEADER, "jwk": {**JWK, "x": 1}},
        {**HEADER, "jwk": {**JWK, "x": ProofKey.generate().public}},
        {**HEADER, "jwk": [JWK]},
        {"typ": "dpop+jwt", "alg": "EdDSA"},
    ],
)
def test_another_header_proves_nothing(header: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        read_proof(signed(header))


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, PRIME - 1, PRIME, PRIME + 1, EIGHTH, PRIME - EIGHTH])
def test_a_key_under_which_anybody_can_sign_proves_nothing(y: int, sign: int) -> None:
    """A point of small order: with S = 0 a signature holds for one message in eight, or for every one."""
    key = (y + (sign << 255)).to_bytes(32, "little")
    header = {**HEADER, "jwk": {**JWK, "x": to_text(key)}}
    nobody = (1).to_bytes(32, "little") + bytes(32)
    for jti in range(64):
        said = signed(header, {**CLAIMS, "jti": f"id-{jti}"}).rpartition(".")[0]
        with pytest.raises(ProofError):
            read_proof(f"{said}.{to_text(nobody)}")


def test_the_points_of_small_order_are_those_of_the_curve() -> None:
    """Twice a point of order eight has `y` = 0: d y^4 + 2 y^2 = 1 (RFC 8032, 5.1)."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    assert (d * pow(EIGHTH, 4, PRIME) + 2 * pow(EIGHTH, 2, PRIME)) % PRIME == 1


@pytest.mark.parametrize(
    "claims",
    [
        [],
        "NoneType",
        {},
        *({name: value for name, value in CLAIMS.items() if name != left} for left in CLAIMS),
        {**CLAIMS, "iat": "1"},
        {**CLAIMS, "iat": 1.5},
        {**CLAIMS, "iat": True},
        {**CLAIMS, "jti": ""},
        {**CLAIMS, "jti": "x" * 129},
        {**CLAIMS, "jti": 1},
        {**CLAIMS, "jti": "\ud800"},
        {**CLAIMS, "jti": "a\n"},
        {**CLAIMS, "htm": ["GET"]},
        {**CLAIMS, "htu": None},
        {**CLAIMS, "htu": "https://a b"},
        {**CLAIMS, "nonce": {}},
        {**CLAIMS, "nonce": "x" * 1025},
        {**CLAIMS, "ath": 0},
    ],
)
def test_other_claims_prove_nothing(claims: object) -> None:
    with pytest.raises(ProofError):
        read_proof(signed(claims=claims))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"jti":"a","jti":"b","htm":"GET","htu":"https://a","iat":1}',
        b'{"jti":"a","htm":"GET","htu":"https://a","iat":NaN}',
        b'{"jti":"a","htm":"GET","htu":"https://a","iat":' + b"1" * 1500 + b"e9}",
        b"[" * 1500,
        b"\xff",
        b"",
    ],
)
def test_json_that_two_readers_read_differently_proves_nothing(payload: bytes) -> None:
    with pytest.raises(ProofError):
        read_proof(sign_compact(KEY, HEADER, payload))


@pytest.mark.parametrize("text", ["", "a.b", "..", "a.b.c.d", "A" * 5000, signed() + "=", signed() + "\n"])
def test_what_is_no_compact_jws_proves_nothing(text: str) -> None:
    with pytest.raises(ProofError):
        read_proof(text)


def test_a_proof_of_more_than_4_kb_is_not_read() -> None:
    with pytest.raises(ProofError, match="4096"):
        read_proof(signed(claims={**CLAIMS, "more": "x" * 4096}))


@given(st.text(max_size=300))
def test_any_other_text_is_refused_and_never_a_crash(text: str) -> None:
    with pytest.raises(ProofError):
        read_proof(text)


def test_a_key_comes_back_from_its_bytes_and_shows_no_secret() -> None:
    key = ProofKey.generate()
    assert ProofKey.from_bytes(key.to_bytes()).public == key.public
    assert to_text(key.to_bytes()) not in repr(key)
    with pytest.raises(ProofError):
        ProofKey.from_bytes(b"short")
