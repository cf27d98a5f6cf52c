"""A box opens for the key and the use that it was sealed for, and for nothing else."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from envaccess.crypto.boxes import (
    BoxKey,
    is_public_key,
    open_box,
    seal_to,
    token_info,
    values_info,
    variable_info,
)
from envaccess.crypto.encoding import from_text, to_text
from envaccess.domain.errors import BoxError

KEY = BoxKey.from_bytes(bytes(range(32)))
INFO = values_info("REQ1", "op-1")


def received(secret: bytes, box: bytes, info: bytes, aead: int, key_bytes: int, aad: bytes = b"") -> bytes:
    """Open a box by RFC 9180 (4.1, 5.1, 5.2), from its text: X25519, HKDF-SHA256, AES-GCM, base mode."""

    def extract(suite: bytes, salt: bytes, label: bytes, data: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + data, "sha256")

    def expand(suite: bytes, key: bytes, label: bytes, data: bytes, length: int) -> bytes:
        told = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + data
        return hmac.digest(key, told + b"\x01", "sha256")[:length]

    kem, hpke = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01" + aead.to_bytes(2, "big")
    own, enc = X25519PrivateKey.from_private_bytes(secret), box[:32]
    agreed = extract(kem, b"", b"eae_prk", own.exchange(X25519PublicKey.from_public_bytes(enc)))
    shared = expand(kem, agreed, b"shared_secret", enc + own.public_key().public_bytes_raw(), 32)
    context = b"\0" + extract(hpke, b"", b"psk_id_hash", b"") + extract(hpke, b"", b"info_hash", info)
    made = extract(hpke, shared, b"secret", b"")
    key, nonce = (
        expand(hpke, made, b"key", context, key_bytes),
        expand(hpke, made, b"base_nonce", context, 12),
    )
    return AESGCM(key).decrypt(nonce, box[32:], aad)


def test_the_other_reading_of_the_standard_opens_its_published_box() -> None:
    """RFC 9180, A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, sequence number 0."""
    secret = bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    box = bytes.fromhex(
        "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
    )
    opened = received(secret, box, b"Ode on a Grecian Urn", 1, 16, aad=b"Count-0")
    assert opened == b"Beauty is truth, truth beauty"


def test_a_box_is_one_of_rfc_9180() -> None:
    """The other reading opens ours, of AES-256-GCM; so what is written in another language will, too."""
    box = from_text(seal_to(KEY.public, b"value-for-tests", INFO))
    assert box is not None
    assert received(KEY.to_bytes(), box, INFO, 2, 32) == b"value-for-tests"


@given(st.binary(max_size=2000))
def test_what_was_sealed_comes_out(plaintext: bytes) -> None:
    assert open_box(KEY, seal_to(KEY.public, plaintext, INFO), INFO) == plaintext


@pytest.mark.parametrize(
    "info",
    [
        b"",
        values_info("REQ1", "op-2"),
        values_info("REQ2", "op-1"),
        values_info("REQ1op-1", ""),
        variable_info("REQ1", "op-1"),
        token_info("REQ1"),
    ],
)
def test_a_box_opens_for_no_other_use(info: bytes) -> None:
    with pytest.raises(BoxError):
        open_box(KEY, seal_to(KEY.public, b"value-for-tests", INFO), info)


def test_no_two_uses_have_one_text() -> None:
    assert values_info("A", "B") == b"envaccess/values/1\0A\0B"
    with pytest.raises(BoxError):
        values_info("A\0B", "C")


def test_a_box_opens_for_no_other_key() -> None:
    with pytest.raises(BoxError):
        open_box(BoxKey.generate(), seal_to(KEY.public, b"value-for-tests", INFO), INFO)


def test_a_box_with_any_changed_byte_stays_shut() -> None:
    box = from_text(seal_to(KEY.public, b"value", INFO))
    assert box is not None
    for place in range(len(box)):
        changed = box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :]
        with pytest.raises(BoxError):
            open_box(KEY, to_text(changed), INFO)


@pytest.mark.parametrize("sealed", ["", "A", "AA==", "\N{SNOWMAN}", "A" * 42, "A" * 80, " ", "\n"])
def test_what_is_no_box_stays_shut(sealed: str) -> None:
    with pytest.raises(BoxError):
        open_box(KEY, sealed, INFO)


@pytest.mark.parametrize("public", ["", "A", "A" * 43, KEY.public[:-1], KEY.public + "=", "\N{SNOWMAN}"])
def test_nothing_is_sealed_to_what_is_no_key(public: str) -> None:
    """A key of zeros is on the curve, but what two sides agree on with it everybody knows."""
    with pytest.raises(BoxError) as caught:
        seal_to(public, b"value-for-tests", INFO)
    assert "value" not in str(caught.value)


def test_a_key_comes_back_from_its_bytes_and_shows_no_secret() -> None:
    key = BoxKey.generate()
    assert BoxKey.from_bytes(key.to_bytes()).public == key.public
    assert to_text(key.to_bytes()) not in repr(key)
    with pytest.raises(BoxError):
        BoxKey.from_bytes(b"short")


def test_a_public_key_is_32_bytes_of_base64url() -> None:
    assert is_public_key(KEY.public)
    assert not is_public_key(KEY.public + "=")
    assert not is_public_key(KEY.public[:-2])


@pytest.mark.parametrize("u", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_point_of_small_order_is_no_key(u: int) -> None:
    """Nothing can be sealed to it (RFC 7748, 6.1): whoever offers one would break what answers them."""
    assert not is_public_key(to_text(u.to_bytes(32, "little")))


def test_the_hash_of_a_box_never_repeats() -> None:
    """Each box has its own key inside: the same value twice shows nothing."""
    boxes = {hashlib.sha256(seal_to(KEY.public, b"", INFO).encode()).digest() for _ in range(20)}
    assert len(boxes) == 20
