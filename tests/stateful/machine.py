"""A state machine of hypothesis that drives a store: one event loop for a whole life."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from tests.store.harness import StoreHarness

T = TypeVar("T")


class StoreMachine(RuleBasedStateMachine):
    """Has an empty store, and waits for what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.harness = self.wait(self.open())

    async def open(self) -> StoreHarness:
        """An empty server; each kind of server has its own."""
        raise NotImplementedError

    def wait(self, call: Awaitable[T]) -> T:
        """What a call returns."""

        async def run() -> T:
            return await call

        return self.loop.run(run())

    def teardown(self) -> None:
        self.wait(self.harness.client.aclose())
        self.loop.close()
