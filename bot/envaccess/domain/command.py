"""The grammar of `/envaccess`: text in, a frozen command or a `BadCommand` out.

`NAME[,NAME...] DURATION REASON...`, or a lower-case verb. Nothing here knows which variables exist.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from envaccess.domain.audit_subject import AuditSubject, read_subject
from envaccess.domain.duration import Duration, parse_duration
from envaccess.domain.ids import parse_id
from envaccess.domain.lock import Target
from envaccess.domain.named import ShowSet, read_name
from envaccess.domain.policy.ruling import USUAL
from envaccess.domain.policy.variable_sets import parse_set
from envaccess.domain.text import TEXT_MAX, clean
from envaccess.domain.typed_parts import (
    BadCommand,
    Problem,
    echo,
    read_duration,
    read_mention,
    read_names,
    read_opening,
    read_reason,
    read_reason_now,
    read_target_word,
)
from envaccess.domain.variable import Variable, parse_variable


@dataclass(frozen=True, slots=True)
class Ask:
    """File a request.

    Attributes:
        variables: what was named by itself.
        start: when it shall begin, minutes after the requester's midnight; None: as soon as it may.
        emergency: at once, reviewed afterwards; the policy says how long.
        sets: the policy's sets of variables that are asked for besides, without their `@`.
    """

    variables: tuple[Variable, ...]
    duration: Duration
    reason: str
    start: int | None = None
    emergency: bool = False
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open the request modal."""


@dataclass(frozen=True, slots=True)
class Help:
    """Show the forms."""


@dataclass(frozen=True, slots=True)
class ListVariables:
    """Show what may be asked for."""


@dataclass(frozen=True, slots=True)
class Status:
    """Show the person's own requests and grants."""


@dataclass(frozen=True, slots=True)
class Show:
    """Reveal by name."""

    variable: Variable


@dataclass(frozen=True, slots=True)
class Cancel:
    """Withdraw a pending request."""

    id: str


@dataclass(frozen=True, slots=True)
class Revoke:
    """End a live grant."""

    id: str


@dataclass(frozen=True, slots=True)
class Extend:
    """Ask for more time."""

    id: str
    duration: Duration
    reason: str


@dataclass(frozen=True, slots=True)
class Delegate:
    """Hand one's duty as an approver over; an empty taker takes it back, no duration asks how it stands."""

    taker: str = ""
    duration: Duration | None = None


@dataclass(frozen=True, slots=True)
class LockAccess:
    """Lock a person, a program or a variable, for the policy's security people."""

    target: Target
    reason: str


@dataclass(frozen=True, slots=True)
class UnlockAccess:
    """Lift a lock; the reason may be empty."""

    target: Target
    reason: str


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """Show the newest events about something, for the policy's security people."""

    subject: AuditSubject


@dataclass(frozen=True, slots=True)
class SeenBy:
    """Show who has seen the current value, for the variable's owners and the policy's security people."""

    variable: Variable


@dataclass(frozen=True, slots=True)
class Rotate:
    """Have a value made worthless that people have seen, for its owners."""

    variable: Variable


@dataclass(frozen=True, slots=True)
class SignIn:
    """Get a code for signing in at a terminal."""


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Show where the person is signed in."""


@dataclass(frozen=True, slots=True)
class ShowReview:
    """Show the access review that is open, and what is left for the person to judge."""


@dataclass(frozen=True, slots=True)
class StartReview:
    """Start an access review.

    Attributes:
        what: a word for what is reviewed, or the name of a rule; empty for everything.
        reviewers: user ids; none: the policy's security people.
        duration: how long they have; None: as usual.
    """

    what: str = ""
    reviewers: tuple[str, ...] = ()
    duration: Duration | None = None


@dataclass(frozen=True, slots=True)
class CloseReview:
    """Close the access review that is open."""


_Alone = OpenForm | Help | ListVariables | Status | SignIn | ListSessions
_WithMore = Show | ShowSet | Cancel | Revoke | Extend | Delegate | LockAccess | UnlockAccess | Rotate
_OfReviews = ShowReview | StartReview | CloseReview
_Looking = ReadAudit | SeenBy
Command = Ask | _Alone | _WithMore | _Looking | _OfReviews | BadCommand

_ALONE: dict[str, Command] = {"help": Help(), "list": ListVariables(), "status": Status()}
_ALONE |= {"login": SignIn(), "sessions": ListSessions()}
VERBS = frozenset(
    {*_ALONE, "show", "cancel", "revoke", "extend", "emergency", "delegate", "lock", "unlock"}
    | {"audit", "seen", "review", "rotate"}
)
_ENDINGS: dict[str, type[Cancel] | type[Revoke]] = {"cancel": Cancel, "revoke": Revoke}
_ENDING_MAX = 40
_VERB_MAX = 12
_SCOPE_MAX = 60
"""Characters of a rule's name."""
_VERB_ALIKE = 0.75
"""Of `difflib`: two letters that changed places in a word of four."""
# A space beside a comma is common on phones: `A, B 1h why` names two variables; `A, 1h why` names one.
_FORM = re.compile(
    r"(?P<names>[^\s,]++(?:\s*+,[\s,]*+(?!(?:[0-9]++[dhms])++(?:\s|$))[^\s,]++)*+)"
    r"[\s,]*+(?P<duration>\S*+) ?(?P<reason>.*)"
)


def read_ending(text: str) -> Cancel | Revoke | Delegate | None:
    """Exactly `cancel ID`, `revoke ID` or `delegate off`; None for anything else, without reading it.

    These only give something up, and are known by their first few characters: they may be acted on where
    nothing else is read, because Slack does not say who somebody is.
    """
    if len(text) > _ENDING_MAX:
        return None
    verb, _, rest = text.strip().partition(" ")
    if (verb, rest) == ("delegate", "off"):
        return Delegate("", Duration(0))
    found = parse_id(rest) if verb in _ENDINGS else None
    return _ENDINGS[verb](found) if found else None


def parse_command(text: str) -> Command:
    """Read what was typed after the name of the command."""
    if len(text) > TEXT_MAX:
        return BadCommand(Problem.TOO_MUCH_TEXT)
    text = clean(text)
    if not text:
        return OpenForm()
    verb, _, rest = text.partition(" ")
    if verb in _ALONE:
        return BadCommand(Problem.ARGUMENT, echo(rest), verb) if rest else _ALONE[verb]
    if verb == "show":
        return _show(rest)
    if verb in {"cancel", "revoke"}:
        return _by_id(verb, rest)
    read = _WITH_MORE.get(verb)
    return read(rest) if read else _ask(text)


def _show(rest: str) -> Show | ShowSet | BadCommand:
    if name := parse_set(rest):
        return ShowSet(name)
    variable = parse_variable(rest)
    return Show(variable) if variable else _no_name(rest, "show")


def _by_id(verb: str, rest: str) -> Cancel | Revoke | BadCommand:
    found = parse_id(rest)
    if found is None:
        return BadCommand(Problem.ID, echo(rest), verb)
    return Cancel(found) if verb == "cancel" else Revoke(found)


def _extend(rest: str) -> Extend | BadCommand:
    id_, _, rest = rest.partition(" ")
    found = parse_id(id_)
    if found is None:
        return BadCommand(Problem.ID, echo(id_), "extend")
    word, _, rest = rest.partition(" ")
    duration = read_duration(word)
    if isinstance(duration, BadCommand):
        return replace(duration, verb="extend")
    reason = read_reason_now(rest)
    return (
        replace(reason, verb="extend") if isinstance(reason, BadCommand) else Extend(found, duration, reason)
    )


def _emergency(rest: str) -> Ask | BadCommand:
    name, _, rest = rest.partition(" ")
    named = read_name(name)
    if named is None:
        return _no_name(name, "emergency")
    reason = read_reason_now(rest)
    if isinstance(reason, BadCommand):
        return replace(reason, verb="emergency")
    return Ask(named.variables, USUAL, reason, emergency=True, sets=named.sets)


def _delegate(rest: str) -> Delegate | BadCommand:
    word, _, rest = rest.partition(" ")
    if word in {"", "off"}:
        alone = Delegate() if not word else Delegate("", Duration(0))
        return BadCommand(Problem.ARGUMENT, echo(rest), "delegate") if rest else alone
    person = read_mention(word)
    if not person:
        return BadCommand(Problem.TAKER, echo(word), "delegate")
    duration = read_duration(rest)
    if isinstance(duration, BadCommand):
        return replace(duration, verb="delegate")
    return BadCommand(Problem.DURATION, rest, "delegate") if duration.once else Delegate(person, duration)


def _lock(rest: str) -> LockAccess | BadCommand:
    word, _, rest = rest.partition(" ")
    target, reason = read_target_word(word), read_reason(rest)
    if target is None:
        return BadCommand(Problem.TARGET, echo(word), "lock")
    return replace(reason, verb="lock") if isinstance(reason, BadCommand) else LockAccess(target, reason)


def _unlock(rest: str) -> UnlockAccess | BadCommand:
    word, _, rest = rest.partition(" ")
    target, reason = read_target_word(word), read_reason(rest) if rest else ""
    if target is None:
        return BadCommand(Problem.TARGET, echo(word), "unlock")
    return replace(reason, verb="unlock") if isinstance(reason, BadCommand) else UnlockAccess(target, reason)


def _review(rest: str) -> ShowReview | StartReview | CloseReview | BadCommand:
    word, _, rest = rest.partition(" ")
    if word == "start":
        return _start_review(rest)
    if word in {"", "status", "close"}:
        found = CloseReview() if word == "close" else ShowReview()
        return BadCommand(Problem.ARGUMENT, echo(rest), "review") if rest else found
    return BadCommand(Problem.REVIEW, echo(word), "review")


def _start_review(rest: str) -> StartReview | BadCommand:
    """Mentions are reviewers, a duration is how long they have, and all else is what is reviewed."""
    reviewers, what, duration = list[str](), list[str](), None
    for word in rest.split():
        found = parse_duration(word)
        if person := read_mention(word):
            reviewers.append(person)
        elif found and not found.once and duration is None:
            duration = found
        else:
            what.append(word)
    named = " ".join(what)
    if len(named) > _SCOPE_MAX or named.startswith("@"):
        return BadCommand(Problem.REVIEW, echo(named), "review")
    return StartReview(named, tuple(dict.fromkeys(reviewers)), duration)


def _no_name(typed: str, verb: str) -> BadCommand:
    """Where one variable is to be named: none is, or it is no name."""
    return BadCommand(Problem.NAME if typed else Problem.NAME_MISSING, echo(typed), verb)


def _seen(rest: str) -> SeenBy | BadCommand:
    variable = parse_variable(rest)
    return SeenBy(variable) if variable else _no_name(rest, "seen")


def _rotate(rest: str) -> Rotate | BadCommand:
    variable = parse_variable(rest)
    return Rotate(variable) if variable else _no_name(rest, "rotate")


def _audit(rest: str) -> ReadAudit | BadCommand:
    subject = read_subject(rest)
    return subject if isinstance(subject, BadCommand) else ReadAudit(subject)


_WITH_MORE: dict[str, Callable[[str], Command]] = {
    "extend": _extend,
    "emergency": _emergency,
    "delegate": _delegate,
    "lock": _lock,
    "unlock": _unlock,
    "review": _review,
    "audit": _audit,
    "seen": _seen,
    "rotate": _rotate,
}


def _ask(text: str) -> Ask | BadCommand:
    form = _FORM.fullmatch(text)
    if form is None:
        return BadCommand(Problem.NAME, echo(text))
    names = read_names(form["names"])
    if isinstance(names, BadCommand):
        return names
    duration = read_duration(form["duration"].rstrip(",;"))
    if isinstance(duration, BadCommand):
        missed = duration.problem is Problem.DURATION_MISSING
        return (_miswritten_verb(form["names"]) if missed else None) or duration
    opening = read_opening(form["reason"])
    if isinstance(opening, BadCommand):
        return opening
    return Ask(names.variables, duration, *opening, sets=names.sets)


def _miswritten_verb(word: str) -> BadCommand | None:
    """A verb in the wrong case or with a slip in it; in capitals only the former, since variables are."""
    verb = word.lower()
    if verb in VERBS:
        return BadCommand(Problem.VERB_CASE, word, verb)
    if word.isupper() or len(word) > _VERB_MAX:
        return None
    like = difflib.get_close_matches(verb, sorted(VERBS), n=1, cutoff=_VERB_ALIKE)
    return BadCommand(Problem.VERB_LIKE, echo(word), like[0]) if like else None
