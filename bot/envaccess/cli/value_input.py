"""Where a value comes in: a prompt without echo on a terminal, else stdin. Never an argument.

No fault here holds what was read: what cannot be decoded or is refused is dropped before anything is raised.
"""

import sys
from typing import BinaryIO

from envaccess.cli.hidden_input import NoHidingError, is_terminal, read_hidden
from envaccess.cli.output import Complaint, warn
from envaccess.domain.value import VALUE_BYTES, refuse_value
from envaccess.slack.limits import VALUE_MAX

TYPED_BYTES = 1_000
"""A terminal silently cuts longer lines (MAX_CANON: 1,024 on macOS, 4,096 on Linux)."""

_TRIES = 3
_STDIN = "give the value on stdin; nothing was changed."


def read_value(label: str) -> str:
    """The value of the variable with this label, from the terminal or from stdin.

    Raises:
        Complaint: there is none, or it cannot be a value.
    """
    value = _prompt(label) if is_terminal() else _read_stdin()
    problem = refuse_value(value)
    if problem:
        del value
        raise Complaint(f"The value {problem}; nothing was changed.")
    if too_long_for_slack(value):
        warn(f"{label} is longer than {VALUE_MAX:,} characters: Slack cannot show it to anybody.")
    return value


def too_long_for_slack(value: str) -> bool:
    """Whether it can be stored, but not be shown to anybody in Slack."""
    return len(value) > VALUE_MAX


def read_bytes(source: BinaryIO, limit: int) -> bytes:
    """Read a whole stream.

    Raises:
        Complaint: there are more than `limit` bytes.
    """
    found = source.read(limit + 1)
    if len(found) > limit:
        del found
        raise Complaint(f"There are more than {limit:,} bytes; nothing was changed.")
    return found


def decode(found: bytes) -> str | None:
    """UTF-8 to text, without a byte order mark; None when it is no UTF-8."""
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError:  # it holds the bytes, so it ends here
        return None


def read_stdin(limit: int) -> bytes:
    """Read all of stdin.

    Raises:
        Complaint: it is closed, or holds more than `limit` bytes.
    """
    if sys.stdin is None:
        raise Complaint("stdin is closed, so that nothing can be read from it; nothing was changed.")
    return read_bytes(sys.stdin.buffer, limit)


def _read_stdin() -> str:
    found = decode(read_stdin(VALUE_BYTES + len("\r\n")))
    if found is None:
        raise Complaint("What stdin gave is not UTF-8 text; nothing was changed.")
    return found.removesuffix("\r\n") if found.endswith("\r\n") else found.removesuffix("\n")


def _prompt(label: str) -> str:
    for _ in range(_TRIES):
        first = _ask(f"Value of {label} (one line, not shown; for several lines use stdin): ")
        if first == _ask("The same again: "):
            return first
        warn("the two differ; nothing was changed yet.")
    raise Complaint("The two differed each time; nothing was changed.")


def _ask(prompt: str) -> str:
    """One line from the terminal, without echo."""
    line = _read_hidden(prompt)
    if line is None:
        raise Complaint(f"What was typed cannot be read in this locale: {_STDIN}")
    if len(line.encode()) > TYPED_BYTES:
        del line
        raise Complaint(f"A terminal may cut so long a line off: {_STDIN}")
    return line


def _read_hidden(prompt: str) -> str | None:
    """A line that was typed; None when it is no text in this locale."""
    try:
        return read_hidden(prompt)
    except EOFError:
        raise Complaint("Nothing was typed; nothing was changed.") from None
    except NoHidingError:
        raise Complaint(f"This terminal cannot hide what is typed: {_STDIN}") from None
