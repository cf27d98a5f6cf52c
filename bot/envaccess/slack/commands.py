"""`/envaccess`: read the text, call the service, and answer in the ack."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from envaccess import log
from envaccess.application.catalog import list_variables
from envaccess.application.grants.reveal import claim_by_name
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.people.delegate import duties_of, give_duty, take_duty_back
from envaccess.application.people.lock import lock_target, unlock_target
from envaccess.application.requests.approvers import who_could_decide
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.extend import extend_grant
from envaccess.application.requests.filing import open_request, suggest
from envaccess.application.requests.status import show_status
from envaccess.domain.command import (
    Ask,
    BadCommand,
    Cancel,
    Delegate,
    Extend,
    Help,
    ListVariables,
    LockAccess,
    OpenForm,
    Problem,
    Revoke,
    Show,
    Status,
    UnlockAccess,
    parse_command,
    read_ending,
)
from envaccess.domain.errors import DirectoryError, MessageError, StoreError
from envaccess.domain.limits import Act
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable
from envaccess.slack.desk import Desk, Reply
from envaccess.slack.gate import refuse_pressed, refuse_typed
from envaccess.slack.handing import hand_over_later, push_later
from envaccess.slack.names import COMMAND
from envaccess.slack.payload import Who, read_who, text
from envaccess.slack.render import (
    Hints,
    Rendered,
    render_bad_command,
    render_cancelled,
    render_claim,
    render_duties,
    render_duty_back,
    render_ended,
    render_filed,
    render_help,
    render_list,
    render_locked,
    render_refusal,
    render_status,
    render_unlocked,
    request_form,
    say,
)


async def run_command(desk: Desk, body: Mapping[str, Any]) -> Reply | Refusal:
    """Whatever was typed, what it came to. A command without text opens the form and says nothing."""
    who = read_who(body, desk.world.ids.operation(), "trigger_id")
    typed = text(body, "text")
    # What says nothing, or gives something up, needs no answer from Slack about who typed it.
    known = read_ending(typed) if typed.strip() else OpenForm()
    if known:
        act = Act.COMMAND if isinstance(known, OpenForm) else Act.ENDING
        refusal = await refuse_pressed(desk, who, "command", act)
    else:
        refusal = await refuse_typed(desk, who, "command", Act.COMMAND)
    if refusal:
        return refusal
    command = known or parse_command(typed)
    return await _RUN[type(command)](desk, who, command)


async def _ask(desk: Desk, who: Who, command: Ask) -> Reply | Refusal:
    filed = await open_request(desk.world, who.op, who.user, command)
    if not isinstance(filed, Refusal):
        return Reply(render_filed(filed), push_later(desk, filed, who.user))
    if filed.reason is not Reason.UNKNOWN_VARIABLE or not filed.names:
        return filed
    return Reply(render_refusal(filed, Hints(nearest=await _nearest(desk, who, filed.names[0]))))


async def _bad(desk: Desk, who: Who, command: BadCommand) -> Reply:
    wrong_name = command.problem is Problem.NAME and command.word
    nearest = await _nearest(desk, who, command.word) if wrong_name else None
    return Reply(render_bad_command(command, nearest))


async def _nearest(desk: Desk, who: Who, typed: str) -> Variable | None:
    """A suggestion is a kindness: without it the answer still stands."""
    try:
        return await suggest(desk.world, who.user, typed)
    except (DirectoryError, StoreError) as fault:
        log.fault("no_suggestion", fault)
        return None


async def _open_form(desk: Desk, who: Who, _command: OpenForm) -> Reply:
    try:
        await desk.forms.open_view(who.trigger, request_form())
    except MessageError as fault:
        log.fault("form_not_opened", fault)
        return Reply(_not_opened())
    return Reply()


def _not_opened() -> Rendered:
    return say(
        f"Slack did not open the form in time. Please type `{COMMAND}` again, "
        f"or ask in one line: `{COMMAND} NAME 1h` and why."
    )


async def _show(desk: Desk, who: Who, command: Show) -> Reply | Refusal:
    claim = await claim_by_name(desk.world, desk.messages, who.op, who.user, command.variable)
    if isinstance(claim, Claim):
        return Reply(render_claim(claim), hand_over_later(desk, claim, who))
    if claim.reason is not Reason.NO_GRANT:
        return claim
    names = claim.names or (str(command.variable),)
    if command.variable not in await desk.world.secrets.names():
        missing = Refusal(Reason.UNKNOWN_VARIABLE, names=names)
        return Reply(render_refusal(missing, Hints(nearest=await _nearest(desk, who, names[0]))))
    hints = Hints(approvers=await _approvers(desk, who.user, command.variable))
    return Reply(render_refusal(Refusal(claim.reason, names=names), hints))


async def _approvers(desk: Desk, requester: str, variable: Variable) -> tuple[str, ...]:
    try:
        return await who_could_decide(desk.world, requester, variable)
    except DirectoryError as fault:
        log.fault("approvers_not_named", fault)
        return ()


async def _cancel(desk: Desk, who: Who, command: Cancel) -> Reply | Refusal:
    outcome = await cancel_request(desk.world, who.op, who.user, command.id)
    return outcome if isinstance(outcome, Refusal) else Reply(render_cancelled(outcome))


async def _revoke(desk: Desk, who: Who, command: Revoke) -> Reply | Refusal:
    outcome = await revoke_grant(desk.world, who.op, who.user, command.id)
    return outcome if isinstance(outcome, Refusal) else Reply(render_ended(outcome, who.user))


async def _extend(desk: Desk, who: Who, command: Extend) -> Reply | Refusal:
    filed = await extend_grant(desk.world, who.op, who.user, command.id, command.duration, command.reason)
    return filed if isinstance(filed, Refusal) else Reply(render_filed(filed))


async def _delegate(desk: Desk, who: Who, command: Delegate) -> Reply | Refusal:
    if command.duration is None:
        return Reply(render_duties(await duties_of(desk.world, who.user), who.user))
    if not command.taker:
        back = await take_duty_back(desk.world, who.op, who.user)
        return back if isinstance(back, Refusal) else Reply(render_duty_back(back))
    given = await give_duty(desk.world, who.op, who.user, command.taker, command.duration)
    return given if isinstance(given, Refusal) else Reply(render_duties([given], who.user))


async def _lock(desk: Desk, who: Who, command: LockAccess) -> Reply | Refusal:
    locked = await lock_target(desk.world, who.op, who.user, command.target, command.reason)
    if not isinstance(locked, Refusal):
        return Reply(render_locked(locked))
    if locked.reason is not Reason.UNKNOWN_VARIABLE:
        return locked
    return Reply(render_refusal(locked, Hints(nearest=await _nearest(desk, who, locked.names[0]))))


async def _unlock(desk: Desk, who: Who, command: UnlockAccess) -> Reply | Refusal:
    unlocked = await unlock_target(desk.world, who.op, who.user, command.target, command.reason)
    return unlocked if isinstance(unlocked, Refusal) else Reply(render_unlocked(unlocked))


async def _list(desk: Desk, who: Who, _command: ListVariables) -> Reply | Refusal:
    found = await list_variables(desk.world, who.op, who.user)
    return found if isinstance(found, Refusal) else Reply(render_list(found))


async def _status(desk: Desk, who: Who, _command: Status) -> Reply | Refusal:
    held = await show_status(desk.world, who.op, who.user)
    return held if isinstance(held, Refusal) else Reply(render_status(held))


async def _help(_desk: Desk, _who: Who, _command: Help) -> Reply:
    return Reply(render_help())


_RUN: dict[type, Callable[[Desk, Who, Any], Awaitable[Reply | Refusal]]] = {
    Ask: _ask,
    BadCommand: _bad,
    OpenForm: _open_form,
    Show: _show,
    Cancel: _cancel,
    Revoke: _revoke,
    Extend: _extend,
    Delegate: _delegate,
    LockAccess: _lock,
    UnlockAccess: _unlock,
    ListVariables: _list,
    Status: _status,
    Help: _help,
}
