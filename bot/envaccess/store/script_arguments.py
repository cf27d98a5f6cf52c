"""What a script is given: each says so in its first lines, as `-- Takes: id text, seconds integer, ts text?`.

`text`, `typed` (a text that somebody typed, and an event tells of: one at most), `integer`, `flag` ("0" or
"1") and `texts` (texts by name); what ends in `?` may be left out.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

Argument = str | int | Mapping[str, str]
"""What a script may be given."""


def _are_texts(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values())


KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "typed": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int),
    "flag": lambda value: value in ("0", "1"),
    "texts": _are_texts,
}
_CLASSES: Final[Mapping[str, type | None]] = {
    **dict.fromkeys(KINDS),
    "text": str,
    "typed": str,
    "integer": int,
}
"""Of what class a value usually is; then nobody need be asked."""
_LINE: Final = re.compile(r"^-- Takes: (.+)$", re.MULTILINE)
_ONE: Final = re.compile(r"\b(\w+) (\w+)(\??)")


@dataclass(frozen=True, slots=True)
class ScriptArguments:
    """What one script takes.

    Attributes:
        kinds: by name.
        required: what must be there.
        typed: the name of what somebody typed; empty where there is none.
    """

    kinds: Mapping[str, str]
    required: frozenset[str]
    typed: str


@cache
def declared(text: str) -> ScriptArguments:
    """What a script's own lines say that it takes."""
    found = [one for line in _LINE.findall(text) for one in _ONE.findall(line)]
    return ScriptArguments(
        {name: kind for name, kind, _ in found},
        frozenset(name for name, _, optional in found if not optional),
        next((name for name, kind, _ in found if kind == "typed"), ""),
    )


def check(script: str, text: str, given: Mapping[str, Argument]) -> None:
    """Refuse a call that a script could not finish: Lua would find out after its first write.

    Args:
        script: its name.
        text: its own lines.
        given: the arguments.

    Raises:
        TypeError: one is missing, unknown or of another kind; no value is told (law 7).
    """
    takes = declared(text)
    if missing := takes.required - given.keys():
        raise TypeError(f"{script}: not given {', '.join(sorted(missing))}")
    for name, value in given.items():
        if name not in takes.kinds:
            raise TypeError(f"{script}: takes no {name}")
        kind = takes.kinds[name]
        if value.__class__ is not _CLASSES[kind] and not KINDS[kind](value):
            raise TypeError(f"{script}: {name} is no {kind}")
