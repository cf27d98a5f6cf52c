"""A change whose answer was lost is asked for again under its operation id, so that it lands once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from envaccess.domain.errors import StoreUncertainError

T = TypeVar("T")


async def surely(op: str, change: Callable[[str], Awaitable[T]]) -> T:
    """Make a change, and ask for it once more when its answer was lost.

    Raises:
        StoreUncertainError: the second answer was lost too.
    """
    try:
        return await change(op)
    except StoreUncertainError:
        return await change(op)
