"""Nobody but the right key in the right place opens a sealed value, and no failure tells why."""

import struct
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.errors import SealError

Place = dict[str, object]
PLAIN = b"value-for-tests"
FIRST, SECOND = MasterKey(bytes(32)), MasterKey(bytes([1]) * 32)
SEALER = Sealer(Keyring((FIRST,)))

places = st.fixed_dictionaries(
    {
        "workspace": st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        "name": st.text(st.characters(exclude_categories=["Cs"]), max_size=24),
        "version": st.integers(0, 2**64 - 1),
    }
)
SEALED = SEALER.seal(PLAIN, workspace="T0ACME", name="default/KEY", version=1)


def refusal_of(attempt: Callable[[], object]) -> SealError:
    with pytest.raises(SealError) as caught:
        attempt()
    return caught.value


def opened(blob: bytes, *, workspace: str = "T0ACME", name: str = "default/KEY", version: int = 1) -> bytes:
    return SEALER.open(blob, workspace=workspace, name=name, version=version)


@given(st.binary(max_size=5000), places)
def test_what_was_sealed_for_a_place_opens_there(plain: bytes, place: Place) -> None:
    blob = SEALER.seal(plain, **place)  # type: ignore[arg-type]
    assert SEALER.open(blob, **place) == plain  # type: ignore[arg-type]


@given(places, places)
def test_a_copied_ciphertext_opens_in_no_other_place(
    here: dict[str, object], there: dict[str, object]
) -> None:
    blob = SEALER.seal(PLAIN, **here)  # type: ignore[arg-type]
    if here != there:
        refusal_of(lambda: SEALER.open(blob, **there))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "there",
    [
        {"workspace": "T0ACMEd", "name": "efault/KEY"},
        {"workspace": "T0ACM", "name": "Edefault/KEY"},
        {"workspace": "", "name": "T0ACMEdefault/KEY"},
        {"workspace": "default/KEY", "name": "T0ACME"},
        {"name": "default/key"},
        {"name": "default/KEY\x00"},
        {"name": "production/KEY"},
        {"version": 0},
        {"version": 2},
        {"version": 256},
    ],
)
def test_a_confusable_place_does_not_open(there: dict[str, object]) -> None:
    refusal_of(lambda: opened(SEALED, **there))  # type: ignore[arg-type]


def test_every_flipped_bit_is_noticed() -> None:
    for bit in range(len(SEALED) * 8):
        changed = bytearray(SEALED)
        changed[bit // 8] ^= 1 << bit % 8
        refusal_of(lambda: opened(bytes(changed)))  # noqa: B023 - called at once


def test_every_cut_and_every_addition_is_noticed() -> None:
    for length in range(len(SEALED)):
        refusal_of(lambda: opened(SEALED[:length]))  # noqa: B023 - called at once
        refusal_of(lambda: opened(SEALED[length + 1 :]))  # noqa: B023 - called at once
    refusal_of(lambda: opened(SEALED + b"\x00"))


@given(st.binary(max_size=300))
def test_rubbish_never_opens_and_never_crashes(blob: bytes) -> None:
    refusal_of(lambda: opened(blob))
    refusal_of(lambda: opened(SEALED[:12] + blob))


def test_a_layer_of_one_value_does_not_fit_another() -> None:
    other = SEALER.seal(b"another value", workspace="T0ACME", name="default/KEY", version=1)
    refusal_of(lambda: opened(SEALED[:72] + other[72:]))


def test_another_master_key_opens_nothing() -> None:
    stranger = Sealer(Keyring((SECOND,)))
    refusal_of(lambda: stranger.open(SEALED, workspace="T0ACME", name="default/KEY", version=1))


def test_another_key_under_a_forged_id_opens_nothing() -> None:
    stranger = Sealer(Keyring((SECOND,)))
    forged = SEALED[:4] + bytes.fromhex(SECOND.id) + SEALED[12:]
    refusal_of(lambda: stranger.open(forged, workspace="T0ACME", name="default/KEY", version=1))


def test_sealing_twice_never_gives_the_same_bytes() -> None:
    blobs = {SEALER.seal(PLAIN, workspace="T", name="N", version=1) for _ in range(100)}
    assert len({blob[12:24] for blob in blobs}) == len({blob[24:] for blob in blobs}) == 100


def test_a_ciphertext_names_its_format_and_master_key() -> None:
    assert SEALED.startswith(b"EVS1")
    assert SEALER.key_id_of(SEALED) == FIRST.id
    assert len(SEALED) == struct.calcsize(">4s8s12s48s12s") + len(PLAIN) + 16


STORED = bytes.fromhex(
    "4556533182ed606f3993dd30f7541462168c9cf9e72907d50afa84fb5477907df1ddf67777188bf4"
    "0ede50ea26e8b52a7f3307ea3c0215c5164f0759373210b268081cc8923772c963d3d10f71aa4e67"
    "773158e55c9a11c7d5ee6996ecdd95767d5b4c33a47b4249e233960df9ae89872f0099"
)


def test_what_is_already_stored_stays_readable() -> None:
    """A changed format must get a new name, or every stored value is lost."""
    assert opened(STORED) == PLAIN


@pytest.mark.parametrize(
    "blob", [b"", b"EVS1", SEALED[:99], b"EVS2" + SEALED[4:]], ids=["empty", "format only", "cut", "foreign"]
)
def test_no_key_id_is_read_from_a_short_or_foreign_format(blob: bytes) -> None:
    refusal_of(lambda: SEALER.key_id_of(blob))


def test_rotation_moves_a_value_to_the_first_key_and_the_old_key_may_go() -> None:
    both = Sealer(Keyring((SECOND, FIRST)))
    resealed = both.reseal(SEALED, workspace="T0ACME", name="default/KEY", version=1)
    assert both.key_id_of(resealed) == SECOND.id
    alone = Sealer(Keyring((SECOND,)))
    assert alone.open(resealed, workspace="T0ACME", name="default/KEY", version=1) == PLAIN


def test_rotation_cannot_move_a_value_to_another_place() -> None:
    both = Sealer(Keyring((SECOND, FIRST)))
    refusal_of(lambda: both.reseal(SEALED, workspace="T0ACME", name="default/KEY", version=2))


def test_all_failures_read_the_same() -> None:
    faults = [
        refusal_of(lambda: opened(b"")),
        refusal_of(lambda: opened(SEALED[:-1])),
        refusal_of(lambda: opened(SEALED, version=2)),
        refusal_of(lambda: opened(SEALED, version=-1)),
        refusal_of(lambda: opened(SEALED, name="\ud800")),
        refusal_of(lambda: Sealer(Keyring((SECOND,))).open(SEALED, workspace="T0ACME", name="K", version=1)),
        refusal_of(lambda: SEALER.key_id_of(b"")),
        refusal_of(lambda: SEALER.seal(PLAIN, workspace="T", name="\ud800", version=1)),
        refusal_of(lambda: SEALER.seal(PLAIN, workspace="T", name="N", version=2**64)),
    ]
    assert len({(str(fault), fault.args, fault.__context__, fault.__cause__) for fault in faults}) == 1


@pytest.mark.parametrize("bad", [{"name": "\ud800"}, {"version": -1}, {"version": "1"}, {"workspace": None}])
def test_no_frame_of_a_failed_sealing_keeps_the_value(bad: dict[str, object]) -> None:
    place: dict[str, object] = {"workspace": "T", "name": "N", "version": 1} | bad
    fault = refusal_of(lambda: SEALER.seal(PLAIN, **place))  # type: ignore[arg-type]
    assert fault.__context__ is None
    ours = [
        frame for frame, _ in traceback.walk_tb(fault.__traceback__) if "/bot/" in frame.f_code.co_filename
    ]
    assert ours
    assert not [frame for frame in ours if PLAIN in frame.f_locals.values()]
    assert PLAIN.decode() not in repr(fault)


def test_nothing_shows_a_key() -> None:
    secret = bytes(range(32))
    key = MasterKey(secret)
    keyring = Keyring((key,))
    shown = f"{key!r} {key} {keyring!r} {Sealer(keyring)!r}"
    assert key.id in shown
    assert secret.hex() not in shown
    assert repr(secret) not in shown
