"""What people type when they ask for access, as click's callbacks. What is not understood is not repeated."""

import math

import click

from envaccess.cli.name_arguments import typed_variable
from envaccess.cli.output import Misuse
from envaccess.domain.duration import parse_duration
from envaccess.domain.ids import parse_id
from envaccess.domain.text import clean


def read_names(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Read `NAME[,NAME...]` or `@SET`."""
    names = tuple(filter(None, map(str.strip, text.split(","))))
    for name in names:
        if typed_variable(name.removeprefix("@")) is None:
            raise Misuse(
                "NAMES are variables' names, parted by commas, or @SET; one of these is none "
                "(nor is it repeated here)."
            )
    if not names:
        raise Misuse("NAMES are variables' names, parted by commas, or @SET.")
    return names


def read_time(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Read a duration."""
    if parse_duration(text) is None:
        raise Misuse("DURATION is such as 45s, 30m, 1h, 1h30m, 2d, or once.")
    return text


def read_start(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Read a time of day; empty where it begins at once."""
    if not text:
        return ""
    from envaccess.domain.typed_parts import is_time_of_day  # noqa: PLC0415 - only who begins later needs it

    if not is_time_of_day(text):
        raise Misuse("--from takes a time of day such as 22:00, in the time zone that Slack has for you.")
    return text


def read_wait(_context: click.Context, _parameter: click.Parameter, text: str | None) -> float:
    """Read how long it shall be waited; without end where nothing is said."""
    if text is None:
        return math.inf
    found = parse_duration(text)
    if found is None or found.once:
        raise Misuse("--wait takes a time such as 30s, 10m or 1h.")
    return found.seconds


def read_why(_context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """Read a reason; it is not sent where it may hold a value."""
    return sendable(clean(" ".join(words)))


def sendable(why: str) -> str:
    """A reason, unless it looks as if it held a secret. Raises `Misuse`."""
    from envaccess.domain.screening import looks_secret  # noqa: PLC0415 - heavy; who has access does without

    if looks_secret(why):
        raise Misuse("WHY looks as if it held a secret, so it was not sent (nor is it repeated here).")
    return why


def read_id(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """Read a request's id as people type it."""
    if text is None:
        return None
    found = parse_id(text)
    if found is None:
        raise Misuse("An ID has eight letters and digits; `envaccess status` lists them.")
    return found
