"""What commands say and print: data on stdout, words on stderr, both in UTF-8 whatever the locale."""

from typing import IO, Any

import click


class Complaint(click.ClickException):
    """The command cannot do what was asked; its text is a sentence a line, without any value in it."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print on stderr, line by line."""
        for sentence in self.message.split("\n"):
            click.echo(f"envaccess: {sentence}", err=file is None, file=file)


class Misuse(Complaint):
    """The command was not understood, or a setting is wrong."""

    exit_code = 2


def say(sentence: str) -> None:
    """Print a sentence for the operator on stderr."""
    click.echo(sentence, err=True)


def warn(sentence: str) -> None:
    """Print a warning on stderr."""
    say(f"warning: {sentence}")
