"""What was taken from an `.env` file as it stands, where whoever wrote it may have meant something else."""

import re
from collections.abc import Callable, Iterable, Iterator

from envaccess.cli.env_lines import Line

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
