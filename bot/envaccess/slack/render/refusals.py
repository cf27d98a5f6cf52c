"""Every refusal as a sentence to the person refused: what did not happen, why, and what to do next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from envaccess.domain.limits import COMMANDS_PER_MINUTE, PRESSES_PER_MINUTE
from envaccess.domain.lock import Lock, read_target
from envaccess.domain.outcome import Failure
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State
from envaccess.domain.text import HIDDEN, printable
from envaccess.domain.variable import Variable, parse_variable
from envaccess.slack.names import COMMAND
from envaccess.slack.render.answers import tell_failure
from envaccess.slack.render.blocks import Rendered, code, escape, mention, say, when
from envaccess.slack.render.locks import ASK_SECURITY, tell_lock, tell_target
from envaccess.slack.render.unknown_people import tell_directory_refused, tell_group_refused
from envaccess.slack.render.words import actor_of, labels, people, seconds, typed


@dataclass(frozen=True, slots=True)
class Hints:
    """What the front door could find out to help.

    Attributes:
        nearest: the existing variable most like what was typed.
        approvers: user ids of those who may decide.
    """

    nearest: Variable | None = None
    approvers: Sequence[str] = ()


_NO_HINTS = Hints()
_STATUS = code(f"{COMMAND} status")


def render_refusal(refusal: Refusal, hints: Hints = _NO_HINTS) -> Rendered:
    """One private paragraph."""
    return say(tell_refusal(refusal, hints))


def tell_refusal(refusal: Refusal, hints: Hints = _NO_HINTS) -> str:
    """The paragraph alone, as mrkdwn."""
    return _TOLD[refusal.reason](refusal, hints)


def _fixed(text: str) -> Callable[[Refusal, Hints], str]:
    return lambda _refusal, _hints: text


def _account(what: str) -> Callable[[Refusal, Hints], str]:
    """About the account refused: the person's own, or `refusal.by`'s (a leaver's request)."""

    def told(refusal: Refusal, _hints: Hints) -> str:
        whose = f"The account of {mention(refusal.by)}" if refusal.by else "Your account"
        only = "Only full members of this workspace can ask, decide or see values."
        return f"Nothing was done. {whose} {what}. {only}"

    return told


def _self_approval(refusal: Refusal, _hints: Hints) -> str:
    cancel = (
        f" To withdraw it, type {code(f'{COMMAND} cancel {refusal.request}')}." if refusal.request else ""
    )
    return f"You cannot decide on your own request; others have to. Nothing was changed.{cancel}"


def _not_approver(refusal: Refusal, _hints: Hints) -> str:
    if not refusal.request:  # somebody who decides nothing, and has no duty to hand over
        return (
            "The policy lets you decide nothing, so there is nothing to hand over. Nothing was changed. "
            "If you should be an approver, please tell whoever runs envaccess."
        )
    return (
        "The policy does not let you decide this, or not any more. Nothing was changed. "
        "The request's message says who can. If you should be one, please tell whoever runs envaccess."
    )


def _unknown_variable(refusal: Refusal, hints: Hints) -> str:
    readable = _readable(refusal.names)
    what = (
        f"There is no variable {_named(readable, 'or')}" if readable else "There is no variable of that name"
    )
    if refusal.request:  # said to an approver, who cannot choose another name
        return f"{what} any more, so nothing was approved. Deny the request, or have the value stored again."
    like = f" Did you mean {code(hints.nearest.label)}?" if hints.nearest else ""
    return f"{what}, so nothing was done.{like} {code(f'{COMMAND} list')} shows what there is."


def _readable(names: Sequence[str]) -> list[str]:
    """The names that may be repeated: somebody may have pasted a value where a name belongs."""
    return [name for name in names[:_NAMES_SHOWN] if printable(name) == name != HIDDEN]


_NAMES_SHOWN = 10
_NAMES_TYPED = 3


def _too_long(refusal: Refusal, _hints: Hints) -> str:
    most = f" at most {seconds(refusal.limit)}" if refusal.limit else " less"
    how = f", {escape(refusal.hint, 300)}" if refusal.hint else ""
    return (
        f"That is too long: the policy allows{most}{how}. Nothing was filed; please ask for a shorter time."
    )


def _about(text: str, last: str = "or") -> Callable[[Refusal, Hints], str]:
    """A sentence with the names, the limit, the hint, the moment and the people of a refusal put in."""

    def told(refusal: Refusal, _hints: Hints) -> str:
        readable = _readable(refusal.names)
        return text.format(
            names=_named(readable, last) if readable else "this variable",
            limit=refusal.limit,
            hint=escape(refusal.hint, 300) or "what the policy asks for",
            when=when(refusal.at) if refusal.at else "later",
            by=actor_of(refusal.by) if refusal.by else "somebody",
        )

    return told


def _not_pending(refusal: Refusal, _hints: Hints) -> str:
    by = f" by {actor_of(refusal.by)}" if refusal.by else ""
    at = f" ({when(refusal.at)})" if refusal.at else ""
    told: dict[str, str] = {
        State.APPROVED: f"was already approved{by}",
        State.DENIED: f"was already denied{by}",
        State.CANCELLED: f"was withdrawn{by}",
        State.TIMED_OUT: "has timed out",
    }
    what = told.get(refusal.state, "is no longer pending")
    return f"Nothing was changed: this request {what}{at}."


def _no_grant(refusal: Refusal, hints: Hints) -> str:
    if refusal.state in _WITHOUT_GRANT:
        return f"This request {_WITHOUT_GRANT[refusal.state]}, so it gives no access. Nothing was changed."
    readable = _readable(refusal.names)[:_NAMES_TYPED]
    what = f" to {_named(readable)}" if readable else ""
    who = f" {people(hints.approvers)} can decide." if hints.approvers else ""
    ask = code(f"{COMMAND} {_wanted(refusal)} 1h")
    return f"You have no live access{what}. To ask for it, type {ask} and why.{who}"


_WITHOUT_GRANT: dict[str, str] = {
    State.PENDING: "still waits for a decision",
    State.DENIED: "was denied",
    State.CANCELLED: "was withdrawn",
    State.TIMED_OUT: "timed out",
}


def _locked(refusal: Refusal, _hints: Hints) -> str:
    """Who or what is locked, by whom, since when, why, and whom to ask."""
    lock = Lock("", read_target(refusal.target), refusal.by, refusal.at, refusal.hint)
    return (
        f"Nothing was done. {tell_lock(lock)}. Until somebody unlocks, nothing can be asked for, approved or "
        f"shown; withdrawing and ending one's own works. {ASK_SECURITY}"
    )


def _not_locked(refusal: Refusal, _hints: Hints) -> str:
    what = tell_target(read_target(refusal.target))
    return f"{what} is not locked, or not any more, so nothing was changed. The Home tab lists what is."


def _ended(refusal: Refusal, _hints: Hints) -> str:
    by = f" by {actor_of(refusal.by)}" if refusal.by else ""
    at = f" ({when(refusal.at)})" if refusal.at else ""
    told: dict[str, str] = {
        GrantState.REVOKED: f"was ended{by}",
        GrantState.USED_UP: "was for one reveal, which is used",
        GrantState.LAPSED: "has lapsed, because nobody used it in time",
    }
    what = told.get(refusal.state, "has expired")
    again = f"To ask again, type {code(f'{COMMAND} {_wanted(refusal)} 1h')} and why you need it."
    return f"This access {what}{at}. {again}"


def _wanted(refusal: Refusal) -> str:
    """The names as they are typed in a command, or the place where they go."""
    read = [parse_variable(name) for name in _readable(refusal.names)[:_NAMES_TYPED]]
    return typed([variable for variable in read if variable]) or "NAME"


def _named(names: Sequence[str], last: str = "and") -> str:
    read = [(parse_variable(name), name) for name in names]
    return labels([variable.label if variable else name for variable, name in read], last=last)


def _dm_refused(refusal: Refusal, _hints: Hints) -> str:
    known = refusal.state in set(Failure)
    return tell_failure(Failure(refusal.state) if known else Failure.DM_CLOSED)


_TOLD: dict[Reason, Callable[[Refusal, Hints], str]] = {
    Reason.NOT_FOUND: _account("is not known to Slack. An admin of this workspace can look into it"),
    Reason.OTHER_WORKSPACE: _account("belongs to another workspace"),
    Reason.DEACTIVATED: _account("is deactivated"),
    Reason.BOT: _account("is a bot's"),
    Reason.GUEST: _account("is a guest's, or was invited and has not joined yet"),
    Reason.LOCKED: _locked,
    Reason.NOT_LOCKED: _not_locked,
    Reason.NO_SECURITY: _fixed(
        "Nobody may lock in Slack here: the policy names no security people. Nothing was changed. Whoever "
        "runs envaccess can add them (`security:` in the policy file), or lock on the host: `envaccess lock`."
    ),
    Reason.NOT_SECURITY: _fixed(
        "Only the security people whom the policy names may lock and unlock. Nothing was changed. Please ask "
        "one of them, or whoever runs envaccess."
    ),
    Reason.SELF_APPROVAL: _self_approval,
    Reason.NOT_APPROVER: _not_approver,
    Reason.NOT_YOURS: _fixed(
        "That is somebody else's request, so nothing was done. Only they can reveal or withdraw it; "
        "ending access is for them and for approvers. "
        f"To ask for yourself, type {code(f'{COMMAND} NAME 1h')} and why."
    ),
    Reason.UNKNOWN_VARIABLE: _unknown_variable,
    Reason.TOO_LONG: _too_long,
    Reason.NO_APPROVERS: _fixed(
        "Nobody could decide on this, so nothing was filed: apart from you, there are too few full members "
        "of this workspace among those whom the policy names. Ask whoever looks after the approvers to add a "
        "colleague."
    ),
    Reason.NO_REVIEWERS: _fixed(
        "Nobody but you could review this emergency, so nothing was granted. Ask in the usual way, or tell "
        "whoever looks after the policy."
    ),
    Reason.APPROVERS_UNREACHABLE: _fixed(
        "Nothing was filed: envaccess cannot rely on its approvers channel. It is out of reach, open to "
        "people who should not decide, or empty. "
        "Please tell whoever runs envaccess; `envaccess doctor` says how to mend it."
    ),
    Reason.NO_RULE: _about(
        "No rule of the policy is about {names}, so nobody may ask for it. Nothing was filed. "
        "Whoever looks after the policy can add one."
    ),
    Reason.NOT_REQUESTER: _about(
        "The policy does not let you have {names}, so nothing was done. Ask your team's lead who may, "
        "or whoever looks after the policy."
    ),
    Reason.NO_EMERGENCY: _about(
        "The policy has no emergency access to {names} for you. Nothing was done. Ask in the usual way: "
        f"{code(f'{COMMAND} NAME 1h')} and why; the approvers are told at once."
    ),
    Reason.REASON_SHORT: _about(
        "Please say a little more about why: the policy asks for at least {limit} characters for {names}. "
        "Nothing was filed."
    ),
    Reason.REASON_PATTERN: _about(
        "The reason for {names} must name {hint}. Nothing was filed; please ask again with it."
    ),
    Reason.NOT_TOGETHER: _about(
        "The policy's rules for {names} differ too much for one request. Nothing was filed; please ask for "
        "them one by one.",
        last="and",
    ),
    Reason.OUT_OF_HOURS: _about(
        "{names} may be asked for only in these hours: {hint}. Nothing was filed; please ask again then."
    ),
    Reason.TOO_MANY_OPEN: _about(
        "You have as many requests and grants for {names} as the policy allows at once ({limit}). Nothing "
        f"was filed. {code(f'{COMMAND} status')} shows them; end or withdraw one first."
    ),
    Reason.COOL_DOWN: _about(
        "It is too early to ask for {names} again: the policy wants a pause until {when}. Nothing was filed."
    ),
    Reason.DELIVERY: _about(
        "The policy does not show {names} in Slack. Nothing was revealed. Its owner knows where it is to "
        "be had."
    ),
    Reason.NOT_WIDER: _about(
        "One can approve less than what is asked for, never more, and never nothing. Nothing was changed."
    ),
    Reason.NOT_EXTENDABLE: _about(
        "Only live access can be extended, never a single reveal, and only while the policy gives it as "
        "it did. Nothing was filed. "
        f"To ask anew, type {code(f'{COMMAND} NAME 1h')} and why."
    ),
    Reason.EXTENDS_ENDED: _about(
        "The access that this would extend was ended by {by} ({when}), so nothing was approved. Please deny "
        "the request; if it is needed still, it can be asked for anew."
    ),
    Reason.NOT_YOUR_STEP: _about(
        "This request waits for other people at this step; yours is another one. Nothing was changed. "
        "You are called when it is your turn."
    ),
    Reason.ALREADY_COUNTED: _about(
        "Your approval of this request counts already, and nobody counts twice. Nothing was changed."
    ),
    Reason.POLICY_CHANGED: _about(
        "The policy has changed since this was asked, and would not allow it now. Nothing was approved. "
        "Please deny it; if it is still needed, it can be asked for again."
    ),
    Reason.MOVED_ON: _about(
        "Others decided on this request in the same moment. Nothing of yours was counted; please look at the "
        "message and press again."
    ),
    Reason.NOT_BEGUN: _about("Your access to {names} begins {when}. Nothing was revealed; press again then."),
    Reason.NO_REVIEW: _about("There is no open review of this request. Nothing was changed."),
    Reason.OWN_REVIEW: _about(
        "Nobody reviews their own emergency access: somebody else must. Nothing was changed."
    ),
    Reason.NOT_REVIEWER: _about(
        "The policy does not let you close this review. Nothing was changed. The message names who can."
    ),
    Reason.QUESTIONS: _about(
        "As many questions as a request may have were asked. Please approve or deny it, or write to its "
        "requester."
    ),
    Reason.NO_QUESTION: _about(
        "No question waits for your answer any more, so nothing was changed. Your card shows how it stands."
    ),
    Reason.DUTY_TOO_LONG: _fixed(
        "A duty can be handed over for 30 days at most. Nothing was changed; please name a shorter time."
    ),
    Reason.NOT_DELEGATE: _about(
        "{by} cannot decide in your place: it must be another full member of this workspace. "
        "Nothing was changed."
    ),
    Reason.STORE_FULL: _fixed(
        "Nothing was filed: the store is nearly full, so it takes no new requests. Access that is live "
        "still works and can be ended. Please tell whoever runs envaccess."
    ),
    Reason.SLOW_DOWN: _fixed(
        f"Slow down, please: that was more than {COMMANDS_PER_MINUTE} commands and forms in a minute. "
        "Nothing was done; try again in a minute."
    ),
    Reason.TOO_MANY_PRESSES: _fixed(
        f"Slow down, please: that was more than {PRESSES_PER_MINUTE} presses in a minute. "
        "Nothing was done; try again in a minute."
    ),
    Reason.TOO_MANY_PENDING: _about(
        "You have {limit} requests that wait for a decision, which is as many as one person may have. "
        f"Nothing was filed. {_STATUS} shows them; withdraw one that you do not need, or wait for a decision."
    ),
    Reason.TOO_MANY_FILED: _about(
        "You have filed {limit} requests within 24 hours, which is as many as one person may. Nothing was "
        "filed; you can ask again {when}. What is pending or live still works, and so does an emergency."
    ),
    Reason.TOO_MANY_EMERGENCIES: _about(
        "You have used emergency access {limit} times within an hour, which is as often as one person may. "
        "Nothing was given; the next is possible {when}. Please ask in the ordinary way, or let a colleague "
        "raise it."
    ),
    Reason.REMADE: _about(
        "{names} was deleted and made again after this was asked for, so it is another variable now. Nothing "
        "was approved or shown. This request can only be denied or withdrawn; what is still needed can be "
        "asked for again."
    ),
    Reason.UNKNOWN_ID: _fixed(
        f"No request has that id, so nothing was done. {_STATUS} shows yours, with their ids."
    ),
    Reason.NOT_PENDING: _not_pending,
    Reason.NO_GRANT: _no_grant,
    Reason.ENDED: _ended,
    Reason.NOT_CHECKED: _fixed(
        "Slack did not answer in time, so we could not check who you are. Nothing was done; "
        "please press or type it again."
    ),
    Reason.OTHER_OPERATION: _fixed(
        "This arrived under the id of something else that you did before, so nothing was done. "
        "Please press or type it again."
    ),
    Reason.DIRECTORY_REFUSED: lambda refusal, _hints: tell_directory_refused(refusal),
    Reason.GROUP_REFUSED: lambda refusal, _hints: tell_group_refused(refusal),
    Reason.DM_SLOW: _fixed(
        "Slack did not open your direct messages in time. Nothing was shown, and your access is as it was. "
        "Please press or type it again."
    ),
    Reason.DM_REFUSED: _dm_refused,
    Reason.STORE_DOWN: _fixed(
        "Our store does not answer just now, so nothing was done. Please try again in a moment."
    ),
    Reason.STORE_UNCERTAIN: _fixed(
        f"Our store did not answer in time, so this may or may not have happened. Check {_STATUS} "
        "or the request's message before you try again."
    ),
}
