"""Fields of forms: a field's `block_id` and its element's `action_id` are the same word."""

from collections.abc import Sequence

from envaccess.domain.text import REASON_MAX, REASON_MIN
from envaccess.domain.variable import Variable
from envaccess.slack.names import REASON
from envaccess.slack.render.blocks import OPTION_LIMIT, Block, plain
from envaccess.slack.render.labels import distinct


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
