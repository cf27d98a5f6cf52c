"""What commands say and print: data on stdout, words on stderr, both in UTF-8 whatever the locale."""

import os
import sys
import textwrap
from typing import IO, Any

import click


class Complaint(click.ClickException):
    """The command cannot do what was asked; its text is a sentence a line, without any value in it."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print on stderr, line by line."""
        for sentence in self.message.split("\n"):
            told = f"envaccess: {sentence}"
            click.echo(told if file else fitted(told, sys.stderr), err=file is None, file=file)


class Misuse(Complaint):
    """The command was not understood, or a setting is wrong."""

    exit_code = 2


def say(sentence: str) -> None:
    """Print a sentence for the operator on stderr."""
    click.echo(fitted(sentence, sys.stderr), err=True)


def answer(sentence: str) -> None:
    """Print on stdout what a person asked to be told, in sentences."""
    click.echo(fitted(sentence, sys.stdout))


def fitted(text: str, stream: IO[str] | None) -> str:
    """Text with its lines broken between words where this stream is a terminal that is narrower."""
    width = columns(stream)
    if not width:
        return text
    lines = text.split("\n")
    return "\n".join(line if len(line) <= width else _broken(line, width) for line in lines)


def columns(stream: IO[str] | None) -> int:
    """How many characters a line of this stream has; 0 where it is no terminal, or does not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream and stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def _broken(line: str, width: int) -> str:
    return "\n".join(
        textwrap.wrap(line, width, expand_tabs=False, break_long_words=False, break_on_hyphens=False)
    )


def warn(sentence: str) -> None:
    """Print a warning on stderr."""
    say(f"warning: {sentence}")
