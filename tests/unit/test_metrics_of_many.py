"""What the gauges of several workspaces show together."""

from envaccess.domain.installation import Installation
from envaccess.domain.metrics import Reading
from envaccess.wiring import metric_catalogue as known
from envaccess.wiring.metrics import in_all
from envaccess.wiring.workspaces.gauges import of_installations


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


def test_faults_of_the_process_are_alarms_and_the_first_token_that_ends_is_shown() -> None:
    rotating = [
        _installed(team, "refresh-for-tests", 1_000_000 + at) for team, at in (("T0TWO", 90), ("T0ONE", 60))
    ]
    readings = of_installations([_installed("T0ALL", "", 0), *rotating], 2, 1_000_000 - 60_000)
    assert {one.metric: one.value for one in readings} == {known.ALARMS: 2, known.TOKEN_LEFT: 60.06}


def test_where_no_token_is_rotated_nothing_is_said_of_its_end() -> None:
    assert [one.metric for one in of_installations([_installed("T0ALL", "", 0)], 0, 1)] == [known.ALARMS]


def _installed(team: str, refresh_token: str, expires_at: int) -> Installation:
    return Installation(
        app="A0APP",
        enterprise="",
        team=team,
        org_wide=False,
        bot_user="U0BOT",
        scopes=(),
        token="value-for-tests",
        refresh_token=refresh_token,
        expires_at=expires_at,
        installed_by="U0DANA",
        installed_at=1,
    )
