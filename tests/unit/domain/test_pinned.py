"""Law 14 on rulings: nothing is left out, nothing is guessed, and no later default changes what is pinned."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

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
    }


def test_what_0_1_0_wrote_stays_as_it_was_written() -> None:
    kept = through_json(UNUSUAL)
    assert read_ruling(make_whole(kept)) == read_ruling(kept)


def test_a_ruling_of_0_1_0_with_a_field_that_nobody_knows_is_not_read() -> None:
    with pytest.raises(ValueError, match=OTHER):
        read_ruling(make_whole({"channel": "C0APPROVE", "moon": "full", "steps": []}))


def test_no_field_may_be_missing() -> None:
    for plain in spoilt(lambda part, name: part.pop(name)):
        with pytest.raises(ValueError, match=OTHER):
            read_ruling(plain)


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
