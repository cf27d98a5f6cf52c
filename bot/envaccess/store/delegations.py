"""Approvers' duties in other hands: fits `ports.people.Delegations`."""

from collections.abc import Sequence

from envaccess.domain.approval_progress import Delegation
from envaccess.domain.refusal import Refusal
from envaccess.store.client import ours
from envaccess.store.records import read_duties, read_time
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing


class RedisDelegations:
    """One workspace's delegations."""

    def __init__(self, runner: Runner, sealing: Sealing) -> None:
        self._runner = runner
        self._sealing = sealing

    async def standing(self) -> Sequence[Delegation]:
        """All that hold now, also where no worker has ended one whose time is over."""
        pipe = self._runner.client.pipeline(transaction=True)
        pipe.time()
        pipe.zrange(self._runner.key("delegations"), 0, -1, withscores=True)
        pipe.hgetall(self._runner.key("duty_seals"))
        async with ours():
            time, found, seals = await pipe.execute()
        return read_duties(found, seals, read_time(time), self._sealing)

    async def give(self, op: str, giver: str, taker: str, seconds: int) -> int | Refusal:
        """Hand one's duty over; returns until when, in milliseconds."""
        sealed = self._sealing.duty(giver, taker, seconds)
        outcome = await self._runner.outcome(
            "delegate", op=op, actor=giver, taker=taker, seconds=seconds, **sealed
        )
        return read_refusal(outcome) or int(outcome["until"])

    async def take_back(self, op: str, giver: str) -> bool | Refusal:
        """End one's delegation."""
        outcome = await self._runner.outcome("delegate", op=op, actor=giver, taker="", seconds=0)
        return read_refusal(outcome) or bool(outcome["done"])
