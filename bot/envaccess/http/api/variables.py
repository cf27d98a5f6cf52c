"""Variables: what can be asked for, and the values that owners set."""

from typing import Final, Literal

from envaccess.application.catalog import list_variables
from envaccess.application.gate import refuse_typed
from envaccess.application.people.standing import refuse_program
from envaccess.application.set_value import set_value
from envaccess.domain.audit import ActorKind
from envaccess.domain.errors import BoxError, SourceError
from envaccess.domain.limits import Act
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import parse_variable
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.incoming import input_problem
from envaccess.http.api.models import (
    InputFault,
    ReceiptInput,
    ReplaceQuery,
    SetInfo,
    SetValueInfo,
    ValueInput,
    VariableInfo,
    VariablesInfo,
)
from envaccess.http.api.problems import HttpFault, fault_problem
from envaccess.http.api.requests import receipt_of
from envaccess.http.api.views import ends_in

_NO_BOX: Final = "It is not sealed to this server's key for this variable and this Idempotency-Key."


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
        if asked.who.principal.kind is not ActorKind.MACHINE or set(named.variables) <= set(found)
    ]
    return Answered(200, VariablesInfo(variables=told, sets=sets))


async def set_one(api: ApiContext, checked: CheckedCall) -> Reply:
    """Set a value, as an owner; what is in the box is looked at last."""
    variable = parse_variable(f"{checked.path['environment']}/{checked.path['name']}")
    if variable is None:
        return fault_problem(HttpFault.NO_SUCH_PATH)
    call = checked.call(receipt=receipt_of(checked, ReceiptInput()))
    refusal = await refuse_typed(api.verbs, call, "set", Act.COMMAND)
    if refusal := refusal or await refuse_program(api.verbs, call, "set"):
        return refusal
    try:
        value = api.boxes.open_value(checked.read(ValueInput, checked.body).value, str(variable), checked.key)
    except BoxError:
        return input_problem([InputFault(field="value", problem=_NO_BOX)])
    replace = checked.read(ReplaceQuery, checked.query).replace
    try:
        written = await set_value(api.verbs, call, variable, value, replace=replace)
    except SourceError:
        return fault_problem(HttpFault.OVERTAKEN)
    if isinstance(written, Refusal):
        return written
    state: Literal["created", "changed"] = "created" if written is Written.CREATED else "changed"
    return Answered(200, SetValueInfo(variable=variable.label, state=state))
