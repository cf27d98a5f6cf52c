"""Private answers: what a command, a press or a form came to, said to the person who did it."""

from collections.abc import Sequence

from envaccess.domain.approval_progress import Delegation
from envaccess.domain.outcome import Cancelled, Claim, Decided, Ended, Failure, Filed, Recorded
from envaccess.domain.request import State
from envaccess.slack.limits import VALUE_MAX
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import Rendered, code, mention, say, when
from envaccess.slack.render.words import count, names, people, span


def render_filed(filed: Filed) -> Rendered:
    """Filed, with its id and who can decide; or that the same is pending already."""
    return say(tell_filed(filed))


def tell_filed(filed: Filed) -> str:
    """The same as one paragraph of mrkdwn."""
    wanted = f"{names(filed.variables)} for {span(filed.duration)}"
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
    return say(f"Approved: {mention(decided.requester)} has {wanted}.")


def render_bulk(number: int) -> Rendered:
    """Old requests are being denied together."""
    if not number:
        return say("Nothing that waits for you is so old. Nothing was changed.")
    return say(f"{count(number, 'request')} will be denied now; each requester is told why.")


def render_asked(said: Recorded) -> Rendered:
    """A question is on its way."""
    return say(f"{mention(said.requester)} is asked. The answer will appear in the request's message.")


def render_answered(said: Recorded) -> Rendered:
    """An answer is on its way."""
    return say(f"Your answer is in the message of request {code(said.id)}, and whoever asked is told.")


def render_reviewed(said: Recorded) -> Rendered:
    """A review is closed."""
    return say(f"The review of request {code(said.id)} of {mention(said.requester)} is closed.")


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
    return say(f"Denied: {mention(decided.requester)} is told why. The message in the channel shows it too.")


def render_cancelled(cancelled: Cancelled) -> Rendered:
    """A request was withdrawn."""
    return say(
        f"Withdrawn: request {code(cancelled.id)} for {names(cancelled.variables)}. Nobody needs to decide."
    )


def render_ended(ended: Ended, viewer: str) -> Rendered:
    """A grant was ended; to the requester or to an approver."""
    whose = "Your access" if ended.requester == viewer else f"The access of {mention(ended.requester)}"
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
    if claim.once and failure in _SPENT:
        return say(f"{_SPENT[failure]} access was for one reveal and is used. {_ASK}")
    return say(tell_failure(failure))


def tell_failure(failure: Failure) -> str:
    """The same as a paragraph, where no use is spent."""
    return _FAILURES[failure]


_NO_WORD = "Slack did not say whether your message with the value arrived."
_TWICE = "Slack sent this press twice, and it was handled the first time."
_NOT_RETURNED = "Nothing was shown: one part of envaccess does not answer."
_SPENT = {
    Failure.UNKNOWN: f"{_NO_WORD} If you do not see it: this",
    Failure.REPEATED: f"{_TWICE} If you do not see it: this",
    Failure.NOT_RETURNED: f"{_NOT_RETURNED} This",
}
_ASK = f"To ask again, type {code(f'{COMMAND} NAME once')} and why you need it."
_ASK_AGAIN = f"To ask again, type {code(f'{COMMAND} NAME 1h')} and why you need it."
_NO_HELP = "Pressing again will not help"
_KEPT = "Nothing was shown, and your access is as it was."
_FAILURES: dict[Failure, str] = {
    Failure.VALUE_MISSING: f"A variable of this request has no value any more. {_KEPT} "
    "Ask whoever keeps the secrets to set it.",
    Failure.SOURCE_DOWN: f"The place where the values are kept does not answer. {_KEPT} "
    "Please try again in a moment.",
    Failure.SEALED: f"The value could not be opened with the keys that envaccess has. {_KEPT} "
    "Please tell whoever runs envaccess.",
    Failure.TOO_LONG: f"This is too long to be shown in Slack (over {VALUE_MAX:,} characters). {_KEPT} "
    "Ask whoever keeps the secrets for another way; if there are several variables, ask for them one by one.",
    Failure.ENDED: f"This access ended before the value was shown. Nothing was shown. {_ASK_AGAIN}",
    Failure.NOT_ALLOWED: "You may not see this value any more, so nothing was shown. "
    "Ask your team's lead who may, or whoever looks after the policy.",
    Failure.NOT_CHECKED: f"It could not be checked in time whether this access still lives. {_KEPT} "
    "Please press *Reveal* again in a moment.",
    Failure.SLACK_REFUSED: f"Slack did not take the message with the value. {_KEPT} "
    "Please press *Reveal* again; if it stays so, tell whoever runs envaccess: its log has Slack's reason.",
    Failure.NOT_DRAWN: f"Slack does not draw this value. {_KEPT} {_NO_HELP}: "
    "ask whoever keeps the secrets for another way, and tell whoever runs envaccess.",
    Failure.MESSAGES_TAB: "Slack did not take the message with the value, because the *Messages* tab of "
    f"envaccess is switched off. {_KEPT} {_NO_HELP}: please tell whoever runs envaccess (*App Home* in the "
    "app's settings), or an admin of this workspace.",
    Failure.DM_CLOSED: "Slack does not let envaccess write to your direct messages with it. "
    f"{_KEPT} {_NO_HELP}: please tell whoever runs envaccess, or an admin of this workspace.",
    Failure.FORBIDDEN: "A setting of this workspace forbids envaccess to write to your direct messages. "
    f"{_KEPT} {_NO_HELP}: an admin of this workspace can allow it; please tell whoever runs envaccess.",
    Failure.APP_REFUSED: "Slack does not accept envaccess as it is installed in this workspace. "
    f"{_KEPT} {_NO_HELP}: please tell whoever runs envaccess; `envaccess doctor` says what to mend.",
    Failure.UNKNOWN: f"{_NO_WORD} If you do not see it, press *Reveal* again.",
    Failure.REPEATED: f"{_TWICE} If you do not see the value, press *Reveal* again.",
    Failure.NOT_RETURNED: f"{_NOT_RETURNED} Please press *Reveal* again in a moment.",
}
