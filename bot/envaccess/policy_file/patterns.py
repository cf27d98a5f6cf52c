"""Regular expressions that reasons must fit, run by RE2: in linear time, whatever somebody types.

RE2 (https://github.com/google/re2/wiki/Syntax) has not all that Python's `re` has, and reads some of it
otherwise. What it refuses is told with its rewrite; what it reads otherwise is noted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

REPEATS_MAX: Final = 1_000
"""RE2 repeats nothing more often; a reason has 500 characters."""

_PART: Final = re.compile(
    r"""
      (?P<escape>\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|N\{[^}]{0,80}\}|[1-9][0-9]?|.))
    | (?P<set>\[\^?+\]?+(?:\\.|[^\]\\])*+(?:\]|\Z))
    | (?P<group>\(\?(?:P=\w{0,40}\)?|P<|<[=!]|[=!>\#(]|[a-zA-Z-]{1,12}[:)])?)
    | (?P<repeat>(?:[*+?]|\{[0-9]{0,12}(?:,[0-9]{0,12})?\})[+?]?)
    | (?P<end>\$)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
Difference = tuple[str, str]
"""What is wrong or other, and what to write."""
_ABSENT: Final[Difference] = (
    "a pattern needs the package google-re2, which cannot be loaded here (it has no wheels for musl)",
    "run it on glibc or macOS 14 or newer with google-re2 installed, or leave `pattern` out",
)
_AROUND: Final = "leave it out; where it kept a word apart, write `\\b`"
_GROUPS: Final = {
    "(?=": ("looking ahead", _AROUND),
    "(?!": ("looking ahead", _AROUND),
    "(?<=": ("looking behind", _AROUND),
    "(?<!": ("looking behind", _AROUND),
    "(?>": ("an atomic group", "write `(?:`: nothing takes long here"),
    "(?#": ("a comment", "leave it out"),
    "(?(": ("a condition", "write both ways with `|` between"),
}
_ESCAPES: Final = {
    "Z": ("`\\Z`", "write `$`"),
    "u": ("`\\u`", "write the character itself, or `\\x{...}`"),
    "U": ("`\\U`", "write the character itself, or `\\x{...}`"),
    "N": ("`\\N`", "write the character itself, or `\\x{...}`"),
}
_NARROWER: Final = {
    "d": ("`\\d` is the digits 0 to 9 only", "write `[0-9]`, or `\\p{Nd}` for the digits of every script"),
    "w": (
        "`\\w` is ASCII letters, digits and `_` only",
        "write `[0-9A-Za-z_]`, or `[\\p{L}\\p{N}_]` for every script",
    ),
    "s": ("`\\s` is ASCII spaces only", "write a plain space: reasons have no others side by side"),
    "b": (
        "`\\b` knows ASCII words only",
        "where other letters may stand there, write `(?:^|[^\\p{L}\\p{N}])`",
    ),
}
_END: Final = (
    "`$` is the very end, not also before a last line's end",
    "nothing need change: a reason is one line",
)


class PatternError(ValueError):
    """A pattern that RE2 cannot take; names each cause with its rewrite."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__("; ".join(problem for problem, _ in differences))
        self.mend = "; ".join(dict.fromkeys(mend for _, mend in differences))


@dataclass(frozen=True, slots=True)
class ReasonPattern:
    """A pattern that is searched for; two of the same text are the same.

    Attributes:
        pattern: as the file has it.
        notes: what RE2 reads otherwise than Python's `re`.
    """

    pattern: str
    notes: tuple[Difference, ...] = field(default=(), compare=False)
    _engine: Any = field(default=None, compare=False, repr=False)

    def search(self, text: str) -> bool:
        """Whether it is found in a text."""
        return self._engine is not None and bool(self._engine.search(text))


def read_pattern(text: str) -> ReasonPattern:
    """Take a pattern for RE2.

    Raises:
        PatternError: RE2 cannot take it, takes too much memory for it, or is not installed.
    """
    refused = list(dict.fromkeys(_refused(text)))
    if refused:
        raise PatternError(refused)
    return ReasonPattern(text, tuple(dict.fromkeys(_noted(text))), _compiled(text))


def _compiled(text: str) -> Any:  # noqa: ANN401 - the library has no types
    try:
        import re2  # noqa: PLC0415 - other commands need not load it
    except ImportError:
        raise PatternError([_ABSENT]) from None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternError([_why(error)]) from None


def _why(error: Exception) -> Difference:
    """RE2's own sentence; it comes as bytes."""
    said = error.args[0] if error.args else ""
    words = said.decode(errors="replace") if isinstance(said, bytes) else "it holds half a character"
    if "too large" in words or "repetition size" in words:
        return (f"it repeats too much ({words})", "repeat less: `(a{1000}){1000}` is a million of `a`")
    return (
        f"this is no regular expression ({words})",
        "mend it, as github.com/google/re2/wiki/Syntax has it",
    )


def _refused(text: str) -> Iterator[Difference]:
    """What RE2 has not, or silently reads as something else altogether."""
    for part in _PART.finditer(text):
        if group := part["group"]:
            yield from _refused_group(group)
        elif repeat := part["repeat"]:
            yield from _refused_repeat(repeat)
        elif part["escape"]:
            kind = part["escape"][1]
            if kind in _ESCAPES:
                yield _lacks(*_ESCAPES[kind])
            elif kind in "123456789" and len(part["escape"]) < len("\\123"):
                yield from _refused_number(part["escape"], text, part.end())
        elif part["set"] and "\\b" in re.findall(r"\\.", part["set"], re.DOTALL):
            yield _lacks("`[\\b]`", "write `\\x08`")


def _lacks(what: str, mend: str) -> Difference:
    return (f"{what} is not among what RE2 has", mend)


def _refused_number(escape: str, text: str, end: int) -> Iterator[Difference]:
    """A number is what a group found; three octal digits are a character."""
    if not re.fullmatch(r"\\[1-3][0-7][0-7]", escape + text[end : end + 1]):
        yield _lacks(f"`{escape}`, what a group found,", "write out what it repeats")


def _refused_group(group: str) -> Iterator[Difference]:
    if group in _GROUPS:
        what, mend = _GROUPS[group]
        yield _lacks(f"{what}, `{group}`,", mend)
    elif group.startswith("(?P="):
        yield _lacks(f"`{group}`, what a group found,", "write out what it repeats")
    elif group[-1] in ":)":
        for flag in sorted(set(group[2:-1]) & set("xauL")):
            mend = "write it without spaces and comments" if flag == "x" else "leave it out"
            yield _lacks(f"the flag `{flag}`", mend)


def _refused_repeat(repeat: str) -> Iterator[Difference]:
    times = repeat.rstrip("+?") if repeat[0] == "{" else repeat[0]
    if len(repeat) > len(times) and repeat[-1] == "+":
        yield _lacks(f"`{repeat}`, which gives nothing back,", f"write `{times}`: nothing takes long here")
    if times.startswith("{,"):
        yield (f"RE2 reads `{times}` as these very characters", f"write `{{0{times[1:]}`")
    if any(int(number) > REPEATS_MAX for number in re.findall(r"[0-9]+", times)):
        mend = "a reason has 500 characters: write at most 500, or leave the number out, as in `{3,}`"
        yield (f"RE2 repeats nothing more than {REPEATS_MAX} times, and `{times}` says more", mend)


def _noted(text: str) -> Iterator[Difference]:
    """What RE2 takes, and reads otherwise than Python's `re` where there is more than ASCII."""
    for part in _PART.finditer(text):
        words = [part["escape"]] if part["escape"] else re.findall(r"\\.", part["set"] or "", re.DOTALL)
        for word in words:
            if word[1].lower() in _NARROWER and not (part["set"] and word == "\\b"):
                yield _NARROWER[word[1].lower()]
        if part["end"]:
            yield _END
        if part["set"] and "[:" in part["set"][1:]:
            yield ("`[:alpha:]` and its like are classes here, and single characters in Python", "check it")
