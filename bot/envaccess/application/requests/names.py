"""What somebody named becomes variables: every surface resolves sets here, by the policy of now.

A set is refused whole: whoever asks for twelve variables by one name means all of them.
"""

from collections.abc import Sequence

from envaccess.application.people.standing import refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
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


async def resolve_for(
    context: ServiceContext, call: Call, tried: str, variables: Sequence[Variable], sets: Sequence[str]
) -> tuple[Variable, ...] | Refusal:
    """The same for whoever calls; a refusal is audited, and what sets there are is told to full members only.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    found = resolve_names(context.rulebook.current, variables, sets)
    if not isinstance(found, Refusal):
        return found
    ineligible = await refuse_principal(context, call.principal)
    return await refuse(
        context, call, tried, Refusal(ineligible) if ineligible else found, tuple(map(set_label, sets))
    )
