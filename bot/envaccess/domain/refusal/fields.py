"""What the templates of refusals may name: each field, as the refusal and the handler know it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.duration import format_seconds
from envaccess.domain.end_reasons import because
from envaccess.domain.lock import Lock, Target, read_target
from envaccess.domain.phrase import Code, Length, Moment, Name, Phrase, Quote, Who, join
from envaccess.domain.policy.variable_sets import parse_set, set_label
from envaccess.domain.refusal.reason import Refusal
from envaccess.domain.screening import HIDDEN, printable
from envaccess.domain.text import count
from envaccess.domain.variable import Variable, parse_variable, typed

_NAMES_SHOWN: Final = 10
_NAMES_FEW: Final = 3
_PEOPLE_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Hints:
    """What the handler could find out to help.

    Attributes:
        nearest: the existing variable most like what was typed.
        approvers: user ids of those who may decide.
    """

    nearest: Variable | None = None
    approvers: Sequence[str] = ()


Field = Callable[[Refusal, Hints], Phrase]
"""What is known of a refusal; empty where it is nothing."""


def describe_lock(lock: Lock) -> Phrase:
    """`STRIPE_KEY is locked by @sec (since ...: why)`."""
    since = (" (since ", Moment(lock.at), ": ", Code(lock.why), ")")
    return (*describe_target(lock.target), " is locked by ", Who(lock.by), *since)


def describe_target(target: Target) -> Phrase:
    """What a lock is about."""
    if target.variable:
        return (Name(target.variable.label),)
    if target.program:
        return ("Access of ", Code(target.program))
    return ("Access of ", Who(target.person)) if target.person else ("This",)


def describe_people(users: Sequence[str]) -> Phrase:
    """A few people, and how many others."""
    named = [Who(user) for user in users[:_PEOPLE_SHOWN]]
    rest = len(users) - len(named)
    return join([*named, count(rest, "other")] if rest > 0 else named, "or")


def _readable(refusal: Refusal, most: int = _NAMES_SHOWN) -> list[str]:
    """The names that may be repeated: somebody may have pasted a value where a name belongs."""
    first = refusal.names[:_NAMES_SHOWN]
    return [name for name in first if printable(name) == name != HIDDEN][:most]


def _names(last: str, most: int = _NAMES_SHOWN) -> Field:
    def read(refusal: Refusal, _hints: Hints) -> Phrase:
        pairs = [(parse_variable(name), name) for name in _readable(refusal, most)]
        return join([Name(variable.label if variable else name) for variable, name in pairs], last)

    return read


def _wanted(refusal: Refusal, _hints: Hints) -> Phrase:
    """The names as they are typed in a command, or the place where they go."""
    names = _readable(refusal, _NAMES_FEW)
    variables = map(parse_variable, names)
    found = [*filter(parse_set, names), typed(variable for variable in variables if variable)]
    return (",".join(filter(None, found)) or "NAME",)


def _lock(refusal: Refusal, _hints: Hints) -> Phrase:
    return describe_lock(Lock("", read_target(refusal.target), refusal.by, refusal.at, refusal.hint))


def _target(refusal: Refusal, _hints: Hints) -> Phrase:
    """What was to be unlocked: anything that looks like a name may have been typed there, a value too."""
    target = read_target(refusal.target)
    hidden = target.variable and printable(target.variable.label) != target.variable.label
    return describe_target(Target() if hidden else target)


def _locked(refusal: Refusal, _hints: Hints) -> Phrase:
    target = read_target(refusal.target)
    return (Code(target.variable.label if target.variable else target.program or target.person),)


FIELDS: Final[Mapping[str, Field]] = {
    "approvers": lambda _refusal, hints: describe_people(hints.approvers),
    "by": lambda refusal, _hints: (Who(refusal.by),) if refusal.by else (),
    "end_reason": lambda refusal, _hints: (told,) if (told := because(refusal.hint)) else (),
    "group": lambda refusal, _hints: (Code(refusal.target),) if refusal.target else (),
    "hint": lambda refusal, _hints: (Quote(refusal.hint),) if refusal.hint else (),
    "hint_bare": lambda refusal, _hints: (Quote(refusal.hint),) if refusal.hint else (),
    "hint_code": lambda refusal, _hints: (Code(refusal.hint),) if refusal.hint else (),
    "length": lambda refusal, _hints: (Length(refusal.limit),) if refusal.limit else (),
    "length_typed": lambda refusal, _hints: (format_seconds(refusal.limit),),
    "limit": lambda refusal, _hints: (str(refusal.limit),) if refusal.limit else (),
    "lock": _lock,
    "locked": _locked,
    "locker": lambda refusal, _hints: (Code(refusal.by.partition(":")[2]),),
    "names": _names("or"),
    "names_all": _names("and"),
    "names_few": _names("and", _NAMES_FEW),
    "nearest": lambda _refusal, hints: (Name(hints.nearest.label),) if hints.nearest else (),
    "request": lambda refusal, _hints: (refusal.request,) if refusal.request else (),
    "set_like": lambda refusal, _hints: (Name(set_label(refusal.hint)),),
    "state": lambda refusal, _hints: (Code(refusal.state),) if refusal.state else (),
    "limit_long": lambda refusal, _hints: (f"{refusal.limit:,}",),
    "target": _target,
    "target_sets": lambda refusal, _hints: join([Name(name) for name in refusal.target.split(",")], "and"),
    "wanted": _wanted,
    "when": lambda refusal, _hints: (Moment(refusal.at),) if refusal.at else (),
}
OTHERWISE: Final[Mapping[str, str]] = {
    "by": "somebody",
    "hint": "what the policy asks for",
    "hint_bare": "cannot be stored",
    "limit": "0",
    "names": "this variable",
    "names_all": "this variable",
    "when": "later",
}
"""What is said in a field's place where nothing is known."""
