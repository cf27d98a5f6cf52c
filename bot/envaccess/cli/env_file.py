"""An `.env` file as a whole: what of it can be stored, what is wrong with it, what to look at again.

Names are told only where every line is a binding: else a part of a value may have been read as a name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from envaccess.cli.env_lines import Line, read_lines
from envaccess.cli.env_notes import notes_about
from envaccess.cli.naming import bare_name
from envaccess.cli.typed import refuse_value
from envaccess.domain.variable import Variable

_EMPTY = "is empty"


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file says.

    Attributes:
        values: what can be stored, in the file's order; not shown by `repr`. Empty where there are problems.
        problems: one sentence a line that cannot be taken, with the line's number.
        notes: sentences about values that are taken as they stand.
    """

    values: dict[Variable, str] = field(default_factory=dict, repr=False)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_env(text: str, environment: str, *, skip_empty: bool = False) -> EnvFile:
    """Read a whole file; its names are put into one environment."""
    lines = list(read_lines(text))
    empty = [line for line in lines if skip_empty and not line.fault and not line.value]
    kept = [line for line in lines if line not in empty]
    problems = list(_problems(kept, environment))
    if problems:
        return EnvFile(problems=problems)
    named = ((bare_name(environment, line.name), line.value) for line in kept)
    skipped = [f"note: {_listed(empty)} empty, and skipped."] if empty else []
    values = {variable: value for variable, value in named if variable}
    return EnvFile(values, notes=[*skipped, *notes_about(kept)])


def _problems(lines: Iterable[Line], environment: str) -> Iterator[str]:
    kept = list(lines)
    named = not any(line.fault for line in kept)
    seen: dict[str, int] = {}
    for line in kept:
        problem = line.fault or _problem(line, seen, environment, named=named)
        if problem:
            yield f"line {line.number}: {problem}"
        seen.setdefault(line.name, line.number)


def _problem(line: Line, seen: dict[str, int], environment: str, *, named: bool) -> str:
    """Why a binding cannot be stored; empty where it can."""
    variable = bare_name(environment, line.name)
    label = variable.label if variable else ""
    if line.name in seen:
        return f"{label if named else 'its name'} stands on line {seen[line.name]} already"
    wrong = refuse_value(line.value)
    if not wrong:
        return ""
    told = named and (wrong != _EMPTY or line.name.isupper() or line.name.islower())
    skip = "; --skip-empty leaves such lines out" if wrong == _EMPTY else ""
    return f"the value of {label} {wrong}{skip}" if told else f"the value {wrong}{skip}"


def _listed(lines: list[Line]) -> str:
    """`lines 2, 5 are`: what has no value may be no name."""
    numbers = ", ".join(str(line.number) for line in lines)
    return f"line {numbers} is" if len(lines) == 1 else f"lines {numbers} are"
