"""Filing in memory: limits, what is approved at once, and what comes of an approval."""

from dataclasses import replace

from envaccess.domain.catalogue import incarnations_of
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.policy.rules import Starts
from envaccess.domain.policy.ruling import Limit
from envaccess.domain.principal import read_principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Emergency, GrantState, Request, State
from envaccess.domain.signals.baseline import encode_denied
from envaccess.domain.signals.facts import Noticed
from envaccess.domain.signals.observing import Remembered
from envaccess.domain.variable import Variable
from tests.fakes.books import Books, begin, enter

_UNUSED_SECONDS = 8 * 3_600


def file(books: Books, new: NewRequest) -> Filed | Refusal:
    """File a request, or return the pending one of this person for the same variables."""
    tried = "extend" if new.extends else "emergency" if new.ruling.emergency else "request"
    if locked := books.locked(tried, new.requester, [new.requester], new.variables):
        return locked
    unknown = tuple(str(variable) for variable in new.variables if variable not in books.values)
    if unknown:
        return books.refuse(new.requester, tried, Refusal(Reason.UNKNOWN_VARIABLE, names=unknown))
    if new.incarnations != incarnations_of(books.catalogue(new.variables), new.variables):
        return Refusal(Reason.MOVED_ON)
    mine = [found for found in books.settle_all() if found.requester == new.requester]
    same = next((found for found in mine if _is_same(found, new)), None)
    if same:
        return replace(_told(new, same), repeated=True)
    refusal = _refuse(books, new, mine)
    if refusal:
        names = tuple(map(str, new.variables))
        return books.refuse(new.requester, tried, replace(refusal, names=names))
    request = Request(
        new.id, 1, new.requester, new.variables, new.duration, new.reason, State.PENDING, books.now,
        books.now + new.ruling.pending_seconds * 1000, new.ruling, asked_before=len(mine),
        extends=new.extends, starts_at=new.starts_at, behind=new.behind, surface=new.origin.surface,
        receipt=new.origin.receipt, noticed=_notice(books, new),
    )  # fmt: skip
    books.requests[new.id] = _begun(books, request, mine)
    return _told(new, books.requests[new.id])


def _notice(books: Books, new: NewRequest) -> Noticed | None:
    if new.observing is None:
        return None
    seconds = 0 if new.duration.once or new.extends else new.duration.seconds
    after, noticed = new.observing.look(list(map(str, new.variables)), seconds, books.now // 60_000)
    books.remembered[new.observing.who] = Remembered(after.encode(), encode_denied(after.denied), new.id)
    return noticed if noticed.facts else None


def _is_same(found: Request, new: NewRequest) -> bool:
    if new.ruling.emergency and found.emergency and found.held:
        return found.variables == new.variables
    asked = found.asked_variables or found.variables
    same = found.extends == new.extends if new.extends else not found.extends
    return found.state is State.PENDING and same and set(asked) == set(new.variables)


def _told(new: NewRequest, found: Request) -> Filed:
    return Filed(
        found.id, new.variables, found.duration, found.deadline_at, state=found.state,
        expires_at=found.expires_at, emergency=new.ruling.emergency is not None, extends=new.extends,
        starts_at=new.starts_at,
        named=new.named,
    )  # fmt: skip


def _refuse(books: Books, new: NewRequest, mine: list[Request]) -> Refusal | None:
    if new.extends:
        live = any(found.id == new.extends and found.live and not found.duration.once for found in mine)
        return None if live else Refusal(Reason.NOT_EXTENDABLE)
    free = new.ruling.automatic and all(_has_room(books, limit, mine) for limit in new.ruling.limits)
    pipeline = new.origin.pipeline
    if not free and pipeline and pipeline.restarted:
        return Refusal(Reason.RESTARTED)
    if not (free or read_principal(new.requester, new.behind).person):
        return Refusal(Reason.ACTOR_UNKNOWN)
    for limit in new.ruling.limits:
        ruled = [found for found in mine if limit.rule in found.ruling.rules and _is_own(found)]
        open_ = [found for found in ruled if found.state is State.PENDING or found.held]
        if limit.open_max and len(open_) >= limit.open_max:
            return Refusal(Reason.TOO_MANY_OPEN, limit=limit.open_max)
        again = _last_end(new, mine) + limit.cool_down * 1000
        if limit.cool_down and again > books.now:
            return Refusal(Reason.COOL_DOWN, at=again)
    return None


def _is_own(found: Request) -> bool:
    """Whether it is access of its own; more time for a grant is none."""
    return not found.extends or found.grant is not None


def _asked(found: Request) -> set[Variable]:
    return set(found.asked_variables or found.variables)


def _last_end(new: NewRequest, mine: list[Request]) -> int:
    over = [found for found in mine if _asked(found) & set(new.variables) and not found.held]
    ends = [found.decided_at if found.state is State.DENIED else found.ended_at for found in over]
    return max(ends, default=0)


def _begun(books: Books, request: Request, mine: list[Request]) -> Request:
    ruling = request.ruling
    if ruling.emergency:
        return conclude(books, replace(request, emergency=Emergency()))
    open_to_it = all(_has_room(books, limit, mine) for limit in ruling.limits)
    if ruling.automatic and not request.extends and open_to_it:
        return conclude(books, replace(request, automatic=True))
    return enter(request, 0, books.now)


def _has_room(books: Books, limit: Limit, mine: list[Request]) -> bool:
    since = books.now - limit.per * 1000
    had = [found for found in mine if found.automatic and limit.rule in found.ruling.rules]
    return not limit.automatic or sum(found.created_at > since for found in had) < limit.automatic


def conclude(books: Books, request: Request) -> Request:
    """What comes of a complete chain: a grant, one that waits, or a longer one."""
    request = replace(request, state=State.APPROVED, decided_at=books.now)
    target = books.settle(request.extends) if request.extends else None
    if target and target.live and target.requester == request.requester:
        ends = target.expires_at + request.duration.seconds * 1000
        ends = max(target.expires_at, min(ends, books.now + request.ruling.max_seconds * 1000))
        books.change(replace(target, expires_at=ends, warned_at=0, lapses_at=0))
        return replace(request, expires_at=ends, extended=True)
    if request.starts_at > books.now:
        return replace(request, grant=GrantState.WAITING)
    if request.ruling.starts is Starts.FIRST_USE:
        lapses = books.now + (request.ruling.use_within or _UNUSED_SECONDS) * 1000
        return replace(request, grant=GrantState.WAITING, lapses_at=lapses)
    return begin(request, books.now)
