"""What somebody named becomes variables: every surface resolves sets here, by the policy of now.

A set is refused whole: whoever asks for twelve variables by one name means all of them.
"""

from collections.abc import Sequence

from envaccess.application.people.standing import refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.policy.resolving import resolve_names
from envaccess.domain.policy.variable_sets import set_label
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable


async def resolve_for(
    context: ServiceContext, call: Call, tried: str, variables: Sequence[Variable], sets: Sequence[str]
) -> tuple[Variable, ...] | Refusal:
    """The variables of these; a refusal is audited, and only full members learn what sets there are.

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
