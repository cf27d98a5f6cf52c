"""Variables: what can be asked for."""

from envaccess.application.catalog import list_variables
from envaccess.domain.refusal import Refusal
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.models import SetInfo, VariableInfo, VariablesInfo
from envaccess.http.api.views import ends_in


async def list_all(api: ApiContext, asked: CheckedCall) -> Reply:
    """Every variable, and how long the caller's own access to it lasts."""
    call = asked.call(api.verbs.ids.operation())
    found = await list_variables(api.verbs, call)
    if isinstance(found, Refusal):
        return found
    held, now = await api.verbs.requests.held_by(call.by), api.verbs.clock.now()
    left: dict[str, int] = {}
    for request in held.live:
        for variable in request.variables:
            left[str(variable)] = max(left.get(str(variable), 0), ends_in(request, now))
    told = [
        VariableInfo(
            name=variable.name,
            environment=variable.environment,
            label=variable.label,
            live_until_in=left.get(str(variable)),
        )
        for variable in found
    ]
    sets = [
        SetInfo(name=str(named), variables=[variable.label for variable in named.variables])
        for named in api.verbs.rulebook.current.variable_sets
    ]
    return Answered(200, VariablesInfo(variables=told, sets=sets))
