"""An in-memory world: the ports' second implementation, with the rules of the store's scripts."""

from collections.abc import Mapping, Sequence

from envaccess.application.rulebook import Rulebook
from envaccess.application.service_context import ServiceContext
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.audit import Actor, Tag
from envaccess.domain.audit_subject import AuditSubject, Look
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.catalogue import SEALED, CatalogueEntry
from envaccess.domain.ids import ALPHABET, LENGTH
from envaccess.domain.limits import Act
from envaccess.domain.outcome import Attempt, Written
from envaccess.domain.person import Person
from envaccess.domain.policy.book import built_in
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.sinks import SinkLag
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.domain.watch import LiveGrants, SealState
from envaccess.identity.login_secrets import LoginCiphers
from envaccess.identity.server_key import ServerKey
from tests.fakes.access_reviews import NoAccessReviews
from tests.fakes.agents import FakeAgents, FakeProposals
from tests.fakes.alerts import FakeAlerts
from tests.fakes.books import Books
from tests.fakes.lease_sources import FakeLeaseSources, NoLeases
from tests.fakes.ledger import FakeLedger
from tests.fakes.locks import FakeLocks
from tests.fakes.requests import FakeRequests
from tests.fakes.reveals import FakeReveals
from tests.fakes.rotations import FakeRotators, MemoryRotations
from tests.fakes.sealing import seals_for
from tests.fakes.sessions import FakeSessions

WORKSPACE = "T0ACME"
APPROVERS = "C0APPROVE"
AUDIT = "C0AUDIT"


class NothingEnded:
    """Fits `ports.grants.KnownEnds`: a process that saw nothing end."""

    async def saw_end(self, request: str) -> str | None:
        del request
        return None


class FakeDelegations:
    """Fits `ports.people.Delegations`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def standing(self) -> Sequence[Delegation]:
        self._books.check()
        return [duty for duty in self._books.duties.values() if duty.until > self._books.now]

    async def give(self, op: str, giver: str, taker: str, seconds: int) -> int | Refusal:
        self._books.check()
        if refusal := self._books.locked("delegate", giver, [giver, taker]):
            return refusal
        return self._books.once(op, lambda: self._give(giver, taker, seconds))

    def _give(self, giver: str, taker: str, seconds: int) -> int:
        until = self._books.now + seconds * 1000
        self._books.duties[giver] = Delegation(giver, taker, until)
        return until

    async def take_back(self, op: str, giver: str) -> bool:
        self._books.check()
        return self._books.once(op, lambda: self._books.duties.pop(giver, None) is not None)


class FakeTrail:
    """Fits `ports.audit.Trail`."""

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

    async def count_bad_token(self) -> None:
        self._books.check()
        self._books.bad_tokens += 1


class NoHistory:
    """Fits `ports.audit.History`: a stream without events."""

    async def look(self, subject: AuditSubject, start: str, *, newer: bool) -> Look:
        del subject, start, newer
        return Look()


class NothingWatched:
    """Fits `ports.watch.Watched`: nothing is live, sealed or sent."""

    async def grants(self, page: int, size: int) -> LiveGrants:
        del page, size
        return LiveGrants()

    async def seal(self) -> SealState:
        return SealState()

    async def sinks(self) -> Sequence[SinkLag]:
        return ()


class FakeThrottle:
    """Fits `ports.process.Throttle`; the minute never ends unless `books.commands` is cleared."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def allow(self, op: str, person: str, act: Act = Act.COMMAND) -> bool:
        self._books.check()
        return self._books.count(op, person, act)


class FakeCatalogue:
    """Fits `ports.secrets.Catalogue`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def names(self) -> Sequence[Variable]:
        self._books.check()
        return sorted(self._books.values)

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        self._books.check()
        return self._books.catalogue(variables)


class FakeSource:
    """Fits `ports.secrets.VariableValues`; `fault` is raised instead of an answer."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.fault: Exception | None = None
        self.elsewhere: dict[Variable, str] = {}

    def source_of(self, variable: Variable) -> str:
        return self.elsewhere.get(variable, SEALED)

    async def read(self, variable: Variable) -> Value:
        if self.fault:
            raise self.fault
        return Value(self._books.values[variable], "1")

    async def write_as(
        self,
        op: str,
        variable: Variable,
        value: str,
        actor: Actor,
        *,
        replace: bool,
        origin: Origin = IN_SLACK,
    ) -> Written | Refusal:
        del origin
        self._books.check()
        if variable in self.elsewhere:
            return Written.ELSEWHERE
        if locked := self._books.locked("set", actor.id, [actor.id], [variable]):
            return locked
        return self._books.once(op, lambda: self._write(variable, value, replace=replace))

    def _write(self, variable: Variable, value: str, *, replace: bool) -> Written:
        exists = variable in self._books.values
        if exists and not replace:
            return Written.EXISTS
        self._books.values[variable] = value
        return Written.CHANGED if exists else Written.CREATED


class FakeDirectory:
    """Fits `ports.people.Directory`: everybody named is a full member unless `people` says otherwise."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.approvers: frozenset[str] = frozenset()
        self.auditors: frozenset[str] = frozenset()
        self.groups: dict[str, set[str]] = {}
        self.fault: Exception | None = None

    @property
    def workspace(self) -> str:
        return WORKSPACE

    async def person(self, user: str) -> Person | None:
        if self.fault:
            raise self.fault
        return self.people.get(user)

    async def persons(self, users: Sequence[str]) -> Sequence[Person | None]:
        return [await self.person(user) for user in users]

    async def members(self, channel: str) -> frozenset[str]:
        if self.fault:
            raise self.fault
        return {APPROVERS: self.approvers, AUDIT: self.auditors}.get(channel, frozenset())

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
    """Fits `ports.process.Ids`: counts."""

    def __init__(self) -> None:
        self._count = 0

    def request(self) -> str:
        return self._next().rjust(LENGTH, "0")

    def operation(self) -> str:
        return f"op-{self._next()}"

    def _next(self) -> str:
        self._count += 1
        return "".join(ALPHABET[int(digit)] for digit in str(self._count))


class FakeClock:
    """Fits `ports.process.Clock`: the books' time."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def now(self) -> int:
        return self._books.now


def make_context(books: Books, directory: FakeDirectory, source: FakeSource) -> ServiceContext:
    """A world of fakes that share their books."""
    sessions = FakeSessions(books)
    return ServiceContext(
        requests=FakeRequests(books),
        reveals=FakeReveals(books),
        trail=FakeTrail(books),
        history=NoHistory(),
        throttle=FakeThrottle(books),
        catalogue=FakeCatalogue(books),
        values=source,
        ledger=FakeLedger(books),
        lease_sources=FakeLeaseSources(),
        leases=NoLeases(),
        directory=directory,
        ids=FakeIds(),
        delegations=FakeDelegations(books),
        locks=FakeLocks(books),
        rulebook=Rulebook(built_in(APPROVERS)),
        clock=FakeClock(books),
        ended=NothingEnded(),
        sessions=sessions,
        login_secrets=LoginCiphers(ServerKey(seals_for(WORKSPACE))),
        agents=FakeAgents(books, sessions),
        proposals=FakeProposals(books),
        access_reviews=NoAccessReviews(),
        watched=NothingWatched(),
        alerts=FakeAlerts(books),
        auditors=PrincipalSet.of([AUDIT]),
        rotations=MemoryRotations(FakeClock(books)),
        rotators=FakeRotators(None),
    )
