"""How a command ends: every exception becomes an exit code and at most one sentence on stderr.

There are two tables. Operators' commands end with 0, 1 or 2. What people run in their terminals (`request`,
`get`, `run` and their like) never ends with 1 or 2 by itself, since a child's own code may be that:

| code | when |
|---|---|
| 75 | nobody decided in time, or the server is not reachable: later it may be otherwise |
| 77 | refused or denied |
| 78 | wrong usage, a wrong setting, not signed in |
| 124 | the access ended |
| 125 | a fault of ours |
| 126, 127 | the command of `run` cannot be executed, or is not found |
| 130 | Ctrl-C |

Of what nobody foresaw, only its type and the places it passed are shown: its text may hold a value.
"""

import io
import os
import sys
from collections.abc import Callable

import click

from envaccess.cli.output import Complaint, Misuse, say
from envaccess.client.errors import RefusedError, UndecidedError, UnreachableError
from envaccess.domain.errors import (
    BackupFileError,
    CommandError,
    DirectoryError,
    EmbeddedServerError,
    EnvaccessError,
    KeyFileError,
    ProjectFileError,
    ProjectNotTrustedError,
    SettingsError,
)

INTERRUPTED = 130
READER_GONE = 141
"""What a shell shows for a program that a closed pipe ended: 128 + SIGPIPE."""


_OURS = f"{os.sep}bot{os.sep}"


UNDECIDED, DENIED, MISCONFIGURED = os.EX_TEMPFAIL, os.EX_NOPERM, os.EX_CONFIG
ACCESS_ENDED, OUR_FAULT = 124, 125
_USAGE = frozenset({"input_invalid", "no_value", "once_whole"})
"""The server's codes for what cannot be asked for like this."""
_UNANSWERED = frozenset({"tap_lapsed"})
"""Its codes for what nobody decided in time."""


class EndedError(Exception):
    """A command came to its end and has said what there is to say.

    Attributes:
        code: the exit code.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ReaderGoneError(Exception):
    """Whoever read our output stopped reading."""


_DEFINITE = (
    SettingsError,
    BackupFileError,
    DirectoryError,
    EmbeddedServerError,
    KeyFileError,
    ProjectFileError,
    ProjectNotTrustedError,
)


def end(work: Callable[[], object]) -> int:
    """Do the work; returns the exit code, having said what there is to say."""
    _speak_utf8()
    try:
        code = work()
        if sys.stdout is not None:
            sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except EndedError as ended:
        return ended.code
    except (ReaderGoneError, BrokenPipeError):
        _drop_output()
        return READER_GONE
    except Exception as error:  # noqa: BLE001 - the last resort, which must not print what it does not know
        return _explain(error)
    return code if isinstance(code, int) else 0


def explain_to_person(error: Exception) -> int:
    """The same for what people run in their terminals; returns the exit code of the second table."""
    complaint = _complaint(error)
    if complaint is None:
        _say_unexpected(error)
        return OUR_FAULT
    complaint.show()
    return _code(error)


def _code(error: Exception) -> int:
    if isinstance(error, CommandError):
        return error.exit_code
    if isinstance(error, RefusedError):
        undecided = error.is_passing or error.reason in _UNANSWERED
        return MISCONFIGURED if error.reason in _USAGE else UNDECIDED if undecided else DENIED
    if isinstance(error, (UnreachableError, UndecidedError)):
        return UNDECIDED
    return OUR_FAULT if isinstance(error, OSError) else MISCONFIGURED


def _explain(error: Exception) -> int:
    """Say what was wrong; returns the exit code."""
    complaint = _complaint(error)
    if complaint is None:
        _say_unexpected(error)
        return Complaint.exit_code
    complaint.show()
    return complaint.exit_code


def _complaint(error: Exception) -> click.ClickException | None:
    """A sentence for what somebody foresaw; None for what nobody did."""
    if isinstance(error, click.ClickException):
        return _without_secrets(error)
    if isinstance(error, EnvaccessError):
        return (Misuse if isinstance(error, _DEFINITE) else Complaint)(str(error))
    if isinstance(error, OSError) and error.strerror:
        return Complaint(error.strerror)
    return None


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _without_secrets(error: click.ClickException) -> click.ClickException:
    """A fault of usage, unless it repeats something that looks like a value in the wrong place."""
    from envaccess.domain.screening import looks_secret  # noqa: PLC0415 - only a mistake needs it

    if isinstance(error, Complaint) or not looks_secret(error.message):
        return error
    return Misuse("This cannot be understood (nor is it repeated here, since it looks like a secret).")


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere, as Python's documentation of `signal` advises."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _say_unexpected(error: Exception) -> None:
    from envaccess.log.describe import trace  # noqa: PLC0415 - heavy, and only for what should never happen

    say("envaccess: an unexpected error; please report these lines, which hold no value:")
    for line in trace(error):
        if not line.startswith(" ") or _OURS in line:
            say(f"  {line}")
