"""From when on something is unusual: what the policy's `signals` part sets."""

from dataclasses import dataclass
from typing import Final

from envaccess.domain.signals.weeks import MONDAY, WeeklyTime

DAY: Final = 24 * 3_600


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lengths of time are seconds.

    Attributes:
        first: how long a variable that somebody asked for is known as theirs.
        silent: how long a silence is, after which somebody is like a new one.
        odd_hour_after: requests of somebody before any hour is odd.
        burst: requests within an hour.
        more_variables: so many times as many variables as usual.
        after_denial: how long a denial is recalled.
        refusals: refused attempts within an hour.
        longer: so many times as long as usual.
        digest: when the weekly digest is posted; None for never.
        fast_approver: seconds; who needs less for half of their approvals, or for ten, is told in the digest.
        always_yes: percent of all decisions of an approver.
        always_yes_after: decisions that this is of.
        mutual_approval: approvals each way between two people.
        revealed_more: so many times as many revealed values in a day as usual.
    """

    first: int = 90 * DAY
    silent: int = 45 * DAY
    odd_hour_after: int = 20
    burst: int = 4
    more_variables: int = 2
    after_denial: int = DAY
    refusals: int = 3
    longer: int = 3
    revealed_more: int = 3
    digest: WeeklyTime | None = MONDAY
    fast_approver: int = 5
    always_yes: int = 95
    always_yes_after: int = 20
    mutual_approval: int = 10


USUAL: Final = Thresholds()
"""What holds where no policy says otherwise."""
