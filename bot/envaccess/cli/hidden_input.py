"""A line from the terminal that is not shown while it is typed."""

import getpass
import sys
import warnings


class NoHidingError(Exception):
    """This terminal would show what is typed."""


def is_terminal() -> bool:
    """Whether somebody sits at stdin who can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_hidden(prompt: str) -> str | None:
    """A line that was typed; None when it is no text in this locale.

    Raises:
        EOFError: nothing was typed.
        NoHidingError: it would be shown.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            line = getpass.getpass(prompt)
        line.encode()
    except getpass.GetPassWarning:
        raise NoHidingError from None
    except UnicodeError:  # it holds what was typed, so it ends here
        return None
    return line
