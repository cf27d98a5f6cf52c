"""Locks in memory, without what needs Redis: commands in processes of their own start with them."""

from dataclasses import replace

from envaccess.domain.audit import Actor
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.lock import Lock, Locks, Target, first_lock
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from tests.fakes.books import Books


class FakeLocks:
    """Fits `ports.people.LockRegistry`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def standing(self) -> Locks:
        self._books.check()
        return dict(self._books.locks)

    @property
    def held(self) -> Locks:
        return self._books.locks

    async def lock(self, op: str, target: Target, actor: Actor, why: str) -> Locked | Refusal:
        self._books.check()
        return self._books.once(op, lambda: self._lock(target, actor, why))

    def _lock(self, target: Target, actor: Actor, why: str) -> Locked | Refusal:
        books = self._books
        if refusal := books.locked("lock", actor.id, [actor.id]):
            return refusal
        if target in books.locks:
            return Locked(books.locks[target], repeated=True)
        lock = Lock(f"{books.now}-{len(books.locks)}", target, str(actor), books.now, why)
        books.locks[target] = lock
        live = [found for found in books.settle_all() if found.held and first_lock({target: lock},
            [found.principal.person], found.variables)]  # fmt: skip
        for found in live:
            ended = replace(found, grant=GrantState.REVOKED, ended_at=books.now, ended_by=str(actor))
            books.change(replace(ended, ended_why=EndReason.LOCKED))
        return Locked(lock, len(live))

    async def unlock(
        self, op: str, target: Target, actor: Actor, why: str = "", lock: str = ""
    ) -> Locked | Refusal:
        del why
        self._books.check()
        return self._books.once(op, lambda: self._unlock(target, actor, lock))

    def _unlock(self, target: Target, actor: Actor, lock: str) -> Locked | Refusal:
        books = self._books
        if refusal := books.locked("unlock", actor.id, [actor.id]):
            return refusal
        found = books.locks.get(target)
        if found is None or (lock and lock != found.id):
            return Refusal(Reason.NOT_LOCKED, target=str(target))
        return Locked(books.locks.pop(target))
