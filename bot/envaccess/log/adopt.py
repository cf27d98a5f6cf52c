"""The logs of other libraries, and the last words of a process, brought into our log.

Their finished messages are not repeated: Bolt and slack_sdk write with f-strings, so that a message may hold
a body with a token in it, and asyncio prints exceptions. What stands as a constant in their source is safe
and says nearly as much.
"""

import ast
import logging
import re
import sys
import threading
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import structlog

_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})

_log = structlog.get_logger()


def adopt_other_loggers() -> None:
    """Make ours the only handler of the standard library's logging, from warnings upwards.

    A bad signature makes Bolt log the whole body at INFO (docs/explanation/slack.md). Bolt's loggers copy the
    root's level when they are made, so that it stays at WARNING even where our own level is lower.
    """
    root = logging.getLogger()
    root.handlers[:] = [_OtherLoggers(logging.WARNING)]
    root.setLevel(logging.WARNING)
    for name in ("slack_bolt", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.WARNING)


def adopt_last_words() -> None:
    """Log what would else be printed with its message: exceptions that end the process or a thread."""
    sys.excepthook = _log_last_words
    threading.excepthook = lambda ended: _log_last_words(ended.exc_type, ended.exc_value, ended.exc_traceback)


def _log_last_words(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    if error is None or issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    _log.critical("an unexpected error", exc_info=error.with_traceback(traceback))


class _OtherLoggers(logging.Handler):
    """Takes the standard library's log records, hence those of every other library."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's constant words, its place and its exception."""
        words = constant_words(record.pathname, record.lineno) or "a library's words are withheld"
        place = f"{record.pathname}:{record.lineno}"
        _log.log(record.levelno, words, logger=record.name, place=place, exc_info=record.exc_info)


@lru_cache(maxsize=256)
def constant_words(path: str, line: int) -> str:
    """Return the words of the logging call at a line of a source file, `{}` for what it fills in.

    Empty when there is no such call, or nothing constant in it.
    """
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    found = [words for node in ast.walk(tree) if (words := _words_of_call(node, line))]
    return found[-1] if found else ""


def _words_of_call(node: ast.AST, line: int) -> str:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return ""
    spans = node.lineno <= line <= (node.end_lineno or node.lineno)
    if not spans or node.func.attr not in _METHODS:
        return ""
    position = 1 if node.func.attr == "log" else 0
    words = "".join(_literal(argument) for argument in node.args[position : position + 1])
    return words if re.search(r"[A-Za-z]{3}", words) else ""


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) for part in node.values)
    return "{}" if isinstance(node, ast.FormattedValue) else ""
