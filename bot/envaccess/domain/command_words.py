"""What was wrong with what somebody asked, in words; whatever surface tells it, it adds its own forms."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.text import REASON_MAX, REASON_MIN, TEXT_MAX
from envaccess.domain.typed_parts import VARIABLES_MAX, Problem

_ELSE = "if it is part of why, begin with another word"
WRONG: Final[Mapping[Problem, str]] = {
    Problem.TOO_MUCH_TEXT: f"That is longer than {TEXT_MAX:,} characters, so it was not read",
    Problem.NAME: "That is no name of a variable; names have letters, digits and _, as in staging/DB_URL",
    Problem.NAME_MISSING: "Please name the variable after that word",
    Problem.NAMES_TOO_MANY: f"That is more than {VARIABLES_MAX} variables in one request",
    Problem.DURATION_MISSING: "After the name comes how long: 45s, 30m, 1h, 1h30m, or once (one reveal)",
    Problem.DURATION: "That is no duration: type 45s, 30m, 1h, 1h30m, or once (one reveal)",
    Problem.REASON_MISSING: "Please say why you need it, after the duration",
    Problem.REASON_SHORT: f"Please say a little more about why: at least {REASON_MIN} characters",
    Problem.REASON_LONG: f"Please say why in {REASON_MAX} characters or fewer",
    Problem.REASON_SECRET: "That reason has something like a secret in it; say why without it",
    Problem.VERB_CASE: "Commands are written in small letters",
    Problem.VERB_LIKE: "That is no command, and a request has how long, such as 1h, after the name",
    Problem.ARGUMENT: "Nothing more is needed after that word",
    Problem.START: "That is no time of day: after from comes a time such as 22:00, in your own time zone"
    f"; {_ELSE}",
    Problem.START_ZONE: f"A start is in your own time zone: type from 22:00, without a zone; {_ELSE}",
    Problem.START_DAY: "A start is the next time that your clock shows it: type from 22:00, without a day; "
    f"{_ELSE}",
    Problem.START_END: f"The duration says when access ends: type from 22:00 alone; {_ELSE}",
    Problem.START_FROM: f"That begins like a time: to begin later, type from 22:00 before why; {_ELSE}",
    Problem.START_NOW: f"That begins like a time, and this cannot begin later; {_ELSE}",
    Problem.TAKER: "Name one colleague by a mention, as in @bob; off takes your duty back",
    Problem.TARGET: "Name one colleague by a mention, as in @bob, one variable, as in STRIPE_KEY, "
    "or one machine, as in machine:deploy",
    Problem.REVIEW: "After review comes status, close, or start and what: everything, grants, or the name of "
    "a rule",
    Problem.SUBJECT: "Name what the events are about: a variable, a set, @somebody, a machine, an agent, "
    "or the id of a request, a session or an event",
    Problem.ID: "That is no id of a request: eight letters and digits, as status shows them",
}
