"""What the gauges of several workspaces show together."""

from envaccess.domain.metrics import Reading
from envaccess.wiring import metric_catalogue as known
from envaccess.wiring.metrics import in_all


def test_counts_are_added_and_of_the_rest_the_worst_is_shown() -> None:
    one = [
        Reading(known.UP, 1),
        Reading(known.PENDING, 2),
        Reading(known.OLDEST_PENDING, 30),
        Reading(known.LEADER, 1, ("T0ONE",)),
        Reading(known.TOKEN, 1),
    ]
    two = [
        Reading(known.UP, 1),
        Reading(known.PENDING, 3),
        Reading(known.OLDEST_PENDING, 5),
        Reading(known.LEADER, 0, ("T0TWO",)),
        Reading(known.TOKEN, 0),
    ]
    shown = {(one.metric, one.labels): one.value for one in in_all([one, two])}
    assert shown[known.PENDING, ()] == 5
    assert shown[known.OLDEST_PENDING, ()] == 30
    assert shown[known.TOKEN, ()] == 0
    assert (shown[known.LEADER, ("T0ONE",)], shown[known.LEADER, ("T0TWO",)]) == (1, 0)


def test_none_show_nothing() -> None:
    assert in_all([]) == []
