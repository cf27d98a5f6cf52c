"""The one message that holds values: shown to one person, in blocks only, never in `text` (law 7)."""

from collections.abc import Mapping, Sequence

from envaccess.domain.outcome import Claim
from envaccess.domain.variable import Variable
from envaccess.slack.names import HIDE
from envaccess.slack.render.blocks import Block, Rendered, actions, button, context, when

_ROWS = 40


def render_values(claim: Claim, values: Mapping[Variable, str]) -> Rendered:
    """Each value under its variable's name, until when, and Hide now.

    A value stands in `rich_text_preformatted`, where Slack reads no markup and no emoji, and is not
    escaped, because that element is not decoded.
    """
    shown = list(values.items())
    size = -(-len(shown) // _ROWS) or 1
    rows = [_row(shown[start : start + size]) for start in range(0, len(shown), size)]
    again = f"You can reveal it again. Access ends: {when(claim.expires_at)}"
    told = "That was its one reveal." if claim.once else again
    blocks = [
        *rows,
        context("Only you can see this, and it vanishes when Slack reloads.", told),
        actions(button(HIDE, "Hide now", claim.id)),
    ]
    return Rendered("What you asked to see is shown here, only to you.", blocks)


def _row(shown: Sequence[tuple[Variable, str]]) -> Block:
    elements = [element for variable, value in shown for element in _one(variable, value)]
    return {"type": "rich_text", "elements": elements}


def _one(variable: Variable, value: str) -> tuple[Block, Block]:
    label = {"type": "text", "text": variable.label, "style": {"bold": True}}
    named = {"type": "rich_text_section", "elements": [label]}
    if not value:
        empty = {"type": "text", "text": "(empty)", "style": {"italic": True}}
        return named, {"type": "rich_text_section", "elements": [empty]}
    return named, {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": value}]}
