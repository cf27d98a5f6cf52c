"""A workspace of fakes in which the services act, and the steps that tests begin with."""

from dataclasses import dataclass, field, replace

from envaccess.application.grants.reveal import claim_reveal
from envaccess.application.requests.decide import decide
from envaccess.application.requests.filing import open_request
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.errors import DirectoryError
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason
from envaccess.domain.request import Verb
from envaccess.domain.variable import Variable
from tests.fakes.books import Books
from tests.fakes.context import WORKSPACE, FakeDirectory, FakeSource, make_context
from tests.fakes.delivery import FakeDelivery

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
STRIPE = Variable("default", "STRIPE_KEY")
DB = Variable("staging", "DB_URL")
VALUE = "value-for-tests"
WHY = "debugging a failed refund"

INELIGIBLE = {
    Reason.NOT_FOUND: None,
    Reason.DEACTIVATED: Person("U", WORKSPACE, deleted=True),
    Reason.GUEST: Person("U", WORKSPACE, guest=True),
    Reason.BOT: Person("U", WORKSPACE, bot=True),
    Reason.OTHER_WORKSPACE: Person("U", "T0OTHER"),
}
"""Everybody who may do nothing, by why."""


@dataclass
class Stage:
    """Alice asks, Bob and Carol approve."""

    books: Books = field(default_factory=Books)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    delivery: FakeDelivery = field(default_factory=FakeDelivery)

    def __post_init__(self) -> None:
        self.source = FakeSource(self.books)
        self.context = make_context(self.books, self.directory, self.source)
        self.directory.join(ALICE, BOB, CAROL)
        self.directory.approvers = frozenset({BOB, CAROL})
        self.books.values = {STRIPE: VALUE, DB: VALUE}
        self._count = 0

    def op(self) -> str:
        """A new operation id."""
        self._count += 1
        return f"step-{self._count}"

    def turn_into(self, user: str, reason: Reason) -> None:
        """Make somebody ineligible."""
        person = INELIGIBLE[reason]
        if person is None:
            self.directory.people.pop(user, None)
        else:
            self.directory.people[user] = replace(person, id=user)

    def fail(self) -> None:
        """Slack does not answer any more."""
        self.directory.fault = DirectoryError("no answer")

    def refusals(self) -> list[Reason]:
        """The reasons of the audited refusals."""
        return [reason for _, reason in self.books.refused]

    async def filed(self, *variables: Variable, once: bool = False) -> str:
        """A pending request of Alice's."""
        ask = Ask(variables or (STRIPE,), ONCE if once else Duration(3600), WHY)
        outcome = await open_request(self.context, by_person(self.op(), ALICE), ask)
        assert isinstance(outcome, Filed), outcome
        return outcome.id

    async def granted(self, *variables: Variable, once: bool = False) -> str:
        """The same, approved by Bob."""
        request = await self.filed(*variables, once=once)
        outcome = await decide(self.context, by_person(self.op(), BOB), request, Verb.APPROVE, "")
        assert isinstance(outcome, Decided), outcome
        return request

    async def claimed(self, *variables: Variable, once: bool = False) -> Claim:
        """A fresh claim of Alice's."""
        request = await self.granted(*variables, once=once)
        outcome = await claim_reveal(self.context, self.delivery, by_person(self.op(), ALICE), request)
        assert isinstance(outcome, Claim), outcome
        return outcome
