"""A master key has one text and one id, and shows nothing else."""

import base64
import pickle  # noqa: TID251 - to see that a key refuses it
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.crypto.keyfile import generate_key_text
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.errors import SealError

TEXT = base64.urlsafe_b64encode(bytes(range(200, 232))).decode()


@given(st.binary(min_size=32, max_size=32))
def test_a_key_reads_with_and_without_padding(secret: bytes) -> None:
    text = base64.urlsafe_b64encode(secret).decode()
    assert MasterKey.parse(text).id == MasterKey.parse(text.rstrip("=")).id == MasterKey(secret).id


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_different_keys_have_different_ids(one: bytes, other: bytes) -> None:
    assert (MasterKey(one).id == MasterKey(other).id) == (one == other)


def test_an_id_is_sixteen_hexadecimal_digits_that_stay_the_same() -> None:
    assert MasterKey(bytes(32)).id == "82ed606f3993dd30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "x",
        TEXT[:-2],
        TEXT + "=",
        TEXT + "A",
        TEXT[:-2] + "=",
        f" {TEXT}",
        f"{TEXT}\n",
        TEXT.replace("_", "/").replace("-", "+"),
        TEXT[:-2] + chr(ord(TEXT[-2]) + 1) + "=",
        "\u00e9" * 43,
        base64.urlsafe_b64encode(bytes(31)).decode(),
        base64.urlsafe_b64encode(bytes(33)).decode(),
    ],
)
def test_a_text_that_is_no_key_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(SealError) as caught:
        MasterKey.parse(text)
    assert str(caught.value) == "A master key is 32 bytes in urlsafe base64."
    assert caught.value.__context__ is None
    ours = [tb for tb, _ in traceback.walk_tb(caught.value.__traceback__) if "/bot/" in tb.f_code.co_filename]
    assert not [frame for frame in ours if text in frame.f_locals.values()]


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SealError):
        MasterKey(bytes(length))


def test_a_keyring_without_keys_is_refused() -> None:
    with pytest.raises(SealError):
        Keyring(())


def test_the_first_key_seals_and_all_are_found_by_id() -> None:
    one, two = MasterKey(bytes(32)), MasterKey(bytes([1]) * 32)
    keyring = Keyring((one, two, one))
    assert keyring.first is one
    assert keyring.ids == (one.id, two.id)
    assert keyring.get(two.id) is two
    assert keyring.get("0" * 16) is None


def test_a_key_cannot_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(MasterKey(bytes(32)))


def test_generated_keys_are_keys_and_never_the_same() -> None:
    assert len({MasterKey.parse(generate_key_text()).id for _ in range(100)}) == 100
