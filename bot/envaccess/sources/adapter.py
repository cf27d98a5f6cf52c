"""What a kind of source offers: each Protocol is a part that a kind has or has not.

An adapter knows its spec and how to connect, nothing else: how long it may take, how often it is called and
whether it is asked at all, `limits` and `router` decide.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from envaccess.domain.rotation import RotationOp, Slot
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.sources.value import Value


class NotConnectedError(SourceFaultError):
    """No connection was made, so that nothing was said: the only fault after which a call is tried again."""

    def __init__(self, source: str, what: str = "") -> None:
        super().__init__(SourceFault.DOWN, source, what or f"The source {source} could not be reached")


class Adapter(Protocol):
    """Every kind."""

    async def check(self) -> Sequence[SourceFinding]:
        """Look whether it can be used with what the file says, for `doctor` and `envaccess sources check`.

        Raises `SourceFaultError` where it cannot be asked at all.
        """
        ...

    async def close(self) -> None:
        """Close what is open; it is not called again."""
        ...


@runtime_checkable
class PlaceCheckingAdapter(Adapter, Protocol):
    """A kind that can tell whether one rule has what it needs; whatever it reads for that it forgets."""

    async def check_place(self, place: Any) -> Sequence[SourceFinding]:  # noqa: ANN401 - of the sort it has
        """Look at what the place of one variable needs. Raises `SourceFaultError`."""
        ...


@runtime_checkable
class RotationChecker(Protocol):
    """A kind that can tell what is missing for one rotation."""

    async def check_rotation(self, rule: RotationRule) -> Sequence[SourceFinding]:
        """Look, and change nothing. Raises `SourceFaultError`."""
        ...


@runtime_checkable
class ReadingAdapter(Adapter, Protocol):
    """A kind that keeps values."""

    async def read(self, place: ReadPlace) -> Value:
        """The current value, asked for now. Raises `SourceFaultError`, `NotConnectedError`."""
        ...

    async def names(self) -> Sequence[FoundSecret]:
        """What it has, never a value. Raises the same."""
        ...


@runtime_checkable
class PublishingAdapter(ReadingAdapter, Protocol):
    """A kind that a new value is written to."""

    async def put(
        self, op: str, place: ReadPlace, text: str, *, after: str, fields: Mapping[str, str] | None = None
    ) -> str:
        """As `ports.rotations.Publisher`, for a place."""
        ...


@runtime_checkable
class RotatingAdapter(Adapter, Protocol):
    """A kind that issues secrets in two slots: as `ports.rotations.Rotator`."""

    async def plan(self, op: RotationOp) -> Mapping[str, str]:
        """Look, and change nothing."""
        ...

    async def prepare(self, op: RotationOp) -> Slot:
        """Make the new secret; the old one works on."""
        ...

    async def kill_old(self, op: RotationOp) -> None:
        """End the old one, and prove it."""
        ...

    async def discard(self, op: RotationOp) -> None:
        """End the new one, which nobody published."""
        ...
