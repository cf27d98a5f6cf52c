"""What a person sees who waits for a decision: who can decide, and on a terminal a line drawn anew below."""

import sys
from collections.abc import Sequence
from typing import Final

import click

from envaccess.cli.output import say
from envaccess.client.answers import PersonAnswer, RequestAnswer
from envaccess.domain.duration import spell_seconds

_NAMED: Final = 3
_MINUTE: Final = 60
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
            click.echo(f"{_CLEAR}Waiting for {_rounded(seconds)}.", err=True, nl=False)
            self._stands = True

    def close(self) -> None:
        """Take the line away, so that what comes next stands in its place."""
        if self._stands:
            click.echo(_CLEAR, err=True, nl=False)
            self._stands = False

    def say(self, sentence: str) -> None:
        """Print a sentence above the line."""
        self.close()
        say(sentence)


def tell_waiting(request: RequestAnswer) -> str:
    """Who can decide, a part of a sentence."""
    who = tell_people(request.waiting_for) or "an approver"
    step = f" (step {request.step} of {request.steps})" if request.steps > 1 else ""
    return f"Request {request.id} waits for {who}{step}"


def tell_people(people: Sequence[PersonAnswer]) -> str:
    """`@bob, @carla or 4 others`."""
    named = [person.mention for person in people[:_NAMED]]
    left = len(people) - len(named)
    if left:
        named.append(f"{left} others" if left > 1 else people[_NAMED].mention)
    return " or ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def _rounded(seconds: float) -> str:
    """Seconds within the first minute, then whole minutes."""
    whole = int(seconds)
    return spell_seconds(whole if whole < _MINUTE else whole - whole % _MINUTE)
