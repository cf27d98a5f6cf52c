"""Labels of choices: names are longer than Slack shows, and no two choices of one list may look the same."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from envaccess.slack.render.blocks import OPTION_LIMIT

_HALF: Final = (OPTION_LIMIT - 1) // 2
_END: Final = 16
_MIDDLE: Final = OPTION_LIMIT - 2 * (_END + 1)
_BEFORE: Final = 4
"""Characters shown before the first one that differs."""


def distinct(names: Sequence[str]) -> list[str]:
    """A label for each name, in their order, at most `OPTION_LIMIT` characters, no two alike.

    A long name is shown by its begin and its end, for long names differ there more often than in between;
    those that would look the same by where they differ; and those that still would with a number before them.
    """
    labels = [_ends(name) for name in names]
    for label in _repeated(labels):
        places = [place for place, found in enumerate(labels) if found == label]
        differ = _first_difference([names[place] for place in places])
        for place in places:
            labels[place] = _around(names[place], differ)
    again = _repeated(labels)
    return [
        _ends(f"({place + 1}) {name}") if label in again else label
        for place, (name, label) in enumerate(zip(names, labels, strict=True))
    ]


def _repeated(labels: Sequence[str]) -> list[str]:
    return [label for label, number in Counter(labels).items() if number > 1]


def _first_difference(names: Sequence[str]) -> int:
    columns = enumerate(zip(*names, strict=False))
    return next((place for place, letters in columns if len(set(letters)) > 1), min(map(len, names)))


def _ends(name: str) -> str:
    """The begin and the end of a name."""
    return name if len(name) <= OPTION_LIMIT else f"{name[:_HALF]}…{name[-_HALF:]}"


def _around(name: str, place: int) -> str:
    """The begin and the end of a name, and what stands at a place between them."""
    if len(name) <= OPTION_LIMIT:
        return name
    begin = max(_END, min(place - _BEFORE, len(name) - _END - _MIDDLE))
    return f"{name[:_END]}…{name[begin : begin + _MIDDLE]}…{name[-_END:]}"
