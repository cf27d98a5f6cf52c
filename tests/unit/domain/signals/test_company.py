"""A company of 60 for 240 days: hardly an alert a week of what people do, and one for each of ten attacks."""

from benchmarks.noticing import notice_company
from envaccess.domain.signals.facts import Fact


def test_sixty_people_are_at_most_two_alerts_a_week_and_ten_attacks_are_all_found() -> None:
    came = notice_company(seed=1)
    assert came.requests > 5_000
    assert came.weekly <= 2
    assert len(came.found) == 10
    assert [name for name, found in came.found.items() if not found] == []
    assert came.together / came.requests < 0.01
    assert came.facts[Fact.ODD_HOUR] / came.requests < 0.05
