"""What is remembered of a person: read back as written, never over 1 KB, and never a fault."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.signals.baseline import (
    DENIED_MAX,
    SIZE_MAX,
    VARIABLES_MAX,
    Baseline,
    decode_denied,
    encode_denied,
)
from envaccess.domain.signals.observe import ObservedRequest, observe
from envaccess.domain.signals.thresholds import USUAL

START = 29_000_000
"""A minute of the year 2025."""

NAMES = st.lists(
    st.sampled_from([f"{environment}/{name}" for environment in ("default", "prod") for name in "ABCDEFGH"]),
    min_size=1,
    max_size=50,
    unique=True,
)
REQUESTS = st.builds(
    ObservedRequest,
    who=st.just("U0ALICE"),
    minute=st.integers(START - 1_000_000, START + 1_000_000),
    hour=st.none() | st.integers(0, 23),
    variables=NAMES,
    seconds=st.integers(0, 400 * 24 * 3_600),
)


@given(st.lists(REQUESTS, max_size=12), st.lists(NAMES, max_size=5))
@settings(max_examples=40)
def test_what_is_written_is_read_back(requests: list[ObservedRequest], denials: list[list[str]]) -> None:
    known = Baseline()
    for denied in denials:
        known = known.with_denial(denied, START)
    for asked in requests:
        known, _ = observe(known, asked, USUAL)
        denied_text = encode_denied(known.denied)
        assert Baseline.decode(known.encode(), denied_text) == known
        assert len(known.encode()) + len(denied_text) <= SIZE_MAX


def test_a_baseline_has_at_most_one_kilobyte_whatever_somebody_asks_for() -> None:
    known = Baseline()
    for number in range(600):
        names = [f"environment-number-{place % 20}/NAME_{number * 50 + place}" for place in range(50)]
        asked = ObservedRequest("U0ALICE", START + number * 61, number % 24, names, 366 * 86_400)
        known, _ = observe(known.with_denial(names, START + number), asked, USUAL)
    for burst in range(20):
        asked = ObservedRequest("U0ALICE", START + 40_000 + burst, 3, ["default/A"], 60)
        known, _ = observe(known, asked, USUAL)
    size = len(known.encode()) + len(encode_denied(known.denied))
    assert 900 < size <= SIZE_MAX
    assert len(known.denied) == DENIED_MAX
    assert len(known.variables) == VARIABLES_MAX * 7


@given(
    st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")), st.text(max_size=40)
)
@settings(max_examples=60)
def test_what_cannot_be_read_is_a_new_baseline(text: str, denied: str) -> None:
    read = Baseline.decode(text, denied)
    assert read == Baseline(denied=decode_denied(denied))
    observe(read, ObservedRequest("U0ALICE", START, 9, ["default/A"], 60), USUAL)


@given(st.lists(REQUESTS, min_size=1, max_size=6), st.data())
@settings(max_examples=80)
def test_one_changed_character_stops_nothing(requests: list[ObservedRequest], data: st.DataObject) -> None:
    known = Baseline()
    for asked in requests:
        known, _ = observe(known, asked, USUAL)
    text = known.encode()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("0z9A.-_+ \n\0é٣"))
    damaged = Baseline.decode(text[:place] + other + text[place + 1 :])
    after, _ = observe(damaged, requests[-1], USUAL)
    assert len(after.encode()) <= SIZE_MAX
    assert Baseline.decode(after.encode()) == after


@pytest.mark.parametrize("sign", ["-", "+", "_"])
def test_no_sign_passes_for_a_digit_wherever_it_stands(sign: str) -> None:
    """Python reads `-9` and `1_0` in any base, and what is below zero is written as something else."""
    request = ObservedRequest("U0ALICE", 28_508_340, 21, ["default/A"], 60)
    known, _ = observe(Baseline(), request, USUAL)
    text = known.encode()
    for place in range(len(text)):
        after, _ = observe(Baseline.decode(text[:place] + sign + text[place + 1 :]), request, USUAL)
        assert Baseline.decode(after.encode()) == after, place


def test_a_text_longer_than_any_of_ours_is_not_carried_along() -> None:
    known, _ = observe(Baseline(), ObservedRequest("U0ALICE", START, 9, ["default/A"], 60), USUAL)
    parts = known.encode().split(".")
    parts[1] = "z" * 2_000
    assert Baseline.decode(".".join(parts)) == Baseline()
