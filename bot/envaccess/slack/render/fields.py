"""Fields of forms, and the labels of their choices."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from envaccess.domain.text import REASON_MAX, REASON_MIN
from envaccess.domain.variable import Variable
from envaccess.slack.names import REASON
from envaccess.slack.render.blocks import OPTION_LIMIT, Block, plain


def choice(label: str, value: str) -> Block:
    """One option of a select."""
    return {"text": plain(label, OPTION_LIMIT), "value": value}


def name_choices(variables: Sequence[Variable]) -> list[Block]:
    """One option for each variable, no two of them alike."""
    labels = distinct([variable.label for variable in variables])
    return [choice(label, str(variable)) for label, variable in zip(labels, variables, strict=True)]


def field(name: str, label: str, element: Block, hint: str = "") -> Block:
    """An input with its label."""
    drawn = {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": element | {"action_id": name},
    }
    return drawn | {"hint": plain(hint)} if hint else drawn


def select(name: str, label: str, options: Sequence[Block], initial: Block) -> Block:
    """One of a few options."""
    element = {"type": "static_select", "options": list(options), "initial_option": initial}
    return field(name, label, element)


def reason_field(label: str) -> Block:
    """Some lines of a person's own words."""
    element = {
        "type": "plain_text_input",
        "multiline": True,
        "min_length": REASON_MIN,
        "max_length": REASON_MAX,
    }
    return field(REASON, label, element, "No passwords, tokens or other secrets, please.")


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
