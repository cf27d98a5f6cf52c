"""Locks on people and variables: fits `ports.people.LockRegistry`."""

from envaccess.domain.audit import Actor
from envaccess.domain.lock import Lock, Locks, Target
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal import Refusal
from envaccess.domain.screening import printable
from envaccess.store.records import read_locks
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner


class RedisLocks:
    """One workspace's locks."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def standing(self) -> Locks:
        """All that hold now."""
        return read_locks(await self._runner.read("HGETALL", self._runner.key("locks")))

    async def lock(self, op: str, target: Target, actor: Actor, why: str) -> Locked | Refusal:
        """Lock, and end live grants in the same step; the lock that holds already is returned as it is."""
        return await self._run("lock", op, target, actor, why=why)

    async def unlock(
        self, op: str, target: Target, actor: Actor, why: str = "", lock: str = ""
    ) -> Locked | Refusal:
        """Lift the lock; with `lock`, only the one of this id."""
        return await self._run("unlock", op, target, actor, why=why, lock=lock)

    async def _run(self, script: str, op: str, target: Target, actor: Actor, **more: str) -> Locked | Refusal:
        outcome = await self._runner.outcome(
            script,
            op=op,
            target=str(target),
            printable=printable(str(target.variable)) if target.variable else "",
            actor=str(actor),
            **more,
        )
        if "more" in outcome:  # very many grants are still to be ended
            return await self._run(script, op, target, actor, **more)
        return read_refusal(outcome) or Locked(
            Lock(outcome["id"], target, outcome["by"], int(outcome["at"]), outcome["why"]),
            int(outcome["ended"]),
            repeated="repeated" in outcome,
        )
