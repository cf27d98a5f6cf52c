"""Names as people type them. What is no name is never repeated: it may be a value in the wrong place."""

from typing import Any

import click

from envaccess.cli.output import Misuse
from envaccess.domain.value import looks_like_value
from envaccess.domain.variable import DEFAULT_ENVIRONMENT, Variable, parse_variable

FORM = "a name is NAME or environment/NAME, of letters, digits and `_`"
NOT_AN_ARGUMENT = (
    "A value is never taken as an argument, because the shell's history and the list of processes keep it. "
    "Leave it out and type it at the prompt, or give it on stdin. If this was the real one, replace it."
)


class QuietCommand(click.Command):
    """A command that repeats nothing of what it does not understand.

    Args:
        extra: the sentence that answers further arguments and unknown options.
    """

    allow_extra_args = True
    ignore_unknown_options = True

    def __init__(self, *args: Any, extra: str, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.extra = extra

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse what is left over, where click would list it."""
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            raise Misuse(self.extra)
        return left


def typed_variable(text: str) -> Variable | None:
    """A variable as it was typed; None where it is no name, or rather a pasted value."""
    variable = parse_variable(text)
    return variable if variable and not looks_like_value(variable.name) else None


def read_variable(_context: click.Context, _parameter: click.Parameter, text: str) -> Variable:
    """Read NAME or environment/NAME, as click's callback of an argument."""
    variable = typed_variable(text)
    if variable is None:
        raise Misuse(f"This is no variable's name (nor is it repeated here): {FORM}.")
    return variable


def read_name(context: click.Context, parameter: click.Parameter, text: str) -> Variable:
    """The same where a value might be expected behind the name."""
    if "=" in text:
        raise Misuse(NOT_AN_ARGUMENT)
    return read_variable(context, parameter, text)


def read_environment(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str:
    """Read the name of an environment, as click's callback of an option."""
    if text is None:
        return DEFAULT_ENVIRONMENT
    if parse_variable(f"{text}/NAME") is None or "/" in text:
        raise Misuse("An environment's name is of letters, digits, `.`, `-` and `_`, 20 at most.")
    return text


def bare_name(environment: str, name: str) -> Variable | None:
    """A name, put into an environment; None when it names one itself, is no name, or looks like a value."""
    return None if "/" in name else typed_variable(f"{environment}/{name}")
