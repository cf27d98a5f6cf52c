"""`rotate` and `rotations`: what they begin, say and print, and what they refuse."""

import json
from dataclasses import dataclass, field

import pytest

from envaccess.domain.seals.rotations import RotationSeal
from envaccess.domain.variable import Variable
from tests.fakes.rotations import FakeClock, MemoryRotations
from tests.unit.cli.cli_front import NOON, FakeDesk, FakeFront, FakeIds, FakeValues, run, variable


class RotationIds(FakeIds):
    """Names rotations, too."""

    def request(self) -> str:
        self.given += 1
        return f"{self.given:08d}"


@dataclass
class RotatingDesk(FakeDesk):
    """A workspace in which a rotation waits a day for live access."""

    ids: RotationIds = field(default_factory=RotationIds)
    rotations: MemoryRotations = field(default_factory=lambda: MemoryRotations(FakeClock(NOON)))
    leased: set[Variable] = field(default_factory=set)

    def is_leased(self, one: Variable) -> bool:
        return one in self.leased

    def rotation_wait(self, _variable: Variable) -> int:
        return 86_400

    def now(self) -> int:
        return NOON


@pytest.fixture
def desk() -> RotatingDesk:
    return RotatingDesk(FakeValues({variable("STRIPE_KEY"): "value-for-tests"}))


@pytest.fixture
def front(desk: RotatingDesk) -> FakeFront:
    return FakeFront(desk)


def begun(desk: RotatingDesk) -> RotationSeal:
    (rotation,) = desk.rotations.kept.values()
    return rotation.state


def test_rotation_waits_as_the_file_says_or_not_at_all(front: FakeFront, desk: RotatingDesk) -> None:
    ended = run(front, "rotate", "STRIPE_KEY")
    assert (ended.code, ended.out) == (0, "")
    assert "STRIPE_KEY is being rotated" in ended.err
    said = begun(desk)
    assert (said.why, said.by, said.wait_until - said.due_at) == ("demand", "cli:tester", 86_400_000)
    desk.rotations.kept.clear()
    assert run(front, "rotate", "STRIPE_KEY", "--now").code == 0
    assert begun(desk).wait_until == begun(desk).due_at


@pytest.mark.parametrize(
    ("typed", "code", "told"),
    [
        (("STRIPE_KEYS",), 1, "Did you mean STRIPE_KEY?"),
        (("a b",), 2, "no variable's name"),
        (("STRIPE_KEY", "value-for-tests"), 2, "it is not repeated"),
    ],
)
def test_what_is_no_variable_is_not_rotated_nor_repeated(
    front: FakeFront, desk: RotatingDesk, typed: tuple[str, ...], code: int, told: str
) -> None:
    ended = run(front, "rotate", *typed)
    assert (ended.code, told in ended.err) == (code, True)
    assert "value-for-tests" not in ended.err
    assert not desk.rotations.kept


def test_what_is_made_for_each_use_is_not_rotated(front: FakeFront, desk: RotatingDesk) -> None:
    desk.leased.add(variable("STRIPE_KEY"))
    ended = run(front, "rotate", "STRIPE_KEY")
    assert ended.code == 1
    assert "there is nothing to rotate" in ended.err
    assert not desk.rotations.kept


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"wait_until": 0}, "due"),
        ({}, "waits for live access, until 2025-10-10T12:00:00Z at most"),
        ({"tries": 1}, "failed once, tried again"),
        ({"tries": 2}, "failed 2 times, tried again"),
        ({"stage": "asked"}, "whoever rotates it was asked; its source shows the old value still"),
        ({"stage": "task"}, "waits for its owner"),
        ({"blocked": "slots_full"}, "blocked (slots_full)"),
        ({"stage": "published", "blocked": "old_lives"}, "published, the old value still works"),
    ],
)
def test_list_says_how_each_stands(
    front: FakeFront, desk: RotatingDesk, changes: dict[str, object], told: str
) -> None:
    run(front, "rotate", "STRIPE_KEY")
    (name,) = desk.rotations.kept
    rotation = desk.rotations.kept[name]
    said = rotation.state.moved(**changes, says="The role has open sessions.")
    desk.rotations.kept[name] = type(rotation)(said, rotation.mac)
    (line,) = run(front, "rotations").out.splitlines()
    assert line.split("\t") == [
        "STRIPE_KEY", "demand", "2025-10-09T12:00:00Z", name, f"{told}: The role has open sessions.",
    ]  # fmt: skip
    flat = json.loads(run(front, "rotations", "--format", "jsonl").out)
    assert (flat["variable"], flat["why"]) == ("default/STRIPE_KEY", "demand")


def test_nothing_under_way_is_said_and_prints_nothing(front: FakeFront) -> None:
    ended = run(front, "rotations")
    assert (ended.code, ended.out) == (0, "")
    assert "Nothing is being rotated" in ended.err
