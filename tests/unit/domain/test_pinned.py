"""Law 14 on rulings: nothing is left out, nothing is guessed, and no later default changes what is pinned."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.policy.pinned import plain_ruling, read_ruling
from envaccess.domain.policy.pinned_v1 import make_whole
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import DeliveryMode, EmergencyRule, Starts, Step, Then
from envaccess.domain.policy.ruling import Limit, Ruling
from tests.fakes.rulings import KINDS, change_defaults
from tests.released.rulings import whole

OTHER = "a ruling of another version"
BOB, CAROL = PrincipalSet(("U0BOB",)), PrincipalSet(("U0CAROL",))
USUAL = Ruling("C0APPROVE", (Step(BOB),))
UNUSUAL = Ruling(
    channel="C0APPROVE",
    steps=(Step(BOB, 2, 60, 600, Then.ESCALATE, CAROL), Step(CAROL)),
    policy="0123456789abcdef",
    rules=("production",),
    requesters=(BOB, CAROL),
    max_seconds=120,
    default_seconds=60,
    pending_seconds=90,
    limits=(Limit("production", 1, 2, 3, 4),),
    automatic=True,
    single_use=True,
    delivery=(DeliveryMode.PUSH,),
    starts=Starts.FIRST_USE,
    use_within=30,
    emergency=EmergencyRule(BOB, 60, CAROL, 30),
    tap=True,
)


PEOPLE = st.sampled_from([PrincipalSet(), BOB, CAROL, PrincipalSet(("anyone",))])
NUMBERS = st.integers(0, 2**31)
STEPS = st.builds(Step, PEOPLE, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(Then), PEOPLE)


def rulings() -> st.SearchStrategy[Ruling]:
    """Any ruling, whatever its fields say."""
    texts = st.text(max_size=20)
    return st.builds(
        Ruling,
        channel=texts,
        steps=st.lists(STEPS, max_size=3).map(tuple),
        policy=texts,
        rules=st.lists(texts, max_size=2).map(tuple),
        requesters=st.lists(PEOPLE, max_size=2).map(tuple),
        max_seconds=NUMBERS,
        default_seconds=NUMBERS,
        pending_seconds=NUMBERS,
        limits=st.lists(st.builds(Limit, texts, NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=2).map(tuple),
        automatic=st.booleans(),
        single_use=st.booleans(),
        delivery=st.lists(st.sampled_from(DeliveryMode), unique=True).map(tuple),
        starts=st.sampled_from(Starts),
        use_within=NUMBERS,
        emergency=st.none() | st.builds(EmergencyRule, PEOPLE, NUMBERS, PEOPLE, NUMBERS),
        tap=st.booleans(),
    )


def parts(plain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A ruling as JSON keeps it, and everything in it that has fields."""
    yield plain
    yield from plain["steps"]
    yield from plain["limits"]
    if plain["emergency"]:
        yield plain["emergency"]


def spoilt(wrong: Any) -> Iterator[dict[str, Any]]:
    """The unusual ruling, over and over, each time with another field as `wrong` makes it."""
    names = [(place, name) for place, part in enumerate(parts(plain_ruling(UNUSUAL))) for name in part]
    for place, name in names:
        plain = copy.deepcopy(plain_ruling(UNUSUAL))
        wrong(list(parts(plain))[place], name)
        yield plain


def through_json(ruling: Ruling) -> dict[str, Any]:
    """A ruling as it comes back from where it is kept."""
    found: dict[str, Any] = json.loads(json.dumps(plain_ruling(ruling)))
    return found


@pytest.fixture
def other_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a later version had other defaults for everything that has one."""
    change_defaults(monkeypatch)
    assert Ruling("C0APPROVE", (Step(BOB),)) != USUAL


@pytest.mark.parametrize("ruling", [USUAL, UNUSUAL], ids=["usual", "unusual"])
def test_every_field_is_written_and_read_back(ruling: Ruling) -> None:
    kept = through_json(ruling)
    for part in parts(kept):
        assert part.keys() in [{field.name for field in fields(kind)} for kind in KINDS]
    assert read_ruling(kept) == ruling


@settings(max_examples=60)
@given(rulings())
def test_whatever_a_ruling_says_is_written_whole_and_read_the_same(ruling: Ruling) -> None:
    kept = through_json(ruling)
    assert kept.keys() == {field.name for field in fields(Ruling)}
    assert read_ruling(kept) == ruling


@pytest.mark.usefixtures("other_defaults")
@pytest.mark.parametrize("ruling", [USUAL, UNUSUAL], ids=["usual", "unusual"])
def test_another_default_changes_nothing_that_was_pinned(ruling: Ruling) -> None:
    assert whole(read_ruling(through_json(ruling))) == whole(ruling)


@pytest.mark.usefixtures("other_defaults")
def test_another_default_changes_nothing_that_0_1_0_pinned() -> None:
    """What 0.1.0 left out is what was usual then, written here once more."""
    told = {
        "channel": "C0APPROVE",
        "steps": [{"approvers": ["U0BOB"]}],
        "limits": [{"rule": "production"}],
        "emergency": {"who": ["U0BOB"], "seconds": 60, "review": ["U0CAROL"]},
    }
    assert plain_ruling(read_ruling(make_whole(told))) == {
        "channel": "C0APPROVE",
        "steps": [
            {
                "approvers": ["U0BOB"],
                "approvals": 1,
                "remind": 0,
                "timeout": 0,
                "then": "refuse",
                "escalate": [],
            }
        ],
        "policy": "built-in",
        "rules": [],
        "requesters": [["anyone"]],
        "max_seconds": 8 * 3_600,
        "default_seconds": 3_600,
        "pending_seconds": 4 * 3_600,
        "limits": [{"rule": "production", "open_max": 0, "cool_down": 0, "automatic": 0, "per": 0}],
        "automatic": False,
        "single_use": False,
        "delivery": ["reveal", "cli"],
        "starts": "approval",
        "use_within": 0,
        "emergency": {"who": ["U0BOB"], "seconds": 60, "review": ["U0CAROL"], "remind": 3_600},
        "tap": False,
    }


def test_what_0_1_0_wrote_stays_as_it_was_written() -> None:
    kept = through_json(UNUSUAL)
    assert read_ruling(make_whole(kept)) == read_ruling(kept)


def test_a_ruling_of_0_1_0_with_a_field_that_nobody_knows_is_not_read() -> None:
    with pytest.raises(ValueError, match=OTHER):
        read_ruling(make_whole({"channel": "C0APPROVE", "moon": "full", "steps": []}))


def test_no_field_may_be_missing_that_was_there_when_rulings_were_first_sealed() -> None:
    for plain in spoilt(lambda part, name: part.pop(name)):
        if "tap" in plain:
            with pytest.raises(ValueError, match=OTHER):
                read_ruling(plain)


@pytest.mark.usefixtures("other_defaults")
def test_a_ruling_from_before_there_were_presses_asks_for_none_whatever_is_usual_later() -> None:
    kept = through_json(UNUSUAL)
    del kept["tap"]
    assert read_ruling(kept).tap is False
    assert whole(read_ruling(kept)) == {**whole(UNUSUAL), "tap": False}


def test_no_field_may_be_of_another_version() -> None:
    for plain in spoilt(lambda part, name: part.update({f"{name}_later": part[name]})):
        with pytest.raises(ValueError, match=OTHER):
            read_ruling(plain)


def test_no_number_or_word_may_be_of_another_kind() -> None:
    """An `automatic` that is the text `no` would be a yes."""
    bare = {field.name for kind in KINDS for field in fields(kind) if field.type in {int, bool, str}}
    places = [(place, name) for place, part in enumerate(parts(plain_ruling(UNUSUAL))) for name in part]
    for place, name in places:
        if name in bare:
            for wrong in ("no", 7, 1.5, True, None, ["no"]):
                plain = copy.deepcopy(plain_ruling(UNUSUAL))
                part = list(parts(plain))[place]
                if type(part[name]) is not type(wrong):
                    part[name] = wrong
                    with pytest.raises(ValueError, match=OTHER):
                        read_ruling(plain)


def test_before_there_were_chains_a_ruling_said_how_many_agree() -> None:
    (step,) = read_ruling(make_whole({"channel": "C0APPROVE", "approvals": 2})).steps
    assert step == Step(PrincipalSet(("C0APPROVE",)), 2)
