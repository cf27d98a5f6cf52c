"""What may be typed at the prompt, and what it becomes."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final

COMMANDS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "./deploy": ((), "ten steps, a second each"),
    "./worker": ((), "works until its access ends"),
    "./orders": ((), "counts orders in the database"),
    "printenv": ((r"[A-Za-z_][A-Za-z0-9_]{0,80}",), "prints one variable: printenv STRIPE_KEY"),
    "sleep": ((r"[0-9]{1,4}",), "waits: sleep 60"),
}
"""What can be run behind `--`: each with the patterns of the arguments that it needs, and what it does."""

_VERBS: Final[Mapping[str, frozenset[str]]] = {
    "login": frozenset({"--help"}),
    "logout": frozenset({"--all", "--help"}),
    "whoami": frozenset({"--json", "--help"}),
    "request": frozenset({"--from", "--wait", "--no-wait", "--json", "--help"}),
    "status": frozenset({"--json", "--help"}),
    "list": frozenset({"--json", "--help"}),
    "cancel": frozenset({"--help"}),
    "end": frozenset({"--help"}),
    "get": frozenset({"--stdout", "--help"}),
    "broker": frozenset({"--for", "--help"}),
    "agent": frozenset({"--json", "--help"}),
    "run": frozenset(
        {
            "--request", "--new", "--wait", "--keep", "--as", "--clean", "--grace", "--redact", "--no-redact",
            "--help",
        }
    ),
}  # fmt: skip
"""The verbs for whoever is signed in, each with its options that name no file and no other server."""

_ALONE: Final = frozenset({"--help", "--version"})


class TypedError(Exception):
    """This is not run here; the sentence says what is."""


def read(line: str, server: str) -> list[str]:
    """The words after `envaccess`, or none for an empty line.

    Args:
        line: as typed.
        server: the only address that may be signed in to.

    Raises:
        TypedError: it is not something that this prompt runs.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        raise TypedError("A quotation mark is missing.") from None
    if not words:
        return []
    if words[0] != "envaccess":
        raise TypedError(f"{words[0]}: only `envaccess` is here, for no shell should be. Type `help`.")
    given, behind = _parted(words[1:])
    _check_ours(given, server)
    if behind is not None:
        _check_behind(given, behind)
    return words[1:] or ["--help"]


def _parted(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None]:
    """What stands before the first `--`, and what behind it."""
    if "--" not in words:
        return words, None
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _check_ours(words: Sequence[str], server: str) -> None:
    verb = words[0] if words else "--help"
    if verb in _ALONE and len(words) <= 1:
        return
    if verb not in _VERBS:
        raise TypedError(f"envaccess {verb}: here are {', '.join(_VERBS)}.")
    if verb == "agent" and words[1:2] not in (["list"], ["end"], ["--help"]):
        raise TypedError(
            "Here an agent runs as `envaccess broker NAME`, which ends with this terminal; `envaccess agent` "
            "has list and end."
        )
    for word in words[1:]:
        _check_word(verb, word, server)


def _check_word(verb: str, word: str, server: str) -> None:
    option = word.partition("=")[0]
    if word.startswith("-") and option not in _VERBS[verb]:
        raise TypedError(f"{option} is not for this prompt, which reaches no file and no other server.")
    if verb == "login" and not word.startswith("-") and word.rstrip("/") != server:
        raise TypedError(f"Only the demo's own bot can be signed in to here: {server}")


def _check_behind(words: Sequence[str], command: Sequence[str]) -> None:
    if words[:1] != ["run"]:
        raise TypedError("Only `envaccess run` takes a command behind `--`.")
    patterns = COMMANDS[command[0]][0] if command and command[0] in COMMANDS else None
    if (
        patterns is None
        or len(patterns) != len(command) - 1
        or not all(re.fullmatch(form, word) for form, word in zip(patterns, command[1:], strict=True))
    ):
        raise TypedError(f"Behind `--` this prompt runs {', '.join(COMMANDS)}. Type `help`.")


def completer(words: Sequence[str]) -> Callable[[str, int], str | None]:
    """For readline: the words that begin so."""

    def complete(begun: str, number: int) -> str | None:
        found = [word for word in words if word.startswith(begun)]
        return f"{found[number]} " if number < len(found) else None

    return complete


def known_words() -> list[str]:
    """What can be completed."""
    return ["envaccess", "help", "clear", "exit", *_VERBS, *COMMANDS]
