"""A process that claims as fast as it can: `failing_over_load.py URL REPLICAS SECONDS`.

It prints JSON: the operations that were acknowledged, how many were refused or in doubt, and the longest time
without an answer that counts. It runs with an earlier version of the store, too, to compare.
"""

import asyncio
import itertools
import json
import sys
import time
from typing import Any

from envaccess.domain.errors import StoreError, StoreUncertainError
from envaccess.domain.outcome import Claim
from envaccess.store.client import connect
from tests.store.harness import StoreHarness

WORKERS = 16
PAUSE = 0.02


class Load:
    """What came of the claims."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.refused = self.doubted = 0
        self.last = time.perf_counter()
        self.longest = 0.0

    async def press(self, harness: StoreHarness, request: str, until: float) -> None:
        """Claim again and again, each under an operation of its own."""
        for op in (f"op-{next(NUMBERS)}" for _ in itertools.count()):
            if time.perf_counter() > until:
                return
            try:
                claim = await harness.claim(request, op=op)
            except StoreUncertainError:
                self.doubted += 1
            except StoreError:
                self.refused += 1
                await asyncio.sleep(PAUSE)
            else:
                self._note(op, claim)

    def _note(self, op: str, claim: object) -> None:
        if not isinstance(claim, Claim):
            self.refused += 1
        elif getattr(claim, "confirmed", True):
            now = time.perf_counter()
            self.longest, self.last = max(self.longest, now - self.last), now
            self.acknowledged.append(op)
        else:
            self.doubted += 1


NUMBERS = itertools.count()


async def main(url: str, replicas: int, seconds: float) -> None:
    """Press, and tell."""
    asked: dict[str, Any] = {"replicas": replicas} if replicas else {}
    harness = StoreHarness(connect(url, **asked))
    await harness.add("A")
    request = await harness.grant("A", seconds=3600)
    print("ready", flush=True)
    load, until = Load(), time.perf_counter() + seconds
    await asyncio.gather(*(load.press(harness, request, until) for _ in range(WORKERS)))
    load.longest = max(load.longest, time.perf_counter() - load.last)
    told = {
        "acknowledged": load.acknowledged,
        "refused": load.refused,
        "doubted": load.doubted,
        "longest": load.longest,
    }
    print(json.dumps(told), flush=True)
    await harness.client.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
