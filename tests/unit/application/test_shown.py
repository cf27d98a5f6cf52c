"""What Slack shows is remembered until Redis has taken it: what is forgotten would be posted twice."""

import asyncio

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.projections.shown import Shown
from tests.unit.application.showing import Screen

ONE = "7k2m9xq4"


@pytest.fixture
def screen() -> Screen:
    screen = Screen()
    screen.file(ONE)
    return screen


async def test_what_the_store_did_not_take_is_known_and_stored_later(screen: Screen) -> None:
    shown = Shown(screen.outbox, lambda: 0.0)
    screen.outbox.away = True
    with pytest.raises(StoreUnavailableError):
        await shown.store(ONE, message="1.1", message_shown=1)
    with pytest.raises(StoreUnavailableError):
        await shown.store(ONE, card="2.2")
    assert shown.known(screen.outbox.requests[ONE]).surfaces.message == "1.1"
    screen.outbox.away = False
    assert await shown.catch_up() == 1.0
    stored = screen.outbox.requests[ONE].surfaces
    assert (stored.message, stored.message_shown, stored.card) == ("1.1", 1, "2.2")
    assert shown.known(screen.outbox.requests[ONE]) is screen.outbox.requests[ONE]


async def test_what_is_shown_while_another_is_being_stored_is_not_lost(screen: Screen) -> None:
    shown, gate, store = Shown(screen.outbox, lambda: 0.0), asyncio.Event(), screen.outbox.shown

    async def slow(request: str, **surfaces: str | int) -> None:
        await gate.wait()
        await store(request, **surfaces)

    screen.outbox.shown = slow  # type: ignore[method-assign]
    first = asyncio.create_task(shown.store(ONE, message="1.1"))
    await screen.idle()
    second = asyncio.create_task(shown.store(ONE, card="2.2"))
    await screen.idle()
    gate.set()
    await asyncio.gather(first, second)
    stored = screen.outbox.requests[ONE].surfaces
    assert (stored.message, stored.card) == ("1.1", "2.2")
    assert shown.known(screen.outbox.requests[ONE]) is screen.outbox.requests[ONE]
