"""An `.env` file, read by python-dotenv's parser as it stands: no interpolation, no variable of ours.

Problems name lines, and only names that surely are names: a line that cannot be read may be part of a value.
"""

from dataclasses import dataclass, field
from io import StringIO

from dotenv.parser import Binding, parse_stream

from bot.cli.naming import bare_name
from bot.cli.typed import refuse_value
from bot.domain.variable import Variable


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file says.

    Attributes:
        values: what can be stored, in the file's order; not shown by `repr`.
        problems: one sentence a line that cannot be taken, with the line's number.
    """

    values: dict[Variable, str] = field(default_factory=dict, repr=False)
    problems: list[str] = field(default_factory=list)


def read_env(text: str, environment: str) -> EnvFile:
    """Read a whole file; its names are put into one environment."""
    found = EnvFile()
    lines: dict[Variable, int] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.error or binding.key is not None:
            number = _line(binding)
            problem = _take(found.values, lines, binding, environment, number)
            found.problems.extend([f"line {number}: {problem}"] if problem else [])
    return found


def _take(
    values: dict[Variable, str], lines: dict[Variable, int], binding: Binding, environment: str, number: int
) -> str:
    """Keep a binding; returns why not, empty when it is kept."""
    if binding.error or binding.key is None:
        return "this is not NAME=value (perhaps a quote that is not closed)"
    variable = bare_name(environment, binding.key)
    if variable is None:
        return "what stands before `=` is no name of letters, digits and `_` (it is not repeated here)"
    if binding.value is None:
        return "there is no `=`"
    if variable in lines:
        return f"{variable.label} stands on line {lines[variable]} already"
    lines[variable] = number
    problem = refuse_value(binding.value)
    if not problem:
        values[variable] = binding.value
    return f"the value of {variable.label} {problem}" if problem else ""


def _line(binding: Binding) -> int:
    """The line of the binding itself; python-dotenv counts blank lines above it as its own."""
    text = binding.original.string
    above = text[: len(text) - len(text.lstrip())]
    return binding.original.line + above.count("\n")
