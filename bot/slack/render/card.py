"""The requester's card in their direct messages: one a request, drawn from its state."""

from bot.domain.request import GrantState, Request, State
from bot.slack.names import CANCEL, END, REVEAL
from bot.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    ask_first,
    button,
    code,
    context,
    mention,
    quote,
    section,
    when,
)
from bot.slack.render.request import is_short, tell_decision, tell_end
from bot.slack.render.words import ask_again, names, span


def render_card(request: Request) -> Rendered:
    """The whole card; only a pending request and a live grant have buttons."""
    if request.state is State.PENDING:
        return _pending(request)
    if request.live:
        return _live(request)
    return _over(request)


def _pending(request: Request) -> Rendered:
    wanted = f"{names(request.variables)} for {span(request.duration)}"
    blocks = [
        section(f":hourglass_flowing_sand: Your request for {wanted} waits for a decision."),
        quote("Why:", request.reason),
        context(f"Lapses: {when(request.deadline_at)}", _id(request)),
        actions(button(CANCEL, "Cancel request", request.id)),
    ]
    return Rendered(f"Your request for {names(request.variables, 3)} waits for a decision", blocks)


def _live(request: Request) -> Rendered:
    ends = when(request.expires_at, seconds=is_short(request), left=True)
    use = "*one reveal* of" if request.duration.once else "access to"
    blocks = [
        section(f":key: You have {use} {names(request.variables)}. Ends: {ends}"),
        context(tell_decision(request), _id(request)),
        actions(button(REVEAL, "Reveal", request.id, "primary"), _end_button(request)),
    ]
    text = f"Approved: {names(request.variables, 3)} for {span(request.duration)}. Press Reveal to see it."
    return Rendered(text, blocks)


def _end_button(request: Request) -> Block:
    return ask_first(
        button(END, "End now", request.id, "danger"),
        "End this access?",
        "Nothing can be revealed with it any more. You can ask again at any time.",
        "End now",
        "Keep it",
    )


def _over(request: Request) -> Rendered:
    head = f"Your request for {names(request.variables)} for {span(request.duration)}:"
    told = [line for line in (tell_decision(request), tell_end(request)) if line]
    why = [quote("Reason:", request.decision_reason)] if request.decision_reason else []
    again = section(ask_again(request.variables, request.duration))
    blocks = [section(head), *map(section, told), *why, again, context(_id(request))]
    return Rendered(_over_text(request), blocks)


def _over_text(request: Request) -> str:
    wanted = names(request.variables, 3)
    if request.state is State.DENIED:
        return f"Denied by {mention(request.decided_by)}: {wanted}"
    if request.state is State.TIMED_OUT:
        return f"Timed out: nobody decided on {wanted}"
    if request.state is State.CANCELLED:
        return f"Withdrawn: {wanted}"
    ends = {GrantState.USED_UP: "Used", GrantState.REVOKED: "Ended early"}
    return f"{ends.get(request.grant or GrantState.EXPIRED, 'Expired')}: {wanted}"


def _id(request: Request) -> str:
    return f"Request {code(request.id)}"
