"""Whoever writes to Redis opens nothing: every single change to what rich lives left (law 13).

`pytest --changes-tried=-1 tests/attack` tries all of them, which takes hours; else a sample, always the same.
"""

import pytest

from tests.attack.clock import MovedClock
from tests.attack.enumeration import LivedStore, Report
from tests.attack.explained import unexplained
from tests.attack.lives import LIVES, Life

SAMPLE = 2
"""Changes that are tried to each moment of each life, unless all are."""


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
async def test_no_single_change_gives_anybody_more_than_people_agreed_to(
    clock: MovedClock, life: Life, pytestconfig: pytest.Config
) -> None:
    lived, report = await LivedStore.of(clock, life), Report()
    most = pytestconfig.getoption("--changes-tried") or SAMPLE
    for number in range(len(lived.work.moments)):
        await lived.try_some(number, report, max(most, 0))
    print(f"{life.__name__}: {report.tried} changes, {len(report.opened)} opened something")  # noqa: T201 - counted
    assert report.opened == []
    assert unexplained(report) == []
    assert report.tried >= len(lived.work.moments)


async def test_the_changes_that_are_tried_are_thousands(clock: MovedClock) -> None:
    """A list that shrank by mistake would open nothing either."""
    lived = await LivedStore.of(clock, LIVES[0])
    assert sum(len(lived.all_changes(number)) for number in range(len(lived.work.moments))) > 3_000
