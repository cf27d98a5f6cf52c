"""What a person sees who waits for a decision: who can decide, and on a terminal a line drawn anew below."""

import sys
from typing import Final

import click

from envaccess.cli.output import say
from envaccess.cli.request_words import tell_seconds, tell_waiting
from envaccess.client.answers import RequestAnswer

_CLEAR: Final = "\r\x1b[K"


class WaitingLine:
    """Shows on stderr who can decide, and since when it is waited; fits `client.waiting.WaitingDisplay`.

    Args:
        hint: what Ctrl-C does, a sentence.
    """

    def __init__(self, hint: str) -> None:
        self._hint = hint
        self._drawn = sys.stderr is not None and sys.stderr.isatty()
        self._said = ""
        self._stands = False

    def show(self, request: RequestAnswer, seconds: float) -> None:
        """It is waited for so long."""
        told = tell_waiting(request)
        if told != self._said:
            self.say(f"{told}. {self._hint}")
            self._said = told
        if self._drawn:
            self._stands = True  # first: Ctrl-C may come as soon as it is drawn
            click.echo(f"{_CLEAR}Waiting for {tell_seconds(int(seconds))}.", err=True, nl=False)

    def close(self) -> None:
        """Take the line away, so that what comes next stands in its place."""
        if self._stands:
            click.echo(_CLEAR, err=True, nl=False)
            self._stands = False

    def say(self, sentence: str) -> None:
        """Print a sentence above the line."""
        self.close()
        say(sentence)
