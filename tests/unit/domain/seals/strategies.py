"""Random lives of requests: any chain, and whatever people, time and processes do in it.

They are read from random bytes, which hypothesis makes in a tenth of the time of trees of strategies.
"""

from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from envaccess.domain.policy.rules import Starts, Step, Then
from envaccess.domain.policy.ruling import Ruling
from tests.unit.domain.seals.lives import Life
from tests.unit.domain.seals.made import EMERGENCY, HOUR, LEADS, MINUTE, NOON, A, B, filing

SKEW: Final = 14_000
"""Milliseconds that a process' clock is off at most: two then differ by less than is allowed for."""
THENS: Final = (Then.SKIP, Then.ESCALATE, Then.SKIP, Then.ESCALATE, Then.REFUSE)
RULINGS: Final = st.binary(min_size=8, max_size=8)
ACTS: Final = st.binary(min_size=32, max_size=32)
"""Four bytes an act: what is done, and three numbers that say how."""


def ruling_of(code: bytes) -> Ruling:
    """A chain of one to three steps, and what else a ruling says of time."""
    many, first_use, within, most, kind, *each = code
    steps = tuple(
        Step(LEADS, 1 + one % 3 // 2, timeout=(0, 60, 600, 600)[one // 4 % 4], then=THENS[one // 16 % 5])
        for one in each[: 1 + many % 3]
    )
    return Ruling(
        "C0APPROVERS",
        steps,
        starts=Starts.FIRST_USE if first_use % 3 == 0 else Starts.APPROVAL,
        use_within=within % 2 * 900,
        max_seconds=(3_600, 5_400)[most % 2],
        automatic=kind % 16 == 9,
        emergency=EMERGENCY if kind % 16 == 10 else None,
    )


def do(life: Life, act: bytes, *, skewed: bool = False) -> None:
    """One act."""
    what, one, two, three = act
    off = (one * 7 + two) % 3 * SKEW - SKEW if skewed else 0
    if what % 8 < 2:
        life.wait(one % 16 * MINUTE + two * 100)
    elif what % 16 == 2:
        life.leave(off)
    else:
        taker = two > 160 and two % 8 != one % 8
        life.approve(
            f"U{one % 8}",
            f"U{two % 8}" if taker else "",
            seconds=600 * (three // 8 % 8) if two % 2 else 0,
            variables={0: (A,), 1: (B,)}.get(three % 19, ()),
            called=life.escalated and one > 64,
            lost=three % 8 if what > 96 else 0,
            skew=off,
        )


def lived(
    code: bytes,
    acts: bytes,
    mac: str = "mac",
    *,
    now: int = NOON,
    look: Callable[[Life], None] = lambda _life: None,
    skewed: bool = False,
    **fields: Any,
) -> Life:
    """A request after these acts; `look` sees it after each."""
    ruling = ruling_of(code)
    asked = filing(id=f"rq_{mac}", ruling=ruling, emergency=ruling.emergency is not None, at=now, **fields)
    life = Life(asked, mac, now)
    look(life)
    for place in range(0, len(acts) - 3, 4):
        do(life, acts[place : place + 4], skewed=skewed)
        life.wait(0)
        look(life)
    return life


def finish(life: Life) -> Life:
    """Everybody agrees to what still waits."""
    for one in range(8, 16):
        life.approve(f"U{one}")
    return life


@st.composite
def families(draw: st.DrawFn) -> tuple[Life, list[Life], Life]:
    """A request, up to two that ask for more of the same, and one of somebody else."""
    base = lived(draw(RULINGS), draw(ACTS), starts_at=draw(st.sampled_from([0, 0, NOON + HOUR])))
    if draw(st.integers(0, 3)):
        finish(base)
    begins, more = max(base.gives.begins_at if base.gives else 0, base.now), []
    fields: dict[str, Any] = {"extends": base.filing.id, "extends_mac": base.mac, "variables": base.variables}
    for number in range(draw(st.integers(0, 2)) if base.gives else 0):
        begins += draw(st.integers(0, 40)) * MINUTE
        more.append(finish(lived(draw(RULINGS), draw(ACTS)[:12], f"more{number}", now=begins, **fields)))
        begins = more[-1].now + 1  # nobody asks for more in the same moment
    asked: dict[str, Any] = {"requester": "U0EVE", **(fields if draw(st.booleans()) else {})}
    return base, more, finish(lived(draw(RULINGS), draw(ACTS), "other", **asked))
