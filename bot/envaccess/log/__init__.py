"""The log: one line an event on stderr, with ids and tags, never with a value or what a person typed.

What is private cannot be told from its looks alone, so the log is strict about what it takes:

- of our own events (`clean`): plain values, without what looks like a token or a key; nothing under a private
  word (`value`, `token`, `text`, `reason`, ...); of an object only its type;
- of an exception (`describe`): its type, where it was raised, and what is known to be safe; not its message,
  which holds values (pydantic), commands (redis) or bodies and tokens (`SlackApiError`); no local variables;
- of lines that repeat, the first and a count (`fold`);
- of other libraries' loggers (`adopt`): warnings and errors only, and of these the words that stand in the
  library's source, since Bolt and slack_sdk write whole bodies into their messages.
"""

import atexit
import secrets
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from envaccess.log.adopt import adopt_last_words, adopt_other_loggers
from envaccess.log.clean import Cleaner
from envaccess.log.describe import describe
from envaccess.log.fold import Folder, by_thread

__all__ = ["configure", "describe", "fault", "note", "unexpected", "warn", "withhold_too"]

_cleaners: Final[list[Cleaner]] = []
"""The one of the last `configure`."""


def configure(
    form: Literal["json", "console"] | None = None,
    level: Literal["debug", "info", "warning", "error"] = "info",
    secrets: Iterable[str] = (),
) -> None:
    """Send every log of this process through one cleaned stream; calling again starts afresh.

    Args:
        form: one JSON object a line, or lines for a person; None chooses by whether stderr is a terminal.
        level: the lowest level of our own events; other libraries' begin at warning whatever this says.
        secrets: texts to remove wherever they turn up, as `Settings.secret_texts` lists them.
    """
    _cleaners[:] = [Cleaner(secrets)]
    last: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        *_renderers(form or ("console" if sys.stderr.isatty() else "json")),
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _cleaners[0],
            _folding(last),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )
    adopt_other_loggers()
    adopt_last_words()


def withhold_too(secret: str) -> None:
    """Remove this text from now on, too, wherever it turns up: a secret that was changed while we run."""
    for cleaner in _cleaners:
        cleaner.withhold_too(secret)


def _folding(last: Iterable[Processor]) -> Folder:
    """The processor that counts repeated lines; its own lines take the last steps by themselves.

    What an earlier one still holds is written now, and what this one holds when the process ends.
    """

    def emit(event: EventDict) -> None:
        line: Any = event
        for step in last:
            line = step(None, event["level"], line)
        _Stderr().msg(line)

    flush()
    _folders[:] = [Folder(emit, later=by_thread)]
    return _folders[0]


_folders: list[Folder] = []


@atexit.register
def flush() -> None:
    """Write the counts of repeated lines that are still held."""
    for folder in _folders:
        folder.flush()


def fault(event: str, error: BaseException, **fields: object) -> None:
    """Log an expected fault (Redis, Slack, bad input): one line, no traceback."""
    structlog.get_logger().warning(event, error=error, **fields)


def note(event: str, **fields: object) -> None:
    """Log what is worth knowing and no fault."""
    structlog.get_logger().info(event, **fields)


def warn(event: str, **fields: object) -> None:
    """Log what went wrong and is no exception: one line."""
    structlog.get_logger().warning(event, **fields)


def unexpected(doing: str, error: BaseException) -> str:
    """Log an exception that nobody expected, with its place in the source but not its text.

    Returns the error id, eight hexadecimal digits, which the person is told too.
    """
    error_id = secrets.token_hex(4)
    structlog.get_logger().error("unexpected_error", doing=doing, error_id=error_id, exc_info=error)
    return error_id


class _Stderr:
    """Writes to whatever stderr is at that moment; a log that cannot be written stops nothing."""

    def __init__(self, *_: object) -> None:
        """Take the arguments of `structlog.get_logger`, which mean nothing here."""

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


def _renderers(form: Literal["json", "console"]) -> list[Processor]:
    if form == "json":
        return [structlog.processors.JSONRenderer()]
    return [_unfold_trace, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="at")]


def _unfold_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For a person, one place a line."""
    if trace := event.pop("trace", None):
        event["exception"] = "\n".join(trace)
    return event


class LogJournal:
    """Writes to structlog; what it is given are tags and ids."""

    def fault(self, what: str, **facts: str) -> None:
        """An expected fault, one line without a traceback."""
        structlog.get_logger().warning(what, **facts)

    def crash(self, what: str, error: BaseException) -> None:
        """A fault nobody expected, with its scrubbed traceback."""
        structlog.get_logger().error(what, error=error, exc_info=error)
