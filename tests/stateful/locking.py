"""Locks, duties and refused attempts of the model: who is kept from what, and what is written down of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.stateful.ask import Ask
from tests.stateful.time_passes import Timed


@dataclass
class Locking(Timed):
    """Requests that a lock ends or holds up."""

    refusals: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    duties: dict[str, tuple[str, float]] = field(default_factory=dict)
    locks: set[str] = field(default_factory=set)
    """Who and what is locked, by id and by name."""
    locked: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The last lock on each: after how many events, and by whom."""

    def lock(self, target: str, who: str) -> str:
        if locked := self._meets_lock(who, [who]):
            return locked
        if target in self.locks:
            return "already"
        under = [ask for ask in self._held() if target in {ask.requester, *ask.variables}]
        for ask in under:
            self.settle(ask)
        self.tell("principal.locked", f"person:{who}")
        self.locks.add(target)
        self.locked[target] = (len(self.events), f"person:{who}")
        for ask in under:
            if ask.held:
                self._end(ask, "revoked", f"person:{who}")
        return "locked"

    def unlock(self, target: str, who: str) -> str:
        if locked := self._meets_lock(who, [who]):
            return locked
        if target not in self.locks:
            return "not_locked"
        self.locks.remove(target)
        self.tell("principal.unlocked", f"person:{who}")
        return "locked"

    def _meets_lock(self, who: str, targets: Iterable[str], request: str = "") -> str:
        return self._refuse(who, "locked", request) if self.locks.intersection(targets) else ""

    def give_duty(self, giver: str, taker: str, seconds: int) -> str:
        if locked := self._meets_lock(giver, [giver, taker]):
            return locked
        self.take_duty_back(giver)
        self.duties[giver] = (taker, self.now + seconds)
        self.tell("duty.delegated", f"person:{giver}")
        return "given"

    def take_duty_back(self, giver: str) -> bool:
        if self.duties.pop(giver, None) is None:
            return False
        self.tell("duty.returned", f"person:{giver}")
        return True

    def _held(self) -> list[Ask]:
        """Grants that are written down as held, by their ends."""
        return sorted((ask for ask in self.asks.values() if ask.held), key=lambda ask: (ask.order, ask.id))

    def _end(self, ask: Ask, grant: str, by: str) -> None:
        ask.grant, ask.ended_by, ask.ended = grant, by, self.now
        self.tell(f"grant.{grant}", by, ask.id)

    def _refuse(self, who: str, why: str, request: str = "") -> str:
        since, count = self.refusals.get((who, why), (self.now, -1))
        self.refusals[who, why] = (since, count + 1)
        if count < 0:
            self.tell("access.refused", f"person:{who}", request)
        return why
