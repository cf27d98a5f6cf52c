"""What a request is for: the set's name where one was named, and every variable all the same."""

from collections.abc import Sequence

from envaccess.domain.policy.variable_sets import SET_MAX
from envaccess.domain.request import Request
from envaccess.domain.text import count
from envaccess.domain.variable import Variable
from envaccess.slack.render.blocks import Block, section
from envaccess.slack.render.words import labels, names

_FEW = 10
"""Names that stand in a sentence; more stand in a paragraph of their own."""
_NAMED_SHOWN = 3


def tell_wanted(variables: Sequence[Variable], named: Sequence[str] = (), shown: int = _FEW) -> str:
    """`STRIPE_KEY and DB_URL`, `@shop (12 variables)`, or `12 variables` where they are too many to list."""
    held = count(len(variables), "variable")
    if named:
        return f"{labels(named, _NAMED_SHOWN)} ({held})"
    return held if len(variables) > _FEW else names(variables, shown)


def wanted(request: Request, shown: int = _FEW) -> str:
    """The same of a request; once an approver chose some of its variables, it is no longer the set."""
    fewer = request.asked_variables and request.asked_variables != request.variables
    return tell_wanted(request.variables, () if fewer else request.named, shown)


def every_name(request: Request) -> list[Block]:
    """All variables of a request, where `wanted` does not name them."""
    if not request.named and len(request.variables) <= _FEW:
        return []
    return [section(f"*All of it:* {names(request.variables, SET_MAX)}")]
