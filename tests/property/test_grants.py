"""Laws 1 to 6 and 9 for the services: no sequence of verbs ends in a grant that no policy allows."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.every_verb_machine import EveryVerbMachine

QUIET = list(HealthCheck)


def test_no_sequence_of_verbs_ends_in_a_grant_that_the_policy_does_not_allow(
    pytestconfig: pytest.Config,
) -> None:
    """An auditor replays the stream with a second reading of the policies, whoever comes and goes."""
    tried = int(pytestconfig.getoption("--sequences-tried"))
    EveryVerbMachine.ways.clear()
    some = settings(max_examples=tried, stateful_step_count=40, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(EveryVerbMachine, settings=some)
    assert EveryVerbMachine.ways["agreed"]
    assert EveryVerbMachine.ways["revealed"]
