"""Read what is asked for, with the grammar that `/envaccess` has."""

from typing import Final

from envaccess.domain.command import Ask
from envaccess.domain.command_words import WRONG
from envaccess.domain.duration import Duration
from envaccess.domain.named import Names
from envaccess.domain.policy.variable_sets import SET_LENGTH, SET_MAX, is_too_much
from envaccess.domain.typed_parts import (
    BadCommand,
    Problem,
    is_time_of_day,
    read_duration,
    read_name_words,
    read_opening,
)
from envaccess.domain.variable import Variable, parse_variable
from envaccess.http.api.models import FilingInput, InputFault

_FIELDS: Final = {
    Problem.NAME: "variables",
    Problem.NAMES_TOO_MANY: "variables",
    Problem.DURATION: "duration",
    Problem.DURATION_MISSING: "duration",
    Problem.START: "from",
}
_NO_TIME: Final = InputFault(
    field="from",
    problem="This is no time of day: say one such as 22:00, in your own time zone, without a day.",
)
_TOO_MUCH: Final = InputFault(
    field="variables",
    problem=f"One request has at most {SET_MAX} variables, whose names have {SET_LENGTH:,} characters "
    "together.",
)
"""Of what a project's file lists; nobody types so many, but in Slack a set has as many."""


def read_filing(body: FilingInput) -> Ask | list[InputFault]:
    """What is asked for, or all that is wrong with it."""
    names = read_name_words(body.variables, SET_MAX)
    duration = read_duration(body.duration)
    opening = _read_opening(body)
    faults = [name_fault(part) for part in (names, duration, opening) if isinstance(part, BadCommand)]
    if isinstance(opening, InputFault):
        faults.append(opening)
    if faults:
        return faults
    assert isinstance(names, Names)
    if is_too_much(names.variables):
        return [_TOO_MUCH]
    assert isinstance(duration, Duration)
    assert isinstance(opening, tuple)
    return Ask(names.variables, duration, *opening, sets=names.sets)


def read_labels(labels: list[str]) -> tuple[Variable, ...] | BadCommand:
    """Variables, each once, in the order given."""
    found = dict.fromkeys(map(parse_variable, labels))
    return BadCommand(Problem.NAME) if None in found else tuple(variable for variable in found if variable)


def _read_opening(body: FilingInput) -> tuple[str, int | None] | BadCommand | InputFault:
    """The reason, and when it shall begin; a time that stands in the reason counts as in Slack."""
    if not body.start:
        return read_opening(body.reason)
    found = read_opening(f"from {body.start} {body.reason}")
    return found if is_time_of_day(body.start) else _NO_TIME


def name_fault(bad: BadCommand) -> InputFault:
    """What is wrong, at its field."""
    return InputFault(field=_FIELDS.get(bad.problem, "reason"), problem=f"{WRONG[bad.problem]}.")
