"""Read an `.env` file: what of it can be stored, what is wrong with it, what to look at again.

Names are told only where every line is a binding: else a part of a value may have been read as a name.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from envaccess.cli.env_lines import Line, read_lines
from envaccess.cli.name_arguments import bare_name
from envaccess.domain.value import refuse_value
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


_REFERENCES = (
    "op://",
    "vault:",
    "vault://",
    "ENC[",
    "encrypted:",
    "ref+",
    "secret://",
    "secretsmanager:",
    "ssm:",
    "ssm://",
    "awssm://",
    "gsm://",
    "gcpsm://",
    "azurekv://",
    "chamber://",
    "doppler://",
    "infisical://",
    "bws://",
    "sops://",
    "keyring://",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "@Microsoft.KeyVault(",
    "$ANSIBLE_VAULT",
    "!vault",
    "{{",
)
"""How values begin that other tools look up or open: 1Password, Vault, sops, dotenvx, vals and more."""
_VARIABLE = re.compile(r"\$(?:\{[^{}]*\}|[A-Za-z_][A-Za-z0-9_]*|\(.*\))", re.DOTALL)
_BINDING = re.compile(r"\n\s{0,20}(?:export )?[A-Z][A-Z0-9_]+=")


def _is_literal(line: Line) -> bool:
    return line.raw[:1] == "'"


def _is_cut(line: Line) -> bool:
    return not line.quoted and line.value != line.raw


def _has_escaped_dollar(line: Line) -> bool:
    return not _is_literal(line) and "\\$" in line.value


def _has_command(line: Line) -> bool:
    return not _is_literal(line) and ("`" in line.value or "$(" in line.value)


def _is_reference(line: Line) -> bool:
    looked_up = not _is_literal(line) and _VARIABLE.fullmatch(line.value) is not None
    return looked_up or line.value.lower().startswith(tuple(start.lower() for start in _REFERENCES))


def _goes_on(line: Line) -> bool:
    return not line.quoted and line.value.endswith("\\")


def _swallows(line: Line) -> bool:
    return line.quoted and _BINDING.search(line.value) is not None


_NOTES: tuple[tuple[str, Callable[[Line], bool]], ...] = (
    ("cut at ` #`: what follows counts as a comment, unless the value is in quotes", _is_cut),
    ("with `\\$`: the backslash is kept, unlike in a shell", _has_escaped_dollar),
    ("with a backtick or `$(`: no command is run", _has_command),
    (
        "a reference (such as op://, vault:, ENC[ or ${NAME}): stored as it stands, not looked up",
        _is_reference,
    ),
    ("ending with a backslash: the next line is not joined", _goes_on),
    ("over several lines, one of them like NAME=value: look whether a quote is not closed", _swallows),
)


def notes_about(lines: Iterable[Line]) -> Iterator[str]:
    """One sentence for each kind of value to look at again, with the names that it is about."""
    kept = list(lines)
    for told, holds in _NOTES:
        names = [line.name for line in kept if holds(line)]
        if names:
            yield f"note: {', '.join(names)}: {told}."
