"""An in-memory world: the ports' second implementation, with the rules of the store's scripts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bot.domain.audit import Actor, ActorKind, Tag, person
from bot.domain.ids import ALPHABET, LENGTH
from bot.domain.outcome import Attempt, Cancelled, Claim, Decided, Ended, Filed, Holdings, NewRequest
from bot.domain.person import Person
from bot.domain.refusal import Reason, Refusal
from bot.domain.request import REQUEST_TABLE, GrantState, Request, State, Verb
from bot.domain.variable import Variable
from bot.services.world import World

WORKSPACE = "T0ACME"
APPROVERS = "C0APPROVE"
NOON = 1_760_000_000_000
"""Milliseconds: 9 October 2025, 08:53:20 UTC."""

Outcome = TypeVar("Outcome")


@dataclass
class Books:
    """What the fakes share: requests, outcomes by operation, values, audited refusals and the clock."""

    now: int = NOON
    requests: dict[str, Request] = field(default_factory=dict)
    outcomes: dict[str, Any] = field(default_factory=dict)
    values: dict[Variable, str] = field(default_factory=dict)
    refused: list[tuple[Attempt, Reason]] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    commands: dict[str, set[str]] = field(default_factory=dict)
    fault: Exception | None = None
    """Raised by every call to the store while set."""

    def check(self) -> None:
        if self.fault:
            raise self.fault

    def once(self, op: str, make: Callable[[], Outcome]) -> Outcome:
        """Law 10: the first outcome under an operation id is the outcome."""
        if op not in self.outcomes:
            self.outcomes[op] = make()
        outcome: Outcome = self.outcomes[op]
        return outcome

    def settle(self, request: str) -> Request | None:
        """The request as it stands at this moment."""
        found = self.requests.get(request)
        if found:
            found = found.as_of(self.now, key_lives=self.now < found.expires_at)
            self.requests[request] = found
        return found

    def change(self, request: Request) -> None:
        self.requests[request.id] = replace(request, version=request.version + 1)

    def refuse(self, actor: str, tried: str, refusal: Refusal) -> Refusal:
        self.refused.append((Attempt(person(actor), tried, refusal.request), refusal.reason))
        return refusal


class FakeRequests:
    """Fits `ports.Requests`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        self._books.check()
        return self._books.once(op, lambda: self._open(new))

    def _open(self, new: NewRequest) -> Filed | Refusal:
        books = self._books
        unknown = tuple(str(variable) for variable in new.variables if variable not in books.values)
        if unknown:
            return books.refuse(new.requester, "request", Refusal(Reason.UNKNOWN_VARIABLE, names=unknown))
        mine = [found for found in books.requests.values() if found.requester == new.requester]
        for found in mine:
            if found.state is State.PENDING and set(found.variables) == set(new.variables):
                return Filed(found.id, new.variables, found.duration, found.deadline_at, repeated=True)
        deadline = books.now + new.ruling.pending_seconds * 1000
        books.requests[new.id] = Request(
            new.id, 1, new.requester, new.variables, new.duration, new.reason,
            State.PENDING, books.now, deadline, new.ruling.channel, asked_before=len(mine),
        )  # fmt: skip
        return Filed(new.id, new.variables, new.duration, deadline)

    async def decide(
        self, op: str, request: str, actor: str, verb: Verb, why: str, ts: str
    ) -> Decided | Refusal:
        del ts
        self._books.check()
        return self._books.once(op, lambda: self._decide(request, actor, verb, why))

    def _decide(self, request: str, actor: str, verb: Verb, why: str) -> Decided | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None:
            return books.refuse(actor, verb, Refusal(Reason.UNKNOWN_ID))
        if found.requester == actor:
            return books.refuse(actor, verb, Refusal(Reason.SELF_APPROVAL, request=request))
        state = REQUEST_TABLE.get((found.state, verb))
        if state is None:
            return Refusal(Reason.NOT_PENDING, state=found.state, by=found.decided_by, at=found.decided_at)
        approved = state is State.APPROVED
        expires = books.now + found.duration.seconds * 1000 if approved else 0
        decided = replace(
            found, state=state, decided_at=books.now, decided_by=actor, decision_reason=why,
            grant=GrantState.ACTIVE if approved else None, expires_at=expires,
        )  # fmt: skip
        books.change(decided)
        return Decided(request, state, found.requester, found.variables, found.duration, expires)

    async def cancel(self, op: str, request: str, actor: Actor, ts: str = "") -> Cancelled | Refusal:
        del ts
        self._books.check()
        return self._books.once(op, lambda: self._cancel(request, actor))

    def _cancel(self, request: str, actor: Actor) -> Cancelled | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None:
            return books.refuse(actor.id, "cancel", Refusal(Reason.UNKNOWN_ID))
        if actor not in {person(found.requester), Actor(ActorKind.BOT)}:
            return books.refuse(actor.id, "cancel", Refusal(Reason.NOT_YOURS, request=request))
        if found.state is not State.PENDING:
            return Refusal(Reason.NOT_PENDING, state=found.state, by=found.decided_by, at=found.decided_at)
        books.change(replace(found, state=State.CANCELLED, decided_at=books.now))
        return Cancelled(request, found.variables)

    async def revoke(self, op: str, request: str, actor: Actor, ts: str = "") -> Ended | Refusal:
        del ts
        self._books.check()
        return self._books.once(op, lambda: self._revoke(request, actor))

    def _revoke(self, request: str, actor: Actor) -> Ended | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None or found.grant is None:
            return books.refuse(actor.id, "revoke", Refusal(Reason.UNKNOWN_ID))
        if not found.live:
            return Refusal(Reason.ENDED, state=found.grant, by=found.ended_by, at=found.ended_at)
        ended = replace(found, grant=GrantState.REVOKED, ended_at=books.now, ended_by=str(actor))
        books.change(ended)
        return Ended(request, found.requester, found.variables, GrantState.REVOKED)

    async def get(self, request: str) -> Request | None:
        self._books.check()
        return self._books.settle(request)

    async def held_by(self, person: str) -> Holdings:
        self._books.check()
        mine = [self._books.settle(key) for key in reversed(self._books.requests)]
        held = [found for found in mine if found and found.requester == person]
        return Holdings(
            tuple(found for found in held if found.state is State.PENDING),
            tuple(found for found in held if found.live),
            tuple(found for found in held if found.state is not State.PENDING and not found.live),
        )

    async def holders(self) -> Collection[str]:
        self._books.check()
        return {found.requester for found in self._books.requests.values()}


class FakeReveals:
    """Fits `ports.Reveals`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def claim(self, op: str, request: str, actor: str, ts: str = "", how: str = "") -> Claim | Refusal:
        del ts, how
        self._books.check()
        return self._once(op, lambda: self._claim(op, request, actor))

    async def claim_named(self, op: str, variable: Variable, actor: str) -> Claim | Refusal:
        self._books.check()
        held = [found for key in list(self._books.requests) if (found := self._books.settle(key))]
        live = [
            found for found in held if found.live and found.requester == actor and variable in found.variables
        ]
        if not live:
            refusal = Refusal(Reason.NO_GRANT, names=(str(variable),))
            return self._once(op, lambda: self._books.refuse(actor, "reveal", refusal))
        best = max(live, key=lambda found: found.expires_at)
        return self._once(op, lambda: self._claim(op, best.id, actor))

    def _once(self, op: str, make: Callable[[], Claim | Refusal]) -> Claim | Refusal:
        repeated = op in self._books.outcomes
        outcome = self._books.once(op, make)
        return replace(outcome, fresh=False) if repeated and isinstance(outcome, Claim) else outcome

    def _claim(self, op: str, request: str, actor: str) -> Claim | Refusal:
        books = self._books
        found = books.settle(request)
        if found is None or found.grant is None:
            return books.refuse(actor, "reveal", Refusal(Reason.UNKNOWN_ID))
        if found.requester != actor:
            return books.refuse(actor, "reveal", Refusal(Reason.NOT_YOURS, request=request))
        if not found.live:
            return books.refuse(actor, "reveal", Refusal(Reason.ENDED, state=found.grant, at=found.ended_at))
        grant = GrantState.USED_UP if found.duration.once else GrantState.ACTIVE
        ended = books.now if found.duration.once else 0
        books.change(replace(found, grant=grant, ended_at=ended, reveals=found.reveals + 1))
        return Claim(op, request, actor, found.variables, found.duration.once, found.expires_at, fresh=True)

    async def give_back(self, claim: Claim, why: str) -> None:
        self._books.check()
        self._books.given_back.append(why)
        found = self._books.requests[claim.id]
        self._books.change(replace(found, grant=GrantState.ACTIVE, ended_at=0))


class FakeTrail:
    """Fits `ports.Trail`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def append(self, op: str, tag: Tag, actor: Actor, detail: Mapping[str, str]) -> None:
        self._books.check()
        del op, tag, actor, detail

    async def refuse(self, op: str, attempt: Attempt, why: Reason) -> None:
        del op
        self._books.check()
        self._books.refused.append((attempt, why))

    async def count_bad_signature(self) -> None:
        self._books.check()


class FakeThrottle:
    """Fits `ports.Throttle`; the minute never ends unless `books.commands` is cleared."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def allow(self, op: str, person: str) -> bool:
        self._books.check()
        seen = self._books.commands.setdefault(person, set())
        seen.add(op)
        return len(seen) <= _COMMANDS_A_MINUTE


_COMMANDS_A_MINUTE = 20


class FakeSecrets:
    """Fits `ports.Secrets`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def names(self) -> Sequence[Variable]:
        self._books.check()
        return sorted(self._books.values)


class FakeSource:
    """Fits `ports.Source`; `fault` is raised instead of an answer."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.fault: Exception | None = None

    async def read(self, variable: Variable) -> str:
        if self.fault:
            raise self.fault
        return self._books.values[variable]


class FakeDirectory:
    """Fits `ports.Directory`: everybody named is a full member unless `people` says otherwise."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.approvers: frozenset[str] = frozenset()
        self.groups: dict[str, set[str]] = {}
        self.fault: Exception | None = None

    @property
    def workspace(self) -> str:
        return WORKSPACE

    async def person(self, user: str) -> Person | None:
        if self.fault:
            raise self.fault
        return self.people.get(user)

    async def members(self, channel: str) -> frozenset[str]:
        if self.fault:
            raise self.fault
        return self.approvers if channel == APPROVERS else frozenset()

    async def group(self, group: str) -> frozenset[str] | None:
        if self.fault:
            raise self.fault
        return frozenset(self.groups[group]) if group in self.groups else None

    def forget(self, user: str) -> None:
        del user

    def join(self, *users: str) -> None:
        """Make these full members of the workspace."""
        self.people.update({user: Person(user, WORKSPACE) for user in users})


class FakeIds:
    """Fits `ports.Ids`: counts."""

    def __init__(self) -> None:
        self._count = 0

    def request(self) -> str:
        return self._next().rjust(LENGTH, "0")

    def operation(self) -> str:
        return f"op-{self._next()}"

    def _next(self) -> str:
        self._count += 1
        return "".join(ALPHABET[int(digit)] for digit in str(self._count))


def make_world(books: Books, directory: FakeDirectory, source: FakeSource) -> World:
    """A world of fakes that share their books."""
    return World(
        requests=FakeRequests(books),
        reveals=FakeReveals(books),
        trail=FakeTrail(books),
        throttle=FakeThrottle(books),
        secrets=FakeSecrets(books),
        source=source,
        directory=directory,
        ids=FakeIds(),
        approvers_channel=APPROVERS,
    )
