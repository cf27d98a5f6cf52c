"""`/envaccess`: read the text, call the service, and answer in the ack."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from envaccess import log
from envaccess.application.catalog import list_variables
from envaccess.application.exposure import who_has_seen
from envaccess.application.gate import refuse_pressed, refuse_typed
from envaccess.application.grants.reveal import claim_by_name
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.home import owned_by
from envaccess.application.people.delegate import give_duty, list_duties, take_duty_back
from envaccess.application.people.lock import lock_target, unlock_target
from envaccess.application.people.sessions import own_sessions, start_login
from envaccess.application.read_audit import read_audit
from envaccess.application.requests.approvers import who_could_decide
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.extend import extend_grant
from envaccess.application.requests.filing import open_request, suggest
from envaccess.application.requests.names import resolve_for
from envaccess.application.requests.status import show_status
from envaccess.application.rotations.demand import rotate
from envaccess.domain.command import (
    Ask,
    Cancel,
    CloseReview,
    Delegate,
    Extend,
    Help,
    ListSessions,
    ListVariables,
    LockAccess,
    OpenForm,
    ReadAudit,
    Revoke,
    Rotate,
    SeenBy,
    Show,
    ShowReview,
    SignIn,
    StartReview,
    Status,
    UnlockAccess,
    read_ending,
)
from envaccess.domain.errors import DirectoryError, StoreError
from envaccess.domain.limits import Act
from envaccess.domain.metrics import words
from envaccess.domain.named import ShowSet
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.variable_sets import set_label
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.fields import Hints
from envaccess.domain.tracing import SpanName, traced
from envaccess.domain.typed_parts import BadCommand, Problem
from envaccess.domain.variable import Variable
from envaccess.projections.errors import MessageError
from envaccess.slack.access_reviews import begin_review, end_review, show_review
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.names import COMMAND
from envaccess.slack.payload import Caller, read_caller, text
from envaccess.slack.render.answers import (
    render_cancelled,
    render_claim,
    render_duties,
    render_duty_back,
    render_ended,
    render_filed,
)
from envaccess.slack.render.audit_page import render_audit_page
from envaccess.slack.render.blocks import Rendered, say
from envaccess.slack.render.forms import request_form
from envaccess.slack.render.guide import render_bad_command, render_help
from envaccess.slack.render.listing import render_list, render_status
from envaccess.slack.render.locks import render_locked, render_unlocked
from envaccess.slack.render.refusals import render_refusal
from envaccess.slack.render.rotations import render_begun
from envaccess.slack.render.seen import render_seen
from envaccess.slack.render.sessions import render_code, render_sessions
from envaccess.slack.typed_text import read_command
from envaccess.slack.value_delivery import hand_over_later, push_later, reach

_FOR_OWNERS: Final = frozenset({"rotate", "seen"})
"""What a variable's owners type about it."""


async def run_command(handler: HandlerContext, body: Mapping[str, Any]) -> HandlerReply | Refusal:
    """Whatever was typed, what it came to. A command without text opens the form and says nothing."""
    who = read_caller(body, handler.context.ids.operation(), "trigger_id")
    typed = text(body, "text")
    # What says nothing, or gives something up, needs no answer from Slack about who typed it.
    known = read_ending(typed) if typed.strip() else OpenForm()
    if known:
        act = Act.COMMAND if isinstance(known, OpenForm) else Act.ENDING
        refusal = await refuse_pressed(handler.context, who.call, "command", act)
    else:
        refusal = await refuse_typed(handler.context, who.call, "command", Act.COMMAND)
    if refusal:
        return refusal
    command = known or read_command(typed)
    with traced(_VERB, type(command).__name__):
        return await _RUN[type(command)](handler, who, command)


async def _ask(handler: HandlerContext, who: Caller, command: Ask) -> HandlerReply | Refusal:
    filed = await open_request(handler.context, who.call, command)
    if not isinstance(filed, Refusal):
        return HandlerReply(render_filed(filed), push_later(handler, filed, who.user))
    if filed.reason is not Reason.UNKNOWN_VARIABLE or not filed.names:
        return filed
    return HandlerReply(render_refusal(filed, Hints(nearest=await _nearest(handler, who, filed.names[0]))))


async def _bad(handler: HandlerContext, who: Caller, command: BadCommand) -> HandlerReply:
    wrong_name = command.problem is Problem.NAME and command.word
    nearest = await _nearest(handler, who, command.word) if wrong_name else None
    no_name = command.problem is Problem.NAME_MISSING and command.verb in _FOR_OWNERS
    owned = await _owned(handler, who) if no_name else ()
    return HandlerReply(render_bad_command(command, nearest, owned))


async def _owned(handler: HandlerContext, who: Caller) -> Sequence[Variable]:
    """What somebody owns, as a suggestion."""
    try:
        return await owned_by(handler.context, who.user)
    except (DirectoryError, StoreError) as fault:
        log.fault("no_suggestion", fault)
        return ()


async def _nearest(handler: HandlerContext, who: Caller, typed: str) -> Variable | None:
    """A suggestion is a kindness: without it the answer still stands."""
    try:
        return await suggest(handler.context, who.user, typed)
    except (DirectoryError, StoreError) as fault:
        log.fault("no_suggestion", fault)
        return None


async def _open_form(handler: HandlerContext, who: Caller, _command: OpenForm) -> HandlerReply:
    try:
        await handler.forms.open_view(who.trigger, request_form())
    except MessageError as fault:
        log.fault("form_not_opened", fault)
        return HandlerReply(_not_opened())
    return HandlerReply()


def _not_opened() -> Rendered:
    return say(
        f"Slack did not open the form in time. Please type `{COMMAND}` again, "
        f"or ask in one line: `{COMMAND} NAME 1h` and why."
    )


async def _show(handler: HandlerContext, who: Caller, command: Show) -> HandlerReply | Refusal:
    claim = await claim_by_name(handler.context, reach(handler, who), who.call, command.variable)
    if isinstance(claim, Claim):
        return HandlerReply(render_claim(claim), hand_over_later(handler, claim, who))
    if claim.reason is not Reason.NO_GRANT:
        return claim
    names = claim.names or (str(command.variable),)
    if command.variable not in await handler.context.catalogue.get([command.variable]):
        missing = Refusal(Reason.UNKNOWN_VARIABLE, names=names)
        return HandlerReply(render_refusal(missing, Hints(nearest=await _nearest(handler, who, names[0]))))
    hints = Hints(approvers=await _approvers(handler, who.user, command.variable))
    return HandlerReply(render_refusal(Refusal(claim.reason, names=names), hints))


async def _show_set(handler: HandlerContext, who: Caller, command: ShowSet) -> HandlerReply | Refusal:
    """Reveal the one grant that has all of a set."""
    variables = await resolve_for(handler.context, who.call, "reveal", (), (command.name,))
    if isinstance(variables, Refusal):
        return variables
    claim = await claim_by_name(handler.context, reach(handler, who), who.call, *variables)
    if isinstance(claim, Claim):
        return HandlerReply(render_claim(claim), hand_over_later(handler, claim, who))
    return replace(claim, names=(set_label(command.name),)) if claim.reason is Reason.NO_GRANT else claim


async def _approvers(handler: HandlerContext, requester: str, variable: Variable) -> tuple[str, ...]:
    try:
        return await who_could_decide(handler.context, requester, variable)
    except DirectoryError as fault:
        log.fault("approvers_not_named", fault)
        return ()


async def _cancel(handler: HandlerContext, who: Caller, command: Cancel) -> HandlerReply | Refusal:
    outcome = await cancel_request(handler.context, who.call, command.id)
    return outcome if isinstance(outcome, Refusal) else HandlerReply(render_cancelled(outcome))


async def _revoke(handler: HandlerContext, who: Caller, command: Revoke) -> HandlerReply | Refusal:
    outcome = await revoke_grant(handler.context, who.call, command.id)
    return outcome if isinstance(outcome, Refusal) else HandlerReply(render_ended(outcome, who.user))


async def _extend(handler: HandlerContext, who: Caller, command: Extend) -> HandlerReply | Refusal:
    filed = await extend_grant(handler.context, who.call, command.id, command.duration, command.reason)
    return filed if isinstance(filed, Refusal) else HandlerReply(render_filed(filed))


async def _delegate(handler: HandlerContext, who: Caller, command: Delegate) -> HandlerReply | Refusal:
    if command.duration is None:
        duties = await list_duties(handler.context, who.call)
        return duties if isinstance(duties, Refusal) else HandlerReply(render_duties(duties, who.user))
    if not command.taker:
        back = await take_duty_back(handler.context, who.call)
        return back if isinstance(back, Refusal) else HandlerReply(render_duty_back(back))
    given = await give_duty(handler.context, who.call, command.taker, command.duration)
    return given if isinstance(given, Refusal) else HandlerReply(render_duties([given], who.user))


async def _lock(handler: HandlerContext, who: Caller, command: LockAccess) -> HandlerReply | Refusal:
    locked = await lock_target(handler.context, who.call, command.target, command.reason)
    if not isinstance(locked, Refusal):
        return HandlerReply(render_locked(locked))
    if locked.reason is not Reason.UNKNOWN_VARIABLE:
        return locked
    return HandlerReply(render_refusal(locked, Hints(nearest=await _nearest(handler, who, locked.names[0]))))


async def _unlock(handler: HandlerContext, who: Caller, command: UnlockAccess) -> HandlerReply | Refusal:
    unlocked = await unlock_target(handler.context, who.call, command.target, command.reason)
    return unlocked if isinstance(unlocked, Refusal) else HandlerReply(render_unlocked(unlocked))


async def _audit(handler: HandlerContext, who: Caller, command: ReadAudit) -> HandlerReply | Refusal:
    page = await read_audit(handler.context, who.call, command.subject)
    return page if isinstance(page, Refusal) else HandlerReply(render_audit_page(page))


async def _seen(handler: HandlerContext, who: Caller, command: SeenBy) -> HandlerReply | Refusal:
    page = await who_has_seen(handler.context, who.call, command.variable)
    return page if isinstance(page, Refusal) else HandlerReply(render_seen(page))


async def _rotate(handler: HandlerContext, who: Caller, command: Rotate) -> HandlerReply | Refusal:
    rotation = await rotate(handler.context, who.call, command.variable)
    if not isinstance(rotation, Refusal):
        return HandlerReply(render_begun(command.variable, rotation))
    if rotation.reason is not Reason.UNKNOWN_VARIABLE:
        return rotation
    near = await _nearest(handler, who, command.variable.label)
    return HandlerReply(render_refusal(rotation, Hints(nearest=near)))


async def _list(handler: HandlerContext, who: Caller, _command: ListVariables) -> HandlerReply | Refusal:
    found = await list_variables(handler.context, who.call)
    if isinstance(found, Refusal):
        return found
    return HandlerReply(render_list(found, handler.context.rulebook.current.variable_sets))


async def _status(handler: HandlerContext, who: Caller, _command: Status) -> HandlerReply | Refusal:
    held = await show_status(handler.context, who.call)
    return held if isinstance(held, Refusal) else HandlerReply(render_status(held))


async def _sign_in(handler: HandlerContext, who: Caller, _command: SignIn) -> HandlerReply | Refusal:
    if not handler.api_url:
        return Refusal(Reason.NO_API)
    login = await start_login(handler.context, who.call)
    return login if isinstance(login, Refusal) else HandlerReply(render_code(login, handler.api_url))


async def _sessions(handler: HandlerContext, who: Caller, _command: ListSessions) -> HandlerReply | Refusal:
    found = await own_sessions(handler.context, who.call)
    return found if isinstance(found, Refusal) else HandlerReply(render_sessions(found))


async def _help(_handler: HandlerContext, _who: Caller, _command: Help) -> HandlerReply:
    return HandlerReply(render_help())


_RUN: dict[type, Callable[[HandlerContext, Caller, Any], Awaitable[HandlerReply | Refusal]]] = {
    Ask: _ask,
    BadCommand: _bad,
    OpenForm: _open_form,
    Show: _show,
    ShowSet: _show_set,
    Cancel: _cancel,
    Revoke: _revoke,
    Extend: _extend,
    Delegate: _delegate,
    LockAccess: _lock,
    UnlockAccess: _unlock,
    ShowReview: show_review,
    StartReview: begin_review,
    CloseReview: end_review,
    ReadAudit: _audit,
    SeenBy: _seen,
    Rotate: _rotate,
    ListVariables: _list,
    Status: _status,
    SignIn: _sign_in,
    ListSessions: _sessions,
    Help: _help,
}
_VERB: Final = SpanName("verb", attributes={"verb": words(*(kind.__name__ for kind in _RUN))})
