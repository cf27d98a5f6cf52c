"""Uses of grants in memory: the port's second implementation, with the rules of the store's scripts."""

from collections.abc import Callable, Collection
from dataclasses import replace

from envaccess.domain.call import IN_SLACK, SLACK, Origin
from envaccess.domain.catalogue import SEALED
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request
from envaccess.domain.seals.statements import TapSeal
from envaccess.domain.tap import Tap, TapState
from envaccess.domain.variable import Variable
from tests.fakes.books import Books, begin
from tests.fakes.sealing import sealed_as

_WAYS = {"slack": "reveal", "cli": "cli"}


class FakeReveals:
    """Fits `ports.grants.Reveals`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def claim(
        self,
        op: str,
        request: str,
        actor: str,
        origin: Origin = IN_SLACK,
        how: str = "",
        only: Collection[Variable] = (),
    ) -> Claim | Refusal:
        self._books.check()
        if asked := self._asks(op, request, origin):
            return asked
        claimed = self._once(op, lambda: self._claim(op, request, actor, origin, how))
        return replace(claimed, only=tuple(only)) if isinstance(claimed, Claim) else claimed

    def _asks(self, op: str, request: str, origin: Origin) -> Refusal | None:
        """The rule asks for a press, and there was none for this operation."""
        found = self._books.settle(request)
        if found is None or not found.ruling.tap or not found.held or origin.surface == SLACK:
            return None
        if found.tap and found.tap.op == op and found.tap.state is not TapState.ASKED:
            return None
        host = origin.receipt.host if origin.receipt else ""
        tap = Tap(op, origin.session, host, "", TapState.ASKED, self._books.now + 120_000)
        if not found.tap:
            self._books.change(replace(found, tap=tap))
        return Refusal(Reason.TAP, request=request, at=tap.ends_at)

    async def claim_named(
        self,
        op: str,
        variable: Variable,
        actor: str,
        among: Collection[str] | None = None,
        origin: Origin = IN_SLACK,
    ) -> Claim | Refusal:
        self._books.check()
        if locked := self._books.locked("reveal", actor, [actor], [variable]):
            return locked
        held = [
            found
            for found in self._books.settle_all()
            if found.requester == actor and (among is None or found.id in among)
        ]
        usable = [
            found for found in held if (found.live or found.waits_for_use) and variable in found.variables
        ]
        later = [
            found for found in held if found.held and variable in found.variables and found not in usable
        ]
        if not usable and later:
            return Refusal(Reason.NOT_BEGUN, request=later[0].id, at=later[0].starts_at)
        if not usable:
            refusal = Refusal(Reason.NO_GRANT, names=(str(variable),))
            return self._once(op, lambda: self._books.refuse(actor, "reveal", refusal))
        best = max(usable, key=lambda found: (found.live, not found.duration.once, found.expires_at))
        return self._once(op, lambda: self._claim(op, best.id, actor, origin, ""))

    def _once(self, op: str, make: Callable[[], Claim | Refusal]) -> Claim | Refusal:
        repeated = op in self._books.outcomes
        outcome = self._books.once(op, make)
        return replace(outcome, fresh=False) if repeated and isinstance(outcome, Claim) else outcome

    def _claim(self, op: str, request: str, actor: str, origin: Origin, how: str) -> Claim | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None or found.grant is None:
            return books.refuse(actor, "reveal", Refusal(Reason.UNKNOWN_ID))
        locked = found.requester == actor and books.locked("reveal", actor, [actor], found.variables)
        if locked:
            return locked
        refusal = _why_not(found, actor, how or _WAYS.get(origin.surface, "none"))
        if refusal:
            return refusal if refusal.reason is Reason.NOT_BEGUN else books.refuse(actor, "reveal", refusal)
        if found.waits_for_use:
            found = begin(found, books.now)
        grant = GrantState.USED_UP if found.duration.once else GrantState.ACTIVE
        ended = books.now if found.duration.once else 0
        books.change(replace(found, grant=grant, ended_at=ended, reveals=found.reveals + 1))
        return Claim(
            op,
            request,
            actor,
            found.variables,
            found.duration.once,
            found.expires_at,
            fresh=True,
            request=sealed_as(found, books.now),
            incarnations=("first",) * len(found.variables),
            sources=(SEALED,) * len(found.variables),
            origin=origin,
            tap=_pressed(found, op, books.now),
        )

    async def note_host(self, claim: Claim) -> None:
        del claim
        self._books.check()

    async def press_tap(
        self, op: str, request: Request, actor: str, verdict: TapState, message: str = ""
    ) -> Refusal | None:
        del op, message
        assert request.tap
        self._books.check()
        if request.requester != actor:
            return self._books.refuse(actor, "tap", Refusal(Reason.NOT_YOURS, request=request.id))
        self._books.change(replace(request, tap=replace(request.tap, state=verdict)))
        return None

    async def still(self, claim: Claim) -> bool:
        self._books.check()
        found = self._books.settle(claim.id)
        state = GrantState.USED_UP if claim.once else GrantState.ACTIVE
        return found is not None and found.grant is state and self._books.now < claim.expires_at

    async def tell(self, request: Request, fault: str) -> None:
        del request, fault
        self._books.check()

    async def reject(self, claim: Claim, fault: str) -> None:
        await self.give_back(claim, fault)

    async def give_back(self, claim: Claim, why: str) -> None:
        self._books.check()
        self._books.given_back.append(why)
        found = self._books.requests[claim.id]
        self._books.change(replace(found, grant=GrantState.ACTIVE, ended_at=0))


def _why_not(found: Request, actor: str, how: str) -> Refusal | None:
    if found.requester != actor:
        return Refusal(Reason.NOT_YOURS, request=found.id)
    if not found.held and found.grant:
        return Refusal(Reason.ENDED, state=found.grant, at=found.ended_at)
    if how not in map(str, found.ruling.delivery):
        return Refusal(Reason.DELIVERY, request=found.id, state=how, hint=",".join(found.ruling.delivery))
    if not found.live and not found.waits_for_use:
        return Refusal(Reason.NOT_BEGUN, request=found.id, at=found.starts_at)
    return None


def _pressed(found: Request, op: str, now: int) -> TapSeal | None:
    tap = found.tap
    return TapSeal("mac", op, tap.session, tap.host, found.requester, now) if tap else None
