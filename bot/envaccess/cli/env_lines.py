"""The bindings of an `.env` file, with the line of each and whether it is one at all.

python-dotenv's parser reads them: no interpolation, no variable of ours. It takes more for a binding than is
one: the rest of a key that was wrapped over two lines ends with `=`, and would become a name.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from dotenv.parser import Binding, parse_stream

from envaccess.cli.name_arguments import bare_name
from envaccess.domain.variable import DEFAULT_ENVIRONMENT

_NEWLINE = re.compile(r"\r\n|\n|\r")
_PIECE = re.compile(r"[A-Za-z0-9+/_-]{8,}", re.ASCII)
_LISTED = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", re.ASCII)
"""A name that is hardly a piece of base64, which has other letters and seldom a `_`."""
_LISTED_MIN = 6
_QUANTUM = 4
"""Characters of base64 come in fours, with their `=`."""
_PEM = "-----BEGIN"
_REST = "this may be the rest of the line above: put a value of several lines in quotes, and an empty one too"


@dataclass(frozen=True, slots=True)
class Line:
    """One binding, or text that is none.

    Attributes:
        number: of the line where it begins, from 1.
        name: what stands before `=`; not for showing where `fault` says something.
        value: what is stored; not shown by `repr`.
        raw: what follows `=`, as it was written.
        fault: why this is no binding; empty where it is one.
    """

    number: int
    name: str = field(default="", repr=False)
    value: str = field(default="", repr=False)
    raw: str = field(default="", repr=False)
    fault: str = ""

    @property
    def quoted(self) -> bool:
        """Whether the value stands in quotes."""
        return self.raw[:1] in {'"', "'"}


def read_lines(text: str) -> Iterator[Line]:
    """Every binding of a file, and everything that is none."""
    breaks = [found.end() for found in _NEWLINE.finditer(text)]
    place, above = 0, Line(0)
    for binding in parse_stream(StringIO(text, newline="")):
        whole = binding.original.string
        begins, place = place + len(whole) - len(whole.lstrip()), place + len(whole)
        if not binding.error and binding.key is None:
            continue
        number = 1 + bisect.bisect_right(breaks, begins)
        line = _read(binding, number)
        if not line.fault and number == above.number + 1 and _goes_on(above, line):
            line = Line(number, fault=_REST)
        above = line
        yield line


def _read(binding: Binding, number: int) -> Line:
    name, raw = binding.key or "", binding.original.string.partition("=")[2].strip()
    if binding.error or binding.key is None:
        return Line(number, fault="this is not NAME=value (perhaps a quote that is not closed)")
    if binding.value is None:
        return Line(number, fault="there is no `=`")
    if bare_name(DEFAULT_ENVIRONMENT, name) is None:
        fault = "what stands before `=` is no name of letters, digits and `_` (it is not repeated here)"
        return Line(number, fault=fault)
    spaced = binding.original.string.partition("=")[2][:1].isspace()
    value = "" if raw.startswith("#") and spaced else binding.value
    line = Line(number, name, value, raw)
    if not line.quoted and value and not value.strip("="):
        return Line(number, fault="this is not NAME=value, but rather the end of a key in base64")
    if not line.quoted and value.startswith(_PEM) and "-----END" not in value:
        return Line(number, fault="this begins a key of several lines: put all of it in quotes")
    return line


def _goes_on(above: Line, line: Line) -> bool:
    """Whether a line without a value is rather the end of the value above it, in base64."""
    if line.raw or line.value or above.quoted or above.fault or not _PIECE.fullmatch(above.value):
        return False
    if _LISTED.fullmatch(line.name) and len(line.name) >= _LISTED_MIN:
        return False
    whole = "-" not in above.value and "_" not in above.value
    fits = whole and (len(above.value) + len(line.name) + 1) % _QUANTUM == 0
    mixed = any(map(str.islower, line.name)) and any(map(str.isupper, line.name))
    return _kinds(above.value) > 1 and (fits or mixed)


def _kinds(text: str) -> int:
    """How many of small letters, capitals and digits there are."""
    return sum(any(kind(character) for character in text) for kind in (str.islower, str.isupper, str.isdigit))
