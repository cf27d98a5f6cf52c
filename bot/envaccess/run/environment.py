"""The environment of the child: the caller's, without what is ours, and with the values."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from envaccess.domain.errors import CommandError
from envaccess.domain.variable import Variable, parse_variable
from envaccess.run.lease import ValueLease

LONGEST: Final = 131_071
"""Bytes of `NAME=value` that Linux takes at most, without the NUL at its end (MAX_ARG_STRLEN, execve(2))."""
_TOO_LONG: Final = 126
"""As shells answer where execve(2) says E2BIG."""
_USAGE: Final = 78

_PREFIX = "ENVACCESS_"
_NAMES: Final = frozenset(
    {"PATH", "BASH_ENV", "ENV", "NODE_OPTIONS", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"}
    | {"GIT_EXEC_PATH", "IFS", "SHELL"}
)
_BEGINNINGS: Final = ("LD_", "DYLD_", "GIT_SSH", "GIT_CONFIG", "SSL_CERT_", _PREFIX)
_PROXY: Final = "_PROXY"
_KEPT: Final = frozenset({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "TMPDIR", "PWD"})
_KEPT_BEGINNING: Final = "LC_"


def refused(name: str) -> bool:
    """Whether a value under this name would change which program runs, or whom it trusts."""
    upper = name.upper()
    return upper in _NAMES or upper.startswith(_BEGINNINGS) or upper.endswith(_PROXY)


def name_variables(variables: Collection[Variable], renamed: Mapping[str, Variable]) -> dict[str, Variable]:
    """Under which name the child finds each variable.

    Args:
        variables: all that are wanted.
        renamed: what `--as` says, by the name in the child; each is one of the variables.

    Raises:
        CommandError: a name is refused, or two variables would have the same.
    """
    named = dict(renamed)
    for variable in variables:
        if variable in renamed.values():
            continue
        if variable.name in named:
            raise CommandError(_collision(variable, named[variable.name]), _USAGE)
        named[variable.name] = variable
    for name, variable in named.items():
        _check_name(name, variable)
    return named


def _collision(variable: Variable, other: Variable) -> str:
    return (
        f"{other.label} and {variable.label} would both be {variable.name}: name one otherwise, "
        f"`--as {variable.name}_2={variable.label}`"
    )


def _check_name(name: str, variable: Variable) -> None:
    if refused(name):
        raise CommandError(
            f"{name} changes how programs run, so no value is put there: name it otherwise, "
            f"`--as MY_{name.upper()}={variable.label}`",
            _USAGE,
        )


def read_renames(texts: Iterable[str], variables: Collection[Variable]) -> dict[str, Variable]:
    """What `--as NAME=ENVIRONMENT` or `--as NAME=ENVIRONMENT/NAME` says.

    The right side is a variable, or the environment of the one variable that is called NAME there.

    Raises:
        CommandError: it cannot be understood, or names what is not wanted.
    """
    renamed: dict[str, Variable] = {}
    for text in texts:
        name, equals, source = text.partition("=")
        variable = _meant(name, source, variables)
        if not equals or variable is None or not _is_name(name):
            raise CommandError(
                "--as takes NAME=ENVIRONMENT/VARIABLE, where NAME is what the command finds and "
                "ENVIRONMENT/VARIABLE is one of those asked for, such as --as DB_URL=production/DATABASE_URL",
                _USAGE,
            )
        if name in renamed:
            raise CommandError(f"--as gives {name} twice", _USAGE)
        renamed[name] = variable
    return renamed


def read_files(texts: Iterable[str]) -> dict[str, str]:
    """What `--file NAME` or `--file NAME=PATH` says: the path by name, empty where none is given.

    Raises:
        CommandError: it cannot be understood.
    """
    files: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not _is_name(name) or (equals and not path) or "\0" in path:
            raise CommandError("--file takes NAME, or NAME=PATH, such as --file KUBECONFIG", _USAGE)
        files[name] = path
    return files


def check_file_names(files: Collection[str], named: Collection[str]) -> None:
    """Refuse a file for what the command does not have.

    Raises:
        CommandError: a name is none of those.
    """
    for name in files:
        if name not in named:
            raise CommandError(f"--file {name}: the command has no variable of that name", _USAGE)


def _is_name(name: str) -> bool:
    return "/" not in name and parse_variable(name) is not None


def _meant(name: str, source: str, variables: Collection[Variable]) -> Variable | None:
    by_environment = parse_variable(f"{source}/{name}")
    return next((found for found in (parse_variable(source), by_environment) if found in variables), None)


def child_environment(
    caller: Mapping[str, str], lease: ValueLease, in_files: Collection[str], *, clean: bool
) -> dict[str, str]:
    """All that the child finds, but for the paths of its files.

    Args:
        caller: the environment of whoever called us.
        lease: the values.
        in_files: names whose values go into files.
        clean: whether only what a program needs of the caller's is kept.
    """
    kept = {name: value for name, value in caller.items() if not name.startswith(_PREFIX)}
    if clean:
        kept = {name: kept[name] for name in kept if name in _KEPT or name.startswith(_KEPT_BEGINNING)}
    kept[f"{_PREFIX}REQUEST"] = ",".join(lease.requests)
    kept[f"{_PREFIX}EXPIRES_AT"] = lease.expires_at
    return {**kept, **{name: value for name, value in lease.values.items() if name not in in_files}}


def check_values(values: Mapping[str, str], in_files: Collection[str]) -> None:
    """Refuse what no environment can hold, before anything is started.

    Raises:
        CommandError: a value holds a NUL, or is too long and not for a file.
    """
    for name, value in values.items():
        if name in in_files:
            continue
        if "\0" in value:
            raise CommandError(
                f"the value of {name} holds a NUL character, which no environment variable can: "
                f"`--file {name}` puts it into a file"
            )
        size = len(name) + 1 + len(value.encode(errors="surrogateescape"))
        if size > LONGEST:
            raise CommandError(
                f"the value of {name} is too long for an environment variable ({size:,} bytes with its name, "
                f"{LONGEST:,} fit): `--file {name}` puts it into a file",
                _TOO_LONG,
            )
