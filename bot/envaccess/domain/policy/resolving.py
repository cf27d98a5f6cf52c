"""Names become variables: a set stands for all of its variables, as the policy has them now, or for none."""

from collections.abc import Sequence

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.variable_sets import SET_MAX, is_too_much, nearest_set, set_label
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable


def resolve_names(
    policy: Policy, variables: Sequence[Variable], sets: Sequence[str] = ()
) -> tuple[Variable, ...] | Refusal:
    """The variables of these sets, in the order of the policy, and after them those named by themselves.

    Args:
        policy: the one that holds now.
        variables: what was named by itself.
        sets: names of sets, without their `@`.
    """
    known = {one.name: one for one in policy.variable_sets}
    for name in sets:
        if name not in known:
            return Refusal(Reason.UNKNOWN_SET, names=(set_label(name),), hint=nearest_set(name, known))
    every = (*(variable for name in sets for variable in known[name].variables), *variables)
    found = tuple(dict.fromkeys(every))
    if sets and is_too_much(found):
        return Refusal(Reason.TOO_MANY_VARIABLES, limit=SET_MAX, names=tuple(map(set_label, sets)))
    return found
