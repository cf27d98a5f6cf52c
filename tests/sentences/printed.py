"""What a command prints for people: no values, no events, no JSON, and nothing that Click says itself."""

import re
from collections.abc import Iterator

_DESCRIPTION = re.compile(r'\s*"(?:description|title)": "(.*)",?')
_NOT_OURS = re.compile(
    r"""\s*[\[\]{}"]  # JSON
    | \d{4}-\d\d-\d\dT  # an event
    | CEF:|\d{13}-\d+,|id,number,event,  # an event for another system, and what stands before a table of them
    | \s+/\S+\.py:  # a place in the code
    | \S*$  # a name or a value alone
    | \S+\t  # a table
    | \s{8}\d\d\   # a number that chance gave
    | Try\ '|Usage:|Error:\ (?:Invalid|Missing)|\s+-h,  # Click, in other words from version to version""",
    re.VERBOSE,
)
_NAME = r"@?(?:\w[\w.-]*/)?\w+"
_NAMES = rf"{_NAME}(?:, {_NAME})*"
_BEFORE = (
    "no variable|the value of|Did you mean|by|whether|of the id|user group|unlock|matches|are stored, not"
)
_MADE_UP = [
    (re.compile(pattern), written)
    for pattern, written in (
        (rf"^(Created|Changed|Deleted|Locked|Unlocked) {_NAME}", r"\1 {name}"),
        (
            rf"^(envaccess: |warning: )?{_NAME} (?=(?:is|was) (?:locked|not locked|longer|created))",
            r"\1{name} ",
        ),
        (rf"^(note|These exist already|refused \(\w+\)): (?!lines? ){_NAMES}(?=: |$)", r"\1: {name}"),
        (rf"^(line \d+): (?=\w*[A-Z]){_NAME} stands", r"\1: {name} stands"),
        (rf"\b({_BEFORE}) (?!by)(?=\S*[A-Z]|carla){_NAME}", r"\1 {name}"),
        (r"\((?:[CSU]0\w+(?:, )?)+\)", "({id})"),
        (r"http://127\.0\.0\.1:\d+", "{url}"),
        (r"\bk7qp\d{4}\b", "{id}"),
        (r"^(envaccess: )\S+(?= has \d+ fault| does not fit)", r"\1{file}"),
    )
]
"""Names, ids and files of the tests, by the words beside them."""


def texts_printed(output: str) -> Iterator[str]:
    """The lines of a command's output that are written for people, without the names that a test made up."""
    for line in output.splitlines():
        described = _DESCRIPTION.fullmatch(line)
        if described or not _NOT_OURS.match(line):
            yield _without_names(described[1] if described else line)


def _without_names(line: str) -> str:
    for pattern, written in _MADE_UP:
        line = pattern.sub(written, line)
    return line
