"""What may be asked for. Names are not secret, but only members of the workspace read them."""

from envaccess.application.people.standing import refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import Call
from envaccess.domain.person import refuse_person
from envaccess.domain.policy.variable_sets import VariableSet
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable


async def list_variables(context: ServiceContext, call: Call) -> tuple[Variable, ...] | Refusal:
    """Every variable that exists; the built-in policy lets any full member ask for any.

    A pipeline is told of those alone for which a rule names its machine.
    """
    reason = await refuse_principal(context, call.principal)
    if reason:
        return await refuse(context, call, "list", Refusal(reason))
    found = tuple(await context.catalogue.names())
    if call.principal.kind is not ActorKind.MACHINE:
        return found
    return tuple(variable for variable in found if _names_machine(context, variable, call.principal.id))


def _names_machine(context: ServiceContext, variable: Variable, machine: str) -> bool:
    rule = context.rulebook.current.rule_for(variable)
    return rule is not None and machine in rule.requesters.machines


async def search_variables(context: ServiceContext, actor: str, typed: str) -> tuple[Variable, ...]:
    """The variables whose label contains what was typed, those that begin with it first."""
    if refuse_person(await context.directory.person(actor), context.directory.workspace):
        return ()
    wanted = typed.strip().lower()
    found = [variable for variable in await context.catalogue.names() if wanted in variable.label.lower()]
    return tuple(sorted(found, key=lambda v: (not v.label.lower().startswith(wanted), v.label.lower())))


async def search_sets(context: ServiceContext, actor: str, typed: str) -> tuple[VariableSet, ...]:
    """The policy's sets whose name contains what was typed, with or without its `@`."""
    if refuse_person(await context.directory.person(actor), context.directory.workspace):
        return ()
    wanted = typed.strip().lower()
    return tuple(one for one in context.rulebook.current.variable_sets if wanted in str(one))
