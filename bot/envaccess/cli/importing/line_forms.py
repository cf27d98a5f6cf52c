"""What `heroku config -s` and `vercel env pull` write: a name and a value a line, each quoted in its way."""

from collections.abc import Callable, Iterator

from envaccess.cli.importing.entries import FileReading, ImportedEntry
from envaccess.cli.name_arguments import bare_name
from envaccess.domain.variable import DEFAULT_ENVIRONMENT

_NO_LINE = "this is no NAME=value as this tool writes it"
_VERCEL_OWN = frozenset({
    "VERCEL", "NX_DAEMON", "TURBO_CACHE", "TURBO_DOWNLOAD_LOCAL_ENABLED", "TURBO_REMOTE_ONLY",
    "TURBO_RUN_SUMMARY",
})  # fmt: skip
_SET_BY_VERCEL = "set by Vercel for each deployment, and no secret to keep"
_IN_DOUBLE = frozenset('"\\$`!')
"""What Heroku puts a backslash before in double quotes."""


class _NotQuotedSoError(Exception):
    """A value is not written as the tool writes it."""


def read_heroku(text: str) -> FileReading:
    """Read what `heroku config -s` printed: quoted for a shell, one line a name."""
    return FileReading(list(_lines(text, _heroku)))


def read_vercel(text: str) -> FileReading:
    r"""Read what `vercel env pull` wrote: all in double quotes, of which none inside is escaped, and `\n`."""
    return FileReading([_without_own(entry) for entry in _lines(text, _vercel)])


def _without_own(entry: ImportedEntry) -> ImportedEntry:
    if entry.fault or not (entry.name in _VERCEL_OWN or entry.name.startswith("VERCEL_")):
        return entry
    return ImportedEntry(entry.place, entry.name, left_out=_SET_BY_VERCEL)


def _lines(text: str, value_of: Callable[[str], str]) -> Iterator[ImportedEntry]:
    for number, line in enumerate(text.split("\n"), 1):
        told = line.removesuffix("\r")
        if not told.strip() or told.startswith("#"):
            continue
        yield _entry(f"line {number}", told, value_of)


def _entry(place: str, line: str, value_of: Callable[[str], str]) -> ImportedEntry:
    name, sign, rest = line.partition("=")
    if not sign or bare_name(DEFAULT_ENVIRONMENT, name) is None:
        return ImportedEntry(place, fault=_NO_LINE)
    try:
        return ImportedEntry(place, name, value_of(rest))
    except _NotQuotedSoError:
        return ImportedEntry(place, fault="the value is not quoted as this tool quotes it")


def _vercel(rest: str) -> str:
    return _inside(rest, '"').replace("\\n", "\n").replace("\\r", "\r")


def _inside(rest: str, quote: str) -> str:
    if len(rest) <= 1 or not rest.startswith(quote) or not rest.endswith(quote):
        raise _NotQuotedSoError
    return rest[1:-1]


def _heroku(rest: str) -> str:
    if rest.startswith("'"):
        return "".join(_unescaped(_inside(rest, "'"), "'", frozenset("'\\")))
    if rest.startswith('"'):
        return "".join(_unescaped(_inside(rest, '"'), '"', _IN_DOUBLE | {"n"}))
    if any(character in " \t\"'\\$`" for character in rest):
        raise _NotQuotedSoError
    return rest


def _unescaped(inside: str, quote: str, escaped: frozenset[str]) -> Iterator[str]:
    characters = iter(inside)
    for character in characters:
        if character == quote:
            raise _NotQuotedSoError
        if character != "\\":
            yield character
            continue
        after = next(characters, "")
        if after not in escaped:
            raise _NotQuotedSoError
        yield "\n" if after == "n" else after
