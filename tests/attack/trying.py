"""Try changes to each moment of a life, and see whether any of them opens something."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.attack.enumeration import LivedStore
from tests.attack.oracle import Oracle
from tests.attack.workspace import Workspace

AnyWorkspace = TypeVar("AnyWorkspace", bound=Workspace)


async def try_changes(
    work: AnyWorkspace, look: Callable[[AnyWorkspace], Awaitable[list[str]]], most: int
) -> None:
    """Fail where a change to a moment opens something.

    Args:
        work: with the moments of the life that was lived.
        look: presses and calls everything; what was opened that should not be.
        most: changes tried to each moment, the same in every run; all where negative.
    """
    lived, opened, tried = LivedStore(work), list[str](), 0
    for number, moment in enumerate(work.moments):
        oracle = Oracle(work, moment)
        oracle.reset()
        assert await look(work) == []
        for change in lived.some_changes(number, most):
            oracle.reset()
            change.write(lived.client)
            opened += [f"{change.name[:400]} -> {fault}" for fault in await look(work)]
            tried += 1
    print(f"{tried} changes, {len(opened)} opened something")  # noqa: T201 - counted
    assert opened == []
