"""A program for tests: processes that make and end logins on a real database, each killed at a step.

It loads everything once and forks a process for each line that it reads. A step is a call of Redis or a
statement of PostgreSQL; the process sends itself SIGKILL before it, once it was sent, or after its answer.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from envaccess.sources.postgres import scram, session
from envaccess.sources.postgres.leases import PostgresLeases
from envaccess.store.auto_pipeline import AutoPipeline
from envaccess.store.client import connect
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing

MOMENTS = ("before", "sent", "answered")


class Steps:
    """Counts steps, and ends the process at one of them."""

    def __init__(self, ends_at: int, moment: str) -> None:
        self.taken, self._ends_at, self._moment = 0, ends_at, moment

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def step(*args: Any, **more: Any) -> Any:
            mine = self.taken == self._ends_at
            self.taken += 1
            if mine and self._moment == "before":
                _die()
            work = asyncio.ensure_future(call(*args, **more))
            if mine and self._moment == "sent":
                for _ in range(3):
                    await asyncio.sleep(0)
                _die()
            try:
                return await work
            finally:
                if mine:
                    _die()

        return step

    def watch(self) -> None:
        for name in ("call", "call_all"):
            setattr(AutoPipeline, name, self.counted(getattr(AutoPipeline, name)))
        for name in ("execute", "fetch", "fetchrow", "fetchval"):
            connection: Any = asyncpg.Connection
            setattr(connection, name, self.counted(getattr(connection, name)))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _live(told: dict[str, Any], said: Path) -> None:
    client = connect(told["redis"])
    leasing = Leasing(StoreHarness(client, told["workspace"]), process=f"process-{os.getpid()}")
    leasing.sources.options = told["options"]
    server = session.Server("pg", lambda: str(told["dsn"]))
    leasing.made_by(PostgresLeases(server))
    deliver = leasing.delivery.deliver

    def show(claim: Any, values: Any) -> Any:
        said.write_text("".join(values.values()))
        return deliver(claim, values)

    leasing.delivery.deliver = show  # type: ignore[method-assign]
    steps = Steps(told["step"], told["moment"])
    steps.watch()
    if told["does"] == "reveal":
        await leasing.reveal(told["request"], op=told["op"])
    else:
        await leasing.work()


def main() -> None:
    scram.ITERATIONS = 1  # most of what a login costs
    for line in sys.stdin:
        told = json.loads(line)
        process = os.fork()
        if not process:
            try:
                asyncio.run(_live(told, Path(told["said"])))
            finally:
                os._exit(0)
        _, status = os.waitpid(process, 0)
        sys.stdout.write(json.dumps(os.WIFSIGNALED(status)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
