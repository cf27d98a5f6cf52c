"""A run of a pipeline that somebody started again, of whom its token says nothing."""

from dataclasses import replace

import pytest

from envaccess.application.requests.filing import open_request
from envaccess.domain.call import CI, Origin
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Reason, Refusal
from tests.unit.application.stage import ALICE, STRIPE, WHY, Stage
from tests.unit.application.test_persons_only import RUN, STARTED, name_machine, of_run


@pytest.mark.parametrize("times", [0, 1])
async def test_whoever_starts_somebody_elses_run_again_approves_nothing_of_it(times: int) -> None:
    """Law 3: Bob starts Alice's run again, whose token names Alice alone, and would approve what he asks."""
    stage = Stage()
    name_machine(stage, times)
    run = replace(RUN, behalf=ALICE)
    again = replace(of_run(stage, run), origin=Origin(surface=CI, pipeline=replace(STARTED, restarted="2")))
    ask = Ask((STRIPE,), Duration(600), WHY)
    for _ in range(times):
        assert isinstance(await open_request(stage.context, replace(again, op=stage.op()), ask), Filed)
    outcome = await open_request(stage.context, replace(again, op=stage.op()), ask)
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.hint) == (Reason.RESTARTED, "2")
    assert stage.refusals() == [Reason.RESTARTED]
