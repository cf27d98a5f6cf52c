"""People who left: everything they hold ends, at once and by the sweep, whatever Slack forgot to say."""

from dataclasses import replace

import pytest

from envaccess.application.people.leavers import has_something, left, sweep
from envaccess.domain.errors import DirectoryError, StoreUnavailableError
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason
from envaccess.domain.request import GrantState, State
from tests.unit.application.stage import ALICE, BOB, DB, INELIGIBLE, STRIPE, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_whoever_leaves_loses_grants_and_requests_at_once(stage: Stage) -> None:
    granted, pending = await stage.granted(STRIPE), await stage.filed(DB)
    assert await left(stage.context, ALICE, Reason.DEACTIVATED) == 2
    ended, gone = stage.books.requests[granted], stage.books.requests[pending]
    assert (ended.grant, ended.ended_by) == (GrantState.REVOKED, "bot")
    assert gone.state is State.CANCELLED


async def test_however_much_somebody_holds_all_of_it_ends(stage: Stage) -> None:
    names = [replace(STRIPE, name=f"V{number}") for number in range(60)]
    stage.books.values = dict.fromkeys(names, "x")
    for name in names:
        await stage.granted(name)
        await stage.filed(name)
    assert await left(stage.context, ALICE, Reason.DEACTIVATED) == 120
    assert await left(stage.context, ALICE, Reason.DEACTIVATED) == 0


async def test_what_their_agents_and_runs_have_ends_with_them(stage: Stage) -> None:
    """A run's session ends too, but what it was given would else stand as live until the hourly sweep."""
    run, other = await stage.granted(STRIPE), await stage.granted(DB)
    stage.books.requests[run] = replace(stage.books.requests[run], requester="machine:deploy/1f", behind=BOB)
    assert await has_something(stage.context, BOB)
    assert await left(stage.context, BOB, Reason.DEACTIVATED) == 1
    assert not stage.books.requests[run].live
    assert stage.books.requests[other].live


async def test_what_others_hold_is_left_alone(stage: Stage) -> None:
    granted = await stage.granted()
    assert await left(stage.context, BOB, Reason.DEACTIVATED) == 0
    assert stage.books.requests[granted].live


@pytest.mark.parametrize("reason", INELIGIBLE, ids=str)
async def test_the_sweep_makes_good_an_event_that_was_lost(stage: Stage, reason: Reason) -> None:
    """Law 4: Slack's event may be lost; the hourly question is not."""
    granted = await stage.granted()
    stage.turn_into(ALICE, reason)
    assert await sweep(stage.context) == 1
    assert not stage.books.requests[granted].live


async def test_the_sweep_ends_nothing_of_members(stage: Stage) -> None:
    granted = await stage.granted()
    assert await sweep(stage.context) == 0
    assert stage.books.requests[granted].live


async def test_one_person_without_an_answer_holds_up_nobody_elses_end(stage: Stage) -> None:
    granted = await stage.granted()
    silent = replace(stage.books.requests[granted], id="other", requester="U0SILENT")
    stage.books.requests["other"] = silent
    stage.turn_into(ALICE, Reason.DEACTIVATED)
    person = stage.directory.person

    async def some(user: str) -> Person | None:
        if user == "U0SILENT":
            raise DirectoryError("no answer")
        return await person(user)

    stage.directory.person = some  # type: ignore[method-assign]
    assert await sweep(stage.context) == 1
    assert not stage.books.requests[granted].live
    assert stage.books.requests["other"].live


async def test_a_sweep_without_redis_says_so(stage: Stage) -> None:
    stage.books.fault = StoreUnavailableError("away")
    with pytest.raises(StoreUnavailableError):
        await sweep(stage.context)
