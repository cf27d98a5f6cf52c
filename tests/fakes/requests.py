"""Requests in memory: the port's second implementation, with the rules of the store's scripts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from envaccess.domain.approval_progress import QUESTIONS_MAX, Notification, Question, Review
from envaccess.domain.audit import Actor, ActorKind, person
from envaccess.domain.outcome import Cancelled, Decided, Ended, Filed, Holdings, NewRequest, Recorded, Vote
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GRANT_TABLE, GrantState, Request, State, Verb
from envaccess.domain.signals.observing import NOTHING, Remembered
from tests.fakes.books import Books, notification, pass_over
from tests.fakes.deciding import decide
from tests.fakes.filing import file

_WHOLE = Vote()


class FakeRequests:
    """Fits `ports.requests.Requests`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        self._books.check()
        return self._books.once(op, lambda: file(self._books, new))

    async def remembered(self, who: str) -> Remembered:
        self._books.check()
        return self._books.remembered.get(who, NOTHING)

    async def decide(
        self, op: str, request: str, actor: str, verb: Verb, why: str, message: str, vote: Vote = _WHOLE
    ) -> Decided | Refusal:
        del message
        self._books.check()
        return self._books.once(op, lambda: decide(self._books, request, actor, verb, why, vote))

    async def cancel(
        self, op: str, request: str, actor: Actor, message: str = "", behind: str = ""
    ) -> Cancelled | Refusal:
        del message, behind
        self._books.check()
        return self._books.once(op, lambda: self._cancel(request, actor))

    def _cancel(self, request: str, actor: Actor) -> Cancelled | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None:
            return books.refuse(actor.id, "cancel", Refusal(Reason.UNKNOWN_ID))
        if actor not in {found.principal.acting, person(found.principal.person), Actor(ActorKind.BOT)}:
            return books.refuse(actor.id, "cancel", Refusal(Reason.NOT_YOURS, request=request))
        if found.state is not State.PENDING:
            return Refusal(Reason.NOT_PENDING, state=found.state, by=found.decided_by, at=found.decided_at)
        books.change(replace(found, state=State.CANCELLED, decided_at=books.now))
        return Cancelled(request, found.variables)

    async def revoke(self, op: str, request: str, actor: Actor, message: str = "") -> Ended | Refusal:
        del message
        self._books.check()
        return self._books.once(op, lambda: self._revoke(request, actor))

    def _revoke(self, request: str, actor: Actor) -> Ended | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None or found.grant is None:
            return books.refuse(actor.id, "revoke", Refusal(Reason.UNKNOWN_ID))
        if (found.grant, Verb.REVOKE) not in GRANT_TABLE:
            return Refusal(Reason.ENDED, state=found.grant, by=found.ended_by, at=found.ended_at)
        ended = replace(found, grant=GrantState.REVOKED, ended_at=books.now, ended_by=str(actor))
        books.change(ended)
        return Ended(request, found.requester, found.variables, GrantState.REVOKED)

    async def ask(self, op: str, request: str, actor: str, text: str, message: str) -> Recorded | Refusal:
        del message
        return await self._say(op, "ask", request, actor, lambda found: _asked(found, actor, text))

    async def answer(self, op: str, request: str, actor: str, text: str, message: str) -> Recorded | Refusal:
        del message
        return await self._say(op, "answer", request, actor, lambda found: _answered(found, actor, text))

    async def review(
        self, op: str, request: str, actor: str, note: str, message: str, filing: str = ""
    ) -> Recorded | Refusal:
        del filing
        del message
        now = self._books.now
        return await self._say(op, "review", request, actor, lambda found: _reviewed(found, actor, note, now))

    async def _say(
        self, op: str, tried: str, request: str, actor: str, change: Callable[[Request], Request | Refusal]
    ) -> Recorded | Refusal:
        self._books.check()
        return self._books.once(op, lambda: self._said(tried, request, actor, change))

    def _said(
        self, tried: str, request: str, actor: str, change: Callable[[Request], Request | Refusal]
    ) -> Recorded | Refusal:
        found = self._books.settle(request)
        changed = change(found) if found else Refusal(Reason.UNKNOWN_ID)
        if isinstance(changed, Request):
            self._books.change(changed)
            return Recorded(request, changed.requester, changed.variables)
        if changed.reason in {Reason.UNKNOWN_ID, Reason.NOT_YOURS, Reason.OWN_REVIEW}:
            self._books.refuse(actor, tried, changed)
        return changed

    async def escalate(self, op: str, request: Request, why: str) -> None:
        del why
        self._books.check()
        self._books.once(op, lambda: self._escalate(request))

    def _escalate(self, request: Request) -> None:
        found, known = self._books.settle(request.id), request.progress
        if found is None or found.state is not State.PENDING:
            return
        if (found.progress.step, found.progress.escalated) == (known.step, known.escalated):
            self._books.change(pass_over(found, self._books.now))

    async def seal_automatic(self, request: Request) -> None:
        del request
        self._books.check()

    async def get(self, request: str) -> Request | None:
        self._books.check()
        return self._books.settle(request)

    async def undecided(self, limit: int = 100) -> Sequence[Request]:
        self._books.check()
        return [found for found in self._books.settle_all() if found.state is State.PENDING][:limit]

    async def unreviewed(self, limit: int = 100) -> Sequence[Request]:
        self._books.check()
        return [found for found in self._books.settle_all() if _is_unreviewed(found)][:limit]

    async def held_by(self, person: str, most: int = 20) -> Holdings:
        self._books.check()
        held = [found for found in reversed(self._books.settle_all()) if found.requester == person]
        return Holdings(
            tuple(found for found in held if found.state is State.PENDING)[:most],
            tuple(found for found in held if found.held)[:most],
            tuple(found for found in held if found.state is not State.PENDING and not found.held)[:most],
        )

    async def behind(self, person: str, programs: Collection[str]) -> Sequence[Request]:
        self._books.check()
        settled = reversed(self._books.settle_all())
        return [
            found
            for found in settled
            if found.behind == person
            and (found.held or (found.state is State.PENDING and found.requester in programs))
        ]

    async def holders(self) -> Collection[Principal]:
        self._books.check()
        return {found.principal for found in self._books.requests.values()}


def _is_unreviewed(request: Request) -> bool:
    return request.emergency is not None and request.emergency.review is Review.OPEN


def _asked(request: Request, actor: str, text: str) -> Request | Refusal:
    if request.state is not State.PENDING:
        return _over(request)
    if len(request.progress.questions) >= QUESTIONS_MAX:
        return Refusal(Reason.QUESTIONS, request=request.id, limit=QUESTIONS_MAX)
    questions = (*request.progress.questions, Question(actor, text))
    return replace(request, progress=replace(request.progress, questions=questions))


def _answered(request: Request, actor: str, text: str) -> Request | Refusal:
    if request.requester != actor:
        return Refusal(Reason.NOT_YOURS, request=request.id)
    if request.state is not State.PENDING:
        return _over(request)
    if not request.progress.open_question:
        return Refusal(Reason.NO_QUESTION, request=request.id)
    waiting = request.progress.open_question
    questions = tuple(replace(q, answer=text) if q is waiting else q for q in request.progress.questions)
    return notification(
        replace(request, progress=replace(request.progress, questions=questions)), Notification.ANSWERED
    )


def _over(request: Request) -> Refusal:
    by, at = request.decided_by, request.decided_at
    return Refusal(Reason.NOT_PENDING, request=request.id, state=request.state, by=by, at=at)


def _reviewed(request: Request, actor: str, note: str, now: int) -> Request | Refusal:
    if request.requester == actor:
        return Refusal(Reason.OWN_REVIEW, request=request.id)
    emergency = request.emergency
    if emergency is None or emergency.review is not Review.OPEN:
        by, at = (emergency.reviewed_by, emergency.reviewed_at) if emergency else ("", 0)
        return Refusal(Reason.NO_REVIEW, request=request.id, by=by, at=at)
    closed = replace(emergency, review=Review.CLOSED, reviewed_by=actor, reviewed_at=now, note=note)
    return replace(request, emergency=closed)
