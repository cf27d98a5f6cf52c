"""An approval counts if the person is an approver under the pinned ruling *and* now."""

from dataclasses import replace

import pytest

from envaccess.application.requests.decide import decide
from envaccess.application.requests.filing import open_request
from envaccess.application.rulebook import Rulebook
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.policy.book import built_in
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from envaccess.domain.variable import Variable
from tests.fakes.books import Books
from tests.fakes.context import APPROVERS, FakeDirectory, FakeSource, make_context

ALICE, BOB, DANA = "U0ALICE", "U0BOB", "U0DANA"
KEY = Variable("default", "A")
ROOMS = {APPROVERS: frozenset({BOB}), "C0INTERNS": frozenset({DANA})}


class TwoRooms(FakeDirectory):
    """The channel of the ruling and the one that the bot was restarted with."""

    async def members(self, channel: str) -> frozenset[str]:
        return ROOMS[channel]


@pytest.fixture
def context() -> ServiceContext:
    books, directory = Books(values={KEY: "value-for-tests"}), TwoRooms()
    directory.join(ALICE, BOB, DANA)
    return make_context(books, directory, FakeSource(books))


@pytest.mark.parametrize("who", [BOB, DANA])
async def test_a_channel_that_was_changed_after_the_request_makes_no_approver(
    context: ServiceContext, who: str
) -> None:
    """Else whoever restarts the bot with another channel decides who decides on what was asked before."""
    filed = await open_request(context, by_person("op", ALICE), Ask((KEY,), Duration(60), "because"))
    assert isinstance(filed, Filed)
    moved = replace(context, rulebook=Rulebook(built_in("C0INTERNS")))
    refused = await decide(moved, by_person("op-2", who), filed.id, Verb.APPROVE, "")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NOT_APPROVER
    assert isinstance(await decide(context, by_person("op-3", BOB), filed.id, Verb.APPROVE, ""), Decided)
