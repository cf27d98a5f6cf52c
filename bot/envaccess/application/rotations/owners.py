"""Whose task a rotation is: the variable's owners, else the members of the approvers channel."""

from typing import Final

from envaccess.application.people.membership import belongs
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable

TRIED: Final = "rotate"
"""What a refused attempt is called."""


def rotation_owners(policy: Policy, variable: Variable) -> PrincipalSet:
    """Whose task it is."""
    return policy.owners_of(variable) or PrincipalSet.of([policy.channel])


async def refuse_unless_owner(context: ServiceContext, call: Call, variable: Variable) -> Refusal | None:
    """The audited refusal unless one of the owners of now acts.

    Raises:
        DirectoryError: Slack did not say who this is, or who owns it; nothing changed.
    """
    if refusal := await refuse_program(context, call, TRIED):
        return refusal
    names = (str(variable),)
    reason = await refuse_ineligible(context, call.by)
    owners = rotation_owners(context.rulebook.current, variable)
    if reason is None and not await belongs(context, owners, call.by):
        reason = Reason.NOT_ROTATION_OWNER
    return await refuse(context, call, TRIED, Refusal(reason, names=names), names) if reason else None
