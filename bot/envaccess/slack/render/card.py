"""The requester's card in their direct messages: one a request, drawn from its state."""

from dataclasses import replace

from envaccess.domain.audit import ActorKind
from envaccess.domain.call import CLI
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.request import GrantState, Request, State
from envaccess.slack.names import AGAIN, ANSWER, CANCEL, END, EXTEND, REVEAL
from envaccess.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    ask_first,
    button,
    code,
    context,
    fit,
    mention,
    quote,
    section,
    when,
)
from envaccess.slack.render.chain import narrowed, progress, questions
from envaccess.slack.render.leases import may_end_login, tell_leases, tell_own
from envaccess.slack.render.locks import ASK_SECURITY, tell_lock
from envaccess.slack.render.outcome import ended_with_update, is_short, tell_decision, tell_end
from envaccess.slack.render.programs import holder, tell_run, whose
from envaccess.slack.render.terminal import (
    ask_to_release,
    tell_client,
    tell_new_host,
    tell_releases,
    tell_terminal,
)
from envaccess.slack.render.wanted import every_name, wanted
from envaccess.slack.render.words import BRIEFLY, span

_UPDATED = (
    ":arrows_counterclockwise: envaccess was updated, and what was asked for before does not go on. "
    "*Please ask again.*"
)


_USES = {
    ActorKind.AGENT: "Its broker uses it in calls that the policy allows. The agent never sees the value.",
    ActorKind.MACHINE: "The value goes to this run alone. Nobody sees it in Slack.",
}
_ECHOED = (
    "The broker cut the answer off before any of the value left, so the agent did not read it. The audit "
    "channel says which call it was: take it out of what the policy allows."
)
_RUN = "Use it in your terminal: `envaccess run -- COMMAND`."


def render_card(request: Request) -> Rendered:
    """The whole card; only a pending request and a live grant have buttons."""
    drawn = _drawn(request)
    return replace(drawn, blocks=fit(drawn.blocks))


def brief_card(request: Request) -> Rendered:
    """The same without blocks and without what was typed, for when Slack does not take the whole."""
    return Rendered(f"{_drawn(request).text} · {_id(request)}. {BRIEFLY}", [])


def _drawn(request: Request) -> Rendered:
    if request.state is State.PENDING:
        return _pending(request)
    if request.held:
        return _live(request) if request.live else _not_begun(request)
    return _over(request)


def _pending(request: Request) -> Rendered:
    told = f"{wanted(request)} for {_span(request)}"
    open_question = request.progress.open_question
    answer = [button(ANSWER, "Answer", request.id, "primary")] if open_question else []
    blocks = [
        section(f":hourglass_flowing_sand: {whose(request)} for {told} waits for a decision."),
        *every_name(request),
        quote("Why:", request.reason),
        *tell_own(request),
        *_asked_at(request),
        *([section(f":lock: {tell_lock(request.lock)}. {ASK_SECURITY}")] if request.lock else []),
        *progress(request),
        *questions(request),
        context(f"Lapses: {when(request.deadline_at)}", _id(request)),
        actions(*answer, button(CANCEL, "Cancel request", request.id)),
    ]
    if open_question:
        asker = mention(open_question.by)
        about = f"{whose(request)[:1].lower()}{whose(request)[1:]} for {wanted(request, 3)}"
        return Rendered(f"{asker} has a question about {about}", blocks)
    return Rendered(f"{whose(request)} for {wanted(request, 3)} waits for a decision", blocks)


def _span(request: Request) -> str:
    return f"{span(request.duration)} more" if request.extends else span(request.duration)


def _live(request: Request) -> Rendered:
    ends = when(request.expires_at, seconds=is_short(request), left=True)
    use = "*one reveal* of" if request.duration.once else "access to"
    shorter = [section(narrowed(request))] if request.progress.narrowed_by else []
    extend = [button(EXTEND, "Extend", request.id)] if _ends_soon(request) else []
    blocks = [
        *ask_to_release(request),
        *tell_new_host(request),
        section(f":key: {holder(request)} {use} {wanted(request)}. Ends: {ends}{_soon(request)}"),
        *every_name(request),
        *shorter,
        *_rotated(request),
        *_elsewhere(request),
        *_pushed(request),
        *tell_leases(request),
        *tell_releases(request),
        context(tell_decision(request), _id(request)),
        actions(*_reveal(request), *extend, _end_button(request)),
    ]
    if request.asks_for_press:
        return Rendered(f"May {wanted(request, 3)} go to your terminal?", blocks)
    if request.rotated_at:
        return Rendered(f"Replaced: {wanted(request, 3)}. Get the new value.", blocks)
    if _ends_soon(request):
        return Rendered(f"Your access to {wanted(request, 3)} ends soon", blocks)
    if request.emergency:
        return Rendered(f"Emergency access to {wanted(request, 3)}. It will be reviewed.", blocks)
    press = ". Press Reveal to see it." if may_reveal(request) else ""
    return Rendered(f"Approved: {wanted(request, 3)} for {span(request.duration)}{press}", blocks)


def _rotated(request: Request) -> list[Block]:
    """That what was shown is or will be ended, although the access goes on; true at any time."""
    if not request.rotated_at:
        return []
    again = "Press *Reveal* for the new one." if may_reveal(request) else "Use it again for the new one."
    told = (
        ":arrows_counterclockwise: *A value was replaced*. What you saw before may stop working from "
        f"{when(request.rotated_at)} on."
    )
    return [section(f"{told} {again}")]


def _ends_soon(request: Request) -> bool:
    """Whether its reader is asked to prolong it; a program asks for itself."""
    return request.warned_at > 0 and request.principal.is_person


def _soon(request: Request) -> str:
    return "\n:hourglass: *It ends soon.* Do you need it longer?" if _ends_soon(request) else ""


def _not_begun(request: Request) -> Rendered:
    """Approved, but the clock has not started."""
    use = "*one reveal* of" if request.duration.once else f"{span(request.duration)} of"
    buttons = [*_reveal(request)] if request.waits_for_use else []
    blocks = [
        *ask_to_release(request),
        section(f":key: {holder(request, 'may have')} {use} {wanted(request)}. {tell_end(request)}"),
        *every_name(request),
        *_elsewhere(request),
        *tell_own(request),
        context(tell_decision(request), _id(request)),
        actions(*buttons, _end_button(request)),
    ]
    return Rendered(f"Approved: {wanted(request, 3)} for {span(request.duration)}", blocks)


def may_reveal(request: Request) -> bool:
    """Whether the policy shows the value in Slack; what a program asked for is shown to nobody."""
    return request.principal.is_person and DeliveryMode.REVEAL in request.ruling.delivery


def _reveal(request: Request) -> list[Block]:
    return [button(REVEAL, "Reveal", request.id, "primary")] if may_reveal(request) else []


def _pushed(request: Request) -> list[Block]:
    """That what is shown at once is missed by whoever is away."""
    if DeliveryMode.PUSH not in request.ruling.delivery or request.duration.once or not may_reveal(request):
        return []
    return [context("It was shown at once if you were active in Slack. *Reveal* shows it again.")]


def _elsewhere(request: Request) -> list[Block]:
    """Where the value is to be had when the policy does not show it here."""
    if may_reveal(request):
        return []
    if not request.principal.is_person:
        return [context(_USES[request.principal.kind])]
    if DeliveryMode.CLI in request.ruling.delivery:
        return [section(f"The policy does not show this value in Slack. {_RUN}")]
    return [section("The policy does not show this value in Slack. Its owner knows where it is to be had.")]


def _asked_at(request: Request) -> list[Block]:
    """From where it was asked, where that was not in Slack."""
    if request.surface != CLI:
        return tell_run(request)
    host = request.receipt.host if request.receipt else ""
    return [context(f"Asked from {tell_terminal(host)}"), *tell_client(request.receipt, request.surface)]


def _end_button(request: Request) -> Block:
    return ask_first(
        button(END, "End now", request.id, "danger"),
        "End this access?",
        "Nothing can be revealed with it any more. You can ask again at any time.",
        "End now",
        "Keep it",
    )


def _over(request: Request) -> Rendered:
    head = f"{whose(request)} for {wanted(request)} for {_span(request)}:"
    told = [line for line in (tell_decision(request), tell_end(request)) if line]
    why = [quote("Reason:", request.decision_reason)] if request.decision_reason else []
    updated = [section(_UPDATED)] if ended_with_update(request) else []
    end = [*updated, *_next(request), context(_id(request))]
    blocks = [
        section(head),
        *every_name(request),
        *map(section, told),
        *tell_leases(request),
        *([context(_ECHOED)] if request.ended_why == EndReason.ECHO else []),
        *tell_releases(request),
        *tell_new_host(request),
        *why,
        *questions(request),
        *end,
    ]
    return Rendered(_over_text(request), blocks)


def _next(request: Request) -> list[Block]:
    """What its reader may do now."""
    again = [] if request.extended or not request.principal.is_person else [_again(request)]
    end = [_end_button(request)] if may_end_login(request) else []
    return [actions(*again, *end)] if again or end else []


def _again(request: Request) -> Block:
    return button(AGAIN, "Ask again", request.id)


def _over_text(request: Request) -> str:
    told = wanted(request, 3)
    if request.state is State.DENIED:
        return f"Denied by {mention(request.decided_by)}: {told}"
    if ended_with_update(request):
        return f"envaccess was updated, please ask again: {told}"
    if request.state is State.TIMED_OUT:
        return f"Timed out: nobody decided on {told}"
    if request.state is State.CANCELLED:
        return f"Withdrawn: {told}"
    if request.extended:
        return f"Extended: {told}"
    ends = {GrantState.LAPSED: "Lapsed", GrantState.USED_UP: "Used", GrantState.REVOKED: "Ended early"}
    return f"{ends.get(request.grant or GrantState.EXPIRED, 'Expired')}: {told}"


def _id(request: Request) -> str:
    return f"Request {code(request.id)}"
