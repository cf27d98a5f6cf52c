import hashlib
import hmac
import json
import re
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.crypto.identified_key import KEY_BYTES
from envaccess.crypto.seals import SealKey, Seals
from envaccess.domain.errors import SealBrokenError, SealKeyUnknownError
from envaccess.domain.seals.statements import mac_of

SECRET = bytes(range(KEY_BYTES))
KEY, OTHER = SealKey(SECRET), SealKey(SECRET[::-1])
SEALS = Seals("T0ACME", "U0BOT", KEY)
FACTS = {
    "reason": "to look at it",
    "seconds": 3600,
    "once": False,
    "names": ["b", "a"],
    "ruling": {"z": 1, "a": {}},
}
SEAL = SEALS.mint("filing", FACTS)

texts = st.text(st.characters(codec=None), max_size=40)
facts = st.dictionaries(
    texts.filter(lambda name: name not in {"workspace", "app"}),
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


def as_json_has_it(thing: Any) -> Any:
    """What JSON makes of it: two lone surrogates that follow each other are one character."""
    return json.loads(json.dumps(thing))


def broken(do: Callable[[], object]) -> SealBrokenError:
    with pytest.raises(SealBrokenError) as caught:
        do()
    assert type(caught.value) is SealBrokenError
    return caught.value


def test_a_seal_is_kind_key_mac_and_canonical_facts_on_one_line() -> None:
    text = (
        '{"app":"U0BOT","names":["b","a"],"once":false,"reason":"to look at it",'
        '"ruling":{"a":{},"z":1},"seconds":3600,"workspace":"T0ACME"}'
    )
    assert f"filing.{KEY.id}.{mac_of(SEAL)}.{text}" == SEAL
    assert re.fullmatch("[0-9a-f]{32}", mac_of(SEAL))


def test_the_mac_is_half_an_hmac_over_label_kind_key_and_facts() -> None:
    """Whoever checks seals with another program must know this; a changed format needs another label."""
    kind, key, mac, text = SEAL.split(".", 3)
    whole = hmac.new(
        SECRET, b"envaccess seal 1\x00" + f"{kind}.{key}.{text}".encode(), hashlib.sha256
    ).hexdigest()
    assert mac == whole[:32]
    assert key == hashlib.sha256(b"envaccess seal key id 1\x00" + SECRET).hexdigest()[:16]


def test_what_is_already_stored_stays_readable() -> None:
    stored = (
        "review.cb561b66ecb3a123.6f86e799be7ec59e5e7120912a2acbfb."
        '{"app":"U0BOT","at":1,"by":"U0BOB","filing":"f","workspace":"T0ACME"}'
    )
    assert SEALS.open("review", stored) == {"at": 1, "by": "U0BOB", "filing": "f"}


@given(facts)
@settings(max_examples=40)
def test_whatever_was_sealed_is_what_is_opened(told: dict[str, Any]) -> None:
    seal = SEALS.mint("filing", told)
    assert SEALS.open("filing", seal) == as_json_has_it(told)
    assert seal.isascii()
    assert seal.isprintable()


@pytest.mark.parametrize(
    "reason",
    [
        "\ud800",
        "\udfff\ud800",
        "\x00",
        "\x7f",
        "line\nline",
        "\u2028\u2029",
        "🙂" * 1_000,
        '"}.{"',
        "a.b.c.d",
        "é",
        "\\",
        "x" * 1_000_000,
    ],
    ids=lambda reason: ascii(reason[:9]),
)
def test_odd_and_big_texts_come_back_as_they_were(reason: str) -> None:
    seal = SEALS.mint("filing", {"reason": reason})
    assert SEALS.open("filing", seal) == {"reason": reason}
    assert re.fullmatch(r"[\x20-\x7e]+", seal)


def test_the_order_in_which_facts_are_told_changes_nothing() -> None:
    assert SEALS.mint("filing", dict(reversed(FACTS.items()))) == SEAL


def test_every_flipped_bit_breaks_a_seal() -> None:
    for place, letter in enumerate(SEAL):
        for bit in range(8):
            forged = SEAL[:place] + chr(ord(letter) ^ 1 << bit) + SEAL[place + 1 :]
            with pytest.raises(SealBrokenError):
                SEALS.open("filing", forged)


def test_every_cut_lengthened_or_doubled_seal_is_broken() -> None:
    for place in range(len(SEAL)):
        broken(lambda place=place: SEALS.open("filing", SEAL[:place]))  # type: ignore[misc]
        with pytest.raises(SealBrokenError):
            SEALS.open("filing", SEAL[:place] + SEAL[place] + SEAL[place:])
    for more in ("\n", " ", ".", "}", "\x00", SEAL):
        broken(lambda more=more: SEALS.open("filing", SEAL + more))  # type: ignore[misc]
        broken(lambda more=more: SEALS.open("filing", more + SEAL))  # type: ignore[misc]


@given(
    st.text(max_size=80)
    | st.builds(
        "filing.{}.{:032x}.{{{}}}".format, st.just(KEY.id), st.integers(0, 2**128 - 1), st.text(max_size=9)
    )
)
@settings(max_examples=60)
def test_rubbish_is_broken_and_crashes_nothing(text: str) -> None:
    with pytest.raises(SealBrokenError):
        SEALS.open("filing", text)


def test_upper_case_digits_are_no_second_spelling_of_a_seal() -> None:
    kind, key, mac, text = SEAL.split(".", 3)
    with pytest.raises(SealBrokenError):
        SEALS.open("filing", f"{kind}.{key}.{mac.upper()}.{text}")
    with pytest.raises(SealBrokenError):
        SEALS.open("filing", f"{kind}.{key.upper()}.{mac}.{text}")


def test_other_blanks_or_order_of_the_same_facts_are_another_text() -> None:
    head, text = SEAL[: -len(SEAL.split(".", 3)[3])], SEAL.split(".", 3)[3]
    for same in (text.replace(":", ": "), json.dumps(json.loads(text)), text.replace("app", "\\u0061pp")):
        assert json.loads(same) == json.loads(text)
        broken(lambda same=same: SEALS.open("filing", head + same))  # type: ignore[misc]


def test_a_seal_of_one_kind_is_none_of_another() -> None:
    broken(lambda: SEALS.open("approval", SEAL))
    broken(lambda: SEALS.open("approval", "approval" + SEAL.removeprefix("filing")))
    assert mac_of(SEALS.mint("approval", FACTS)) != mac_of(SEAL)


def test_a_key_that_is_not_here_is_told_apart_from_a_broken_seal() -> None:
    """Every roll-out of a key would be an alarm about a forgery."""
    with pytest.raises(SealKeyUnknownError):
        Seals("T0ACME", "U0BOT", OTHER).open("filing", SEAL)


def test_a_seal_under_the_name_of_another_key_is_broken() -> None:
    both = Seals("T0ACME", "U0BOT", OTHER, {KEY.id: KEY})
    broken(lambda: both.open("filing", SEAL.replace(KEY.id, OTHER.id)))


def test_a_key_under_the_id_of_another_opens_nothing() -> None:
    broken(lambda: Seals("T0ACME", "U0BOT", OTHER, {KEY.id: OTHER}).open("filing", SEAL))


def test_the_current_key_is_never_displaced_by_one_under_its_id() -> None:
    assert Seals("T0ACME", "U0BOT", KEY, {KEY.id: OTHER}).open("filing", SEAL) == FACTS


def test_keys_that_no_longer_seal_still_open() -> None:
    both = Seals("T0ACME", "U0BOT", OTHER, {KEY.id: KEY})
    assert both.open("filing", SEAL) == FACTS
    assert both.mint("filing", FACTS).split(".")[1] == OTHER.id


@pytest.mark.parametrize(
    "stranger",
    [Seals("T0OTHER", "U0BOT", KEY), Seals("T0ACME", "U0OTHER", KEY), Seals("U0BOT", "T0ACME", KEY)],
    ids=["workspace", "app", "the one for the other"],
)
def test_a_seal_of_another_workspace_or_app_is_broken_even_under_the_same_key(stranger: Seals) -> None:
    broken(lambda: stranger.open("filing", SEAL))
    assert mac_of(stranger.mint("filing", FACTS)) != mac_of(SEAL)


def test_facts_cannot_say_another_workspace_or_app() -> None:
    seal = SEALS.mint("filing", {"workspace": "T0OTHER", "app": "U0OTHER"})
    broken(lambda: Seals("T0OTHER", "U0OTHER", KEY).open("filing", seal))
    assert SEALS.open("filing", seal) == {}


@pytest.mark.parametrize("missing", ["workspace", "app"])
def test_a_seal_that_says_no_workspace_or_app_is_broken(missing: str) -> None:
    told = {"workspace": "T0ACME", "app": "U0BOT", "reason": "x"}
    del told[missing]
    text = json.dumps(told, separators=(",", ":"), sort_keys=True)
    broken(lambda: SEALS.open("filing", f"filing.{KEY.id}.{KEY.mac('filing', text)}.{text}"))


@pytest.mark.parametrize(
    "fact", [float("nan"), float("inf"), b"bytes", object(), {1, 2}], ids=lambda fact: type(fact).__name__
)
def test_what_json_cannot_say_is_not_sealed(fact: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        SEALS.mint("filing", {"fact": fact})


@pytest.mark.parametrize("length", [0, KEY_BYTES - 1, KEY_BYTES + 1])
def test_a_key_of_another_length_is_none(length: int) -> None:
    broken(lambda: SealKey(b"\x07" * length))


def test_made_keys_are_all_different_and_are_made_again_from_their_secret() -> None:
    made = [SealKey.generate() for _ in range(20)]
    assert len({key.id for key, _ in made}) == len({secret for _, secret in made}) == 20
    assert all(SealKey(secret).mac("k", "{}") == key.mac("k", "{}") for key, secret in made)


def shown(fault: BaseException) -> str:
    """All that a log or a debugger could print of it, with every local variable of ours."""
    whole = traceback.TracebackException.from_exception(fault, capture_locals=True)
    whole.stack[:] = [frame for frame in whole.stack if "/bot/" in frame.filename]
    assert whole.stack
    return "".join(whole.format())


def test_nothing_shows_a_secret() -> None:
    wrong = SECRET + b"\x20"
    faults = [
        broken(lambda: SEALS.open("filing", SEAL[:-2] + "0}")),
        broken(lambda: SEALS.open("filing", "")),
        broken(lambda: SealKey(wrong)),
    ]
    text = "".join((repr(KEY), str(KEY), repr(SEALS), *map(shown, faults)))
    assert KEY.id in text
    for secret in (SECRET.hex(), repr(SECRET)[2:-1], repr(wrong)[2:-1], str(list(SECRET))):
        assert secret not in text


def test_a_key_has_no_dictionary_that_a_dump_would_print() -> None:
    assert not hasattr(KEY, "__dict__")
    assert not hasattr(SEALS, "__dict__")


def test_a_fault_says_nothing_of_what_was_opened() -> None:
    faults = [
        broken(lambda: SEALS.open("approval", SEAL)),
        broken(lambda: SEALS.open("filing", SEAL[:-2] + "0}")),
        broken(lambda: Seals("T0OTHER", "U0BOT", KEY).open("filing", SEAL)),
    ]
    assert not [fault for fault in faults if "look at it" in str(fault)]
    assert not [fault for fault in faults if fault.__context__ or fault.__cause__]
