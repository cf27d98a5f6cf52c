"""Ask Slack who somebody is, at most ten seconds stale, and fail closed (law 4)."""

from collections.abc import Collection

from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import Call
from envaccess.domain.person import refuse_person
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal


async def refuse_other_workspace(
    context: ServiceContext, call: Call, tried: str, admitted: Collection[str] = ()
) -> Refusal | None:
    """The audited refusal if another workspace than our own names who acts (law 4).

    Where none is named, as may be on Enterprise Grid, the check of the person decides. A machine's issuer is
    no workspace: it is that of its token, and was checked when its session began. `admitted` are sister
    workspaces whose people the policy lets decide.
    """
    machine = call.principal.kind is ActorKind.MACHINE
    if machine or call.principal.issuer in {"", context.directory.workspace, *admitted}:
        return None
    return await refuse(context, call, tried, Refusal(Reason.OTHER_WORKSPACE))


async def refuse_program(
    context: ServiceContext, call: Call, tried: str, request: str = ""
) -> Refusal | None:
    """The audited refusal if no person acts: persons decide, machines and agents only ask."""
    if call.principal.is_person:
        return None
    return await refuse(context, call, tried, Refusal(Reason.PERSONS_ONLY, request=request))


async def refuse_principal(context: ServiceContext, principal: Principal) -> Reason | None:
    """Why this person, or the one behind, is not a full, live member; None where nobody is known.

    Raises:
        DirectoryError: Slack did not answer in time, so nothing may be allowed.
    """
    return await refuse_ineligible(context, principal.person) if principal.person else None


async def refuse_ineligible(
    context: ServiceContext, *users: str, admitted: Collection[str] = ()
) -> Reason | None:
    """Why the first of these people is not a full, live member, here or in an admitted sister workspace.

    None when all are.

    Raises:
        DirectoryError: Slack did not answer in time, so nothing may be allowed.
    """
    people = await context.directory.persons(users)
    reasons = (refuse_person(someone, context.directory.workspace, admitted) for someone in people)
    return next((reason for reason in reasons if reason is not None), None)
