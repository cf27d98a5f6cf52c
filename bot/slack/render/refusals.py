"""Every refusal as a sentence to the person refused: what did not happen, why, and what to do next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.refusal import Reason, Refusal
from bot.domain.request import GrantState, State
from bot.domain.text import HIDDEN, printable
from bot.domain.variable import Variable, parse_variable
from bot.slack.names import COMMAND
from bot.slack.render.blocks import Rendered, code, mention, say, when
from bot.slack.render.words import actor_of, labels, people, seconds, typed


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
    return f"You cannot decide on your own request; another member of the approvers channel can.{cancel}"


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
    return f"That is too long: the policy allows{most}. Nothing was filed; please ask for a shorter time."


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


def _ended(refusal: Refusal, _hints: Hints) -> str:
    by = f" by {actor_of(refusal.by)}" if refusal.by else ""
    at = f" ({when(refusal.at)})" if refusal.at else ""
    told: dict[str, str] = {
        GrantState.REVOKED: f"was ended{by}",
        GrantState.USED_UP: "was for one reveal, which is used",
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


_TOLD: dict[Reason, Callable[[Refusal, Hints], str]] = {
    Reason.NOT_FOUND: _account("is not known to Slack. An admin of this workspace can look into it"),
    Reason.OTHER_WORKSPACE: _account("belongs to another workspace"),
    Reason.DEACTIVATED: _account("is deactivated"),
    Reason.BOT: _account("is a bot's"),
    Reason.GUEST: _account("is a guest's, or was invited and has not joined yet"),
    Reason.SELF_APPROVAL: _self_approval,
    Reason.NOT_APPROVER: _fixed(
        "Only members of the approvers channel can decide, and you are not one of them now. "
        "Nothing was changed. Ask in that channel to be added, or let one of its members decide. "
        "If you are in it, please tell whoever runs envaccess."
    ),
    Reason.NOT_YOURS: _fixed(
        "That is somebody else's request, so nothing was done. Only they can reveal or withdraw it; "
        "ending access is for them and for approvers. "
        f"To ask for yourself, type {code(f'{COMMAND} NAME 1h')} and why."
    ),
    Reason.UNKNOWN_VARIABLE: _unknown_variable,
    Reason.TOO_LONG: _too_long,
    Reason.NO_APPROVERS: _fixed(
        "Nobody could decide on this, so nothing was filed: apart from you, the approvers channel has no "
        "full member of this workspace. Ask somebody there to add a colleague."
    ),
    Reason.APPROVERS_UNREACHABLE: _fixed(
        "Nothing was filed: envaccess cannot rely on its approvers channel. It is out of reach, open to "
        "people who should not decide, or empty. "
        "Please tell whoever runs envaccess; `envaccess doctor` says how to mend it."
    ),
    Reason.STORE_FULL: _fixed(
        "Nothing was filed: the store is nearly full, so it takes no new requests. Access that is live "
        "still works and can be ended. Please tell whoever runs envaccess."
    ),
    Reason.SLOW_DOWN: _fixed(
        "Slow down, please: that was more than 20 commands in a minute. Nothing was done; "
        "try again in a minute."
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
    Reason.STORE_DOWN: _fixed(
        "Our store does not answer just now, so nothing was done. Please try again in a moment."
    ),
    Reason.STORE_UNCERTAIN: _fixed(
        f"Our store did not answer in time, so this may or may not have happened. Check {_STATUS} "
        "or the request's message before you try again."
    ),
}
