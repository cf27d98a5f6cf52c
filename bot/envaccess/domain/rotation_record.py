"""A rotation as it is stored: its seal, and its message to the owners."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from envaccess.domain.audit import Tag
from envaccess.domain.seals.rotations import RotationSeal
from envaccess.domain.session import LoginCard
from envaccess.domain.variable import Variable


@dataclass(frozen=True, slots=True)
class Rotation:
    """One rotation of one variable.

    Attributes:
        state: what is sealed.
        mac: names that seal.
        version: grows with every change that is drawn.
        card: its message; `place` is the channel where the owners are told.
    """

    state: RotationSeal
    mac: str
    version: int = 0
    card: LoginCard = field(default_factory=LoginCard)

    @property
    def id(self) -> str:
        """Its id."""
        return self.state.id

    @property
    def variable(self) -> Variable:
        """What is rotated."""
        return Variable(*self.state.variable.split("/", 1))

    @property
    def is_drawn(self) -> bool:
        """Whether there is a message about it: as soon as the owners were told of it once."""
        return self.state.told_at > 0


@dataclass(frozen=True, slots=True)
class RotationSecrets:
    """What is kept encrypted while a rotation runs.

    Each is empty where there is none, or where its key is not here.

    Attributes:
        fresh: the new secret that a rotator may use.
        slot: the value to publish, with its other fields, as JSON.
    """

    fresh: str = field(default="", repr=False)
    slot: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RotationMove:
    """What a rotation becomes in one step.

    Attributes:
        state: its new seal says this.
        seconds: until it is looked at again.
        event: what is written down; None: nothing.
        secrets: what is encrypted and kept, by its name; empty text drops it.
        draw: whether its message changes.
        anew: whether that is posted once more, so that it is noticed.
        tells_holders: whether live grants that hold the old value are told to reveal again, if they were not.
        lives: seconds that the old value goes on working, as they are told.
    """

    state: RotationSeal
    seconds: float = 0.0
    event: Tag | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    draw: bool = False
    anew: bool = False
    tells_holders: bool = False
    lives: float = 0.0
