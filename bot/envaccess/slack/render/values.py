"""The one message that holds values: shown to one person, in blocks only, never in `text` (law 7)."""

from collections.abc import Mapping, Sequence

from envaccess.domain.outcome import Claim
from envaccess.domain.variable import Variable
from envaccess.slack.limits import VALUE_MAX
from envaccess.slack.names import HIDE
from envaccess.slack.render.blocks import Block, Rendered, actions, button, context, when
from envaccess.slack.render.words import chunks

_Shown = list[tuple[Variable, str]]
_ROWS = 40
_FEW = 10
"""Values that each have a name above them: as many rows more take more of a message than Slack takes."""


def render_values(claim: Claim, values: Mapping[Variable, str]) -> Rendered:
    """Each value under its variable's name, until when, and Hide now; of many, one line each.

    A value stands in `rich_text_preformatted`, where Slack reads no markup and no emoji, and is not
    escaped, because that element is not decoded.
    """
    together, alone = _sort_out(values)
    size = -(-len(alone) // _ROWS) or 1
    rows = [_row(alone[start : start + size]) for start in range(0, len(alone), size)]
    lines = [_preformatted(chunk) for chunk in chunks([f"{name.label}={value}" for name, value in together])]
    rows = [*([{"type": "rich_text", "elements": lines}] if lines else []), *rows]
    again = f"You can reveal it again while your access lasts, until {when(claim.expires_at)} at most."
    told = "That was its one reveal." if claim.once else again
    blocks = [
        *rows,
        context("Only you can see this, and it vanishes when Slack reloads.", told),
        actions(button(HIDE, "Hide now", claim.id)),
    ]
    return Rendered("What you asked to see is shown here, only to you.", blocks)


def _sort_out(values: Mapping[Variable, str]) -> tuple[_Shown, _Shown]:
    """Those that stand in lines together, because there are many; and those that stand by themselves."""
    shown = list(values.items())
    if len(shown) <= _FEW:
        return [], shown
    together = [(name, value) for name, value in shown if _is_one_line(name, value)]
    return together, [(name, value) for name, value in shown if not _is_one_line(name, value)]


def _is_one_line(name: Variable, value: str) -> bool:
    """Whether nobody can take it for anything else behind its name and `=`."""
    fits = len(name.label) + len(value) < VALUE_MAX
    return bool(value) and value.isprintable() and value == value.strip() and fits


def _row(shown: Sequence[tuple[Variable, str]]) -> Block:
    elements = [element for variable, value in shown for element in _one(variable, value)]
    return {"type": "rich_text", "elements": elements}


def _one(variable: Variable, value: str) -> tuple[Block, Block]:
    label = {"type": "text", "text": variable.label, "style": {"bold": True}}
    named = {"type": "rich_text_section", "elements": [label]}
    if not value:
        empty = {"type": "text", "text": "(empty)", "style": {"italic": True}}
        return named, {"type": "rich_text_section", "elements": [empty]}
    return named, _preformatted(value)


def _preformatted(text: str) -> Block:
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
