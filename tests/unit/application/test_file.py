"""A filing is for the variables that were looked at; one that was made again meanwhile is looked at again."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from envaccess.application.requests.filing import open_request
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.refusal import Refusal
from tests.fakes.requests import FakeRequests
from tests.unit.application.stage import ALICE, DB, STRIPE, WHY, Stage

ASK = Ask((STRIPE, DB), Duration(3600), WHY)


class InBetween(FakeRequests):
    """Does something right before each of the first filings; keeps what was filed."""

    def __init__(self, stage: Stage, times: int, act: Callable[[int], None]) -> None:
        super().__init__(stage.books)
        self.left, self.act = times, act
        self.filed: list[NewRequest] = []

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        if self.left:
            self.left -= 1
            self.act(self.left)
        self.filed.append(new)
        return await super().open(op, new)


async def file(stage: Stage, times: int) -> InBetween:
    """File while the second variable is made again so many times."""
    stage.books.incarnations[STRIPE] = "stripe"

    def remake(number: int) -> None:
        stage.books.incarnations[DB] = f"again-{number}"

    requests = InBetween(stage, times, remake)
    stage.context = replace(stage.context, requests=requests)
    assert isinstance(await open_request(stage.context, by_person(stage.op(), ALICE), ASK), Filed)
    return requests


async def test_a_filing_names_the_incarnation_of_each_variable_in_their_order() -> None:
    (new,) = (await file(Stage(), 0)).filed
    assert new.incarnations == ("stripe", "first")


async def test_what_was_made_again_meanwhile_is_looked_at_again_and_filed() -> None:
    first, second = (await file(Stage(), 1)).filed
    assert (first.incarnations, second.incarnations) == (("stripe", "first"), ("stripe", "again-0"))
    assert first.id == second.id


async def test_what_is_made_again_all_the_while_is_not_filed_and_nothing_changes() -> None:
    stage = Stage()
    with pytest.raises(StoreUnavailableError):
        await file(stage, 99)
    assert stage.books.requests == {}
