"""A call that waits reads again when something may have changed, and only then."""

from dataclasses import dataclass, replace

import pytest

from envaccess.domain.duration import Duration
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request, State
from envaccess.domain.variable import Variable
from envaccess.http.api.waiting import version_of, wait_for_change
from tests.fakes.rulings import ruled

NOW = 1_795_000_000_000
REQUEST = Request(
    "k7qp0000",
    1,
    "U0ALICE",
    (Variable("default", "STRIPE_KEY"),),
    Duration(3_600),
    "a refund",
    State.PENDING,
    NOW,
    0,
    ruled(),
)


@dataclass
class QuietWatch:
    """Nothing happens, however long somebody waits."""

    over: bool = False

    async def changed(self, _seconds: float) -> bool:
        return False


@pytest.mark.parametrize(("deadline_in", "reads"), [(3_600_000, 1), (500, 2)])
async def test_what_nothing_happened_to_is_read_again_only_after_a_deadline(
    deadline_in: int, reads: int
) -> None:
    pending, looked = replace(REQUEST, deadline_at=NOW + deadline_in), []

    async def read() -> Request | Refusal:
        looked.append(pending)
        return replace(pending, version=pending.version + len(looked) - 1)

    async def lives() -> bool:
        return True

    found = await wait_for_change(QuietWatch(), read, lives, version_of(pending), 25, lambda: NOW)
    assert isinstance(found, Request)
    assert (len(looked), found.version) == (reads, pending.version + reads - 1)
