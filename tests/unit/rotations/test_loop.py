"""The loop that drives rotations, when its process stops."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from envaccess.domain.rotation_record import Rotation
from envaccess.projections.rotations import RotationLoop
from tests.fakes.rotations import World


class Leads:
    """Fits `ports.process.Lease`."""

    async def lead(self) -> bool:
        return True


class Making:
    """A driver whose step makes something, and takes it back when it is cancelled."""

    def __init__(self) -> None:
        self.begun, self.taken_back = asyncio.Event(), False

    async def step(self, rotation: Rotation) -> None:
        del rotation
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):  # a call to the issuer
                await asyncio.sleep(0)
            self.taken_back = True


async def test_a_step_that_made_something_takes_it_back_before_the_process_is_gone() -> None:
    """A key of AWS that nobody wrote down would be in the way of every later rotation."""
    world, driver = World(), Making()
    await world.due()
    made: Any = driver
    loop = RotationLoop(Leads(), world.rotations, made, world.journal)

    async def keep_on(step: Callable[[], Awaitable[float]]) -> None:
        while True:
            await step()
            await asyncio.sleep(0)

    running = asyncio.create_task(loop.run(keep_on))
    await driver.begun.wait()
    running.cancel()
    await asyncio.wait([running])
    assert driver.taken_back
