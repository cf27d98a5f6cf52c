"""Look for values in a project's file, comments included: it never holds one, and is in a repository."""

import re
from collections.abc import Iterator

from envaccess.client.project_file import ProjectSource
from envaccess.client.project_shape import LISTED_FORM, fits
from envaccess.domain.errors import ProjectFileError

_QUOTES = re.compile("[\"']")
_FAULT = "this looks like a value, and this file never holds one: take it out, and replace it if it was real"


def refuse_values(source: ProjectSource) -> None:
    """Refuse a file that seems to hold a value.

    Raises:
        ProjectFileError: it does; nothing of it is repeated.
    """
    lines = list(_suspicious(source.text))
    if lines:
        raise ProjectFileError(str(source.path), *((line, _FAULT) for line in lines))


def _suspicious(text: str) -> Iterator[int]:
    """The numbers of the lines that hold what looks like a value."""
    for number, line in enumerate(text.split("\n"), 1):
        code, _, comment = line.partition("#")
        if any(_is_value(part) for part in (comment, *_QUOTES.split(code)) if part.strip()):
            yield number


def _is_value(part: str) -> bool:
    """Whether it looks like a value; of a name, whether one of its words does."""
    from envaccess.domain.screening import looks_secret  # noqa: PLC0415 - heavy; a trusted file does without
    from envaccess.domain.secret_tokens import has_token  # noqa: PLC0415 - the same

    if fits(LISTED_FORM, part):
        return has_token(part) or any(map(looks_secret, part.split("_")))
    return looks_secret(part)
