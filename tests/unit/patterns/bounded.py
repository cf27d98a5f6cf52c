"""How many steps a pattern can make from one place in a text, where its repetitions alone bound them.

A pattern that makes at most so many from each place is linear, and needs no attack to show it.
"""

import math
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """What a part costs when everything after it fails.

    Attributes:
        ways: in how many ways it may end; each of them is followed by what comes next.
        steps: over all of these ways; infinite where a repetition has no bound.
    """

    ways: float
    steps: float


def cost(tree: Any) -> Cost:
    """The most that a parsed pattern, or a list of its parts, can cost from one place."""
    ways, steps = 1.0, 1.0
    for op, value in tree:
        part = _one(op, value)
        ways, steps = ways * part.ways, steps + ways * part.steps
    return Cost(ways, steps)


def _one(op: Any, value: Any) -> Cost:
    if op is sre.BRANCH:
        parts = [cost(way) for way in value[1]]
        return Cost(sum(part.ways for part in parts), sum(part.steps + 2 for part in parts))
    if op is sre.SUBPATTERN:
        return cost(value[3])
    if op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        repeated = _repeated(*value)
        return Cost(1, repeated.steps) if op is sre.POSSESSIVE_REPEAT else repeated
    if op in {sre.ASSERT, sre.ASSERT_NOT}:
        return Cost(1, cost(value[1]).steps + 1)
    if op is sre.ATOMIC_GROUP:
        return Cost(1, cost(value).steps + 1)
    return Cost(1, 1)


def _repeated(least: int, most: Any, tree: Any) -> Cost:
    if most is sre.MAXREPEAT:
        return Cost(math.inf, math.inf)
    body, ways, steps, reached = cost(tree), 0.0, 0.0, 1.0
    for times in range(most + 1):
        ways += reached if times >= least else 0
        steps += reached * (body.steps + 1)
        reached *= body.ways
    return Cost(ways, steps)
