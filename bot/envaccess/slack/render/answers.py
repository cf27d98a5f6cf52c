"""Private answers: what a command, a press or a form came to, said to the person who did it."""

from collections.abc import Sequence

from envaccess.domain.approval_progress import Delegation
from envaccess.domain.outcome import Cancelled, Claim, Decided, Ended, Failure, Filed, Recorded
from envaccess.domain.refusal.words import tell_failure
from envaccess.domain.request import State
from envaccess.domain.text import count
from envaccess.slack.limits import VALUE_MAX
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import Rendered, code, mention, say, when
from envaccess.slack.render.phrase import write
from envaccess.slack.render.wanted import tell_wanted
from envaccess.slack.render.words import asker, capital, names, people, span


def render_filed(filed: Filed) -> Rendered:
    """Filed, with its id and who can decide; or that the same is pending already."""
    return say(tell_filed(filed))


def tell_filed(filed: Filed) -> str:
    """The same as one paragraph of mrkdwn."""
    wanted = f"{tell_wanted(filed.variables, filed.named)} for {span(filed.duration)}"
    cancel = code(f"{COMMAND} cancel {filed.id}")
    if filed.repeated and filed.state is not State.APPROVED:
        return (
            f"You asked for that already: request {code(filed.id)}, {wanted}, waits for a decision "
            f"({when(filed.deadline_at)} at the latest). To ask differently, withdraw it first: {cancel}"
        )
    if filed.state is State.APPROVED:
        return _at_once(filed, wanted)
    if filed.extends:
        wanted = f"{wanted} more"
    elif filed.starts_at:
        wanted = f"{wanted}{_begins(filed)}"
    who = f"{people(filed.approvers)} can decide" if filed.approvers else "It waits for a decision"
    return (
        f":white_check_mark: Filed as request {code(filed.id)}: {wanted}.\n{who} "
        f"({when(filed.deadline_at)} at the latest); you will get a direct message. To withdraw it: {cancel}"
    )


def _at_once(filed: Filed, wanted: str) -> str:
    """Access that nobody had to agree to."""
    how = "Emergency access" if filed.emergency else "Approved automatically"
    how = "You have that already" if filed.repeated else how
    review = " It was announced, and somebody else will review it." if filed.emergency else ""
    begins = _begins(filed)
    ends = f"; it ends {when(filed.expires_at, left=True)}" if filed.expires_at else ""
    return (
        f":key: {how}: request {code(filed.id)}, {wanted}{begins}{ends}. "
        f"Your direct messages with envaccess have it.{review}"
    )


def _begins(filed: Filed) -> str:
    """Its start, in the reader's own zone; and how it was read where that is not known."""
    if not filed.starts_at:
        return ""
    read = " (UTC, because Slack names no zone for you that is known here)" if filed.unzoned else ""
    return f", from {when(filed.starts_at)}{read}"


def render_decided(decided: Decided) -> Rendered:
    """An approval of less landed; to the person who approved."""
    wanted = f"{names(decided.variables)} for {span(decided.duration)}"
    if decided.state is State.PENDING:
        return say(f"Your approval counts: {wanted}. Further approvals are awaited.")
    return say(f"Approved: {asker(decided)} has {wanted}.")


def render_bulk(number: int) -> Rendered:
    """Old requests are being denied together."""
    if not number:
        return say("Nothing that waits for you is so old. Nothing was changed.")
    return say(f"{count(number, 'request')} will be denied now; each requester is told why.")


def render_asked(said: Recorded) -> Rendered:
    """A question is on its way."""
    return say(f"{capital(asker(said))} is asked. The answer will appear in the request's message.")


def render_answered(said: Recorded) -> Rendered:
    """An answer is on its way."""
    return say(f"Your answer is in the message of request {code(said.id)}, and whoever asked is told.")


def render_reviewed(said: Recorded) -> Rendered:
    """A review is closed."""
    return say(f"The review of request {code(said.id)} of {asker(said)} is closed.")


def render_duties(duties: Sequence[Delegation], viewer: str) -> Rendered:
    """What somebody handed over, and what was handed to them."""
    off = code(f"{COMMAND} delegate off")
    lines = [
        f"{mention(duty.taker)} decides in your place until {when(duty.until)}. To end that: {off}"
        if duty.giver == viewer
        else f"You decide in the place of {mention(duty.giver)} until {when(duty.until)}."
        for duty in duties[:_DUTIES_SHOWN]
    ]
    rest = len(duties) - len(lines)
    lines += [f"And {rest} more."] if rest else []
    form = code(f"{COMMAND} delegate @colleague 3d")
    return say("\n".join(lines) or f"You have handed nothing over. To do so, type {form}.")


_DUTIES_SHOWN = 20


def render_duty_back(ended: bool) -> Rendered:
    """A duty is one's own again."""
    return say("You decide yourself again." if ended else "You had handed nothing over; nothing was changed.")


def render_denied(decided: Decided) -> Rendered:
    """A denial landed; to the person who denied."""
    return say(f"Denied: {asker(decided)} is told why. The message in the channel shows it too.")


def render_cancelled(cancelled: Cancelled) -> Rendered:
    """A request was withdrawn."""
    return say(
        f"Withdrawn: request {code(cancelled.id)} for {names(cancelled.variables)}. Nobody needs to decide."
    )


def render_ended(ended: Ended, viewer: str) -> Rendered:
    """A grant was ended; to the requester or to an approver."""
    whose = "Your access" if ended.requester == viewer else f"The access of {asker(ended)}"
    return say(f"{whose} to {names(ended.variables)} is ended (request {code(ended.id)}).")


def render_claim(claim: Claim) -> Rendered:
    """Where to look after `show NAME`."""
    return say(f"Look at your direct messages with envaccess: {names(claim.variables)}, shown only to you.")


def render_fault(error_id: str) -> Rendered:
    """Something broke that nobody foresaw; the log has the same id."""
    return say(
        "Something broke on our side; it is nothing that you did. "
        f"Check {code(f'{COMMAND} status')} before you try again. If it stays, tell whoever runs envaccess: "
        f"error {code(error_id)}."
    )


def render_failure(failure: Failure, claim: Claim) -> Rendered:
    """Why a value was not shown, and whether the use is spent."""
    return say(write(tell_failure(failure, VALUE_MAX, spent=claim.once)))
