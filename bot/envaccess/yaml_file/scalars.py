"""The words of a file: texts, lengths of time, counts, globs. Each reader takes text, as the tree has it.

A reader raises `FieldError`, which says what is wrong and what to write; pydantic carries it to the caller.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from envaccess.domain.duration import format_seconds, parse_duration
from envaccess.domain.policy.globs import is_glob
from envaccess.domain.policy.rules import LONGEST
from envaccess.domain.screening import printable
from envaccess.domain.text import clean

NONE: Final = "none"
"""Turns off, in one place, what holds otherwise."""
_SHOWN: Final = 60
_MEND_MOST: Final = 120


class FieldError(ValueError):
    """A value that cannot stand.

    Attributes:
        problem: what is wrong.
        mend: what to write.
        place: which of a list's words it is, counted from 0; None where it is not one of them.
    """

    def __init__(self, problem: str, mend: str, place: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend
        self.place = place


def shown(text: object) -> str:
    """A word of the file as faults repeat it: short, and never something that looks like a secret."""
    word = printable(clean(str(text)))
    return f"`{word[:_SHOWN]}`" + ("..." if len(word) > _SHOWN else "")


def near(word: str, known: Iterable[str], otherwise: str) -> str:
    """`did you mean ...?`, or another mend."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean `{found[0]}`?" if found else otherwise


def read_text(value: object, what: str, example: str) -> str:
    """The value as text."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    kind = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "nothing"
    raise FieldError(f"{kind} stands here instead of {what}", f"write {example}")


def read_seconds(value: object) -> int:
    """`1h30m` -> 5400."""
    text = read_text(value, "a length of time", "such as `30m`, `2h` or `1h30m`")
    found = parse_duration(text)
    if found is None or found.once:
        raise FieldError(f"{shown(text)} is no length of time", "write it as `45s`, `30m`, `1h30m` or `2d`")
    if found.seconds > LONGEST:
        raise FieldError(f"{shown(text)} is too long", f"write at most {format_seconds(LONGEST)}")
    return found.seconds


def read_seconds_or_none(value: object) -> int:
    """The same; `none` is 0."""
    return 0 if value == NONE else read_seconds(value)


def count(least: int, most: int) -> Callable[[object], int]:
    """A reader of a number within bounds."""

    def read(value: object) -> int:
        text = read_text(value, "a number", f"a number from {least} to {most}")
        if not (text.isascii() and text.isdigit() and len(text) < len("1000000000")):
            raise FieldError(f"{shown(text)} is no number", f"write a number from {least} to {most}")
        if not least <= int(text) <= most:
            raise FieldError(f"{text} is out of bounds", f"write a number from {least} to {most}")
        return int(text)

    return read


def _flag(value: object) -> bool:
    text = read_text(value, "true or false", "`true` or `false`")
    if text not in {"true", "false"}:
        raise FieldError(f"{shown(text)} is neither true nor false", "write `true` or `false`")
    return text == "true"


def one_of(*words: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        text = read_text(value, "a word", f"one of {', '.join(words)}")
        if text not in words:
            raise FieldError(f"{shown(text)} is not known here", f"write one of {', '.join(words)}")
        return text

    return read


def line(longest: int) -> Callable[[object], str]:
    """A reader of one line of so many characters at most."""

    def read(value: object) -> str:
        text = clean(read_text(value, "a few words", "a few words"))
        if not text or len(text) > longest:
            raise FieldError(f"it has {len(text)} characters", f"write 1 to {longest} characters")
        return text

    return read


def read_words(value: object) -> tuple[str, ...]:
    """One word, or a list of them: not empty, each once."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise FieldError("nobody and nothing is named here", "write a list such as `[one, two]`")
    found = tuple(read_text(word, "a word", "a word") for word in value)
    return tuple(dict.fromkeys(found))


def _globs(value: object) -> tuple[str, ...]:
    found = read_words(value)
    for place, glob in enumerate(found):
        check_glob(glob, place)
    return found


def check_glob(glob: str, place: int | None = None) -> None:
    """Refuse what could match no name."""
    if not is_glob(glob):
        raise FieldError(f"{shown(glob)} could match no name", _glob_mend(glob), place)


def _glob_mend(glob: str) -> str:
    """What to write instead, by what people write who take a glob for something else."""
    words = [word for word in glob.replace(",", " ").split() if is_glob(word)]
    if len(words) > 1:
        return f"write a list: `[{', '.join(words)}]`"[:_MEND_MOST]
    if set("[]{}()|^$+") & set(glob):
        return "only `*` and `?` stand for other signs: write a list such as `[prod/A, prod/B]`"
    if glob.count("/") > 1:
        return "an environment has no `/` in it: write `environment/NAME`"
    if set("-. ") & set(glob.rpartition("/")[2]):
        return "a variable's name has letters, digits and `_` only"
    return "write `environment/NAME`, or `NAME` for the default environment, with `*` and `?` where you like"


TIME: dict[str, Any] = {
    "type": "string",
    "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
    "examples": ["30m", "1h30m"],
}
OR_NONE: dict[str, Any] = {"const": NONE}
TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}


def numbers(least: int, most: int) -> dict[str, Any]:
    """The schema of a number within bounds."""
    return {"type": "integer", "minimum": least, "maximum": most}


Seconds = Annotated[int, BeforeValidator(read_seconds), WithJsonSchema(TIME)]
SecondsOrNone = Annotated[
    int, BeforeValidator(read_seconds_or_none), WithJsonSchema({"anyOf": [TIME, OR_NONE]})
]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Name = Annotated[str, BeforeValidator(line(60)), WithJsonSchema({**TEXT, "maxLength": 60})]
Sentence = Annotated[str, BeforeValidator(line(500)), WithJsonSchema({**TEXT, "maxLength": 500})]
Hint = Annotated[str, BeforeValidator(line(150)), WithJsonSchema({**TEXT, "maxLength": 150})]
Words = Annotated[tuple[str, ...], BeforeValidator(read_words), WithJsonSchema({"anyOf": [TEXT, TEXTS]})]
Match = Annotated[tuple[str, ...], BeforeValidator(_globs), WithJsonSchema({"anyOf": [TEXT, TEXTS]})]
Version = Annotated[str, BeforeValidator(one_of("1")), WithJsonSchema({"const": 1})]
