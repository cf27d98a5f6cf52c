"""Notes, checkpoints and keys as C2SP writes them: what is read back, and what is refused."""

import base64
import hashlib

import pytest

from envaccess.crypto.log_keys import LogKey, is_signed
from envaccess.domain.checkpoint import (
    Checkpoint,
    VerifierKey,
    read_checkpoint,
    read_heads,
    read_note,
    read_verifier_key,
)

ORIGIN = "envaccess/T0ACME/0a1b2c3d"
KEY = LogKey(bytes(range(32)), ORIGIN)
HEAD = Checkpoint(ORIGIN, 12, hashlib.sha256(b"x").digest())
NOTE = KEY.sign(HEAD.body)
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The example key of golang.org/x/mod/sumdb/note."""
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZ"
    "InNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of that package's documentation."""


def test_a_note_and_a_key_of_gos_own_package_are_read_and_checked() -> None:
    key, note = read_verifier_key(PETER), read_note(PETERS_NOTE)
    assert key
    assert note
    assert str(key) == PETER
    assert note.text == PETERS_NOTE
    assert is_signed(note, [key])


def test_a_head_is_read_back_as_it_was_signed() -> None:
    assert read_note(NOTE.text) == NOTE
    assert read_checkpoint(NOTE.body) == HEAD
    assert read_verifier_key(str(KEY.verifier)) == KEY.verifier
    assert is_signed(NOTE, [KEY.verifier])


def test_a_changed_note_is_not_signed() -> None:
    for old, new in (("12", "13"), (ORIGIN, f"{ORIGIN}/1"), ("\n\n", "\nmore\n\n")):
        note = read_note(NOTE.text.replace(old, new, 1))
        assert note
        assert not is_signed(note, [KEY.verifier])


def test_a_signature_counts_for_its_key_alone() -> None:
    other = LogKey(bytes(32), ORIGIN).verifier
    assert not is_signed(NOTE, [other])
    assert not is_signed(NOTE, [VerifierKey("another", KEY.verifier.public)])
    assert not is_signed(NOTE, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "x\n\n",
        "x\n\n\u2014 name\n",
        "x\n\n\u2014 name AAAA\n",
        "x\n\n\u2014 na me AAAAAAAA\n",
        "x\n\n\u2014 name AAAAAAAA",
        "x\n\n- name AAAAAAAA\n",
        "x\n\n\u2014 name AAA!AAAA\n",
        "\u2014" * 99_999,
        "\n\n" * 50_000,
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    assert read_note(text) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        HEAD.body.replace("12", "012"),
        HEAD.body.replace("12", "-1"),
        HEAD.body.replace("12", "1" * 30),
        HEAD.body[:-1],
        HEAD.body.replace("=\n", "\n"),
        f"\n{HEAD.body}",
        f"{HEAD.body}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(body: str) -> None:
    assert read_checkpoint(body) is None


@pytest.mark.parametrize(
    "text",
    ["", "x", str(KEY.verifier).replace("0a1b", "0a1c"), str(KEY.verifier)[:-4], f"{ORIGIN}+{'0' * 8}+AQ=="],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    assert read_verifier_key(text) is None


def test_heads_are_found_among_whatever_else_a_file_has() -> None:
    second = KEY.sign(Checkpoint(ORIGIN, 13, bytes(32)).body)
    assert read_heads(f"Alice said:\n{NOTE.text}\n12:01\n{second.text}") == [NOTE, second]
    assert read_heads(f"{NOTE.text}Bob said:\n\nyes\n{second.text}{NOTE.text}") == [NOTE, second, NOTE]
    assert read_heads("nothing of the kind") is None
    assert read_heads(NOTE.text[:-1]) is None
    assert read_heads(f"{NOTE.text}{second.text}— x\n") is None


def test_keys_hash_as_c2sp_says() -> None:
    said = ORIGIN.encode() + b"\n\x01" + KEY.verifier.public
    assert KEY.verifier.key_hash == hashlib.sha256(said).digest()[:4]
    assert str(KEY.verifier).endswith(base64.b64encode(b"\x01" + KEY.verifier.public).decode())
